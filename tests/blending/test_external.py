"""Masks that users bring: taken in, checked against the clip, and cut to the ROI."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from seamsync.blending.external import ExternalMask
from seamsync.errors import SeamSyncError
from seamsync.media.frame import VideoInfo

INFO = VideoInfo("clip.mp4", 64, 48, Fraction(25), 5)


def smooth(width: int, height: int) -> np.ndarray:
    """A picture linear in x and y, 0…1, the same in any size: its value at the shares (x, y) is (x + y) / 2."""
    x, y = (np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height
    return ((x[None] + y[:, None]) / 2).astype(np.float32)


@pytest.mark.parametrize("kind", ["torch", "numpy"])
def test_from_mask(kind: str) -> None:
    """Floats become the nearest bytes, from either library; one picture without a count is a batch of one."""
    values = np.array([[0.0, 0.5, 1.0], [0.2, 1.01, -0.01]], np.float32)
    mask = ExternalMask.from_mask(torch.from_numpy(values) if kind == "torch" else values)
    assert mask.weights.tolist() == [[[0, 128, 255], [51, 255, 0]]]
    assert ExternalMask.from_mask(np.stack([values, values])).weights.shape == (2, 2, 3)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((2, 1, 3, 4), np.float32), r"must be \[N,h,w\] or \[h,w\], got \[2,1,3,4\]"),
        (np.zeros((0, 3, 4), np.float32), r"got \[0,3,4\]"),
        (np.zeros((3, 4), np.uint8), "must be float 0…1, got uint8; divide bytes by 255"),
        (np.full((3, 4), 200.0), "must be 0…1, got 200…200; divide bytes by 255"),
        (np.full((3, 4), np.nan), "12 NaN or infinite"),
    ],
)
def test_from_mask_refuses(mask: np.ndarray, message: str) -> None:
    """Other shapes, bytes, and values out of range are named."""
    with pytest.raises(SeamSyncError, match=message):
        ExternalMask.from_mask(mask)


def test_empty_weights_are_refused() -> None:
    """A mask without a picture, or without pixels, is no mask."""
    with pytest.raises(SeamSyncError, match=r"at least one picture, got \[0,4,4\]"):
        ExternalMask(np.zeros((0, 4, 4), np.uint8))


def test_check_clip() -> None:
    """One picture or one a frame, at any size of the same aspect; else both sizes or counts are named."""
    for count, width, height in ((1, 64, 48), (5, 64, 48), (1, 32, 24), (1, 85, 64), (5, 21, 16)):
        ExternalMask(np.zeros((count, height, width), np.uint8)).check_clip(INFO)
    with pytest.raises(SeamSyncError, match=r"4 pictures, clip\.mp4 has 5 frames"):
        ExternalMask(np.zeros((4, 48, 64), np.uint8)).check_clip(INFO)
    with pytest.raises(SeamSyncError, match=r"mask is 48×64, clip\.mp4 is 64×48"):
        ExternalMask(np.zeros((1, 64, 48), np.uint8)).check_clip(INFO)
    with pytest.raises(SeamSyncError, match="mask is 34×24"):
        ExternalMask(np.zeros((1, 24, 34), np.uint8)).check_clip(replace(INFO))


def test_on_roi_is_a_cut_at_the_frame_s_size() -> None:
    """Same size, whole-pixel origins: exactly the bytes under the box, of the right frames, the border repeated."""
    weights = np.random.default_rng(0).integers(0, 256, (5, 48, 64), np.uint8)
    frames, origin = np.array([1, 4]), np.array([[10.0, 20.0], [50.0, -4.0]])
    got = ExternalMask(weights).on_roi(frames, origin, (16, 24), 1.0, (64, 48))
    padded = np.pad(weights, ((0, 0), (16, 16), (24, 24)), mode="edge")
    wanted = [padded[f, y + 16 : y + 32, x + 24 : x + 48] for f, (x, y) in zip(frames, origin.astype(int), strict=True)]
    assert got.shape == (2, 1, 16, 24)
    assert np.abs(got.numpy()[:, 0] - np.stack(wanted) / 255).max() < 1e-5


@pytest.mark.parametrize("mask_size", [(32, 24), (64, 48), (128, 96), (320, 240)])
@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_on_roi_resamples(mask_size: tuple[int, int], scale: float) -> None:
    """A linear mask of any size gives its true values at every ROI pixel, whatever the supersampling."""
    mask = ExternalMask.from_mask(smooth(*mask_size))
    size = (int(20 * scale), int(30 * scale))
    got = mask.on_roi(np.array([3]), np.array([[12.0, 9.0]]), size, scale, (64, 48))[0, 0].numpy()
    x = ((np.arange(size[1]) + 0.5) / scale + 12) / 64
    y = ((np.arange(size[0]) + 0.5) / scale + 9) / 48
    assert np.abs(got - (x[None] + y[:, None]) / 2).max() < 1.2 / 255
