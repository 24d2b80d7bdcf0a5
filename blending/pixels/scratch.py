"""Keep working memory from frame to frame."""

from __future__ import annotations

from collections.abc import Hashable

import torch


class Scratch:
    """Keep memory by name: on a CPU, fresh pages for a picture cost more time than the arithmetic that fills them."""

    def __init__(self) -> None:
        self._rooms: dict[Hashable, torch.Tensor] = {}

    def tensor(self, name: Hashable, like: torch.Tensor, size: tuple[int, int] | None = None) -> torch.Tensor:
        """A tensor of that name, with whatever it held before.

        Args:
            name: two of one name share their memory.
            like: batch, channels, type and device, ``[B,C,H,W]``.
            size: (height, width), if another than that of ``like``.

        Returns:
            ``[B,C,*size]``, contiguous.
        """
        shape = (*like.shape[:2], *(size or like.shape[-2:]))
        wanted = shape[0] * shape[1] * shape[2] * shape[3]
        held = self._rooms.get(name)
        if held is None or held.numel() < wanted or held.device != like.device:
            held = self._rooms[name] = like.new_empty(wanted * 5 // 4)  # an ROI that grows with its face fits a while
        return held[:wanted].view(shape)
