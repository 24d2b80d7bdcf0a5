"""The README's pictures: the bundled sample above its lip-synced self, and one frame of it under each preset.

Not a measurement; run it as ``python -m seamsync.benchmarks.picture demo.mp4 docs`` after ``seamsync demo``.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from ..blending.presets import PRESETS
from ..media.audio import load_audio
from ..media.video import VideoReader
from ..models.speech.curves import speech_curves
from ..pipeline import track_video
from ..preview import preview_composite
from ..tracking.options import SmoothOptions
from . import write_picture
from .mouths import simulated_mouths

COLUMNS, SIDE, BAND = 7, 240, 70
CROP = (140, 150, 352, 362)


def draw(result: Path, out: Path) -> None:
    """Write the picture.

    Args:
        result: video made by ``seamsync demo``.
        out: JPEG to write.
    """
    sample = Path(__file__).resolve().parents[1] / "sample"
    source, made = VideoReader(sample / "face.mp4"), VideoReader(result)
    count = min(source.info.frame_count, made.info.frame_count)
    opening = speech_curves(load_audio(sample / "speech.wav"), made.info.fps, count).opening
    picks = np.array([a + int((np.argmin, np.argmax)[i % 2](opening[a:b])) for i, (a, b) in enumerate(_spans(count))])
    rows = []
    for clip in (source, made):
        faces = [cv2.resize(f.rgb(CROP), (SIDE, SIDE), interpolation=cv2.INTER_AREA) for f in clip.frames(picks)]
        rows.append(np.hstack(faces))
    rows.append(_curve(opening, picks))
    write_picture(out, np.vstack(rows), quality=88)


def draw_presets(out: Path) -> None:
    """One frame with a simulated mouth, soft, askew and with a purple cast, as a small generator makes it: the target, then
    each preset, the plain feather first.

    Args:
        out: JPEG to write.
    """
    source = VideoReader(Path(__file__).resolve().parents[1] / "sample" / "face.mp4", duration=1)
    track = track_video(source, smooth=SmoothOptions())
    mouths = simulated_mouths(source, track, size=96, shift=1.0)
    pictures = [next(source.frames(np.array([0]))).rgb(CROP)]
    left, top, right, bottom = CROP
    for name in ("baseline", "fast", "natural", "maximum concealment", "high motion"):
        whole = preview_composite(source, track, mouths, [0], settings=PRESETS[name])[0][0]
        pictures.append(whole[top:bottom, left:right])
    side = COLUMNS * SIDE // len(pictures)
    row = np.hstack([cv2.resize(p, (side, side), interpolation=cv2.INTER_CUBIC) for p in pictures])
    write_picture(out, row, quality=88)


def _spans(count: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, count, COLUMNS + 1).astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges)]


def _curve(opening: np.ndarray, picks: np.ndarray) -> np.ndarray:
    """The lip opening over time, a dot at each picture."""
    width = COLUMNS * SIDE
    band = np.full((BAND, width, 3), 24, np.uint8)
    x = np.linspace(8, width - 8, len(opening))
    y = BAND - 10 - opening * (BAND - 24)
    points = np.round(np.stack([x, y], -1)).astype(np.int32)
    cv2.polylines(band, [points], False, (110, 190, 240), 2, cv2.LINE_AA)
    for pick in picks:
        cv2.circle(band, (int(points[pick, 0]), int(points[pick, 1])), 6, (255, 200, 90), -1, cv2.LINE_AA)
    return band


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]) / "demo.jpg")
    draw_presets(Path(sys.argv[2]) / "presets.jpg")
