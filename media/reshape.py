"""Reduce, rotate and crop a clip, in that order, while it is read, a frame at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..errors import SeamSyncError, check_range
from .frame import PlanarFrame
from .planes import Box
from .video import FrameSource
from .views import ResizedSource, ViewedSource


@dataclass(frozen=True)
class Reshape:
    """Choose what is done to a clip before anything else.

    Attributes:
        factor: the size is divided by this whole number, ≥ 1.
        height: height in pixels after the division; the width follows. 0 leaves it.
        turned: a quarter turn clockwise.
        crop: (top, bottom, left, right) in pixels of the picture as it is then; -1 as bottom or right is its edge.
    """

    factor: int = 1
    height: int = 0
    turned: bool = False
    crop: tuple[int, int, int, int] = (0, -1, 0, -1)

    def __post_init__(self) -> None:
        check_range("the factor of the size", self.factor, 1, 64)
        check_range("the height", self.height, 0, 16384, "px")
        if len(self.crop) != 4:
            raise SeamSyncError(f"crop must be four numbers, top bottom left right, got {list(self.crop)}")


def reshaped(source: FrameSource, how: Reshape) -> FrameSource:
    """Return the clip reshaped by ``how``; the clip itself where nothing changes.

    Raises:
        SeamSyncError: nothing is left of the picture.
    """
    info = source.info
    width, height = info.width // how.factor, info.height // how.factor
    if how.height:
        width, height = round(width * how.height / max(height, 1)), how.height
    if min(width, height) < 2:
        raise SeamSyncError(f"{info.name} is {info.width}×{info.height}; nothing is left of it at {width}×{height}")
    if (width, height) != (info.width, info.height):
        source = ResizedSource(source, (width, height))
    if how.turned:
        source = TurnedSource(source)
    if tuple(how.crop) != (0, -1, 0, -1):
        source = CroppedSource(source, how.crop)
    return source


class TurnedSource(ViewedSource):
    """Rotate a clip clockwise by 90 degrees.

    Samples change their place and no value. Only 4:2:2 becomes 4:4:4, as its chroma would be halved in the other direction.

    Args:
        source: any clip.

    Attributes:
        info: of ``source``, with width and height exchanged.
    """

    def __init__(self, source: FrameSource) -> None:
        info = source.info
        chroma = (1, 1) if info.chroma == (2, 1) else info.chroma
        turned = replace(info, width=info.height, height=info.width, chroma=chroma, pixel_aspect=1 / info.pixel_aspect)
        super().__init__(source, turned)

    def _show(self, frame: PlanarFrame, made: PlanarFrame) -> None:
        for plane, wanted in zip(frame.planes, made.planes, strict=True):
            if plane.shape != wanted.shape[::-1]:
                plane = cv2.resize(plane, (2 * plane.shape[1], plane.shape[0]), interpolation=cv2.INTER_LINEAR)
            wanted[...] = np.rot90(plane[:, : wanted.shape[0]], -1)


class CroppedSource(ViewedSource):
    """Crop every frame of a clip.

    Args:
        source: any clip.
        crop: (top, bottom, left, right), pixels; -1 as bottom or right is the edge, and what lies beyond it is cut. Where
            chroma is halved, an odd top or left moves out by one pixel, so no sample is resampled.

    Attributes:
        info: of ``source``, with the part's size.

    Raises:
        SeamSyncError: nothing is left.
    """

    def __init__(self, source: FrameSource, crop: tuple[int, int, int, int]) -> None:
        info = source.info
        top, bottom, left, right = crop
        bottom = info.height if bottom == -1 else min(bottom, info.height)
        right = info.width if right == -1 else min(right, info.width)
        if not (0 <= top < bottom - 1 and 0 <= left < right - 1):
            raise SeamSyncError(
                f"crop must be top bottom left right inside the {info.width}×{info.height} picture, got {list(crop)}"
            )
        self._box: Box = (left - left % info.chroma[0], top - top % info.chroma[1], right, bottom)
        super().__init__(source, replace(info, width=right - self._box[0], height=bottom - self._box[1]))

    def _show(self, frame: PlanarFrame, made: PlanarFrame) -> None:
        left, top, _, _ = self._box
        for plane, wanted, (across, down) in zip(
            frame.planes, made.planes, ((1, 1), self.info.chroma, self.info.chroma), strict=True
        ):
            rows, columns = wanted.shape
            wanted[...] = plane[top // down :, left // across :][:rows, :columns]
