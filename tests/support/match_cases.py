"""A batch of frames for the tests of what is matched inside the mask."""

from __future__ import annotations

import numpy as np
from faces import face68
from seamsync.blending.frame_batch import FrameBatch

SIZE = (118, 163)


def chunk_of(scale: float = 1.0, width: float = 200.0, count: int = 1, size: tuple[int, int] = SIZE) -> FrameBatch:
    """Frames of which the size and the face's width count."""
    return FrameBatch(
        indices=np.arange(count),
        scene=np.zeros(count, np.int32),
        fresh=np.ones(count, bool),
        origin=np.zeros((count, 2)),
        size=size,
        scale=scale,
        face_width=np.full(count, width, np.float32),
        landmarks=np.repeat(face68()[None], count, 0),
        generated=None,
        outline=np.zeros((count, 4, 2)),
        quad=np.zeros((count, 4, 2)),
    )
