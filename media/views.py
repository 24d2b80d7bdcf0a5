"""View a clip at another size, or some frames of it as a clip of their own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np

from ..errors import SeamSyncError
from .frame import PlanarFrame
from .video import FrameSource, VideoInfo


class ViewedSource(ABC):
    """View a clip with every frame changed, as a :class:`~seamsync.media.video.FrameSource`; no frame is stored.

    Args:
        source: any clip.
        info: of the changed clip.

    Attributes:
        info: as given.
    """

    def __init__(self, source: FrameSource, info: VideoInfo) -> None:
        self._source, self.info = source, info

    @property
    def warnings(self) -> list[str]:
        """Return those of the source."""
        return self._source.warnings

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Yield changed frames as in ``FrameSource``."""
        for frame in self._source.frames(order):
            made = PlanarFrame.blank(self.info.width, self.info.height, self.info.chroma, frame.bit_depth, frame.color)
            self._show(frame, made)
            yield made

    @abstractmethod
    def _show(self, frame: PlanarFrame, made: PlanarFrame) -> None:
        """Fill the planes of ``made`` from those of ``frame``."""


class ResizedSource(ViewedSource):
    """Resample a clip's planes, a frame at a time.

    Enlarging interpolates cubically, reducing averages. Chroma is treated as sited in the middle of the pixels it covers. Where
    it is sited left, the result is shifted by (scale − 1) / 2 pixels.

    Args:
        source: any clip.
        size: (width, height) of the result.

    Attributes:
        info: of ``source``, with the new size.
    """

    def __init__(self, source: FrameSource, size: tuple[int, int]) -> None:
        super().__init__(source, replace(source.info, width=size[0], height=size[1]))
        smaller = size[0] * size[1] < source.info.width * source.info.height
        self._method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC

    def _show(self, frame: PlanarFrame, made: PlanarFrame) -> None:
        for plane, wanted in zip(frame.planes, made.planes, strict=True):
            wanted[...] = cv2.resize(plane, wanted.shape[::-1], interpolation=self._method)


class PickedSource:
    """View some frames of a clip, in any order, as a :class:`~seamsync.media.video.FrameSource`.

    Args:
        source: any clip.
        picked: int64 ``[T]``, its frames, repeats allowed.
        fps: frames a second of the view; None: the clip's.

    Attributes:
        info: of ``source``, with T frames.
        picked: as given.

    Raises:
        SeamSyncError: no frames, or one that the clip does not have.
    """

    def __init__(self, source: FrameSource, picked: np.ndarray, fps: Fraction | None = None) -> None:
        count = source.info.frame_count
        if not len(picked) or picked.min() < 0 or picked.max() >= count:
            raise SeamSyncError(f"frames of {source.info.name} must be some of 0…{count - 1}, got {len(picked)} of them")
        self._source = source
        self.picked = picked
        self.info = replace(source.info, frame_count=len(picked), fps=fps or source.info.fps)

    @property
    def warnings(self) -> list[str]:
        """Return those of the source."""
        return self._source.warnings

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Yield frames as in ``FrameSource``; ``order`` counts in those picked.

        Raises:
            SeamSyncError: an index outside them.
        """
        wanted = np.arange(len(self.picked)) if order is None else np.asarray(order, np.int64)
        if len(wanted) and (wanted.min() < 0 or wanted.max() >= len(self.picked)):
            raise SeamSyncError(f"frame order must be 0…{len(self.picked) - 1}, got {wanted.min()}…{wanted.max()}")
        return self._source.frames(self.picked[wanted])

    def part(self, first: int, count: int) -> PickedSource:
        """Return ``count`` of the frames picked, from ``first`` on; ``picked`` still counts in the clip itself.

        Raises:
            SeamSyncError: no frames.
        """
        return PickedSource(self._source, self.picked[first : first + count], self.info.fps)
