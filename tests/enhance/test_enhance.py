"""Enhanced mouths lie where they lay, come in chunks, and say what was done to them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from seamsync.blending.pixels.primitives import warp
from seamsync.enhance import enhance
from seamsync.enhance.enhance import enhance_mouths, sharpen_patches
from seamsync.enhance.options import ENHANCEMENTS, EnhanceOptions
from seamsync.errors import SeamSyncError
from seamsync.media.clips import MouthClip
from seamsync.models.restoration import Restorer
from seamsync.options import settings_of


def _mouths(count: int = 40, *, smooth: float = 0.0) -> MouthClip:
    pictures = np.random.default_rng(3).random((count, 3, 24, 32))
    pictures = gaussian_filter(pictures, (0, 0, smooth, smooth)) if smooth else pictures
    pictures = (pictures - pictures.min()) / np.ptp(pictures)
    to_frame = np.tile(np.array([[1.5, 0.2, 7.25], [-0.2, 1.5, 3.5]]), (count, 1, 1))
    patches = np.rint(pictures * 255).astype(np.uint8)
    return MouthClip(patches, to_frame, np.ones(count, bool), np.arange(count), inset=2.0)


def test_sharpening_is_the_picture_minus_its_blur() -> None:
    """Inside the border it equals SciPy's Gaussian, rounded and clipped."""
    patches = _mouths(2).patches[:]
    plain = patches.astype(np.float64)
    blurred = gaussian_filter(plain, (0, 0, 1.5, 1.5), mode="mirror", truncate=4.0)
    wanted = np.clip(plain + 0.7 * (plain - blurred), 0, 255)
    assert np.abs(sharpen_patches(patches, amount=0.7, radius=1.5) - wanted).max() <= 1.0


def test_flat_patches_stay_as_they_are() -> None:
    """Nothing to sharpen, nothing changed, not even at the border."""
    flat = np.full((1, 3, 16, 16), 77, np.uint8)
    assert np.array_equal(sharpen_patches(flat, amount=3.0, radius=4.0), flat)


def test_clip_is_sharpened_and_says_so() -> None:
    """All patches in order, progress after each, as large ones take long, the settings in its source; the original is
    untouched."""
    mouths, seen = _mouths(), []
    before = mouths.patches[:].copy()
    options = EnhanceOptions(amount=1.0, radius=0.8)
    sharp = enhance_mouths(mouths, options, progress=lambda *step: seen.append(step))
    assert np.array_equal(sharp.patches[:], sharpen_patches(before, amount=1.0, radius=0.8))
    assert np.array_equal(mouths.patches[:], before)
    assert seen == [("enhance", done + 1, 40) for done in range(40)]
    assert sharp.source["enhance"] == {"method": "unsharp", "amount": 1.0, "radius": 0.8}


def test_the_newest_mouth_is_shown_before_each_step() -> None:
    """The last enhanced patch of every chunk, as it is stored, when the step that holds it is told."""
    mouths, told = _mouths(), []
    sharp = enhance_mouths(
        mouths,
        EnhanceOptions(amount=1.0),
        progress=lambda stage, done, total: told.append(done),
        show=lambda patch: told.append(patch.copy()),
    )
    assert len(told) == 80
    for patch, done in zip(told[::2], told[1::2], strict=True):
        assert np.array_equal(patch, sharp.patches[done - 1])


@pytest.mark.parametrize("options", [EnhanceOptions(amount=0.0), EnhanceOptions(method="off")])
def test_nothing_asked_changes_nothing(options: EnhanceOptions) -> None:
    """The very same clip comes back."""
    mouths = _mouths(3)
    assert enhance_mouths(mouths, options) is mouths


@pytest.mark.parametrize("changes", [{"amount": -0.1}, {"radius": 0.1}, {"scale": 5}, {"scale": 1.5}, {"method": "magic"}])
def test_impossible_values_are_refused(changes: dict[str, Any]) -> None:
    """With the range or the names that are allowed."""
    with pytest.raises(SeamSyncError, match="must be"):
        EnhanceOptions(**changes)


def test_options_explain_themselves() -> None:
    """Every field has a help text, and its default lies in its range."""
    declared = settings_of(EnhanceOptions)
    assert [setting.name for setting in declared] == [item.name for item in dataclasses.fields(EnhanceOptions)]
    for setting in declared:
        assert len(setting.help) > 10, setting.name
    assert EnhanceOptions().method == ENHANCEMENTS[0]


@pytest.mark.parametrize("method", ["hd", "restoration"])
@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_larger_mouths_lie_where_they_lay(method: str, scale: int) -> None:
    """Warped into the frame they cover the same pixels within a fraction of one, and so does what is their own work."""
    mouths = _mouths(2, smooth=3.0)
    options = EnhanceOptions(method=method, scale=scale, edges=0, sharpening=0, smoothing=0, contrast=0, steadiness=0)
    large = enhance_mouths(mouths, options, restorer=Restorer(lambda images: images))
    assert large.patches.shape == (2, 3, 24 * scale, 32 * scale)
    assert large.inset == mouths.inset * scale
    frames = [
        warp(torch.from_numpy(clip.patches[:]), torch.from_numpy(clip.to_frame.copy()), (44, 60))[..., 6:36, 12:50]
        for clip in (mouths, large)
    ]
    off = (frames[0] - frames[1]).abs()
    shifted = (frames[0][..., 1:] - frames[0][..., :-1]).abs()
    assert off.mean() < 0.2 * shifted.mean()


def test_restoration_needs_a_model_and_names_it() -> None:
    """Without one the error says so; the model's name is kept in the source."""
    with pytest.raises(SeamSyncError, match="needs a model"):
        enhance_mouths(_mouths(1), EnhanceOptions(method="restoration"))
    made = enhance_mouths(_mouths(1), EnhanceOptions(method="restoration"), restorer=Restorer(lambda x: x, name="one.pth"))
    assert made.source["enhance"]["model"] == "one.pth"


@pytest.mark.parametrize("method", ["hd", "unsharp", "restoration"])
def test_chunks_do_not_show(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One patch at a time or all at once give the same bytes."""
    mouths, options = _mouths(7, smooth=2.0), EnhanceOptions(method=method)
    restorer = Restorer(lambda images: (images * 1.1).clamp(0, 1))
    whole = enhance_mouths(mouths, options, restorer=restorer)
    monkeypatch.setattr(enhance, "_PATCHES", 1)
    single = enhance_mouths(mouths, options, restorer=restorer)
    assert np.array_equal(whole.patches[:], single.patches[:])
