"""Measure every second frame where an average over many frames is wanted: colour gains, sharpness and grain."""

from __future__ import annotations

import torch

from ..frame_batch import FrameBatch

#: Frames from one measurement to the next, and the least weight of the past in an average that needs no more of them.
_EVERY, _SLOW = 2, 0.7


class Pace:
    """Choose the frames to measure: of each scene the first, the third, the fifth …, however the frames are batched.

    Args:
        beta: weight of the past, 0…1, in an exponential moving average that is updated with every frame.
    """

    def __init__(self, beta: float) -> None:
        self._every = _EVERY if beta >= _SLOW else 1
        self._scene, self._count = -1, 0
        #: Weight of the past for the frames that are measured.
        self.beta = beta**self._every

    def rows(self, batch: FrameBatch) -> list[int]:
        """Return the rows of the next batch to measure, ascending. A frame without a past counts as the first of a scene."""
        chosen = []
        for row, (scene, fresh) in enumerate(zip(batch.scene.tolist(), batch.fresh.tolist(), strict=True)):
            if fresh or scene != self._scene:
                self._scene, self._count = scene, 0
            if self._count % self._every == 0:
                chosen.append(row)
            self._count += 1
        return chosen


def pick(images: torch.Tensor, rows: list[int]) -> torch.Tensor:
    """Return some rows of ``[B,...]``; all of them without a copy."""
    return images if len(rows) == len(images) else images[rows]


def spread(values: torch.Tensor, rows: list[int], count: int) -> torch.Tensor:
    """Return ``[count,...]``, the values of :func:`pick`'s rows in their places, NaN elsewhere."""
    if len(rows) == count:
        return values
    out = values.new_full((count, *values.shape[1:]), torch.nan)
    out[rows] = values
    return out
