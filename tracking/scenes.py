"""Detect scene cuts from small thumbnails while the clip is decoded.

A cut is a frame that differs from the one before much more than nearby frames differ from each other, in pixels and in
histogram. It is not a flash: none of the next frames resembles the frame before it. Only a few numbers a frame are kept, a few
megabytes for an hour of video.

Sources: Otsuji and Tonomura, "Projection Detecting Filter for Video Cut Detection" (1993), for comparing a difference with
those around it; Zhang et al., "Automatic Partitioning of Full-Motion Video" (1993), for histograms and flashes.
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np

from ..media.frame import PlanarFrame

#: Thumbnail size (width, height) of each plane.
_THUMB = (32, 18)
_BINS = 16
#: Frames compared ahead, to distinguish a flash from a cut.
_AHEAD = 4
#: Frames on either side whose median difference is the usual one.
_AROUND = 12
#: A cut's mean difference, in 8-bit levels: at least this, and this many times the usual one.
_LEAST_STEP, _TIMES_USUAL = 6.0, 3.5
#: A cut's histogram distance (0…1) is at least this.
_LEAST_CHANGE = 0.12
#: A flash is over when a later frame differs from the one before it by less than this share of the step.
_FLASH = 0.5


def thumbnail(frame: PlanarFrame) -> np.ndarray:
    """Average the three planes down to 32×18. Return float32 ``[3,18,32]``, 8-bit levels."""
    planes = [_shrink(plane) for plane in (frame.y, frame.u, frame.v)]
    return np.stack(planes).astype(np.float32) / (1 << (frame.bit_depth - 8))


def _shrink(plane: np.ndarray) -> np.ndarray:
    """Average one plane ``[h,w]`` down. Rows and columns of large ones are skipped."""
    step = max(1, plane.shape[0] // (8 * _THUMB[1]))
    return cv2.resize(np.ascontiguousarray(plane[::step, ::step]), _THUMB, interpolation=cv2.INTER_AREA)


def _histogram(thumb: np.ndarray) -> np.ndarray:
    """Return the share of pixels in each of 16 levels, plane by plane: ``[3,16]``. Chroma is stretched to its usual range."""
    stretched = np.stack([thumb[0], (thumb[1] - 128) * 3 + 128, (thumb[2] - 128) * 3 + 128])
    level = np.clip(stretched * (_BINS / 256), 0, _BINS - 1).astype(int)
    return np.stack([np.bincount(plane.ravel(), minlength=_BINS) for plane in level]) / level[0].size


class SceneMeter:
    """Find scenes in frames that are pushed in order."""

    def __init__(self) -> None:
        self._recent: deque[np.ndarray] = deque(maxlen=_AHEAD)
        self._last_histogram: np.ndarray | None = None
        self._steps: list[list[float]] = []
        self._changes: list[float] = []

    def push(self, frame: PlanarFrame) -> bool:
        """Add the next frame. Return True when it may begin a new scene, judged without the frames after it."""
        thumb = thumbnail(frame)
        histogram = _histogram(thumb)
        self._steps.append([float(np.abs(thumb - earlier).mean(axis=(1, 2)).max()) for earlier in self._recent])
        last = self._last_histogram
        self._changes.append(0.0 if last is None else float(np.abs(histogram - last).sum(1).max() / 2))
        self._recent.appendleft(thumb)
        self._last_histogram = histogram
        return self._stands_out(len(self._steps) - 1)

    def _stands_out(self, index: int) -> bool:
        if index == 0:
            return False
        window = range(max(1, index - _AROUND), min(index + _AROUND + 1, len(self._steps)))
        usual = float(np.median([self._steps[i][0] for i in window if i != index] or [0.0]))
        step = self._steps[index][0]
        return step >= max(_LEAST_STEP, _TIMES_USUAL * usual) and self._changes[index] >= _LEAST_CHANGE

    def _is_flash(self, index: int) -> bool:
        """Say whether a frame soon after ``index`` resembles the one before it."""
        step = self._steps[index][0]
        later = [self._steps[index + k][k] for k in range(1, _AHEAD) if index + k < len(self._steps)]
        return any(value < _FLASH * step for value in later)

    def _ends_flash(self, index: int) -> bool:
        """Say whether ``index`` resembles a frame shortly before the one it differs from."""
        return any(value < _FLASH * self._steps[index][0] for value in self._steps[index][1:])

    def scenes(self) -> np.ndarray:
        """Return the scene of every frame pushed so far, counted from 0: int32 ``[T]``."""
        cuts = [self._stands_out(i) and not self._is_flash(i) and not self._ends_flash(i) for i in range(len(self._steps))]
        return np.cumsum(np.array(cuts, bool)).astype(np.int32)
