"""Region masks: crops framed as the parser wants them, weights back on the ROI, soft edges, and the algebra of masks."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
import torch
from faces import face68
from hypothesis import given
from hypothesis import strategies as st
from seamsync.blending.external import ExternalMask
from seamsync.blending.frame_batch import FrameBatch
from seamsync.blending.mask.regions import (
    ParsedFaces,
    apply_external,
    apply_regions,
    combine,
    face_crops,
    feather_weights,
    frame_to_roi,
    join_mask,
    parse_faces,
)
from seamsync.blending.settings import MASK_MODES, SIDES, MouthMask
from seamsync.errors import SeamSyncError
from seamsync.media.frame import PlanarFrame
from seamsync.media.sources import TensorSource
from seamsync.models.faces.regions import CLASSES
from seamsync.tensors import one_thread
from seamsync.tracking.align import apply_affine, invert_affine

SIZE = (320, 240)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As the compositor runs it: on small pictures, threads only wait for one another."""
    with one_thread():
        yield


def frames_of(*pictures: np.ndarray) -> list[PlanarFrame]:
    """Frames of RGB pictures uint8 ``[h,w,3]``."""
    source = TensorSource(torch.from_numpy(np.stack(pictures)).float() / 255, Fraction(25))
    return list(source.frames())


def turned(points: np.ndarray, angle: float, about: tuple[float, float]) -> np.ndarray:
    """Landmarks turned about a point, radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return ((points - about) @ np.array([[cos, sin], [-sin, cos]]) + about).astype(np.float32)


def chunk_of(
    size: tuple[int, int], *, origin: tuple[float, float] = (0, 0), scale: float = 1.0, face: float = 100.0
) -> FrameBatch:
    """One frame whose patch covers the left half of the ROI."""
    height, width = size
    quad = np.array([[[0.0, 0.0], [width / 2, 0.0], [width / 2, height], [0.0, height]]])
    return FrameBatch(
        indices=np.array([0]),
        scene=np.zeros(1, np.int32),
        fresh=np.ones(1, bool),
        origin=np.array([origin], np.float64),
        size=size,
        scale=scale,
        face_width=np.array([face], np.float32),
        landmarks=face68()[None],
        generated=None,
        outline=np.zeros((1, 8, 2)),
        quad=quad,
    )


class RedParser:
    """Calls skin what is red, and hair all else; notes what it is given."""

    size = 128

    def parse(self, images: torch.Tensor) -> torch.Tensor:
        """``[B,3,128,128]`` → ``[B,19,128,128]``."""
        assert images.shape[1:] == (3, 128, 128)
        out = torch.zeros(len(images), len(CLASSES), 128, 128)
        out[:, CLASSES.index("skin")] = images[:, 0]
        out[:, CLASSES.index("hair")] = 1 - images[:, 0]
        return out


@pytest.mark.parametrize(("width", "angle"), [(120.0, 0.0), (60.0, 0.4), (150.0, -0.3)])
def test_crops_are_framed_as_ffhq(width: float, angle: float) -> None:
    """Eyes and mouth come to the places they have in FFHQ's crops, level, and the pixels are those of the frame."""
    x, y = np.meshgrid(np.arange(SIZE[0]) + 0.5, np.arange(SIZE[1]) + 0.5)
    ramps = np.stack([x / SIZE[0], y / SIZE[1], 0 * x + 0.5], -1)
    points = turned(face68((160, 90), width), angle, (160, 120))
    images, to_frame = face_crops(frames_of((ramps * 255).round().astype(np.uint8)), points[None], 256)
    placed = apply_affine(invert_affine(to_frame), points[None])[0] / 256
    assert np.abs(placed[36:42].mean(0) - (0.377, 0.469)).max() < 0.04
    assert np.abs(placed[[48, 54]].mean(0) - (0.5, 0.725)).max() < 0.04
    inside = apply_affine(to_frame, np.array([[[90.5, 120.5], [150.5, 180.5]]]))[0]
    for (column, row), (fx, fy) in zip([(90, 120), (150, 180)], inside, strict=True):
        assert np.abs(images[0, :2, row, column].numpy() - (fx / SIZE[0], fy / SIZE[1])).max() < 0.02


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_parsed_regions_lie_on_the_frame(scale: float) -> None:
    """What the parser sees in the crops comes back to where it is in each frame, through crop, parser and ROI."""
    x, y = np.meshgrid(np.arange(SIZE[0]) + 0.5, np.arange(SIZE[1]) + 0.5)
    discs = [(x - cx) ** 2 + (y - cy) ** 2 < 35**2 for cx, cy in ((160, 150), (170, 145))]
    frames = frames_of(*(np.stack([255 * d, 0 * d, 0 * d], -1).astype(np.uint8) for d in discs))
    landmarks = np.stack([face68((160, 100)), turned(face68((165, 100)), 0.2, (165, 120))])
    parsed = parse_faces(RedParser(), frames, landmarks)
    size = (int(100 * scale), int(120 * scale))
    batch = chunk_of(size, origin=(100.0, 98.0), scale=scale)
    to_roi = np.repeat(frame_to_roi(batch), 2, 0)
    skin = parsed.weights(["skin"], to_roi, size)
    assert skin.shape == (2, 1, *size)
    step = 1 / scale
    for got, disc in zip(skin[:, 0].numpy(), discs, strict=True):
        rows = np.clip((98 + (np.arange(size[0]) + 0.5) * step).astype(int), 0, 239)
        wanted = disc[np.ix_(rows, (100 + (np.arange(size[1]) + 0.5) * step).astype(int))]
        assert ((got > 0.4) != wanted).mean() < 0.03
    both = parsed.weights(["face", "hair"], to_roi, size)
    assert (both - 1).abs().max() < 1e-5
    with pytest.raises(SeamSyncError, match="did you mean 'lips'"):
        parsed.weights(["lip"], to_roi, size)


def test_weights_add_the_classes_of_a_group() -> None:
    """A group is the sum of its classes, and other classes do not count."""
    probabilities = torch.rand(1, 19, 8, 8, generator=torch.Generator().manual_seed(0)).softmax(1)
    parsed = ParsedFaces(probabilities, np.eye(2, 3)[None])
    got = parsed.weights(["lips", "mouth"], np.eye(2, 3)[None], (8, 8))
    assert torch.allclose(got[0, 0], probabilities[0, [11, 12, 13]].sum(0), atol=1e-6)


@pytest.mark.parametrize("side", SIDES)
def test_feather_lies_on_its_side(side: str) -> None:
    """Along a straight edge: 0 before the soft edge, 1 behind it, rising between, as wide as the feather."""
    edge, width = 60.25, 16.0
    x = torch.arange(128) + 0.5
    weights = (x - edge + 0.5).clamp(0, 1).expand(1, 1, 64, 128).contiguous()
    got = feather_weights(weights, np.array([200.0]), MouthMask(falloff_gamma=1.0, feather=0.08, feather_side=side))[0, 0, 32]
    start = {"inward": edge, "centred": edge - width / 2, "outward": edge - width}[side]
    assert (got[x < start - 1] < 1e-3).all()
    assert (got[x > start + width + 1] > 0.999).all()
    assert (got.diff() >= -1e-6).all()
    assert abs(float((1 - got).sum()) - (start + width / 2)) < 1.5


def test_feather_moves_by_less_than_a_pixel() -> None:
    """A quarter of a pixel's move of the region moves its soft edge by a quarter of a pixel."""
    x = torch.arange(128) + 0.5
    areas = []
    for edge in (60.0, 60.25, 60.5):
        weights = (x - edge + 0.5).clamp(0, 1).expand(1, 1, 64, 128).contiguous()
        areas.append(float(feather_weights(weights, np.array([200.0]), MouthMask())[0, 0, 32].sum()))
    assert np.diff(areas) == pytest.approx([-0.25, -0.25], abs=0.02)


def test_feather_keeps_empty_and_full_masks() -> None:
    """No region stays none, and a full one stays full, on every side."""
    for side in SIDES:
        for value in (0.0, 1.0):
            got = feather_weights(
                torch.full((1, 1, 20, 30), value), np.array([50.0]), MouthMask(falloff_gamma=1.0, feather_side=side)
            )
            assert torch.equal(got, torch.full_like(got, value))


def test_combine() -> None:
    """The four modes on the corners and the middle."""
    a, b = torch.tensor([0.0, 0.0, 1.0, 1.0, 0.6]), torch.tensor([0.0, 1.0, 0.0, 1.0, 0.5])
    assert combine(a, b, "intersect").tolist() == pytest.approx([0, 0, 0, 1, 0.5])
    assert combine(a, b, "union").tolist() == pytest.approx([0, 1, 1, 1, 0.6])
    assert combine(a, b, "minus").tolist() == pytest.approx([0, 0, 1, 0, 0.5])
    assert combine(a, b, "replace").tolist() == pytest.approx(b.tolist())
    with pytest.raises(SeamSyncError, match="did you mean 'union'"):
        combine(a, b, "unoin")


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20))
def test_combine_is_an_algebra(pairs: list[tuple[float, float]]) -> None:
    """A mask with itself is itself, De Morgan holds, order does not matter, and nothing leaves 0…1."""
    a, b = (torch.tensor(column, dtype=torch.float64) for column in zip(*pairs, strict=True))
    for mode in ("intersect", "union"):
        assert torch.equal(combine(a, a, mode), a)
        assert torch.equal(combine(a, b, mode), combine(b, a, mode))
    assert torch.allclose(1 - combine(a, b, "union"), combine(1 - a, 1 - b, "intersect"), atol=1e-12)
    assert torch.allclose(combine(a, b, "minus"), combine(a, 1 - b, "intersect"), atol=1e-12)
    for mode in MASK_MODES:
        assert ((combine(a, b, mode) >= 0) & (combine(a, b, mode) <= 1)).all()


@pytest.mark.parametrize("mode", ["union", "replace"])
def test_joined_masks_end_with_the_patch(mode: str) -> None:
    """A full mask shows up to the patch's border and the ROI's, where it has fallen to 0, and no further."""
    batch, settings = chunk_of((60, 120)), MouthMask(falloff_gamma=1.0, feather=0.1, opacity=0.8)
    got = join_mask(torch.zeros(1, 1, 60, 120), torch.ones(1, 1, 60, 120), mode, batch, settings)[0, 0]
    assert (got[:, 60:] == 0).all()
    assert float(got[:, 59].max()) < 0.02
    assert float(got[0].max()) < 0.02
    assert float(got[30, 30]) == pytest.approx(0.8)
    assert got.max() <= 0.8 + 1e-6


def test_joined_masks_within_the_outline() -> None:
    """Intersect and minus only ever take away, and need no further limit."""
    generator = torch.Generator().manual_seed(0)
    alpha, other = torch.rand(2, 1, 1, 60, 120, generator=generator)
    batch = chunk_of((60, 120))
    for mode in ("intersect", "minus"):
        got = join_mask(alpha, other, mode, batch, MouthMask())
        assert torch.equal(got, combine(alpha, other, mode))
        assert (got <= alpha).all()


def test_apply_regions_by_name() -> None:
    """The named regions, softened, join the outline in the named mode."""
    size = (60, 120)
    probabilities = torch.zeros(1, 19, *size)
    probabilities[:, CLASSES.index("skin"), :, :40] = 1
    probabilities[:, CLASSES.index("nose"), :, 40:] = 1
    parsed, batch = ParsedFaces(probabilities, np.eye(2, 3)[None]), chunk_of(size)
    alpha = torch.ones(1, 1, *size)
    for regions, mode, left, right in (
        ("skin", "intersect", 1, 0),
        ("skin", "minus", 0, 1),
        ("skin, nose", "intersect", 1, 1),
        ("nose", "replace", 0, 0),  # beyond the patch, which covers the left half
    ):
        got = apply_regions(alpha, parsed, batch, MouthMask(regions=regions, region_mode=mode))[0, 0, 30]
        assert float(got[15]) == pytest.approx(left, abs=1e-3)
        assert float(got[100]) == pytest.approx(right, abs=1e-3)


def test_apply_external() -> None:
    """The user's mask of the right frame joins the outline; without one alpha comes back."""
    alpha = torch.full((1, 1, 60, 120), 0.6)
    weights = np.zeros((3, 240, 320), np.uint8)
    weights[1, :, 110:] = 255
    batch = chunk_of((60, 120), origin=(50.0, 40.0))
    linked = MouthMask(external=ExternalMask(weights), external_mode="minus")
    got = apply_external(alpha, np.array([1]), SIZE, batch, linked)[0, 0]
    assert torch.allclose(got[:, :59], torch.tensor(0.6))
    assert (got[:, 61:] == 0).all()
    assert torch.equal(apply_external(alpha, np.array([0]), SIZE, batch, linked), alpha)
    assert apply_external(alpha, np.array([1]), SIZE, batch, MouthMask()) is alpha
