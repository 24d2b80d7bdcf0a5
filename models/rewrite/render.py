"""Painting a plan: each output frame's patch, from the target's own patch and the mouth chosen for it."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ...arrays import smoothstep
from ...progress import Progress
from ...tracking.front.small_faces import small_to_picture
from ...tracking.front.zones import disc
from .lips import LOWER_OUTER, UPPER_OUTER, MouthAxes, mouth_axes, pixel_contours
from .mouth_bank import MouthBank
from .plan import Plan
from .warp import Face, warp_mouth

#: The mouth taken from another frame: full up to this many mouth sizes from its middle, gone at the second.
_FULL, _GONE = 1.12, 1.65
#: Width of the feather along the jaw's contour, face widths.
_RIM = 0.09
#: Bounds of the light's correction, as a factor.
_GAIN = 1.5
_CHUNK = 16


def render(bank: MouthBank, plan: Plan, progress: Progress, begin: int, end: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the patches of frames ``begin`` … ``end`` − 1 of a plan, a chunk at a time, with the faces in them.

    Calls ``progress("generate", done, total)``.

    Yields:
        patches uint8 ``[N,3,side,side]``, and landmarks float64 ``[N,68,2]`` in their pixels.
    """
    for first in range(begin, end, _CHUNK):
        last = min(first + _CHUNK, end)
        landmarks, contours = plan.shapes(first, last)
        chunk: list[np.ndarray] = []
        for t in range(first, last):
            patch = _uncovered(bank, int(plan.order[t]))
            if plan.presence[t] > 0:
                patch = _frame(bank, plan, t, patch, Face(landmarks[t - first], contours[t - first]))
            chunk.append(patch.transpose(2, 0, 1))
            progress("generate", t + 1 - begin, end - begin)
        yield np.stack(chunk), landmarks


def _patch(bank: MouthBank, frame: int) -> np.ndarray:
    """One source patch, uint8 ``[side,side,3]``."""
    return np.ascontiguousarray(bank.patches[frame].transpose(1, 2, 0))


def _uncovered(bank: MouthBank, frame: int) -> np.ndarray:
    """One source patch, objects replaced by the nearest mouth that nothing covers: else the warp would drag them along."""
    patch, small = _patch(bank, frame), bank.front.small(frame)
    clear = None if small is None else bank.clear_near(frame)
    if small is None or clear is None:
        return patch
    face = _face(bank, frame)
    behind = _taken(bank, clear, face).astype(np.float32)
    behind = _match_light(behind, patch, _around_mouth(face, patch.shape[:2]), face)
    matrix = small_to_picture(bank.landmarks[frame : frame + 1])[0]
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts from the centre of the first pixel
    spread = cv2.dilate(small, disc(1))
    weight = cv2.warpAffine(spread, matrix, patch.shape[1::-1], flags=cv2.INTER_LINEAR)[..., None] / np.float32(255)
    return np.clip(np.rint(patch + weight * (behind - patch)), 0, 255).astype(np.uint8)


def _face(bank: MouthBank, frame: int) -> Face:
    axes = MouthAxes(bank.axes.origin[frame], bank.axes.along[frame], bank.axes.unit[frame])
    return Face(bank.landmarks[frame], pixel_contours(bank.own[frame], axes))


def _frame(bank: MouthBank, plan: Plan, t: int, patch: np.ndarray, target: Face) -> np.ndarray:
    """The generated patch of output frame ``t``, whose face is ``target``."""
    frame = int(plan.order[t])
    base = warp_mouth(patch, _face(bank, frame), target, bank.looks[frame], own=True)
    if not plan.searched:
        return base
    mouth = _taken(bank, int(plan.mouth[t]), target).astype(np.float32)
    if plan.mix[t] > 0:
        mouth += np.float32(plan.mix[t]) * (_taken(bank, int(plan.other[t]), target) - mouth)
    weight = _around_mouth(target, base.shape[:2])
    mouth = _match_light(mouth, base, weight, target)
    weight = (weight * np.float32(plan.presence[t]))[..., None]
    return np.clip(np.rint(base + weight * (mouth - base)), 0, 255).astype(np.uint8)


def _taken(bank: MouthBank, frame: int, target: Face) -> np.ndarray:
    """The mouth of another frame in the place and shape of ``target``."""
    return warp_mouth(_patch(bank, frame), _face(bank, frame), target, bank.looks[frame], own=False)


def _distance(target: Face, size: tuple[int, int]) -> np.ndarray:
    """Distance from the middle of the mouth in mouth sizes (1 runs just outside the lips), float32 ``[h,w]``."""
    axes = mouth_axes(target.landmarks)
    lips = axes.inward(target.contours[[UPPER_OUTER, LOWER_OUTER]].reshape(-1, 2)) * axes.unit
    low, high = lips.min(0), lips.max(0)
    middle, half = (low + high) / 2, (high - low) / 2 + 0.02 * axes.unit
    half[1] = max(half[1], 0.55 * half[0])
    height, width = size
    dx = np.arange(width, dtype=np.float32) + np.float32(0.5 - axes.origin[0])
    dy = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5 - axes.origin[1])
    a, b = (np.float32(v) for v in axes.along)
    x, y = (dx * a + dy * b - np.float32(middle[0])), (dy * a - dx * b - np.float32(middle[1]))
    return np.sqrt((x / np.float32(half[0])) ** 2 + (y / np.float32(half[1])) ** 2)


def _around_mouth(target: Face, size: tuple[int, int]) -> np.ndarray:
    """Weight of a mouth taken from elsewhere, float32 ``[h,w]``."""
    share = np.clip((_GONE - _distance(target, size)) / (_GONE - _FULL), 0, 1)
    # What lies across the jaw's contour is another take's background.
    jaw = np.zeros(size, np.uint8)
    cv2.fillPoly(jaw, [np.rint(target.landmarks[:17] * 8 - 4).astype(np.int32)], 1, shift=3)
    depth = cv2.distanceTransform(jaw, cv2.DIST_L2, 3)
    share *= np.clip(depth / np.float32(_RIM * mouth_axes(target.landmarks).unit) - 0.25, 0, 1)
    return smoothstep(share)


def _match_light(mouth: np.ndarray, base: np.ndarray, weight: np.ndarray, target: Face) -> np.ndarray:
    """``mouth`` lit like ``base``: a gain a channel, linear across the picture, from the skin in the feather of ``weight``."""
    rows, columns = np.nonzero((weight[::3, ::3] > 0.02) & (weight[::3, ::3] < 0.9))
    if len(rows) < 30:
        return mouth
    rows, columns = rows * 3, columns * 3
    ratio = np.log((base[rows, columns].astype(np.float32) + 8) / (mouth[rows, columns] + 8))
    height, width = weight.shape
    plane = np.stack([np.ones(len(rows)), rows / height - 0.5, columns / width - 0.5], 1)
    keep = np.abs(ratio - np.median(ratio, 0)).max(1) < 0.25
    fit = np.linalg.lstsq(plane[keep], ratio[keep], rcond=None)[0] if keep.sum() > 20 else np.zeros((3, 3))
    x, y = np.arange(width, dtype=np.float32) / width - 0.5, np.arange(height, dtype=np.float32)[:, None] / height - 0.5
    gain = fit[0] + y[..., None] * fit[1] + x[None, :, None] * fit[2]
    gain = np.exp(np.clip(gain, -np.log(_GAIN), np.log(_GAIN))).astype(np.float32)
    return (mouth + 8) * gain - 8
