"""Restored mouths: the model's flicker is steadied, the mouth's timing is not, faces come framed and go back in place."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from faces import face68
from scipy.ndimage import gaussian_filter
from seamsync.enhance.restore import MouthRestorer
from seamsync.media.clips import MouthClip
from seamsync.models.restoration import FACE_SIDE, Restorer
from seamsync.tracking.align import apply_affine
from seamsync.tracking.framing import ffhq_framing


def still(count: int = 12) -> np.ndarray:
    """One smooth patch, repeated: uint8 ``[T,3,40,48]``."""
    field = gaussian_filter(np.random.default_rng(0).random((3, 40, 48)), (0, 4, 4))
    field = (field - field.min()) / np.ptp(field)
    return np.repeat(np.rint(60 + 120 * field).astype(np.uint8)[None], count, 0)


def clip(patches: np.ndarray, *, landmarks: np.ndarray | None = None) -> MouthClip:
    """Patches that lie at (100, 130) of the frame."""
    count = len(patches)
    to_frame = np.tile(np.array([[1.0, 0, 136], [0, 1.0, 180]]), (count, 1, 1))
    return MouthClip(patches, to_frame, np.ones(count, bool), np.arange(count), landmarks)


def flickering(strength: float = 0.1) -> Restorer:
    """A model that adds other noise to every picture."""
    random = torch.Generator().manual_seed(1)
    return Restorer(lambda images: images + strength * torch.randn(images.shape, generator=random))


def restored(
    mouths: MouthClip, restorer: Restorer, *, scale: int = 1, fidelity: float = 0.0, steadiness: float = 0.9
) -> np.ndarray:
    """All patches, as int."""
    made = MouthRestorer(restorer, mouths, scale=scale, fidelity=fidelity, steadiness=steadiness)
    return made.patches(0, len(mouths)).astype(int)


def test_flicker_is_steadied() -> None:
    """Differences of successive frames shrink to a fraction where nothing moves."""
    changes = {}
    for steadiness in (0.0, 0.9):
        changes[steadiness] = np.abs(np.diff(restored(clip(still()), flickering(), steadiness=steadiness), axis=0)).mean()
    assert changes[0.9] < 0.25 * changes[0.0]


def test_what_the_model_gives_comes_through() -> None:
    """At fidelity 0 and without an average, or on a still picture, it is the model's picture; at 1 the generator's."""
    brighter = Restorer(lambda images: images + 0.1)
    for steadiness in (0.0, 0.9):
        assert np.abs(restored(clip(still()), brighter, steadiness=steadiness) - (still() + 25.5)).max() <= 1
    assert np.array_equal(restored(clip(still()), brighter, fidelity=1.0), still())
    assert np.abs(restored(clip(still()), brighter, fidelity=0.5) - (still() + 12.75)).max() <= 1


def test_the_mouth_opens_in_its_own_frame() -> None:
    """A patch that changes from one frame to the next is followed at once; nothing of the frame before lingers."""
    patches = still(8)
    patches[4:, :, 16:28, 12:36] = 15  # the mouth opens
    sharper = Restorer(lambda images: (images + 0.3 * (images - images.mean((-2, -1), keepdim=True))).clamp(0, 1))
    steady = restored(clip(patches), sharper)
    alone = restored(clip(patches), sharper, steadiness=0.0)
    inside = (slice(4, 5), slice(None), slice(16, 28), slice(12, 36))
    assert np.abs(steady[inside] - alone[inside]).max() <= 1
    away = (slice(4, 5), slice(None), slice(0, 40), slice(44, 48))
    assert np.abs(steady[away] - alone[away]).mean() > 0  # there the past still counts


def test_the_average_begins_anew_where_patches_jump() -> None:
    """Another take owes nothing to the one before."""
    patches = still(6)
    patches[3:] = 255 - patches[3:]
    model = Restorer(lambda images: images + 0.2 * (images[:, :1] - 0.5))
    assert np.array_equal(restored(clip(patches), model)[3:], restored(clip(patches[3:]), model))


@pytest.mark.parametrize("scale", [1, 2, 3])
@pytest.mark.parametrize("factor", [1, 2, 4])
def test_upscaling_models_come_to_the_wanted_size(scale: int, factor: int) -> None:
    """Whatever the model's own factor."""
    model = Restorer(
        lambda images: torch.nn.functional.interpolate(images, scale_factor=factor, mode="bicubic").clamp(0, 1), scale=factor
    )
    made = restored(clip(still(2)), model, scale=scale)
    plain = restored(clip(still(2)), Restorer(lambda images: images), scale=scale)
    assert made.shape == (2, 3, 40 * scale, 48 * scale)
    assert np.abs(made - plain)[..., 3:-3, 3:-3].max() <= 5


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("factor", [1, 2])
def test_faces_come_framed_and_go_back(known: bool, factor: int) -> None:
    """A face restorer sees 512 × 512 pixels, with the mouth where FFHQ has it; its picture lands where the patch was."""
    landmarks = np.repeat(face68((160, 130))[None], 2, 0) if known else None
    mouths = clip(still(2), landmarks=landmarks)
    seen: list[torch.Tensor] = []

    def model(images: torch.Tensor) -> torch.Tensor:
        seen.append(images)
        return torch.nn.functional.interpolate(images, scale_factor=factor, mode="bilinear")

    made = restored(mouths, Restorer(model, face=True, scale=factor), scale=2)
    assert all(images.shape == (1, 3, FACE_SIDE, FACE_SIDE) for images in seen)
    plain = restored(mouths, Restorer(lambda images: images), scale=2)
    assert np.abs(made - plain)[..., 6:-6, 6:-6].max() <= 6
    if landmarks is not None:  # the patch's middle, (24, 20), lies at (160, 200) of the frame: on the mouth
        x, y = apply_affine(ffhq_framing(landmarks[:1], FACE_SIDE), np.array([[160.0, 200.0]]))[0, 0].astype(int)
        middle = seen[0][0, :, y, x] * 255
        np.testing.assert_allclose(middle.numpy(), still()[0, :, 19:21, 23:25].mean((1, 2)), atol=8)
