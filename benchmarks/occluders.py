"""Objects in front of the mouth: drawn over real clips, where they are known, and looked for by the finder.

A dark microphone, a cup, a textured leaf and fingers of the face's own skin colour come up before the mouth, stay and leave. A
line a kind has the share of the object's pixels inside the lips and the lower face that the cut covers, and one the frames
whose mouth is covered by more than half and that keep the original. The clips without objects show the false alarms. One
line has the cost a frame beside that of decoding.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from ..errors import SeamSyncError
from ..media.planes import planes_from_rgb
from ..media.video import FrameSource, PlanarFrame
from ..tracking.align import apply_affine, compose_affine, invert_affine
from ..tracking.face_frame import face_frames
from ..tracking.front.find import find_front
from ..tracking.front.small_faces import SIZE, small_to_picture
from ..tracking.front.zones import zones
from ..tracking.landmarks import LIPS
from ..tracking.track import FaceTrack
from . import row
from .seams import read_clip

#: Frames of each clip, and shares of them at which the object is before the mouth, and begins to leave.
FRAMES, QUICK_FRAMES = 90, 60
ARRIVES, LEAVES, TRAVEL = 0.4, 0.6, 0.1
KINDS = ("microphone", "cup", "leaf", "fingers")
#: What is to be reached: shares of the object inside the lips and inside the lower face, share of the lower face far from any
#: object, and share of the frames whose mouth is covered by more than half that keep the original.
IN_LIPS, IN_FACE, FALSE, KEPT = 0.9, 0.8, 0.005, 0.9
#: A cover of the mouth that is clearly more than half, as the frame's own covers are estimated.
_CLEARLY = 0.65
#: Pixels of the small pictures around an object that its soft cut may reach.
_NEAR = 4


class InFront:
    """View a clip with an object drawn in front, as a :class:`~seamsync.media.video.FrameSource`.

    Args:
        source: any clip.
        track: its face.
        kind: one of :data:`KINDS`.
    """

    def __init__(self, source: FrameSource, track: FaceTrack, kind: str) -> None:
        self._source, self._track, self._kind, self.info = source, track, kind, source.info
        self._skin: np.ndarray | None = None

    @property
    def warnings(self) -> list[str]:
        """Return those of the source."""
        return self._source.warnings

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Yield frames with the object, as in ``FrameSource``."""
        wanted = np.arange(self.info.frame_count) if order is None else order
        for index, frame in zip(wanted, self._source.frames(order), strict=True):
            self._draw(frame, int(index))
            yield frame

    def weight(self, index: int) -> np.ndarray:
        """Return the weight of the object in the small picture of a frame, float32 ``[h,w]``."""
        rows, columns = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
        to_face = invert_affine(face_frames(self._track.landmarks[[index]]))
        matrix = compose_affine(to_face, small_to_picture(self._track.landmarks[[index]]))[0]
        points = apply_affine(matrix, np.stack([columns, rows], -1).reshape(-1, 2)).reshape(*SIZE, 2)
        return self._shape(points, index)[0]

    def _draw(self, frame: PlanarFrame, index: int) -> None:
        """Blend the object into the planes of one frame."""
        landmarks = self._track.landmarks[index]
        width = float(self._track.face_width[index])
        if self._skin is None:
            x, y = ((landmarks[30] + landmarks[3]) / 2).astype(int)
            self._skin = frame.rgb((x - 4, y - 4, x + 5, y + 5)).reshape(-1, 3).mean(0) / 255
        low = np.maximum(landmarks[LIPS].mean(0) - 1.1 * width, 0).astype(int) // 2 * 2
        high = np.minimum(low + int(2.4 * width), [frame.width, frame.height]) // 2 * 2
        rows, columns = np.mgrid[low[1] : high[1], low[0] : high[0]] + 0.5
        to_face = invert_affine(face_frames(landmarks[None]))[0]
        points = apply_affine(to_face, np.stack([columns, rows], -1).reshape(-1, 2)).reshape(*rows.shape, 2)
        weight, color = self._shape(points, index)
        if not weight.any():
            return
        weight = cv2.GaussianBlur(weight, (0, 0), 0.8)
        planes = planes_from_rgb(torch.from_numpy(color.transpose(2, 0, 1)[None]), frame.color, frame.bit_depth)
        for which, (plane, drawn) in enumerate(zip(frame.planes, planes, strict=True)):
            sx, sy = (1, 1) if which == 0 else frame.chroma
            part = plane[low[1] // sy : high[1] // sy, low[0] // sx : high[0] // sx]
            size = part.shape[::-1]
            values, share = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (drawn[0].float().numpy(), weight))
            mixed = part + share * (values - part)
            part[share > 1e-3] = np.rint(mixed[share > 1e-3]).astype(part.dtype)

    def _shape(self, points: np.ndarray, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return weight ``[h,w]`` and colours ``[h,w,3]`` of the object at points in face coordinates ``[h,w,2]``."""
        share = index / len(self._track)
        away = np.clip(max(ARRIVES - share, share - LEAVES) / TRAVEL, 0, 1)
        x = points[..., 0] - 0.04 * np.sin(0.23 * index)
        y = points[..., 1] - self._mouth(index) - 0.03 * np.sin(0.31 * index) - 1.3 * away
        skin = np.array((0.7, 0.5, 0.4)) if self._skin is None else self._skin
        weight, color = _SHAPES[self._kind](x, y, skin)
        return weight.astype(np.float32), np.clip(color, 0, 1).astype(np.float32)

    def _mouth(self, index: int) -> float:
        """Return how far below the eyes the middle of the mouth is, face widths, over the clip."""
        del index
        points = apply_affine(invert_affine(face_frames(self._track.landmarks)), self._track.landmarks)
        return float(np.median(points[:, LIPS, 1]))


def _rod(x: np.ndarray, y: np.ndarray, radius: float, top: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where an upright capsule is, and its shading 0.6…1."""
    away = np.hypot(x, np.minimum(y - top - radius, 0))
    return away < radius, 0.6 + 0.4 * np.sqrt(np.clip(1 - (x / radius) ** 2, 0, 1))


def _microphone(x: np.ndarray, y: np.ndarray, skin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    del skin
    x = x + 0.25 * y - 0.05
    stick, shade = _rod(x, y, 0.05, 0.02)
    head = np.hypot(x, y - 0.1) < 0.12
    grid = 0.3 + 0.06 * np.sin(300 * x) * np.sin(300 * y)
    gray = np.where(head, grid, 0.12 * shade)
    return stick | head, np.repeat(gray[..., None], 3, -1)


def _cup(x: np.ndarray, y: np.ndarray, skin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    del skin
    inside = (np.abs(x) < 0.24 - 0.04 * y) & (y > -0.08) & (y < 0.55)
    shade = 0.75 + 0.25 * np.sqrt(np.clip(1 - (x / 0.26 + 0.2) ** 2, 0, 1))
    color = np.where((np.abs(y - 0.15) < 0.03)[..., None], (0.2, 0.35, 0.6), (0.9, 0.88, 0.84))
    return inside, color * shade[..., None]


def _leaf(x: np.ndarray, y: np.ndarray, skin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    del skin
    along, across = 0.5 * x + 0.87 * (y - 0.2), 0.87 * x - 0.5 * (y - 0.2)
    vein = np.exp(-((across / 0.01) ** 2)) + 0.5 * (np.mod(along + np.abs(across), 0.08) < 0.012)
    mottled = 1 + 0.2 * np.sin(70 * x) * np.sin(90 * y + 2)
    color = np.array((0.28, 0.45, 0.16)) * mottled[..., None] + 0.12 * vein[..., None]
    return np.abs(across) < 0.14 * np.clip(1 - (along / 0.42) ** 2, 0, 1), color


def _fingers(x: np.ndarray, y: np.ndarray, skin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = x - 0.3 * y
    covered, color = np.zeros(x.shape, bool), np.zeros((*x.shape, 3))
    for offset, top in ((-0.105, 0.0), (0.0, -0.06), (0.105, 0.0)):
        finger, shade = _rod(x - offset, y, 0.055, top)
        nail = np.hypot((x - offset) / 0.03, (y - top - 0.05) / 0.04) < 1
        painted = np.where(nail[..., None], 0.6 * skin + 0.4 * np.array((0.95, 0.8, 0.78)), skin) * shade[..., None]
        color = np.where(finger[..., None], painted, color)
        covered |= finger
    return covered, color


_SHAPES = {"microphone": _microphone, "cup": _cup, "leaf": _leaf, "fingers": _fingers}


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Return the lines of all kinds, of the clips without objects, and of the cost."""
    if media is None:
        raise SeamSyncError("no folder of real clips; name one with --media or SEAMSYNC_MEDIA")
    clips = sorted(media.glob("*.mp4"))
    return measure(clips[:2] if quick else clips, QUICK_FRAMES if quick else FRAMES)


def measure(clips: list[Path], frames: int) -> list[dict[str, Any]]:
    """Look for drawn objects in clips, and for nothing in the clips themselves."""
    found: dict[str, list[np.ndarray]] = {kind: [] for kind in KINDS}
    false, spent, decoding = [], 0.0, 0.0
    for clip in clips:
        source, track = read_clip(clip, frames)
        start = time.perf_counter()
        plain = find_front(source, track, np.arange(len(track)))
        middle = time.perf_counter()
        for _ in source.frames():
            pass
        spent, decoding = spent + middle - start, decoding + time.perf_counter() - middle
        parts = zones(track.landmarks)
        false.append(_masks(plain, len(track))[parts.lower].sum() / parts.lower.sum())
        for kind in KINDS:
            found[kind].append(_judge(InFront(source, track, kind), track))
    lines = [line for kind in KINDS for line in _lines(kind, np.sum(found[kind], 0))]
    if false:
        worst = float(max(false))
        lines.append(row("no object | lower face cut", worst, FALSE, "the most", worst / FALSE, f"≤ {FALSE}", worst <= FALSE))
        ratio = spent / decoding
        lines.append(row("seconds of the finder, with its decoding", spent, decoding, "decoding", ratio, "", None))
    return lines


def _masks(front: Any, count: int) -> np.ndarray:
    found = [front.small(frame) for frame in range(count)]
    return np.stack([np.zeros(SIZE, bool) if one is None else one > 127 for one in found])


def _judge(source: InFront, track: FaceTrack) -> np.ndarray:
    """Return pixels of the object found and there inside the lips, the same in the lower face, pixels found far from it and of
    all lower faces, and frames kept and to keep: float64 ``[8]``."""
    front, parts = find_front(source, track, np.arange(len(track))), zones(track.landmarks)
    cut = _masks(front, len(track))
    real = np.stack([source.weight(index) > 0.5 for index in range(len(track))])
    near = np.stack([cv2.dilate(one.astype(np.uint8), np.ones((2 * _NEAR + 1,) * 2)) for one in real]) > 0
    lips, face = real & parts.lips, real & parts.lower
    share = lips.sum((1, 2)) / np.maximum(parts.lips.sum((1, 2)), 1)
    hidden = share > _CLEARLY
    counts = [(lips & cut).sum(), lips.sum(), (face & cut).sum(), face.sum(), (cut & parts.lower & ~near).sum()]
    return np.array([*counts, parts.lower.sum(), (hidden & (front.covered > 0.5)).sum(), hidden.sum()], np.float64)


def _lines(kind: str, counts: np.ndarray) -> list[dict[str, Any]]:
    """Return the lines of one kind of object, of all clips together."""
    shares = counts[::2] / np.maximum(counts[1::2], 1)
    names = ("found inside the lips", "found inside the lower face", "cut far from it", "frames kept, mouth covered")
    goals = (IN_LIPS, IN_FACE, FALSE, KEPT)
    lines = []
    for index, (name, goal) in enumerate(zip(names, goals, strict=True)):
        met = bool(shares[index] <= goal if index == 2 else shares[index] >= goal)
        if index != 3 or counts[7]:
            sign = "≤" if index == 2 else "≥"
            share = float(shares[index])
            lines.append(row(f"{kind} | {name}", share, goal, "the goal", share / goal, f"{sign} {goal:g}", met))
    return lines
