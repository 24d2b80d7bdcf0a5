"""Occlusion: what is in front stays in front, ordinary mouths stay whole, and nothing flickers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from occluded_faces import SIZE, Scene, disc, place, scene
from scipy import ndimage
from seamsync.blending.mask.occlusion import OcclusionCut, VisibleFaces, grow, visible_faces
from seamsync.blending.mask.regions import ParsedFaces
from seamsync.blending.settings import OCCLUSIONS, MouthMask
from seamsync.errors import SeamSyncError
from seamsync.media.frame import PlanarFrame
from seamsync.media.tags import ColorTags
from seamsync.models.faces.regions import CLASSES
from seamsync.tensors import one_thread

BLUE = (0.15, 0.25, 0.6)
HERE = np.eye(2, 3)[None]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As the compositor runs it: on small pictures, threads only wait for one another."""
    with one_thread():
        yield


def cutter(method: str = "disagreement", strength: float = 0.5) -> OcclusionCut:
    """A fresh cut."""
    return OcclusionCut(MouthMask(occlusion=method, occlusion_strength=strength))


def look(cut: OcclusionCut, of: Scene) -> torch.Tensor:
    """Visibility of a scene, weight-free."""
    return cut.visibility(of.alpha, of.target, of.patch, of.batch)


def going_on(of: Scene) -> Scene:
    """The same as a frame that follows another."""
    return replace(of, batch=replace(of.batch, fresh=np.zeros(1, bool)))


def parsed(name: str, where: torch.Tensor) -> ParsedFaces:
    """A parser's result at ROI resolution: one class in a place, skin elsewhere."""
    probabilities = torch.zeros(1, len(CLASSES), *SIZE)
    probabilities[:, CLASSES.index(name)] = where[:, 0].float()
    probabilities[:, CLASSES.index("skin")] = 1 - where[:, 0].float()
    return ParsedFaces(probabilities, HERE)


def test_a_mouth_without_anything_in_front_is_untouched() -> None:
    """Visibility is exactly 1, so alpha comes back as it was."""
    for cast in ((1.0, 1.0, 1.0), (1.1, 0.93, 1.05)):
        clean = scene(cast=cast)
        seen = cutter().visibility(clean.alpha, clean.target, clean.patch, clean.batch)
        assert torch.equal(clean.alpha * seen, clean.alpha)


@pytest.mark.parametrize("color", [BLUE, (0.1, 0.1, 0.1), (0.95, 0.95, 0.95)])
def test_what_is_in_front_is_cut_out(color: tuple[float, float, float]) -> None:
    """Inside 0, with a soft edge, and 1 beyond it."""
    got = look(cutter(), scene().behind(disc(0.31, 0.46, 0.055), color))
    shown = scene().alpha > 0.2
    assert got[disc(0.31, 0.46, 0.04) & shown].max() < 0.05
    assert got[~disc(0.31, 0.46, 0.14)].min() == 1
    assert ((got > 0.1) & (got < 0.9)).any()


def test_an_occluder_goes_on_across_the_lips() -> None:
    """A stick over cheek and lips is cut from end to end, the lips beside it are not."""
    across, down = place()
    stick = (down - 0.57).abs() < 0.035
    clean = scene()
    got = look(cutter(), clean.behind(stick, BLUE))
    shown = (clean.alpha > 0.5) & (across.abs() < 0.33)
    assert got[shown & ((down - 0.57).abs() < 0.02)].max() < 0.3
    assert got[shown & ((down - 0.57).abs() > 0.12)].min() == 1
    only_lips = stick & (across.abs() < 0.1)
    assert look(cutter(), clean.behind(only_lips, BLUE)).min() == 1  # lips alone are the mouth's own business


def hand_over(of: Scene) -> Scene:
    """A hand of the skin's own colour over all of the mouth."""
    across, down = place()
    covered = ((across / 0.3) ** 2 + ((down - 0.6) / 0.16) ** 2) < 1
    shaded = torch.tensor((0.74, 0.55, 0.46)).view(1, 3, 1, 1) * (1 + 0.3 * across)
    return replace(of, target=torch.where(covered, shaded, of.target))


def test_a_hand_over_the_lips_keeps_the_original() -> None:
    """Skin in front of skin cannot be told apart, but lips that are gone can: then nothing of the new mouth shows."""
    assert look(cutter(), hand_over(scene())).max() < 0.05
    unknown = hand_over(scene(known=False))
    assert look(cutter(), unknown).min() == 1  # without the generated lips there is nothing to measure by


def test_specks_are_dropped() -> None:
    """Something of a pixel or two is noise."""
    assert look(cutter(), scene().behind(disc(0.31, 0.46, 0.006), BLUE)).min() == 1


def test_strength_cuts_more() -> None:
    """The weaker something stands out from skin, the more strength it takes to cut it, and a stronger cut is wider."""
    faint, plain = (scene().behind(disc(0.31, 0.46, 0.055), color) for color in ((0.76, 0.6, 0.5), (0.74, 0.62, 0.48)))
    of_faint, of_plain = (
        [float((1 - look(cutter(strength=strength), one)).sum()) for strength in (0.0, 0.5, 1.0)] for one in (faint, plain)
    )
    assert of_faint[:2] == [0, 0]
    assert of_faint[2] > 100
    assert of_plain[0] == 0
    assert 100 < of_plain[1] < of_plain[2]


def test_a_cut_comes_fast_and_goes_slowly() -> None:
    """After a clean frame the cut is 0.7 deep, and it fades by 0.7 a frame once the thing is gone."""
    clean, covered = going_on(scene()), going_on(scene().behind(disc(0.31, 0.46, 0.055), BLUE))
    middle = disc(0.31, 0.46, 0.03)
    cut = cutter()
    depth = [float((1 - look(cut, one)[middle]).mean()) for one in (clean, covered, covered, clean, clean)]
    assert depth == pytest.approx([0, 0.7, 0.91, 0.637, 0.446], abs=0.01)


def test_a_cut_in_the_clip_forgets() -> None:
    """The first frame of a scene leans on nothing."""
    covered, clean = scene().behind(disc(0.31, 0.46, 0.055), BLUE), scene()
    cut = cutter()
    assert look(cut, covered).min() < 0.05
    assert look(cut, clean).min() == 1


def test_what_lingers_moves_with_the_face() -> None:
    """When the ROI's origin jumps by ten pixels, the fading cut stays where it was on the face."""
    covered = scene().behind(disc(0.31, 0.46, 0.055), BLUE)
    clean = going_on(scene())
    moved = replace(
        clean,
        alpha=clean.alpha.roll(10, 3),
        target=clean.target.roll(10, 3),
        patch=clean.patch.roll(10, 3),
        batch=replace(clean.batch, landmarks=clean.batch.landmarks + np.array([10, 0], np.float32), generated=None),
    )
    still, shifted = cutter(), cutter()
    look(still, covered)
    look(shifted, covered)
    a, b = look(still, clean), look(shifted, moved)
    assert a.min() < 0.4
    assert (b.roll(-10, 3) - a)[..., 20:-20].abs().max() < 0.02


def test_frames_together_are_as_frames_alone() -> None:
    """A batch of three gives what three batches of one give."""
    scenes = [scene(), *(going_on(scene().behind(disc(x, 0.46, 0.055), BLUE)) for x in (0.31, 0.33))]
    cut = cutter()
    alone = torch.cat([look(cut, one) for one in scenes])
    names = ("indices", "scene", "fresh", "origin", "face_width", "landmarks", "generated", "outline", "quad")
    joined: dict[str, Any] = {name: np.concatenate([getattr(one.batch, name) for one in scenes]) for name in names}
    alpha, target, patch = (torch.cat([getattr(one, name) for one in scenes]) for name in ("alpha", "target", "patch"))
    together = cutter().visibility(alpha, target, patch, replace(scenes[0].batch, **joined))
    assert torch.allclose(together, alone, atol=1e-6)


def test_parser_classes_in_front() -> None:
    """Cloth over the face is cut, skin is not; beyond the target's own contour nothing is, whatever it is."""
    clean = scene()
    args = (clean.alpha, clean.target, clean.patch, clean.batch)
    where = disc(0.31, 0.46, 0.055)
    got = cutter("parser").visibility(*args, parsed("cloth", where))
    assert got[disc(0.31, 0.46, 0.04)].max() < 0.05
    assert got[~disc(0.31, 0.46, 0.13)].min() > 0.999
    assert cutter("parser").visibility(*args, parsed("lower lip", where)).min() == 1
    assert cutter("parser").visibility(*args, parsed("neck", where)).min() == 1
    beyond = disc(0.0, 1.02, 0.1)
    assert cutter("parser").visibility(*args, parsed("background", beyond))[beyond].min() > 0.9


def test_hair_is_in_front_only_where_the_patch_has_none() -> None:
    """A beard that both pictures show is the face's own; a strand that only the target shows is not."""
    where, brown = disc(0.31, 0.46, 0.055), (0.12, 0.09, 0.08)
    clean = scene()
    strand = clean.behind(where, brown)
    beard = replace(strand, patch=replace(clean, target=clean.patch).behind(where, brown).target)
    for one, low, high in ((strand, 0.0, 0.1), (beard, 0.95, 1.0)):
        got = cutter("parser").visibility(one.alpha, one.target, one.patch, one.batch, parsed("hair", where))
        assert low <= float(got[disc(0.31, 0.46, 0.04)].mean()) <= high


def test_xseg_weights() -> None:
    """What the model does not see of the face is cut, inside the contour only."""
    clean = scene()
    args = (clean.alpha, clean.target, clean.patch, clean.batch)
    hidden = VisibleFaces(1 - disc(0.31, 0.46, 0.055).float(), HERE)
    got = cutter("xseg").visibility(*args, seen=hidden)
    assert got[disc(0.31, 0.46, 0.04)].max() < 0.05
    assert got[~disc(0.31, 0.46, 0.13)].min() > 0.999
    nothing = cutter("xseg").visibility(*args, seen=VisibleFaces(torch.zeros(1, 1, *SIZE), HERE))
    assert nothing[disc(0.0, 0.6, 0.1)].max() == 0
    assert nothing[disc(0.0, 1.1, 0.1)].min() == 1


def test_visible_faces() -> None:
    """The model gets a crop of its size for every frame, and its answer knows the way back."""

    class Half:
        """Sees the left half of the crop."""

        size = 64

        def visible(self, images: torch.Tensor) -> torch.Tensor:
            """``[B,3,64,64]`` → ``[B,1,64,64]``."""
            assert images.shape == (2, 3, 64, 64)
            assert 0 <= float(images.min()) <= float(images.max()) <= 1
            return (torch.arange(64) < 32).float().expand(2, 1, 64, 64)

    frame = PlanarFrame.blank(SIZE[1], SIZE[0], (2, 2), 8, ColorTags())
    for plane in frame.planes:
        plane[...] = 128
    seen = visible_faces(Half(), [frame, frame], np.repeat(scene().batch.landmarks, 2, 0))
    middle = seen.to_frame[0] @ (32, 32, 1)
    assert abs(middle[0] - scene().batch.landmarks[0, 30, 0]) < 4
    assert seen.to_frame.shape == (2, 2, 3)


def test_missing_inputs_and_off() -> None:
    """A method without its input says so; off needs none and changes nothing."""
    clean = scene()
    args = (clean.alpha, clean.target, clean.patch, clean.batch)
    with pytest.raises(SeamSyncError, match="'parser' needs parsed faces"):
        cutter("parser").visibility(*args)
    with pytest.raises(SeamSyncError, match="'xseg' needs visible faces"):
        cutter("xseg").visibility(*args)
    assert torch.equal(clean.alpha * cutter("off").visibility(*args), clean.alpha)


@pytest.mark.parametrize("method", OCCLUSIONS)
def test_any_alpha_is_safe(method: str) -> None:
    """Empty and full masks give visibilities of 0…1 without NaN."""
    covered = scene().behind(disc(0.31, 0.46, 0.055), BLUE)
    for value in (0.0, 1.0):
        got = cutter(method, 1.0).visibility(
            torch.full_like(covered.alpha, value),
            covered.target,
            covered.patch,
            covered.batch,
            parsed("hat", disc(0.31, 0.46, 0.055)),
            VisibleFaces(torch.rand(1, 1, *SIZE), HERE),
        )
        assert ((got >= 0) & (got <= 1)).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.2, 0.7))
def test_grow_reaches_what_hangs_together(seed: int, share: float) -> None:
    """Both backends give the components of ``within`` that hold a seed, corners counted as touching."""
    made = np.random.default_rng(seed)
    within, seeds = made.random((2, 1, 17, 23)) < share, made.random((2, 1, 17, 23)) < 0.03
    wanted = np.zeros_like(within)
    for result, start, room in zip(wanted[:, 0], seeds[:, 0], within[:, 0], strict=True):
        result[...] = ndimage.binary_propagation(start & room, structure=np.ones((3, 3)), mask=room)
    for backend in (None, "torch"):
        got = grow(torch.from_numpy(seeds), torch.from_numpy(within), backend=backend)
        assert np.array_equal(got.numpy(), wanted)
