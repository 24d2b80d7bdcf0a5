"""Draw what a tracker found."""

from __future__ import annotations

import cv2
import numpy as np

from ..media.video import FrameSource
from ..tracking.track import FaceTrack

_FOUND, _LOST = (80, 255, 120), (255, 40, 40)
#: Side of the window around the face, in extents of its landmarks.
_ROOM = 1.7


def draw_track(source: FrameSource, track: FaceTrack, *, count: int = 6, long_side: int = 768) -> np.ndarray:
    """Return evenly spaced frames, cropped to the face, with the 68 landmarks drawn in.

    All windows have the same size, so that the landmarks can be judged in a full-body clip too. A frame without a face is
    shown whole, with a red border.

    Args:
        source: the tracked clip.
        track: its face.
        count: frames to show, fewer where the clip has fewer.
        long_side: pictures longer than this are shrunk to it, pixels; small ones are enlarged to half of it.

    Returns:
        uint8 ``[count,h,w,3]``, RGB.
    """
    chosen = np.unique(np.linspace(0, len(track) - 1, count).round().astype(np.int64))
    width, height = _window(track, chosen, (source.info.width, source.info.height))
    scale = min(long_side / max(width, height), max(1.0, long_side / 2 / max(width, height)))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    pictures = []
    for index, frame in zip(chosen, source.frames(chosen), strict=True):
        if track.visible[index]:
            points = track.landmarks[index]
            left, top = _corner(points, (width, height), (source.info.width, source.info.height))
            picture = _resized(frame.rgb()[top : top + height, left : left + width], size)
            _draw(picture, (points - (left, top)) * (size[0] / width), max(1, round(max(size) / 130)))
        else:
            picture = _whole(frame.rgb(), size)
            cv2.rectangle(picture, (0, 0), (size[0] - 1, size[1] - 1), _LOST, 6)
        pictures.append(picture)
    return np.stack(pictures)


def _window(track: FaceTrack, chosen: np.ndarray, frame: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of the window around the face in the chosen frames: a square, or what of it fits the frame."""
    seen = chosen[track.visible[chosen]]
    if not len(seen):
        return frame
    side = int(np.ceil(_ROOM * np.ptp(track.landmarks[seen], axis=1).max()))
    return max(1, min(side, frame[0])), max(1, min(side, frame[1]))


def _corner(points: np.ndarray, window: tuple[int, int], frame: tuple[int, int]) -> tuple[int, int]:
    """Return left and top of the window with the face in its middle, as far as the frame allows."""
    middle = (points.min(0) + points.max(0)) / 2
    left, top = (int(np.clip(round(float(m - w / 2)), 0, f - w)) for m, w, f in zip(middle, window, frame, strict=True))
    return left, top


def _resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the picture in another size (width, height)."""
    shrinks = size[0] < picture.shape[1]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _whole(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the whole picture in the middle of a black one of another size (width, height)."""
    scale = min(size[0] / picture.shape[1], size[1] / picture.shape[0])
    small = _resized(picture, (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))))
    made = np.zeros((size[1], size[0], 3), np.uint8)
    top, left = (size[1] - small.shape[0]) // 2, (size[0] - small.shape[1]) // 2
    made[top : top + small.shape[0], left : left + small.shape[1]] = small
    return made


def _draw(picture: np.ndarray, points: np.ndarray, radius: int) -> None:
    """Draw points as dots into a picture."""
    for x, y in points:
        cv2.circle(picture, (int(x), int(y)), radius, _FOUND, -1, cv2.LINE_AA)


def contact_sheet(pictures: np.ndarray, across: int = 3, long_side: int = 512) -> np.ndarray:
    """Join pictures ``[count,h,w,3]`` uint8, ``across`` in a row, to one uint8 ``[h,w,3]``; empty places are black."""
    count, height, width = pictures.shape[:3]
    columns, rows = min(across, count), -(-count // across)
    scale = min(1.0, long_side / max(columns * width, rows * height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    sheet = np.zeros((rows * size[1], columns * size[0], 3), np.uint8)
    for index, picture in enumerate(pictures):
        top, left = index // across * size[1], index % across * size[0]
        sheet[top : top + size[1], left : left + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return sheet
