"""Hold pictures with a margin of 0, so that stencils need no special case at the border."""

from __future__ import annotations

from collections.abc import Hashable

import torch

from .scratch import Scratch


class PaddedBuffer:
    """Hold working memory for pictures of one size, each with a margin to whole blocks.

    A pixel's neighbours always exist: they lie 1 and ``width`` places from it in the flattened picture.
    """

    def __init__(self, scratch: Scratch, like: torch.Tensor, block: int, margin: int = 1) -> None:
        """Compute the layout.

        Args:
            scratch: owner of the memory.
            like: the pictures' batch, size, type and device, ``[B,C,h,w]``.
            block: the padded sides are multiples of it.
            margin: pixels of 0 at least on each side, ≥ 1.
        """
        self._scratch, self._like = scratch, like
        self.margin = margin
        self.height, self.width = (-(-(side + 2 * margin) // block) * block for side in like.shape[-2:])

    def tensor(self, name: Hashable, channels: int = 3) -> torch.Tensor:
        """Framed memory of that name ``[B,channels,height,width]``, with whatever it held before."""
        return self._scratch.tensor(name, self._like.expand(-1, channels, -1, -1), (self.height, self.width))

    def blank(self, name: Hashable, channels: int = 3) -> torch.Tensor:
        """Return the same, all 0."""
        return self.tensor(name, channels).zero_()

    def inner(self, framed: torch.Tensor) -> torch.Tensor:
        """Return the picture without its margin, a view ``[B,C,h,w]``."""
        height, width = self._like.shape[-2:]
        return framed[..., self.margin : self.margin + height, self.margin : self.margin + width]
