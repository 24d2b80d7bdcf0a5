"""The rectangles that MuseTalk sees, and the latents of their faces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from faces import face68, track_of
from seamsync.errors import SeamSyncError
from seamsync.models.musetalk.boxes import MouthBox, mouth_boxes, published_boxes
from seamsync.models.musetalk.latents import FaceLatents
from seamsync.tracking.align import apply_affine
from seamsync.tracking.face_box import box_to_frame
from seamsync.tracking.track import FaceTrack


def turned(points: np.ndarray, angle: float) -> np.ndarray:
    """Landmarks turned about their middle, radians."""
    middle = points.mean(0)
    a, b = np.cos(angle), np.sin(angle)
    return (points - middle) @ np.array([[a, b], [-b, a]]) + middle


def test_the_box_of_a_face_at_rest() -> None:
    """From jaw to jaw, the bridge of the nose in the middle but for the room under the chin."""
    face = face68(width=120.0)
    track = track_of(np.stack([face] * 20))
    left, top, width, height, roll = mouth_boxes(track, MouthBox(margin=0.0))[10]
    assert (left, width) == pytest.approx((face[:, 0].min(), np.ptp(face[:, 0])))
    assert top + height == pytest.approx(face[:, 1].max())
    assert top + height / 2 == pytest.approx(face[29, 1])
    assert roll == pytest.approx(0, abs=1e-6)
    room = mouth_boxes(track, MouthBox(margin=0.1))[10]
    np.testing.assert_allclose(room[:3], (left, top, width))
    assert room[3] == pytest.approx(1.1 * height)


def test_it_is_the_published_one_for_an_upright_face() -> None:
    """Within the pixels that are cut there, and 10 pixels under a chin of a face of 250."""
    face = face68(width=220.0) + (100, 100)
    track = replace(track_of(np.stack([face] * 5)), frame_size=(800, 800))
    published, ours = published_boxes(track)[2], mouth_boxes(track, MouthBox(margin=0.0))[2]
    assert published[3] - ours[3] == pytest.approx(10, abs=2)
    assert published[0] == pytest.approx(ours[0], abs=1)
    assert published[2] == pytest.approx(ours[2], abs=1.5)


@pytest.mark.parametrize("angle", [-0.5, 0.35])
def test_a_tilted_face_stands_upright_in_its_crop(angle: float) -> None:
    """The crop's pixels of a turned face are those of the upright one; along the frame they are not."""
    face = face68(width=120.0)
    upright, tilted = track_of(np.stack([face] * 9)), track_of(np.stack([turned(face, angle)] * 9))

    def _in_crop(track: FaceTrack, options: MouthBox) -> np.ndarray:
        to_frame = box_to_frame(mouth_boxes(track, options), 256)[4]
        inverse = np.linalg.inv(np.vstack([to_frame, [0, 0, 1]]))[:2]
        return apply_affine(inverse, track.landmarks[4].astype(np.float64))

    np.testing.assert_allclose(_in_crop(tilted, MouthBox()), _in_crop(upright, MouthBox()), atol=0.5)
    assert np.abs(_in_crop(tilted, MouthBox(level=False)) - _in_crop(upright, MouthBox())).max() > 10


def test_the_box_does_not_follow_the_jaw() -> None:
    """A mouth that opens and closes five times a second hardly moves a steady box; the published one follows it."""
    opening = 0.08 + 0.08 * np.sin(np.arange(50) * 2 * np.pi / 5)
    points = np.stack([face68(width=120.0, opening=float(o)) for o in opening])
    points[:, 4:13, 1] += 60 * opening[:, None]
    track = track_of(points)
    steady, free = mouth_boxes(track, MouthBox()), mouth_boxes(track, MouthBox(steadiness=0.0))
    assert np.ptp(free[10:40, 3]) > 8
    assert np.ptp(steady[10:40, 3]) < 0.1 * np.ptp(free[10:40, 3])


def test_settings_have_ranges() -> None:
    """Negative room and an endless average are refused."""
    with pytest.raises(SeamSyncError, match="margin"):
        MouthBox(margin=-0.1)
    with pytest.raises(SeamSyncError, match="steadiness"):
        MouthBox(steadiness=11.0)


@pytest.mark.parametrize("most", [0, 1, 2, 100])
def test_latents_within_a_limit(most: int) -> None:
    """In any order the right latents come out; what is not kept is encoded again, and nothing is read that is kept."""
    read: list[int] = []

    def _cut(frames: np.ndarray) -> Iterator[np.ndarray]:
        for frame in frames.tolist():
            read.append(frame)
            yield np.full((3, 8, 8), frame, np.uint8)

    def _encode(faces: np.ndarray) -> np.ndarray:
        return np.repeat(faces[:, :1, :1, :1], 8, 1).astype(np.float32)

    latents = FaceLatents(_cut, _encode, most)
    order = np.array([0, 1, 2, 3, 2, 1, 0, 1, 2])
    for _ in range(2):
        found = [int(one[0, 0, 0]) for one in latents.read(order, 4)]
        assert found == order.tolist()
    assert latents.encoded == len(read)
    assert len(latents._kept) <= most
    if most == 100:
        assert read == [0, 1, 2, 3, 3]  # the last one is shown once a time, and not kept
    for done in latents.keep_all(4, 3):
        assert done <= 4
    before = len(read)
    assert len(list(latents.read(order, 4))) == 9
    assert len(read) == before
