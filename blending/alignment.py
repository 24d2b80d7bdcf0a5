"""Align the patch's nose and mouth with the target's by a shift and a turn, of a pixel or two.

A generator's crop is not placed exactly: its own detector, rounding and padding shift the mouth a little. The shift is measured
on the pictures, at landmarks that speech hardly moves: nose, philtrum, and beside the mouth corners. One rigid motion is fitted
to the shifts: a bend or a scale would change how far the generated lips open. It is composed with the patch's affine, so the
patch is resampled once.

Source: Bouguet, "Pyramidal Implementation of the Lucas Kanade Feature Tracker" (2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import torch

from ..arrays import smoothstep
from ..tracking.align import apply_affine, fit_similarity, invert_affine
from ..tracking.landmarks import MOUTH_CORNERS
from .frame_batch import FrameBatch
from .pixels import srgb

#: Face width in pixels at which the shift is measured: fine enough for a tenth of a pixel, small enough to be quick.
_WORK_WIDTH = 160.0
_NOSE = np.arange(29, 36)
_SUBNASAL, _UPPER_LIP = 33, 51
#: Largest accepted shift, and largest distance of a point's shift from the others' median, in face widths.
_LARGEST, _APART = 0.05, 0.02
#: Weight of the past in the running average of the shifts.
_BETA = 0.6
#: Smaller shifts are left alone, face widths: nobody sees them, and resampling the patch would soften the mouth.
_UNSEEN = 0.003
#: Weights of the points in the rigid motion: the nose moves less in speech than the corners.
_WEIGHTS = np.array([1.0] * 7 + [0.5] * 3)
#: Margin of the measured boxes around the points, in face widths; least side of a measured picture, pixels.
_AROUND, _LEAST = 0.12, 16

Pictures = Sequence[torch.Tensor] | torch.Tensor


class PatchAlignment:
    """Measure and smooth the shifts of one clip's patches; start anew at every cut.

    Args:
        strength: 0…1, how far the patch is moved.
    """

    def __init__(self, strength: float) -> None:
        self._strength = strength
        self._average: np.ndarray | None = None

    def __call__(
        self, target: Pictures, patch: Pictures, batch: FrameBatch, corner: np.ndarray | None = None
    ) -> tuple[np.ndarray, FrameBatch]:
        """Return the source position of ROI pixels, and the batch with the generated landmarks moved along.

        Args:
            target, patch: float32 ``[C,h,w]`` a frame, at the frame's own resolution, C 3 (gamma-coded RGB) or 1 (luma); the
                patch warped by its affine alone.
            batch: the frames.
            corner: float ``[B,2]``, where the pictures' top left corner lies, frame pixels from the ROI's; there by default.

        Returns:
            Rigid motions float64 ``[B,2,3]`` from ROI pixels to positions in the affine-warped patch, ROI pixels; and the
            batch, its ``generated`` moved along.
        """
        points = control_points(batch.landmarks)
        places = points / batch.scale - (0 if corner is None else corner[:, None])
        shifts = np.empty_like(points)
        for index, width in enumerate(batch.face_width):
            pixels = float(width) / batch.scale
            measured = measure_shifts(target[index], patch[index], places[index], pixels) / pixels
            if self._average is None or batch.fresh[index]:
                self._average = measured
            else:
                self._average = _BETA * self._average + (1 - _BETA) * measured
            shifts[index] = self._average * width * self._strength * _seen(self._average)
        motion = _rigid(points, points + shifts)
        if batch.generated is None:
            return motion, batch
        moved = apply_affine(invert_affine(motion), batch.generated).astype(np.float32)
        return motion, replace(batch, generated=moved)


def control_points(landmarks: np.ndarray) -> np.ndarray:
    """Return the points where shifts are measured: lower nose, philtrum, and beside the mouth corners.

    Args:
        landmarks: float ``[B,68,2]``.

    Returns:
        float64 ``[B,10,2]`` in the same pixels.
    """
    points = landmarks.astype(np.float64)
    philtrum = points[:, [_SUBNASAL, _UPPER_LIP]].mean(1, keepdims=True)
    corners = points[:, MOUTH_CORNERS]
    middle = corners.mean(1, keepdims=True)
    return np.concatenate([points[:, _NOSE], philtrum, middle + 1.25 * (corners - middle)], axis=1)


def measured_boxes(batch: FrameBatch) -> np.ndarray:
    """Return the boxes in which shifts are measured, for any mask: int64 ``[B,4]``, x0, y0, x1, y1 in frame pixels.

    Boxes may reach past the frame.
    """
    points = control_points(batch.landmarks) / batch.scale + batch.origin[:, None]
    margin = _AROUND * (batch.face_width / batch.scale)[:, None]
    return np.concatenate([np.floor(points.min(1) - margin), np.ceil(points.max(1) + margin)], axis=1).astype(np.int64)


def measure_shifts(target: torch.Tensor, patch: torch.Tensor, points: np.ndarray, face_width: float) -> np.ndarray:
    """Return the shift between patch and target at some points, by pyramidal Lucas–Kanade.

    A point that cannot be tracked, or that differs much from the others, takes their median. The two points beside the mouth
    corners take their common mean, so a mouth that purses or smiles keeps its width.

    Args:
        target, patch: float32 ``[3,H,W]`` or ``[1,H,W]``.
        points: float64 ``[10,2]`` of :func:`control_points`.
        face_width: pixels.

    Returns:
        float64 ``[10,2]``: patch position − target position, pixels; zeros where nothing could be tracked.
    """
    if min(target.shape[1:]) < _LEAST:
        return np.zeros_like(points)
    scale = min(1.0, _WORK_WIDTH / face_width)
    now, other = (_prepared(picture, scale, face_width) for picture in (target, patch))
    start = ((points * scale) - 0.5).astype(np.float32)[:, None]
    window = int(0.14 * face_width * scale) | 1
    found, status, _ = cv2.calcOpticalFlowPyrLK(now, other, start, None, winSize=(window, window), maxLevel=2)  # type: ignore[call-overload]
    shifts = (found - start)[:, 0].astype(np.float64) / scale
    inside = (start[:, 0] > 1).all(-1) & (start[:, 0] < np.array(now.shape[::-1]) - 2).all(-1)
    good = (status[:, 0] == 1) & inside & (np.linalg.norm(shifts, axis=-1) < _LARGEST * face_width)
    if good.sum() < 3:
        return np.zeros_like(shifts)
    median = np.median(shifts[good], axis=0)
    good &= np.linalg.norm(shifts - median, axis=-1) < _APART * face_width
    shifts[~good] = median
    shifts[-2:] = shifts[-2:].mean(0)
    return shifts


def _prepared(picture: torch.Tensor, scale: float, face_width: float) -> np.ndarray:
    """Return luma without its coarse level, which a colour cast changes, blurred like a small patch; uint8 ``[h,w]``."""
    luma = (picture if len(picture) == 1 else srgb.luma(picture[None])[0])[0].cpu().numpy()
    if scale < 1:
        luma = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    width = face_width * scale
    detail = cv2.GaussianBlur(luma, (0, 0), max(width / 110, 0.6)) - cv2.GaussianBlur(luma, (0, 0), width / 16)
    spread = max(float(detail.std()), 1e-4)
    return np.clip(128 + 40 * detail / spread, 0, 255).astype(np.uint8)


def _seen(shifts: np.ndarray) -> float:
    """Return 0 for shifts ``[10,2]``, face widths, that nobody sees, rising to 1 for those of twice that size."""
    size = float(np.linalg.norm(np.median(shifts, axis=0)))
    return smoothstep(float(np.clip(size / _UNSEEN - 1, 0, 1)))


def _rigid(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the turns and shifts that map points to others, both float ``[B,10,2]`` of :func:`control_points`.

    Returns:
        float64 ``[B,2,3]``; lengths stay as they are.
    """
    motion = fit_similarity(source, target, _WEIGHTS)
    motion[..., :2] /= np.linalg.norm(motion[..., :1, :2], axis=-1, keepdims=True)
    middle = [(points * _WEIGHTS[:, None]).sum(1) / _WEIGHTS.sum() for points in (source, target)]
    motion[..., 2] = middle[1] - (motion[..., :2] @ middle[0][..., None])[..., 0]
    return motion
