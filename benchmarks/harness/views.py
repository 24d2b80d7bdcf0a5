"""What people look at: the lower face enlarged, as clips and as pictures, the same piece for every configuration."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from ...media.encode import VideoWriter
from ...media.encode_options import EncodeSettings
from ...media.frame import PlanarFrame, VideoInfo
from ...media.planes import planes_from_rgb
from ...media.video import VideoReader
from ...tensors import one_thread
from ...tracking.jitter import stretches
from ...tracking.landmarks import OUTER_LIPS
from ...tracking.track import FaceTrack

#: What a view shows, in face widths; its side in the clips, and the gap between two, pixels.
EXTENT, SIDE, GAP = 1.4, 312, 16
#: Seconds over which a view follows the mouth, so that it neither trembles nor nods with it.
FOLLOW = 0.3
#: Kept whole until two of them are set side by side; compressed so that the eye sees no more of it than of the seam.
_LOSSLESS = EncodeSettings(lossless=True, preset="veryfast")
_SHOWN = EncodeSettings(crf=14)

#: Y, U and V of the gap.
_DARK = (36, 128, 128)


@dataclass(frozen=True, eq=False)
class View:
    """A square of the frame around the mouth.

    Attributes:
        corners: int64 ``[T,2]``, its top left corner in frame pixels; it may lie outside the frame.
        side: pixels.
    """

    corners: np.ndarray
    side: int

    def cut(self, frame: PlanarFrame, index: int) -> np.ndarray:
        """The square of one frame, uint8 ``[side,side,3]``, the border repeated outside it."""
        x, y = self.corners[index].tolist()
        x0, y0 = min(max(x, 0), frame.width - 1), min(max(y, 0), frame.height - 1)
        x1, y1 = min(max(x + self.side, x0 + 1), frame.width), min(max(y + self.side, y0 + 1), frame.height)
        rows = np.clip(np.arange(y, y + self.side), y0, y1 - 1) - y0
        columns = np.clip(np.arange(x, x + self.side), x0, x1 - 1) - x0
        return frame.rgb((x0, y0, x1, y1))[rows[:, None], columns]


def view_of(track: FaceTrack) -> View:
    """The view of a clip: whole pixels, so that nothing is resampled, and calm."""
    centres = track.landmarks[:, OUTER_LIPS].astype(np.float64).mean(1)
    for start, stop in stretches(track):
        centres[start:stop] = gaussian_filter1d(centres[start:stop], FOLLOW * float(track.fps), axis=0, mode="nearest")
    shown = track.face_width[track.visible] if track.visible.any() else track.face_width
    side = max(8, int(np.ceil(EXTENT * float(np.median(shown)))))
    return View(np.round(centres - side / 2).astype(np.int64), side)


class ViewWriter:
    """Context manager that writes the views of successive frames, :data:`SIDE` wide, to a clip without loss.

    Args:
        path: ``.mkv``; it appears when the block ends well.
        view: of the clip.
        fps: frames a second.
    """

    def __init__(self, path: Path, view: View, fps: Fraction) -> None:
        self._view = view
        self._writer = _writer(path, SIDE, fps, _LOSSLESS)

    def __enter__(self) -> ViewWriter:
        self._writer.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._writer.__exit__(*error)  # type: ignore[arg-type]

    def write(self, frame: PlanarFrame, index: int) -> None:
        """Add the view of target frame ``index``."""
        how = cv2.INTER_AREA if self._view.side > SIDE else cv2.INTER_CUBIC
        self._writer.write(_planar(cv2.resize(self._view.cut(frame, index), (SIDE, SIDE), interpolation=how)))


def write_pair(left: Path, right: Path, out: Path) -> None:
    """Two clips of :class:`ViewWriter` side by side, as MP4 that every browser plays.

    Raises:
        SeamSyncError: a clip is missing, or the folder cannot be written.
    """
    one, other = VideoReader(left), VideoReader(right)
    with _writer(out, 2 * SIDE + GAP, one.info.fps, _SHOWN) as writer:
        for pair in zip(one.frames(), other.frames(), strict=True):
            both = PlanarFrame.blank(2 * SIDE + GAP, SIDE, (1, 1), one.info.bit_depth, one.info.color)
            planes = zip(both.planes, _DARK, *(frame.planes for frame in pair), strict=True)
            for target, level, mine, theirs in planes:
                target[:, :SIDE], target[:, SIDE:-SIDE], target[:, -SIDE:] = mine, level, theirs
            writer.write(both)


def _writer(path: Path, width: int, fps: Fraction, settings: EncodeSettings) -> VideoWriter:
    return VideoWriter(path, VideoInfo(path.name, width, SIDE, fps, 0, chroma=(1, 1)), settings=settings)


@one_thread()
def _planar(picture: np.ndarray) -> PlanarFrame:
    """uint8 RGB ``[h,w,3]`` as a frame of 4:4:4 planes."""
    info = VideoInfo("view", picture.shape[1], picture.shape[0], Fraction(1), 1, chroma=(1, 1))
    frame = PlanarFrame.blank(info.width, info.height, info.chroma, info.bit_depth, info.color)
    rgb = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
    for source, target in zip(planes_from_rgb(rgb, info.color, info.bit_depth), frame.planes, strict=True):
        target[...] = source[0].numpy()
    return frame
