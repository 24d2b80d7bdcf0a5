"""The published program's functions against numbers of the originals: crop, rectangle, mask, blend, input of the encoder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL
import pytest
import torch
from closed_form import check_entry, u
from faces import face68, track_of
from seamsync.models.musetalk.boxes import published_box, published_boxes
from seamsync.models.musetalk.networks import Networks
from seamsync.models.musetalk.published import OFFLINE, REALTIME, Blend, around, crop, face_mask, parser_input
from seamsync.models.musetalk.run import SCALE, MuseTalkNetwork

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "functions.json").read_text(encoding="utf-8"))
#: Resizing and blurring are the same bytes with these versions, and within a level with others.
EXACT = cv2.__version__.startswith("5.0") and PIL.__version__.startswith("13.")


def synthetic(name: str, height: int, width: int) -> np.ndarray:
    """A colour ramp with noise, BGR."""
    y, x = np.mgrid[:height, :width]
    ramp = np.stack([255 * x // (width - 1), 255 * y // (height - 1), 255 * (x + y) // (width + height - 2)], -1)
    return np.floor(np.clip(0.8 * ramp + 20 * (u(name, height, width, 3) + 1), 0, 255)).astype(np.uint8)


def digest(value: np.ndarray) -> str:
    """SHA-256 of the bytes."""
    return hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()


def labels() -> np.ndarray:
    """A drawn map of the parser's classes."""
    y, x = np.mgrid[:512, :512]
    drawn = np.zeros((512, 512), np.int64)
    shapes = [(17, 256, 260, 190, 240), (1, 256, 290, 150, 190), (14, 256, 520, 120, 80), (4, 190, 230, 30, 12)]
    shapes += [(5, 322, 230, 30, 12), (10, 256, 300, 25, 45), (12, 256, 390, 60, 25), (13, 256, 402, 60, 20)]
    shapes += [(11, 256, 396, 40, 8), (7, 120, 300, 20, 35)]
    for label, across, down, wide, high in shapes:
        drawn[((x - across) / wide) ** 2 + ((y - down) / high) ** 2 < 1] = label
    return drawn


@pytest.mark.parametrize("case", REFERENCE["rectangle"], ids=lambda case: case["case"])
def test_rectangle(case: dict[str, Any]) -> None:
    """The box follows landmark 29 and the chin, and falls back on the detector's."""
    points = np.zeros((68, 2))
    points[:] = case["lm_min_x"] + 0.7, case["lm29_y (int32)"] - 30
    points[5, 0] = case["lm_max_x"] + 0.4
    points[8, 1] = case["lm_max_y_without_29"] + 0.9
    points[29, 1] = case["lm29_y (int32)"]
    if case["lm_min_x"] < 0:
        points[:5, 0] = case["lm_min_x"] - 0.3
    box = published_box(points, case["detector_box"], case["bbox_shift"])
    expected = case["box x1 y1 x2 y2"]
    assert box == (None if isinstance(expected, str) else tuple(expected))


def test_boxes_of_a_track_stay_in_the_frame() -> None:
    """Ten pixels are added under the chin; a face at the border or outside gives a box inside, of two pixels at least."""
    face = face68(width=120.0)
    track = track_of(np.stack([face, face + (-250, 0), face + (0, 200), face + (0, -220)]))
    boxes = published_boxes(track)
    width, height = track.frame_size
    assert (boxes[:, 4] == 0).all()
    assert (boxes == np.round(boxes)).all()
    assert (boxes[:, 2:4] >= 2).all()
    assert (boxes[:, 0] + boxes[:, 2] <= width + 2).all()
    assert boxes[0, 1] + boxes[0, 3] == min(int(face[:, 1].max()) + 10, height)


@pytest.mark.parametrize("case", REFERENCE["blend"], ids=lambda case: case["case"])
def test_blend(case: dict[str, Any]) -> None:
    """The face is put back as the offline and the realtime program do, also where the box leaves the frame."""
    frame = synthetic("musetalk/frame", 360, 480)
    assert digest(frame) == REFERENCE["frame_sha256"]
    y, x = np.mgrid[:512, :512]
    parsed = ((((x - 250) / 150) ** 2 + ((y - 300) / 170) ** 2 < 1) * 255).astype(np.uint8)
    box = tuple(case["box"])
    face = synthetic(f"musetalk/face/{case['case']}", box[3] - box[1], box[2] - box[0])
    before = frame.copy()
    assert around(box) == tuple(case["big_box"])
    for place, (name, blur) in enumerate({"offline": OFFLINE, "realtime": REALTIME}.items()):
        plan = Blend.plan(box, parsed, blur)
        made = plan.apply(frame, face)
        for row, column, *values in case["probes"]:
            assert np.abs(made[row, column].astype(int) - values[place]).max() <= (0 if EXACT else 1)
        if EXACT:
            assert digest(made) == case[f"sha256_{name}"]
            assert name == "offline" or int(plan.mask.sum()) == case["realtime_mask_sum"]
    np.testing.assert_array_equal(frame, before)


@pytest.mark.parametrize("name", REFERENCE["mask"])
def test_face_mask(name: str) -> None:
    """Every mode, and cheeks of several widths."""
    mode, _, cheeks = name.partition(" ")
    mask = face_mask(labels(), mode, *map(int, cheeks.split("/")))
    assert int((mask == 255).sum()) == REFERENCE["mask"][name]["pixels_255"]
    assert digest(mask) == REFERENCE["mask"][name]["sha256"]


class _Keep(torch.nn.Module):
    """Stands for the encoder: keeps what it is given."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        self.given = pictures
        return torch.nn.functional.avg_pool2d(pictures, 8).mean(1, keepdim=True).expand(-1, 4, -1, -1)


def test_input_of_the_encoder() -> None:
    """The crop by Lanczos, its lower half −1, and the whole one; the masked latents come first, scaled."""
    face = synthetic("musetalk/crop", 260, 240)
    seen = crop(face, (0, 0, 240, 260))
    for row, column, value in REFERENCE["input"]["resized_probe"]:
        assert np.abs(seen[row, column].astype(int) - value).max() <= (0 if EXACT else 1)
    assert not EXACT or digest(seen) == REFERENCE["input"]["resized_sha256"]
    keep, none = _Keep(), torch.nn.Identity()
    network = MuseTalkNetwork(Networks(none, keep, none, none), torch.device("cpu"))
    latents = network.encode(np.ascontiguousarray(seen[..., ::-1].transpose(2, 0, 1))[None])
    for picture, name in zip(keep.given[:, None], ("masked", "reference"), strict=True):
        check_entry(picture, REFERENCE["input"][name], 1e-6 if EXACT else 1e-2)
    assert (keep.given[0, :, 128:] == -1).all()
    expected = SCALE * torch.nn.functional.avg_pool2d(keep.given, 8).mean(1)
    np.testing.assert_allclose(latents[0, [0, 4]], expected.numpy(), atol=1e-6)


def test_parser_input() -> None:
    """RGB of 512 pixels."""
    square = np.zeros((40, 40, 3), np.uint8)
    square[..., 0] = 200  # blue
    assert parser_input(square).shape == (512, 512, 3)
    assert parser_input(square)[0, 0].tolist() == [0, 0, 200]
