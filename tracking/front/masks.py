"""Hold what is in front of a face over a clip."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from .small_faces import SIZE


@dataclass(frozen=True, eq=False)
class FrontMasks:
    """Hold what is in front of the face, a few hundred bytes for each frame that shows anything.

    Attributes:
        packed: target frame → zlib-compressed uint8 ``[h,w]`` of :data:`~.small_faces.SIZE`; frames without objects miss.
        covered: float32 ``[T]``, share of the mouth (inside the outer lips) that is covered in each target frame.
    """

    packed: dict[int, bytes]
    covered: np.ndarray

    def small(self, frame: int) -> np.ndarray | None:
        """Return the weight of the object in a target frame, uint8 ``[h,w]``, in face coordinates; None: there is none."""
        packed = self.packed.get(int(frame))
        return None if packed is None else np.frombuffer(zlib.decompress(packed), np.uint8).reshape(SIZE)

    def shown(self, count: int) -> np.ndarray:
        """Return in which of the first ``count`` target frames anything was found: bool ``[count]``."""
        return np.isin(np.arange(count), list(self.packed))


def pack(weights: np.ndarray) -> bytes:
    """Return the weight of an object, uint8 ``[h,w]``, as it is kept."""
    return zlib.compress(np.ascontiguousarray(weights).tobytes(), 1)


def nothing_in_front(count: int) -> FrontMasks:
    """Return the masks of ``count`` frames that show the whole mouth."""
    return FrontMasks({}, np.zeros(count, np.float32))
