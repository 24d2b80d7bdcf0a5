"""Pictures in memory as a clip."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.media.sources import TensorSource
from seamsync.media.video import FrameSource


def test_frames_are_the_images() -> None:
    """Within the rounding of 8 bit limited range; a fourth channel is ignored; any order; fresh copies."""
    images = torch.rand(4, 31, 47, 4, generator=torch.Generator().manual_seed(0))
    source: FrameSource = TensorSource(images, Fraction(30000, 1001), name="images")
    assert (source.info.width, source.info.height, source.info.frame_count) == (47, 31, 4)
    assert source.info.chroma == (1, 1)
    order = np.array([3, 0, 0, 2])
    for k, frame in zip(order, source.frames(order), strict=True):
        assert np.abs(frame.rgb() - images[k, ..., :3].numpy() * 255).max() <= 2.5
        frame.y[...] = 0
    assert sum(1 for _ in source.frames()) == 4


def test_half_precision_is_read() -> None:
    """White in float16."""
    frame = next(TensorSource(torch.ones(1, 4, 4, 3, dtype=torch.float16), Fraction(25)).frames())
    assert frame.y.tolist() == [[235] * 4] * 4


@pytest.mark.parametrize("shape", [(0, 4, 4, 3), (4, 4, 3), (1, 4, 4, 1)])
def test_shapes_that_are_no_images(shape: tuple[int, ...]) -> None:
    """The message shows the shape."""
    with pytest.raises(SeamSyncError, match=r"images must be \[T,H,W,3\]"):
        TensorSource(torch.zeros(shape), Fraction(25))


def test_order_outside() -> None:
    """As for files."""
    with pytest.raises(SeamSyncError, match="frame order must be 0…1"):
        TensorSource(torch.zeros(2, 4, 4, 3), Fraction(25)).frames(np.array([2]))
