"""Fit similarity transforms and thin-plate splines between sets of points, batched over frames.

Points are ``[..., N, 2]`` pixels, x right, y down, (0.5, 0.5) the centre of the first pixel. Affines are ``[..., 2, 3]``:
the last column is the shift. Everything runs in float64 NumPy; a frame has tens of points.

Sources: Umeyama, "Least-Squares Estimation of Transformation Parameters Between Two Point Patterns" (1991); Bookstein,
"Principal Warps: Thin-Plate Splines and the Decomposition of Deformations" (1989); Wahba, "Spline Models for
Observational Data" (1990) for the regularised fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..errors import SeamSyncError, check_range
from ..tensors import shape_text

#: Below this spread (pixels, or the plate's unit) points count as coincident.
_TINY = 1e-9


def _check_pair(source: np.ndarray, target: np.ndarray, least: int) -> None:
    if source.shape[-1:] != (2,) or source.shape[-2:] != target.shape[-2:] or source.shape[-2] < least:
        raise SeamSyncError(
            f"source and target must both be [...,N,2] with N ≥ {least}, "
            f"got {shape_text(source.shape)} and {shape_text(target.shape)}"
        )


def fit_similarity(source: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the rotation, uniform scale and shift that map ``source`` to ``target`` with the least weighted squared error.

    It never mirrors. In the plane the fit is linear in a = s·cos, b = s·sin, so it has a closed form and needs no SVD.

    Args:
        source: float ``[..., N, 2]``, N ≥ 2.
        target: float ``[..., N, 2]``; the leading axes broadcast against those of ``source``.
        weights: float ``[N]`` or ``[..., N]``, ≥ 0 with a positive sum; ``None``: all equal.

    Returns:
        float64 ``[..., 2, 3]``. Coincident source points give scale 1 without rotation.

    Raises:
        SeamSyncError: the shapes do not match.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    _check_pair(source, target, 2)
    weight = np.ones(source.shape[-2]) if weights is None else np.asarray(weights, np.float64)
    weight = (weight / weight.sum(-1, keepdims=True))[..., None]
    mean_source, mean_target = (weight * source).sum(-2), (weight * target).sum(-2)
    p, q = source - mean_source[..., None, :], target - mean_target[..., None, :]
    spread = (weight * p * p).sum((-2, -1))
    along = (weight * p * q).sum((-2, -1))
    across = (weight[..., 0] * (p[..., 0] * q[..., 1] - p[..., 1] * q[..., 0])).sum(-1)
    degenerate = spread < _TINY**2
    spread = np.where(degenerate, 1.0, spread)
    a, b = np.where(degenerate, 1.0, along / spread), np.where(degenerate, 0.0, across / spread)
    linear = np.stack([np.stack([a, -b], -1), np.stack([b, a], -1)], -2)
    shift = mean_target - (linear @ mean_source[..., None])[..., 0]
    return np.concatenate([linear, shift[..., None]], -1)


def similarity_parts(affine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return scale and angle (radians, x towards y) of similarity transforms ``[..., 2, 3]``: two float64 ``[...]``."""
    a, b = affine[..., 0, 0], affine[..., 1, 0]
    return np.hypot(a, b), np.arctan2(b, a)


def apply_affine(affine: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Apply affines ``[..., 2, 3]`` to points ``[..., N, 2]``. Return float64 ``[..., N, 2]``."""
    return np.asarray(points, np.float64) @ np.swapaxes(affine[..., :2], -1, -2) + affine[..., None, :, 2]


def compose_affine(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Return the affine that applies ``inner`` first and ``outer`` second: float64 ``[..., 2, 3]``."""
    linear = outer[..., :2] @ inner[..., :2]
    shift = outer[..., :2] @ inner[..., 2:] + outer[..., 2:]
    return np.concatenate([linear, shift], -1)


def invert_affine(affine: np.ndarray) -> np.ndarray:
    """Return the affine that undoes ``affine``: float64 ``[..., 2, 3]``.

    Raises:
        SeamSyncError: an affine flattens the plane and cannot be undone.
    """
    try:
        linear = np.linalg.inv(np.asarray(affine[..., :2], np.float64))
    except np.linalg.LinAlgError as error:
        raise SeamSyncError("affine must keep the plane two-dimensional, got a singular matrix") from error
    return np.concatenate([linear, -linear @ affine[..., 2:]], -1)


def _kernel(points: np.ndarray, control: np.ndarray) -> np.ndarray:
    """Return r² log r between points ``[..., M, 2]`` and control points ``[..., N, 2]``: ``[..., M, N]``."""
    squared = (points**2).sum(-1)[..., :, None] + (control**2).sum(-1)[..., None, :] - 2 * points @ np.swapaxes(control, -1, -2)
    squared = np.maximum(squared, 0.0)
    return 0.5 * squared * np.log(np.where(squared > 0, squared, 1.0))


def _with_plane(points: np.ndarray) -> np.ndarray:
    """Return columns 1, x, y of the affine part: ``[..., M, 3]``."""
    return np.concatenate([np.ones_like(points[..., :1]), points], -1)


@dataclass(frozen=True, eq=False)
class ThinPlate:
    """Map the plane by thin-plate splines, one a frame, made by :func:`fit_thin_plate`.

    Attributes:
        control: float64 ``[..., N, 2]``, control points in the plate's own unit.
        coefficients: float64 ``[..., N + 3, 2]``, N kernel weights and the affine part, in pixels.
        center: float64 ``[..., 1, 2]`` pixels, and
        unit: float64 ``[..., 1, 1]`` pixels: own coordinates = (pixel - center) / unit.
    """

    control: np.ndarray
    coefficients: np.ndarray
    center: np.ndarray
    unit: np.ndarray

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Map points ``[..., M, 2]`` (leading axes broadcast). Return float64 ``[..., M, 2]``, pixels."""
        own = (np.asarray(points, np.float64) - self.center) / self.unit
        count = self.control.shape[-2]
        bent = _kernel(own, self.control) @ self.coefficients[..., :count, :]
        return bent + _with_plane(own) @ self.coefficients[..., count:, :]

    def then(self, affine: np.ndarray) -> ThinPlate:
        """Return the mapping followed by an affine ``[..., 2, 3]``, again as one thin plate."""
        coefficients = self.coefficients @ np.swapaxes(affine[..., :2], -1, -2)
        coefficients[..., -3, :] += affine[..., 2]  # the constant of the affine part
        return ThinPlate(self.control, coefficients, self.center, self.unit)

    @staticmethod
    def join(plates: Sequence[ThinPlate]) -> ThinPlate:
        """Join mappings of single frames into one of many, ``[T, ...]``."""
        parts = ("control", "coefficients", "center", "unit")
        return ThinPlate(*(np.stack([getattr(plate, name) for plate in plates]) for name in parts))


def fit_thin_plate(source: np.ndarray, target: np.ndarray, regularisation: float = 0.0) -> ThinPlate:
    """Return the mapping of least bending energy that takes ``source`` points to ``target`` points.

    Args:
        source: float ``[..., N, 2]``, N ≥ 3, not all on a line and no two alike.
        target: float ``[..., N, 2]``.
        regularisation: 0 passes through every target exactly; larger values trade fit for smoothness, towards the
            affine least-squares fit. Dimensionless: it counts in units of the points' root-mean-square radius, so it
            means the same at any resolution.

    Returns:
        The mapping, to be evaluated by :meth:`ThinPlate.apply` or :func:`dense_map`.

    Raises:
        SeamSyncError: wrong shapes, a negative regularisation, or points that coincide or lie on a line.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    _check_pair(source, target, 3)
    check_range("regularisation", regularisation, 0.0, np.inf)
    center = source.mean(-2, keepdims=True)
    unit = np.sqrt(((source - center) ** 2).sum(-1).mean(-1))[..., None, None]
    control = (source - center) / np.maximum(unit, _TINY)
    count = source.shape[-2]
    plane = _with_plane(control)
    system = np.zeros((*source.shape[:-2], count + 3, count + 3))
    system[..., :count, :count] = _kernel(control, control) + regularisation * np.eye(count)
    system[..., :count, count:] = plane
    system[..., count:, :count] = np.swapaxes(plane, -1, -2)
    wanted = np.concatenate([target, np.zeros((*target.shape[:-2], 3, 2))], -2)
    try:
        coefficients = np.linalg.solve(system, wanted)
    except np.linalg.LinAlgError as error:
        raise SeamSyncError("thin-plate control points must be distinct and not on one line") from error
    return ThinPlate(control, coefficients, center, np.maximum(unit, _TINY))


def _blend_weights(size: int, step: int) -> np.ndarray:
    """Return the linear interpolation matrix from nodes at 0, step, 2·step, … to 0 … size-1: float32 ``[size, nodes]``."""
    nodes = -(-(size - 1) // step) + 1
    distance = np.abs(np.arange(size)[:, None] / step - np.arange(nodes))
    return np.maximum(1.0 - distance, 0.0).astype(np.float32)


def dense_map(plate: ThinPlate, box: tuple[int, int, int, int], step: int = 4) -> np.ndarray:
    """Return the source position of every pixel of a box: the backward map of a warp.

    The spline is evaluated on every ``step``-th pixel and interpolated linearly between, which is ``step²`` times cheaper. For
    an opening mouth the mean error of the default is 0.01 px. Where close control points move apart by several pixels (closed
    lips that open), the error can reach a pixel. Use step 1 there.

    Args:
        plate: mapping of leading shape ``[...]`` (usually ``[T]``).
        box: x0, y0, x1, y1 in whole pixels.
        step: pixels between evaluated nodes, ≥ 1; 1 evaluates all.

    Returns:
        float32 ``[..., y1-y0, x1-x0, 2]``, pixel positions in this package's convention (subtract 0.5 for OpenCV's remap).

    Raises:
        SeamSyncError: an empty box or a step below 1.
    """
    x0, y0, x1, y1 = box
    if x1 <= x0 or y1 <= y0:
        raise SeamSyncError(f"box must be x0,y0,x1,y1 with x1 > x0 and y1 > y0, got {box}")
    check_range("step", step, 1, 1 << 16, "pixels")
    rows, columns = _blend_weights(y1 - y0, step), _blend_weights(x1 - x0, step)
    nodes_y, nodes_x = np.arange(rows.shape[1]) * step + y0 + 0.5, np.arange(columns.shape[1]) * step + x0 + 0.5
    nodes = np.stack(np.meshgrid(nodes_x, nodes_y), -1).reshape(-1, 2)
    coarse = plate.apply(nodes).reshape(*plate.control.shape[:-2], len(nodes_y), len(nodes_x), 2)
    planes = np.ascontiguousarray(np.moveaxis(coarse.astype(np.float32), -1, -3))
    # PyTorch's product uses the threads it was given. NumPy's spins on all of them and is slow beside a busy encoder.
    fine = torch.from_numpy(rows) @ torch.from_numpy(planes) @ torch.from_numpy(columns).T
    return np.moveaxis(fine.numpy(), -3, -1)
