"""Results with one known fault each: a drawn face on a textured picture, a new mouth put into it, written as video files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import torch
from drawn_mouths import draw_face
from faces import face68, track_of
from seamsync.media.encode import VideoWriter
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.sources import TensorSource
from seamsync.media.video import FrameSource, VideoReader
from seamsync.progress import Progress
from seamsync.quality.inspect.inspect import inspect_clips
from seamsync.quality.report.report import SeamReport
from seamsync.tracking.track import FaceTrack

SIZE, COUNT, WIDTH, FPS = (320, 240), 30, 120.0, Fraction(25)
#: Middle of the mouth of :func:`faces.face68` at its default place.
MOUTH = (160.0, 130.0 + 0.57 * WIDTH)

Fault = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def marks(openings: np.ndarray) -> np.ndarray:
    """Landmarks ``[T,68,2]`` of the drawn face with its lips so far apart (face widths)."""
    return np.stack([face68(width=WIDTH, opening=float(opening)) for opening in openings])


def still(opening: float, count: int = COUNT) -> np.ndarray:
    """The same opening in every frame."""
    return np.full(count, opening)


def pictures(openings: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """The drawn face between coloured tiles, a fine texture over all, and grain: float32 ``[T,H,W,3]``, 0…255."""
    random = np.random.default_rng(seed)
    texture = 10 * cv2.GaussianBlur(random.normal(0, 1, SIZE[::-1]).astype(np.float32), (0, 0), 1.2)
    faces = np.stack([draw_face(points, SIZE).astype(np.float32) for points in marks(openings)])
    tiles = np.random.default_rng(3).integers(60, 220, (15, 20, 3)).astype(np.float32)
    for side in (slice(0, 80), slice(240, 320)):
        faces[:, :, side] = cv2.GaussianBlur(np.kron(tiles, np.ones((16, 16, 1), np.float32)), (0, 0), 0.8)[:, side]
    grain = np.random.default_rng(7).normal(0, 2.5, (len(openings), *SIZE[::-1])).astype(np.float32)
    return faces + (texture + grain)[..., None]


def ellipse(half: tuple[float, float] = (44.0, 26.0), feather: float = 8.0, down: float = 0.0) -> np.ndarray:
    """Weight of the new mouth: 1 inside an ellipse around the mouth, over ``feather`` pixels to 0: ``[H,W,1]``."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]] + 0.5
    away = np.hypot((x - MOUTH[0]) / half[0], (y - MOUTH[1] - down) / half[1])
    return np.clip((1 - away) * min(half) / max(feather, 1e-3) + 0.5, 0, 1).astype(np.float32)[..., None]


def blended(old: np.ndarray, new: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Plain cross-fade."""
    return old + (new - old) * alpha


def write(path: Path, frames: np.ndarray, *, crf: float | None = 14) -> Path:
    """Pictures 0…255 as H.264; without loss, as originals are to be, where ``crf`` is None."""
    source = TensorSource(torch.from_numpy(frames.clip(0, 255)).float() / 255, FPS)
    settings = EncodeSettings(lossless=True, preset="ultrafast") if crf is None else EncodeSettings(crf, preset="veryfast")
    with VideoWriter(path, source.info, settings=settings) as writer:
        for frame in source.frames():
            writer.write(frame)
    return path


def tracked(openings: np.ndarray) -> FaceTrack:
    """The exact track of such a clip."""
    return replace(track_of(marks(openings), SIZE), fps=FPS)


def inspected(original: Path, result: Path, openings: np.ndarray, seen: np.ndarray, **more: object) -> SeamReport:
    """Inspect with exact tracks: of the original's openings, and of those ``seen`` in the result."""

    def _follow(source: FrameSource, progress: Progress) -> FaceTrack:
        return tracked(seen[: source.info.frame_count])

    given = {"track": tracked(openings), **more}
    return inspect_clips(VideoReader(original), VideoReader(result), _follow, **given)  # type: ignore[arg-type]
