"""Pictures of the drawn-up face with lips and an inside, and clips and speech made of them."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import torch
from faces import face68, track_of
from seamsync.media.audio import Audio
from seamsync.media.sources import TensorSource
from seamsync.models.rewrite.lips import contours_of
from seamsync.tracking.track import FaceTrack

SKIN, LIP, DARK = (205, 160, 135), (170, 70, 75), (30, 12, 14)


def draw_face(landmarks: np.ndarray, size: tuple[int, int] = (320, 240)) -> np.ndarray:
    """The face of ``landmarks`` ``[68,2]`` with red lips and a dark inside, uint8 ``[h,w,3]``, softened a little."""
    picture = np.full((size[1], size[0], 3), (150, 170, 180), np.uint8)
    upper, within_upper, within_lower, lower = contours_of(landmarks)
    shapes = [(landmarks[:17], SKIN), (np.concatenate([upper, lower[::-1]]), LIP)]
    shapes.append((np.concatenate([within_upper, within_lower[::-1]]), DARK))
    for points, colour in shapes:
        cv2.fillPoly(picture, [np.rint(points * 16 - 8).astype(np.int32)], colour, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(picture, (0, 0), 0.8)


def dark_rows(picture: np.ndarray, column: float, threshold: float = 70.0) -> int:
    """Rows of dark mouth inside in the column at ``column`` pixels."""
    return int((picture[:, int(column)].mean(-1) < threshold).sum())


def drawn_clip(openings: np.ndarray, *, fps: Fraction = Fraction(25), width: float = 120.0) -> tuple[TensorSource, FaceTrack]:
    """A clip of the drawn face, one frame an opening (face widths), and its exact track."""
    marks = np.stack([face68(width=width, opening=float(o)) for o in openings])
    pictures = np.stack([draw_face(m) for m in marks])
    source = TensorSource(torch.from_numpy(pictures).float() / 255, fps, name="drawn")
    track = track_of(marks)
    return source, FaceTrack(track.landmarks, track.confidence, track.visible, track.scene, track.frame_size, fps)


def vowel(seconds: float, rate: int = 16_000, pitch: float = 120.0) -> np.ndarray:
    """An open vowel: harmonics shaped by formants at 700 and 1200 Hz, float64 ``[N]``, loud level about 0.3."""
    time = np.arange(round(seconds * rate)) / rate
    tones = np.arange(pitch, min(3400, rate / 2 - 200), pitch)
    gain = (1 / (1 + ((tones[:, None] - (700.0, 1200.0)) / 120) ** 2)).sum(1)
    wave = (gain[:, None] * np.sin(2 * np.pi * tones[:, None] * time)).sum(0)
    ramp = np.minimum(1, np.minimum(time, time[::-1]) / 0.01)
    return 0.3 * ramp * wave / np.abs(wave).max()


def speech(bursts: list[tuple[float, float]], seconds: float, rate: int = 16_000) -> Audio:
    """Vowels from one second to another in otherwise near silence."""
    wave = 1e-5 * np.random.default_rng(3).standard_normal(round(seconds * rate))
    for begin, end in bursts:
        sound = vowel(end - begin, rate)
        start = round(begin * rate)
        wave[start : start + len(sound)] += sound[: len(wave) - start]
    return Audio(wave[None].astype(np.float32), rate)
