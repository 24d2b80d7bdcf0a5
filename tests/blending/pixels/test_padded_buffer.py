"""Pictures with a margin."""

from __future__ import annotations

import torch
from seamsync.blending.pixels.padded_buffer import PaddedBuffer
from seamsync.blending.pixels.scratch import Scratch


def test_frames_to_whole_blocks() -> None:
    """Sides are the next multiples that leave the margin, and the picture lies behind it."""
    image = torch.rand(2, 3, 13, 30)
    canvas = PaddedBuffer(Scratch(), image, block=8, margin=2)
    framed = canvas.blank("one")
    assert framed.shape == (2, 3, 24, 40) == (2, 3, canvas.height, canvas.width)
    canvas.inner(framed).copy_(image)
    assert torch.equal(framed[..., 2:15, 2:32], image)
    assert (framed != 0).sum() == (image != 0).sum()


def test_rooms_are_kept_by_name() -> None:
    """The same name is the same memory, blank clears it, and a room has as many channels as asked for."""
    scratch, image = Scratch(), torch.rand(1, 1, 5, 6)
    canvas = PaddedBuffer(scratch, image, block=4)
    canvas.blank("a").fill_(3)
    assert (PaddedBuffer(scratch, image, block=4).tensor("a") == 3).all()
    assert (canvas.blank("a") == 0).all()
    assert canvas.tensor("b", 1).shape == (1, 1, 8, 8)
