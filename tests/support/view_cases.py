"""A clip of plain grey frames with a report, so that every shown pixel is known."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from faces import face68, track_of
from seam_scenes import HeldClip
from seamsync.media.planes import Box
from seamsync.quality.kept_masks import KeptMask
from seamsync.quality.report.report import SeamReport
from seamsync.quality.worst import Shot
from seamsync.tracking.track import FaceTrack

#: Width and height of the frames.
SIZE = (160, 120)
BOX: Box = (40, 32, 120, 96)
#: The frame in which one metric jumps, and the worst frame.
PEAK, WORST = 17, 31


def before_level(frame: int) -> int:
    """Luma of the original's frame."""
    return 60 + frame % 40


def after_level(frame: int) -> int:
    """Luma of the result's frame: every third one is 6 levels brighter, the others 12."""
    return before_level(frame) + (6 if frame % 3 == 0 else 12)


def clips(count: int) -> tuple[HeldClip, HeldClip]:
    """Original and result."""
    levels = ([level(k) for k in range(count)] for level in (before_level, after_level))
    one, two = ([np.full(SIZE[::-1], value, np.uint8) for value in values] for values in levels)
    return HeldClip(one), HeldClip(two)


def mask(frame: int, box: Box = BOX, level: int = 255) -> KeptMask:
    """One that is full all over its box."""
    picture = np.full((box[3] - box[1], box[2] - box[0]), level, np.uint8)
    return KeptMask(frame, box, cv2.imencode(".png", picture)[1].tobytes())


def report(count: int, **changes: object) -> SeamReport:
    """Of a clip of two scenes, with a peak, a worst frame, and the masks of all frames but the last."""
    rows = np.arange(count)
    columns = {
        "frame": rows,
        "target_frame": rows,
        "scene": (rows >= count // 2).astype(np.int32),
        "face_width": np.full(count, 60.0),
        "gradient_mismatch": np.where(rows == PEAK, 0.9, 0.05),
        "ring_ssim": np.where(rows % 5 == 0, np.nan, 0.98),
        "photo_flicker": rows / count,
    }
    picture = np.zeros((30, 40, 3), np.uint8)
    shot = Shot(min(WORST, count - 1), 9.0, picture, picture, np.full((30, 40), 255, np.uint8), 30.0, box=BOX)
    fields = {
        "columns": columns,
        "summary": {"gradient_mismatch": 0.4, "gradient_mismatch_within": 0.5},
        "shots": (shot,),
        "masks": tuple(mask(k) for k in range(count - 1)),
    }
    return SeamReport(**{**fields, **changes})  # type: ignore[arg-type]


def face_track(count: int) -> FaceTrack:
    """A still face, 60 pixels wide, its mouth inside the masks; not seen in the first frame."""
    points = np.repeat(face68((80.0, 30.0), 60.0)[None], count, 0)
    return replace(track_of(points, SIZE), visible=np.arange(count) > 0)
