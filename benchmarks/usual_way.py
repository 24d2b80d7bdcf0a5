"""Mask, Lab match, multiband and metrics as most tools do them: NumPy, OpenCV and scikit-image on float pictures.

Each step is a plain, competent use of those libraries. It runs on the whole frame, as packs around ComfyUI do, or on a
crop of it ("the same on the ROI").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from . import import_bench
from .blending_peers import blur_and_alpha, laplacian_blend

#: Seam of the measured chain: shares of the face width, and levels of the pyramid.
EROSION, FEATHER, LEVELS = 0.006, 0.08, 4


@dataclass(frozen=True, eq=False)
class Task:
    """One frame to composite.

    Attributes:
        target: uint8 ``[H,W,3]``.
        patch: uint8 ``[h,w,3]``, the mouth.
        to_frame: float64 ``[2,3]``, patch pixel → frame pixel.
        outline: float ``[N,2]``, of the mask, frame pixels.
        lips: float ``[M,2]``, outer lips, frame pixels.
        face_width: pixels.
    """

    target: np.ndarray
    patch: np.ndarray
    to_frame: np.ndarray
    outline: np.ndarray
    lips: np.ndarray
    face_width: float

    def cropped(self, box: tuple[int, int, int, int]) -> Task:
        """The same task on a part of the frame."""
        x0, y0, x1, y1 = box
        to_box = self.to_frame.copy()
        to_box[:, 2] -= (x0, y0)
        target = self.target[y0:y1, x0:x1]
        return Task(target, self.patch, to_box, self.outline - (x0, y0), self.lips - (x0, y0), self.face_width)


def soft_mask(task: Task) -> np.ndarray:
    """Polygon, erosion, Gaussian blur: float32 ``[H,W]``."""
    mask = np.zeros(task.target.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(task.outline).astype(np.int32)], 255)
    radius = max(1, round(EROSION * task.face_width))
    mask = cv2.erode(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)))
    return cv2.GaussianBlur(mask, (0, 0), FEATHER * task.face_width / 2).astype(np.float32) / 255


def warped_patch(task: Task) -> np.ndarray:
    """The patch over the whole picture, float32 ``[H,W,3]`` 0…1."""
    height, width = task.target.shape[:2]
    warped = cv2.warpAffine(task.patch, task.to_frame, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return warped.astype(np.float32) / 255


def lab_match(target: np.ndarray, patch: np.ndarray, mask: np.ndarray, lips: np.ndarray) -> np.ndarray:
    """Mean and deviation of the patch's skin brought to the target's in Lab: float32 ``[H,W,3]``."""
    skin = (mask > 0).astype(np.uint8)
    cv2.fillPoly(skin, [np.rint(lips).astype(np.int32)], 0)
    lab_target, lab_patch = (cv2.cvtColor(image, cv2.COLOR_RGB2Lab) for image in (target, patch))
    inside = skin > 0
    mean, spread = lab_target[inside].mean(0), lab_target[inside].std(0)
    own_mean, own_spread = lab_patch[inside].mean(0), lab_patch[inside].std(0)
    matched = (lab_patch - own_mean) * (spread / np.maximum(own_spread, 1e-3)) + mean
    return cv2.cvtColor(matched.astype(np.float32), cv2.COLOR_Lab2RGB)


def measure(target: np.ndarray, result: np.ndarray, mask: np.ndarray, task: Task) -> dict[str, float]:
    """Gradient mismatch, SSIM and colour difference at the seam."""
    half = float(np.clip(0.02 * task.face_width, 3, 8))
    inside = (mask > 0.5).astype(np.uint8)
    apart = np.where(
        inside > 0, cv2.distanceTransform(inside, cv2.DIST_L2, 5), cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    )
    ring = apart <= half
    lumas = [cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2GRAY) for image in (target, result)]
    slopes = [np.stack([cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)]) for luma in lumas]
    lengths = [np.linalg.norm(slope, axis=0)[ring].sum() for slope in slopes]
    mismatch = np.linalg.norm(slopes[0] - slopes[1], axis=0)[ring].sum() / max(sum(lengths), 1e-6)
    options: dict[str, Any] = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    similarity = import_bench("skimage.metrics").structural_similarity
    found: tuple[Any, ...] = similarity(target, result.astype(np.float32), full=True, channel_axis=2, **options)
    similarity = found[1]
    labs = [cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2Lab) for image in (target, result)]
    means = [lab[inside > 0].mean(0) for lab in labs]
    return {
        "gradient_mismatch": float(mismatch),
        "ring_ssim": float(similarity[ring].mean()),
        "delta_e": float(import_bench("skimage.color").deltaE_ciede2000(means[0], means[1])),
    }


def chain(task: Task) -> tuple[np.ndarray, dict[str, float]]:
    """Everything: uint8 ``[H,W,3]`` and its metrics."""
    target = task.target.astype(np.float32) / 255
    mask, patch = soft_mask(task), warped_patch(task)
    patch = lab_match(target, patch, mask, task.lips)
    result = laplacian_blend(target, patch, mask, LEVELS)
    metrics = measure(target, result, mask, task)
    return (result.clip(0, 1) * 255).round().astype(np.uint8), metrics


def alpha_chain(task: Task) -> np.ndarray:
    """Mask and cross-fade alone: uint8 ``[H,W,3]``."""
    target, mask = task.target.astype(np.float32) / 255, np.zeros(task.target.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(task.outline).astype(np.int32)], 255)
    result = blur_and_alpha(target, warped_patch(task), mask, FEATHER * task.face_width / 2)
    return (result.clip(0, 1) * 255).round().astype(np.uint8)
