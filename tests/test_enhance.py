"""Unsharp masking of mouths against a plain reference."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from seamsync.blending.enhance import sharpen_mouths, sharpen_patches
from seamsync.media.clips import MouthClip
from seamsync.tensors import SeamSyncError


def _mouths(count: int = 40) -> MouthClip:
    patches = np.random.default_rng(3).integers(0, 256, (count, 3, 24, 32), np.uint8)
    to_frame = np.tile(np.eye(2, 3), (count, 1, 1))
    return MouthClip(patches, to_frame, np.ones(count, bool), np.arange(count))


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


def test_clip_is_sharpened_in_chunks_and_says_so() -> None:
    """All patches in order, progress to the end, the settings in its source; the original is untouched."""
    mouths, seen = _mouths(), []
    before = mouths.patches[:].copy()
    sharp = sharpen_mouths(mouths, amount=1.0, radius=0.8, progress=lambda *step: seen.append(step))
    assert np.array_equal(sharp.patches[:], sharpen_patches(before, amount=1.0, radius=0.8))
    assert np.array_equal(mouths.patches[:], before)
    assert seen == [("enhance", 32, 40), ("enhance", 40, 40)]
    assert sharp.source["sharpen"] == {"amount": 1.0, "radius": 0.8}


def test_no_amount_changes_nothing() -> None:
    """The very same clip comes back."""
    mouths = _mouths(3)
    assert sharpen_mouths(mouths, amount=0.0) is mouths


@pytest.mark.parametrize(("amount", "radius"), [(-0.1, 1.0), (11.0, 1.0), (1.0, 0.0), (1.0, 65.0)])
def test_impossible_values_are_refused(amount: float, radius: float) -> None:
    """With the range that is allowed."""
    with pytest.raises(SeamSyncError, match="must be"):
        sharpen_mouths(_mouths(1), amount=amount, radius=radius)
