"""The ROI's planes, and the way to an enlarged ROI and back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from seamsync.blending import roi
from seamsync.media.tags import ColorTags
from seamsync.media.video import PlanarFrame


def picture(height: int, width: int, seed: int = 0) -> torch.Tensor:
    """Random picture with detail down to single pixels, float32 ``[1,3,h,w]``."""
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.random((3, height, width)), (0, 2, 2))
    return torch.from_numpy((smooth + 0.1 * rng.random((3, height, width))).astype(np.float32))[None]


def test_what_is_cut_can_be_put_back() -> None:
    """ROIs past an odd frame's border repeat its last sample, and only what lies inside is written."""
    frames = [PlanarFrame.blank(31, 21, (2, 2), 8, ColorTags()) for _ in range(2)]
    for frame in frames:
        for which, plane in enumerate(frame.planes):
            plane[...] = np.random.default_rng(which).integers(0, 255, plane.shape)
    before = [[plane.copy() for plane in frame.planes] for frame in frames]
    boxes = [(20, 10, 32, 22), (4, 6, 16, 18)]
    for which in range(3):
        planes = roi.cut(frames, boxes, which, torch.device("cpu"))
        assert planes.shape == (2, *((12, 12) if which == 0 else (6, 6)))
        roi.put(frames, boxes, which, planes)
        if which == 0:
            assert (planes[0, :, -1] == planes[0, :, -2]).all()
    for frame, kept in zip(frames, before, strict=True):
        for plane, old in zip(frame.planes, kept, strict=True):
            np.testing.assert_array_equal(plane, old)


@pytest.mark.parametrize("scale", [1.5, 2.0])
@pytest.mark.parametrize("size", [(40, 60), (41, 57)])
def test_full_alpha_gives_the_patch_and_none_nothing(scale: float, size: tuple[int, int]) -> None:
    """Over the supersampled way too: alpha 1 is the reduced patch to the last bit of detail, alpha 0 is exactly nothing."""
    target = picture(*size)
    large = roi.enlarge(target, scale)
    assert large.shape[-2:] == roi.scaled_size(size, scale)
    patch = roi.enlarge(picture(*size, seed=1), scale)
    ones = torch.ones_like(large[:, :1])
    delta, alpha = roi.reduce_delta(patch - large, ones, target, large, scale)
    expected = roi.reduce(patch, size, scale)
    assert (target + delta - expected).abs().max() < 1e-5
    assert alpha.min() > 1 - 1e-6
    delta, alpha = roi.reduce_delta((patch - large) * 0, ones * 0, target, large, scale)
    assert not delta.any()
    assert not alpha.any()


@pytest.mark.parametrize("scale", [1.5, 2.0])
def test_enlarging_keeps_places(scale: float) -> None:
    """Pixel centres stay at .5: the middle of a spot is where it was, times the scale."""
    y, x = np.mgrid[:40, :60] + 0.5
    spot = torch.from_numpy(np.exp(-((x - 33.3) ** 2 + (y - 17.1) ** 2) / 18).astype(np.float32))[None, None]
    large = roi.enlarge(spot, scale)[0, 0].numpy()
    rows, columns = np.mgrid[: large.shape[0], : large.shape[1]] + 0.5
    middle = np.array([(large * columns).sum(), (large * rows).sum()]) / large.sum()
    np.testing.assert_allclose(middle, np.array([33.3, 17.1]) * scale, atol=0.05)
