"""The lower face as patches: whole pixels of the target, moved but not resampled.

A patch is an upright square of the frame, so patch pixel → frame pixel is a shift by whole pixels: a mouth pasted back
unchanged gives the target's own bytes, and the one resampling a mouth goes through is the warp that moves it. Only faces
beyond :data:`MAX_SIDE` pixels are made smaller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ...errors import SeamSyncError
from ...media.clips import SpilledArray, store_patches
from ...media.video import FrameSource, PlanarFrame, VideoInfo
from ...progress import Progress
from ...tracking.track import FaceTrack

#: Largest side of a patch in pixels.
MAX_SIDE = 768
#: Room around the lower face in face widths: beside and above it, and below the chin (which drops).
_MARGIN, _BELOW = 0.06, 0.24
_CHUNK = 16


@dataclass(frozen=True, eq=False)
class Region:
    """Where the lower face is, a square a frame.

    Attributes:
        corner: int64 ``[T,2]``, x and y of the square's first pixel in the frame (may lie outside of it).
        side: pixels of the patch.
        scale: patch pixels a frame pixel, ≤ 1.
    """

    corner: np.ndarray
    side: int
    scale: float

    def to_frame(self, order: np.ndarray) -> np.ndarray:
        """Patch pixel → frame pixel of the frames in ``order``: float64 ``[N,2,3]``."""
        affine = np.zeros((len(order), 2, 3))
        affine[:, 0, 0] = affine[:, 1, 1] = 1 / self.scale
        affine[:, :, 2] = self.corner[order]
        return affine

    def to_patch(self, points: np.ndarray, frame: int | np.ndarray) -> np.ndarray:
        """Frame pixels ``[..., N, 2]`` of frame (or frames ``[...]``) → patch pixels."""
        return (points - self.corner[frame][..., None, :]) * self.scale


def lower_face(track: FaceTrack) -> Region:
    """The squares that hold the lower face, from mid-nose to below the chin, in every visible frame; one size a clip."""
    points = np.concatenate([track.landmarks[:, 2:15], track.landmarks[:, 29:30], track.landmarks[:, 48:]], 1)
    width = track.face_width
    low = points.min(1) - _MARGIN * width[:, None]
    high = points.max(1) + np.stack([_MARGIN * width, _BELOW * width], 1)
    reach = float((high - low)[track.visible].max())
    scale = min(1.0, MAX_SIDE / reach)
    side = int(np.ceil(reach * scale / 16)) * 16
    # Even corners: the squares sit on the chroma grid of 4:2:0 video.
    corner = 2 * np.round(((low + high) / 2 - side / scale / 2) / 2).astype(np.int64)
    return Region(corner, side, scale)


def read_patches(
    source: FrameSource,
    track: FaceTrack,
    region: Region,
    count: int,
    visit: Callable[[int, np.ndarray], None],
    progress: Progress,
) -> np.ndarray | SpilledArray:
    """Patches of the first ``count`` source frames, uint8 ``[count,3,side,side]``; black where the face is not visible.

    Args:
        source: the target clip.
        track: its face.
        region: from :func:`lower_face`.
        count: frames to read.
        visit: called with the number and the patch, uint8 ``[side,side,3]``, of every visible frame as it passes.
        progress: called a chunk at a time, with the stage ``"read mouths"``.

    Raises:
        SeamSyncError: the clip has fewer frames than its track.
    """

    blank = np.zeros((3, region.side, region.side), np.uint8)

    def _chunks() -> Iterator[np.ndarray]:
        chunk: list[np.ndarray] = []
        for frame, pixels in enumerate(source.frames(np.arange(count))):
            if track.visible[frame]:
                patch = _crop(pixels, source.info, region, frame)
                visit(frame, patch)
                chunk.append(patch.transpose(2, 0, 1))
            else:
                chunk.append(blank)
            if len(chunk) == _CHUNK or frame == count - 1:
                yield np.stack(chunk)
                chunk.clear()
                progress("read mouths", frame + 1, count)

    patches = store_patches(_chunks())
    if len(patches) < count:
        raise SeamSyncError(f"{source.info.name} ended after {len(patches)} of {count} tracked frames; track it again")
    return patches


def _crop(pixels: PlanarFrame, info: VideoInfo, region: Region, frame: int) -> np.ndarray:
    """One square of one frame as uint8 ``[side,side,3]``; past the frame's border its edge goes on."""
    x0, y0 = (int(v) for v in region.corner[frame])
    reach = round(region.side / region.scale)
    x1, y1 = x0 + reach, y0 + reach
    left, top = min(max(x0, 0), max(info.width - 2, 0)), min(max(y0, 0), max(info.height - 2, 0))
    right, bottom = min(max(x1, left + 2), info.width), min(max(y1, top + 2), info.height)
    crop = pixels.rgb((left, top, right, bottom))
    edges = (max(0, top - y0), max(0, y1 - bottom), max(0, left - x0), max(0, x1 - right))
    crop = cv2.copyMakeBorder(crop, *edges, cv2.BORDER_REPLICATE)[:reach, :reach]
    if region.scale < 1:
        crop = cv2.resize(crop, (region.side, region.side), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(crop)


def sample_patch(image: np.ndarray, positions: np.ndarray, *, bicubic: bool = False) -> np.ndarray:
    """Picture at pixel positions.

    Args:
        image: ``[h,w,3]``, uint8.
        positions: float ``[r,c,2]``, pixels, (0.5, 0.5) the centre of the first; outside the picture its edge goes on.
        bicubic: sharp, for what is shown; otherwise bilinear, for measuring. Whole positions are exact in both.

    Returns:
        float32 ``[r,c,3]``.
    """
    x, y = (np.ascontiguousarray(positions[..., i], np.float32) - np.float32(0.5) for i in (0, 1))
    how = cv2.INTER_CUBIC if bicubic else cv2.INTER_LINEAR
    return cv2.remap(image, x, y, how, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
