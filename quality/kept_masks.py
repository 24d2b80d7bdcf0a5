"""Masks of some frames, kept small while the stream runs: alpha is in no video, and a viewer wants to show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch

from ..media.planes import Box
from .worst import small

#: Most masks of a clip, and their longer side in pixels: a megabyte or so in all, whatever the clip's length.
MOST, SIDE = 256, 192


@dataclass(frozen=True, eq=False)
class KeptMask:
    """Alpha of one frame.

    Attributes:
        frame: of the output.
        box: where it lies, x0, y0, x1, y1 in pixels of the target frame.
        packed: the picture of :meth:`alpha` as PNG.
    """

    frame: int
    box: Box
    packed: bytes

    def alpha(self) -> np.ndarray:
        """uint8 ``[h,w]``, its longer side at most :data:`SIDE`; 255 where the new mouth has its full weight."""
        return np.asarray(cv2.imdecode(np.frombuffer(self.packed, np.uint8), cv2.IMREAD_GRAYSCALE))


@dataclass
class MaskKeeper:
    """Keeps the masks of at most :data:`MOST` evenly spaced frames; of a short clip, of all.

    Attributes:
        length: frames of the clip.
    """

    length: int
    _kept: list[KeptMask] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        self._wanted = set(evenly_spaced(self.length, MOST).tolist())

    def add(self, rows: Sequence[int], boxes: Sequence[Box], alpha: torch.Tensor) -> None:
        """Look at one batch.

        Args:
            rows: output frames.
            boxes: where their alpha lies, frame pixels.
            alpha: float ``[B,1,H,W]``, 0…1.
        """
        for row, box, weight in zip(rows, boxes, alpha, strict=True):
            if row in self._wanted:
                _, packed = cv2.imencode(".png", small(weight, SIDE), [cv2.IMWRITE_PNG_COMPRESSION, 1])
                self._kept.append(KeptMask(int(row), box, packed.tobytes()))

    def kept(self) -> tuple[KeptMask, ...]:
        """The masks, by frame."""
        return tuple(self._kept)


def evenly_spaced(length: int, most: int) -> np.ndarray:
    """At most ``most`` evenly spaced numbers below ``length``, first and last among them: int64, ascending."""
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(np.int64))
