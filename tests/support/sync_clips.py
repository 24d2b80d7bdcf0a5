"""A judge that needs no network, and frames it can read: what the meter is fed with in tests."""

from __future__ import annotations

import numpy as np
from seamsync.media.frame import PlanarFrame
from seamsync.media.tags import FULL_RANGE, ColorTags
from seamsync.tracking.track import FaceTrack


class PlainJudge:
    """Sees the grey of five crops in a row, hears five values of a curve: embeddings ``[·,5]``, 25 frames a second."""

    name: str = "plain"
    zeros: bool = False

    def __init__(self, curve: np.ndarray) -> None:
        self.curve = curve.astype(np.float32)
        self.heard: list[tuple[int, int]] = []
        self.batches: list[int] = []

    def regions(self, track: FaceTrack) -> np.ndarray:
        """The frames' upper left pixels."""
        return np.tile([0.0, 0, 1, 1], (len(track), 1))

    def crop(self, frame: PlanarFrame, region: np.ndarray) -> np.ndarray:
        """The pixels in the region, ``[1,1,3]``."""
        x0, y0, x1, y1 = region.astype(int).tolist()
        return frame.rgb((x0, y0, x1, y1))

    def embed_faces(self, crops: np.ndarray) -> np.ndarray:
        """Windows of five greys, 0…1."""
        self.batches.append(len(crops))
        grey = crops[:, 0, 0, 0].astype(np.float32) / 255
        return np.lib.stride_tricks.sliding_window_view(grey, 5)

    def embed_speech(self, first: int, last: int) -> np.ndarray:
        """Windows of five values, as far as the curve goes."""
        self.heard.append((first, last))
        return np.lib.stride_tricks.sliding_window_view(self.curve, 5)[first:last]


def grey_frame(level: float, size: int = 16) -> PlanarFrame:
    """A square frame of one grey, 0…1."""
    frame = PlanarFrame.blank(size, size, (2, 2), 8, ColorTags(color_range=FULL_RANGE))
    frame.y[...], frame.u[...], frame.v[...] = round(255 * level), 128, 128
    return frame
