"""Where the change of a finished result lies, frame by frame: from a mask that the user brings, or found in the pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import cv2
import numpy as np
import torch

from ...blending import roi
from ...blending.frame_batch import FrameBatch
from ...errors import SeamSyncError
from ...media.planes import Box, Planes, rgb_from_planes
from ...media.video import ColorTags, FrameSource, PlanarFrame
from .change import Difference
from .pairs import Pair
from .region import changed_region, is_changed, on_grid, region_alpha, to_grid

_CPU = torch.device("cpu")
#: Frames before and behind one that show where weak changes are, and those that show where strong ones end.
_FAR, _NEAR = 12, 4


@dataclass(frozen=True, eq=False)
class View:
    """One frame of both clips around the face, its planes not yet converted.

    Attributes:
        batch: of this frame alone.
        box: the ROI.
        planes: y, u, v ``[1,h,w]`` of the original and of the result.
        colors: colour tags and bit depth of the same two.
        difference: between them.
        alpha: float32 ``[1,1,h,w]`` of the user's mask, None where there is none.
    """

    batch: FrameBatch
    box: Box
    planes: tuple[Planes, Planes]
    colors: tuple[tuple[ColorTags, int], tuple[ColorTags, int]]
    difference: Difference
    alpha: torch.Tensor | None = None

    @property
    def index(self) -> int:
        """Which frame of the pair."""
        return int(self.batch.indices[0])

    def pictures(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Original and result, gamma-coded RGB, float32 ``[1,3,h,w]``, 0…1."""
        one, two = (
            rgb_from_planes(*planes, *color).clamp_(0, 1) for planes, color in zip(self.planes, self.colors, strict=True)
        )
        return one, two


def cut_planes(frame: PlanarFrame, box: Box) -> Planes:
    """y, u, v ``[1,h,w]`` under a box whose edges are even."""
    y, u, v = (roi.cut([frame], [box], which, _CPU) for which in range(3))
    return y, u, v


class MaskFrames:
    """A picture or clip of a mask as weights over the original's frames.

    Args:
        mask: bright where the new mouth is; one frame for the whole clip, or one a frame of the original or of the result.
        pair: the clips.

    Raises:
        SeamSyncError: another number of frames, or another framing.
    """

    def __init__(self, mask: FrameSource, pair: Pair) -> None:
        info, frame = mask.info, pair.original.info
        if abs(info.width * frame.height - info.height * frame.width) > 2 * max(frame.width, frame.height):
            raise SeamSyncError(
                f"the mask {info.name} is {info.width}×{info.height}, {frame.name} is {frame.width}×{frame.height}; give a "
                "mask of that size, or of the same aspect"
            )
        self._mask, self._size, self._single = mask, (frame.width, frame.height), info.frame_count == 1
        fitting = [picked for picked in (pair.original.picked, pair.result.picked) if picked.max() < info.frame_count]
        if not (self._single or fitting):
            raise SeamSyncError(
                f"the mask {info.name} has {info.frame_count} frames, {frame.name} has more; give one picture for the whole "
                "clip, or one for every frame of the original"
            )
        self._order = np.zeros(len(pair), np.int64) if self._single else fitting[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        """Weights of each frame of the pair, float32 ``[H,W]``, 0…1."""
        if self._single:
            window = self._weights(next(iter(self._mask.frames(np.zeros(1, np.int64)))))
            yield from (window for _ in self._order)
        else:
            yield from map(self._weights, self._mask.frames(self._order))

    def _weights(self, frame: PlanarFrame) -> np.ndarray:
        gray = cv2.cvtColor(frame.rgb(), cv2.COLOR_RGB2GRAY)
        if gray.shape[::-1] != self._size:
            gray = cv2.resize(gray, self._size, interpolation=cv2.INTER_LINEAR)
        # Black and white of a compressed mask are off by a level or two.
        return ((gray.astype(np.float32) - 2) / 251).clip(0, 1)


@dataclass(frozen=True, eq=False)
class _WindowFrame:
    """A view, the way to its grid, and its energy there (empty where the user brings the mask)."""

    view: View
    matrix: np.ndarray
    energy: np.ndarray


def with_found_alpha(views: Iterator[View], scale: float) -> Iterator[tuple[View, torch.Tensor]]:
    """Every view with its alpha: the user's, or that of the region that has changed; all 0 in frames that have not.

    A region is found in face coordinates, on what has changed on average over the 25 frames around (fewer at the ends of a
    scene), so that noise averages out and what the face does with its mask does not count; strong changes are outlined on
    9 frames. It does not see a mask whose size flickers: that shows in ``photo_flicker``.

    Args:
        views: in the order of the clip.
        scale: grid pixels a face width, of :func:`~.region.grid_scale`.
    """
    window: deque[_WindowFrame] = deque()
    done = 0  # of those in the window, how many are out already
    for view in chain(views, [None]):
        if view is not None:
            matrix = to_grid(view.batch, scale)
            energy = np.empty(0) if view.alpha is not None else on_grid(view.difference.energy, matrix, scale)
            window.append(_WindowFrame(view, matrix, energy))
        while done < len(window) and (view is None or window[done].view.index + _FAR <= view.index):
            centre = window[done]
            given = centre.view.alpha
            yield centre.view, given if given is not None else _found(centre, window, scale)
            done += 1
            while window[0].view.index < centre.view.index - _FAR:
                window.popleft()
                done -= 1


def _found(centre: _WindowFrame, window: deque[_WindowFrame], scale: float) -> torch.Tensor:
    beside = _around(centre, window, 1)
    region = changed_region(_mean(centre, window, _FAR), _mean(centre, window, _NEAR), scale)
    if not is_changed([one.energy for one in (beside if len(beside) == 3 else [centre])], region):
        region = np.zeros_like(region)
    return region_alpha(region, centre.matrix, centre.view.batch.size)


def _around(centre: _WindowFrame, window: deque[_WindowFrame], reach: int) -> list[_WindowFrame]:
    """Frames of the same scene, up to so many away."""
    scene, index = centre.view.batch.scene[0], centre.view.index
    return [one for one in window if one.view.batch.scene[0] == scene and abs(one.view.index - index) <= reach]


def _mean(centre: _WindowFrame, window: deque[_WindowFrame], reach: int) -> np.ndarray:
    """Average energy, frames fading in and out of it."""
    around = _around(centre, window, reach)
    weights = [0.5 + 0.5 * np.cos(np.pi * (one.view.index - centre.view.index) / (reach + 1)) for one in around]
    total = np.zeros_like(centre.energy)
    for one, weight in zip(around, weights, strict=True):
        total += np.float32(weight / sum(weights)) * one.energy
    return total
