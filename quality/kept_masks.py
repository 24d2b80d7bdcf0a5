"""Small masks of some frames, kept while the stream runs: a viewer shows alpha, which is in no video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch

from ..media.planes import Box
from .worst import small

#: Most masks of a clip, and their longer side in pixels: about a megabyte in all, whatever the clip's length.
MOST, SIDE = 256, 192


@dataclass(frozen=True, eq=False)
class KeptMask:
    """Alpha of one frame.

    Attributes:
        frame: of the output.
        box: its place, x0, y0, x1, y1 in pixels of the target frame.
        packed: :meth:`alpha` as the bytes of a PNG file.
    """

    frame: int
    box: Box
    packed: bytes

    def alpha(self) -> np.ndarray:
        """Return the mask, uint8 ``[h,w]``, its longer side at most :data:`SIDE`; 255 where alpha is 1."""
        return np.asarray(cv2.imdecode(np.frombuffer(self.packed, np.uint8), cv2.IMREAD_GRAYSCALE))


@dataclass
class MaskKeeper:
    """Keeps the masks of at most :data:`MOST` evenly spaced frames; of a short clip those of all.

    Attributes:
        length: frames of the clip.
    """

    length: int
    _kept: list[KeptMask] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        self._wanted = set(evenly_spaced(self.length, MOST).tolist())

    def add(self, rows: Sequence[int], boxes: Sequence[Box], alpha: torch.Tensor) -> None:
        """Take the next batch.

        Args:
            rows: output frames.
            boxes: places of their alpha, frame pixels.
            alpha: float ``[B,1,H,W]``, 0…1.
        """
        for row, box, weight in zip(rows, boxes, alpha, strict=True):
            if row in self._wanted:
                _, packed = cv2.imencode(".png", small(weight, SIDE), [cv2.IMWRITE_PNG_COMPRESSION, 1])
                self._kept.append(KeptMask(int(row), box, packed.tobytes()))

    def kept(self) -> tuple[KeptMask, ...]:
        """Return the masks in the order of the frames."""
        return tuple(self._kept)


def evenly_spaced(length: int, most: int) -> np.ndarray:
    """Return at most ``most`` evenly spaced numbers 0…``length`` − 1, both ends among them: int64, ascending."""
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(np.int64))
