"""Draw what a tracker found."""

from __future__ import annotations

import cv2
import numpy as np

from ..media.video import FrameSource
from ..tracking.track import FaceTrack

_FOUND, _LOST = (80, 255, 120), (255, 40, 40)


def draw_track(source: FrameSource, track: FaceTrack, *, count: int = 6, long_side: int = 768) -> np.ndarray:
    """Return evenly spaced frames with the 68 landmarks drawn in.

    Args:
        source: the tracked clip.
        track: its face.
        count: frames to show, fewer where the clip has fewer.
        long_side: frames longer than this are shrunk to it, pixels.

    Returns:
        uint8 ``[count,h,w,3]``, RGB; a red border where the face is not visible.
    """
    chosen = np.unique(np.linspace(0, len(track) - 1, count).round().astype(np.int64))
    scale = min(1.0, long_side / max(source.info.width, source.info.height))
    size = round(source.info.width * scale), round(source.info.height * scale)
    pictures = []
    for index, frame in zip(chosen, source.frames(chosen), strict=True):
        picture = cv2.resize(frame.rgb(), size, interpolation=cv2.INTER_AREA) if scale < 1 else frame.rgb()
        picture = np.ascontiguousarray(picture)
        if track.visible[index]:
            radius = max(1, round(float(track.face_width[index]) * scale / 90))
            for x, y in track.landmarks[index] * scale:
                cv2.circle(picture, (int(x), int(y)), radius, _FOUND, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(picture, (0, 0), (size[0] - 1, size[1] - 1), _LOST, 6)
        pictures.append(picture)
    return np.stack(pictures)


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
