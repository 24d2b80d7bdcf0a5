"""Evidence of things in front of the face: none on a changed mouth, plenty on what is no skin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from occluded_faces import Scene, disc, scene
from seamsync.blending.mask.disagreement import Evidence, compare
from seamsync.tensors import one_thread

DARK, BLUE, WHITE = (0.1, 0.1, 0.1), (0.15, 0.25, 0.6), (0.95, 0.95, 0.95)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As the compositor runs it: on small pictures, threads only wait for one another."""
    with one_thread():
        yield


def evidence(of: Scene) -> Evidence:
    """What :func:`compare` says of a scene."""
    return compare(of.alpha, of.target, of.patch, of.batch)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("blur", [0.0, 3.0])
@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize("cast", [(1, 1, 1), (1.12, 0.92, 1.06), (0.8, 0.8, 0.85)])
def test_a_generated_mouth_is_no_evidence(known: bool, blur: float, shift: int, cast: tuple[float, float, float]) -> None:
    """Open lips, blur, two pixels of misalignment and a colour cast stay below what any occluder scores."""
    found = evidence(scene(cast=cast, blur=blur, shift=shift, known=known))
    assert found.score.max() < 1.2
    assert (found.score == 0)[found.lips].all()
    assert found.lip_contrast > 0.6


@pytest.mark.parametrize("color", [DARK, BLUE, WHITE])
@pytest.mark.parametrize("cast", [(1, 1, 1), (1.12, 0.92, 1.06)])
def test_what_is_no_skin_is_evidence(color: tuple[float, float, float], cast: tuple[float, float, float]) -> None:
    """A disc on the cheek scores high inside, and nowhere else."""
    clean = scene(cast=cast)
    disc_there = disc(0.31, 0.46, 0.055)
    found = evidence(clean.behind(disc_there, color))
    score = found.score
    assert found.lip_contrast > 0.6  # something beside the lips does not hide them
    assert score[disc_there & (clean.alpha > 0.2)].median() > 2
    assert score[~disc(0.31, 0.46, 0.12)].max() < 1.2


def test_folds_and_shadows_are_no_evidence() -> None:
    """Skin darkened by a third, as by a fold or a shadow, is still skin."""
    clean = scene()
    shaded = torch.where(disc(-0.31, 0.46, 0.055), 0.67 * clean.target, clean.target)
    assert evidence(replace(clean, target=shaded)).score.max() < 1.2


def test_only_the_own_face_counts() -> None:
    """Where the target's face has ended, a chin of the patch on the background is no disagreement."""
    clean = scene()
    chin = disc(0.0, 1.0, 0.2)
    longer = torch.where(chin, torch.tensor((0.78, 0.58, 0.48)).view(1, 3, 1, 1), clean.patch)
    everywhere = torch.ones_like(clean.alpha)
    assert evidence(replace(clean, patch=longer, alpha=everywhere)).score.max() < 1.2


def test_a_mirrored_scene_gives_mirrored_evidence() -> None:
    """Left and right are treated alike."""
    one = scene().behind(disc(0.31, 0.46, 0.055), BLUE)
    landmarks = one.batch.landmarks.copy()
    width = one.alpha.shape[-1]
    mirrored = []
    for points in (landmarks, one.batch.generated):
        assert points is not None
        flipped = points.copy()
        flipped[..., 0] = width - flipped[..., 0]
        mirrored.append(flipped)
    batch = replace(one.batch, landmarks=mirrored[0], generated=mirrored[1])
    other = Scene(one.alpha.flip(3), one.target.flip(3), one.patch.flip(3), batch)
    assert (evidence(other).score.flip(3) - evidence(one).score).abs().max() < 0.05


def test_larger_faces_are_compared_small() -> None:
    """Three times the size is looked at in steps of three pixels, with about the same result."""
    small = scene().behind(disc(0.31, 0.46, 0.055), BLUE)

    def _triple(image: torch.Tensor) -> torch.Tensor:
        return image.repeat_interleave(3, 2).repeat_interleave(3, 3)

    height, width = small.batch.size
    assert small.batch.generated is not None
    batch = replace(
        small.batch,
        size=(3 * height, 3 * width),
        face_width=3 * small.batch.face_width,
        landmarks=3 * small.batch.landmarks,
        generated=3 * small.batch.generated,
        quad=3 * small.batch.quad,
    )
    large = evidence(Scene(_triple(small.alpha), _triple(small.target), _triple(small.patch), batch))
    assert large.step == 3
    assert (large.score - evidence(small).score).abs().max() < 0.2


def test_nothing_to_compare() -> None:
    """No alpha, a face beside the ROI, or constant pictures: no evidence, and no NaN."""
    clean = scene()
    away = replace(clean.batch, landmarks=clean.batch.landmarks + np.float32(1000), generated=None)
    flat = torch.full_like(clean.target, 0.5)
    for alpha, target, patch, batch in (
        (torch.zeros_like(clean.alpha), clean.target, clean.patch, clean.batch),
        (clean.alpha, clean.target, clean.patch, away),
        (clean.alpha, flat, flat, clean.batch),
        (clean.alpha, 0 * flat, 0 * flat, clean.batch),
    ):
        score = compare(alpha, target, patch, batch).score
        assert torch.equal(score, torch.zeros_like(score))
