"""Solve Poisson's equation for one picture on a CPU, by a few plain multigrid cycles.

The grids are those of :mod:`.multigrid`. On smooth masks a cycle leaves a tenth of the error, so that conjugate gradients would
cost more than they save. A mask on which the cycles are slower is left to them. A cycle's errors all lie on one side, so its
step is taken a little longer.

OpenCV and NumPy work in place on memory that stays from frame to frame. The finest grid is computed channel by channel, which
stays in the cache; the coarse ones are computed with their channels interleaved, because there a call costs more than its
arithmetic.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from scipy.linalg import get_lapack_funcs

from ..pixels.scratch import Scratch
from ..pixels.stencils import downsample2x
from .multigrid import FIRM, INSIDE, TIE, Solved, block_of

#: Polynomials in the Laplacian, from the constant up: each stands for Jacobi steps from 0 whose shares are those of Chebyshev's
#: polynomial over the upper three quarters of the spectrum. Three steps on the finest grid, two on the coarse ones.
_THREE, _TWO = (0.74795, 0.16438, 0.01096), (0.4878, 0.04878)
#: How many times a cycle's change is added. A cycle leaves 0…0.2 of an error of any shape; of one 1.1 times as long −0.1…0.1.
_LONGER = 1.1
#: A smoothing changes a cell with the tie t by so much of the tie less: 1 / (1 + 0.25 t).
_DAMP = 0.25
#: The error behind a cycle is estimated from its change. Later changes are taken to shrink as this one did (at first: as the
#: residual did), within these limits: a change of next to nothing needs no proof. The smoothing at the end leaves this part.
_BEST, _WORST, _SMOOTHED = 0.1, 0.9, 0.75
#: A cycle that leaves more than this part of the residual is slow, and undone.
_SLOW = 0.5
_STEP = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float32)


class _Grid:
    """Work on one level: ``(tie − Laplacian)(values) / 4**level = rhs`` inside a mask.

    The finest grid's memory is ``[3,h,w]``, its mask ``[h,w]``; a coarse one's are ``[h,w,3]``.
    """

    def __init__(self, scratch: Scratch, level: int, mask: torch.Tensor) -> None:
        self.level = level
        self._step = _STEP * np.float32(0.25**level)
        self._kernel = _polynomial(_TWO) * np.float32(4**level) if level else _polynomial(_THREE) * np.float32(_LONGER)
        size = mask.shape[-2] >> level, mask.shape[-1] >> level

        def _memory(name: str, channels: int = 3) -> np.ndarray:
            flat = scratch.tensor((name, level), mask.expand(-1, channels, -1, -1), size).numpy()[0]
            return flat.reshape(*size, channels) if level else flat

        self.values = _memory("values")
        self.rhs = _memory("rhs") if level else self.values
        self.work = _memory("work") if level else _memory("work", 1)[0]
        self.left, self.mask, self.damp = (_memory(name) if level else self.work for name in ("left", "mask", "damp"))
        self.minus_tie = _memory("tie") if level else None
        self.planes = list(scratch.tensor(("planes", level), mask.expand(-1, 3, -1, -1), size).numpy()[0]) if level else []

    def fit(self, mask: np.ndarray, tie: np.ndarray) -> None:
        """Take a coarse grid's mask and tie, ``[h,w]``."""
        each = mask, mask / (1 + _DAMP * tie), tie * np.float32(-(0.25**self.level))
        for plane, out in zip(each, (self.mask, self.damp, self.minus_tie), strict=True):
            cv2.merge((plane, plane, plane), out)

    def smooth(self, rhs: np.ndarray, values: np.ndarray) -> None:
        """Compute values from 0."""
        cv2.filter2D(rhs, -1, self._kernel, dst=values, borderType=cv2.BORDER_CONSTANT)
        np.multiply(values, self.damp, out=values)

    def smooth_on(self, left: np.ndarray, values: np.ndarray) -> None:
        """Smooth values whose residual is given."""
        cv2.filter2D(left, -1, self._kernel, dst=self.work, borderType=cv2.BORDER_CONSTANT)
        cv2.accumulateProduct(self.work, self.damp, values)

    def residual(self, rhs: np.ndarray, values: np.ndarray, out: np.ndarray, scale: float = 1) -> None:
        """Compute what is left of the right-hand side at ``scale`` times the values, 0 outside."""
        cv2.filter2D(values, -1, self._step * np.float32(scale), dst=out, borderType=cv2.BORDER_CONSTANT)
        if self.minus_tie is not None:
            cv2.accumulateProduct(values, self.minus_tie, out)
        np.add(out, rhs, out=out)
        np.multiply(out, self.mask, out=out)

    def add(self, coarse: np.ndarray, values: np.ndarray) -> None:
        """Add a coarser grid's values."""
        cv2.resize(coarse, self.work.shape[1::-1], dst=self.work, interpolation=cv2.INTER_LINEAR)
        cv2.accumulateProduct(self.work, self.mask, values)


class Cycles:
    """Solve ``−Laplacian(x) = rhs`` inside a mask, frame after frame in the same memory."""

    def __init__(self) -> None:
        self._scratch, self._grids = Scratch(), list[_Grid]()
        self._factorize, self._substitute = get_lapack_funcs(("pbtrf", "pbtrs"), dtype=np.float32)
        self._factor = np.zeros((1, 1), np.float32)

    def solve(
        self, mask: torch.Tensor, rhs: torch.Tensor, values: torch.Tensor, *, tolerance: float, iterations: int
    ) -> Solved:
        """Solve as :meth:`.multigrid.Multigrid.solve` does, for a batch of one picture with three channels.

        ``rhs`` is not changed. When cycles are slow it returns early, not converged, with the values as near as they are.

        Args:
            mask: float32 ``[1,1,H,W]``, with more pixels than the coarsest grid may have.
            rhs, values: float32 ``[1,3,H,W]``, contiguous.
            tolerance: largest error of a value, estimated from the last two cycles' changes.
            iterations: most of them.
        """
        left, inside = self._scratch.tensor("given", rhs), mask[0, 0].numpy()
        for given, found, out in zip(rhs[0].numpy(), values[0].numpy(), left[0].numpy(), strict=True):
            cv2.filter2D(found, -1, _STEP, dst=out, borderType=cv2.BORDER_CONSTANT)
            np.add(out, given, out=out)
            np.multiply(out, inside, out=out)
        return self.correct(mask, left, values, tolerance=tolerance, iterations=iterations)

    def correct(
        self, mask: torch.Tensor, left: torch.Tensor, values: torch.Tensor, *, tolerance: float, iterations: int
    ) -> Solved:
        """Solve as :meth:`solve` does, from what is left of the right-hand side at the values.

        Args:
            left: float32 ``[1,3,H,W]``, contiguous, 0 outside the mask; it is changed.
            mask, values, tolerance, iterations: as there.
        """
        self._fit(mask)
        fine, residual, found = self._grids[0], left[0].numpy(), values[0].numpy()
        first = before = now = _size(residual)
        last, count, done = 0.0, 0, False
        while count < iterations:
            count += 1
            self._cycle(residual, found)
            change, now = float(cv2.norm(fine.values.ravel(), cv2.NORM_INF)), _size(residual)
            part = change / last if last else now / before if before else 0.0
            part = min(max(part, _BEST), _WORST)
            done = _SMOOTHED * change * part <= tolerance * (1 - part)
            if done:
                for one, plane in zip(residual, found, strict=True):
                    fine.smooth_on(one, plane)
                break
            if now > _SLOW * before:
                np.subtract(found, fine.values, out=found)
                now = before
                break
            last, before = change, now
        return Solved(*(torch.tensor([x]) for x in (now / first if first else 0.0, count, done)))

    def _fit(self, mask: torch.Tensor) -> None:
        """Take a mask, ``[1,1,H,W]``."""
        inside = mask[0, 0].numpy()
        if not self._grids or self._grids[0].work.shape != inside.shape:
            levels = block_of(*inside.shape).bit_length()
            self._grids = [_Grid(self._scratch, level, mask) for level in range(levels)]
        self._grids[0].mask = self._grids[0].damp = tie = inside
        for grid in self._grids[1:]:
            mask = downsample2x(mask)
            share = mask[0, 0].numpy()
            inside, tie = (share > INSIDE).astype(np.float32), TIE - TIE * share
            grid.fit(inside, tie)
        self._factor, _ = self._factorize(_band(inside, tie), lower=1)

    def _cycle(self, residual: np.ndarray, found: np.ndarray) -> None:
        """Add a cycle's change to the values found, and update what is left of the right-hand side; both ``[3,h,w]``."""
        fine, below = self._grids[:2]
        for left, change, small in zip(residual, fine.values, below.planes, strict=True):
            fine.smooth(left, change)
            fine.residual(left, change, fine.work, 1 / _LONGER)
            _halve(fine.work, small)
        cv2.merge(below.planes, below.rhs)
        self._coarse_cycle(1)
        np.multiply(below.values, np.float32(_LONGER), out=below.values)
        cv2.split(below.values, below.planes)
        for left, change, small, values in zip(residual, fine.values, below.planes, found, strict=True):
            fine.add(small, change)
            np.add(values, change, out=values)
            cv2.filter2D(change, -1, _STEP, dst=fine.work, borderType=cv2.BORDER_CONSTANT)
            cv2.accumulateProduct(fine.work, fine.mask, left)

    def _coarse_cycle(self, level: int) -> None:
        """Compute a coarse grid's values from its right-hand side."""
        grid = self._grids[level]
        if level == len(self._grids) - 1:
            self._solve(grid)
            return
        below = self._grids[level + 1]
        grid.smooth(grid.rhs, grid.values)
        grid.residual(grid.rhs, grid.values, grid.work)
        _halve(grid.work, below.rhs)
        self._coarse_cycle(level + 1)
        grid.add(below.values, grid.values)
        grid.residual(grid.rhs, grid.values, grid.left)
        grid.smooth_on(grid.left, grid.values)

    def _solve(self, grid: _Grid) -> None:
        """Solve the coarsest grid's equations."""
        np.multiply(grid.rhs, grid.mask, out=grid.work)
        order = _along_short_side(grid.work)
        solution, _ = self._substitute(self._factor, order.reshape(-1, 3) * np.float32(4**grid.level), lower=1)
        _along_short_side(grid.values)[...] = solution.reshape(order.shape)


def _size(planes: np.ndarray) -> float:
    """Return the Euclidean norm of ``[3,h,w]``."""
    return float(cv2.norm(planes.ravel(), cv2.NORM_L2))


def _polynomial(coefficients: tuple[float, ...]) -> np.ndarray:
    """Return the kernel of a polynomial in the Laplacian, from its constant up."""
    size = 2 * len(coefficients) - 1
    power, out = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    power[size // 2, size // 2] = 1
    for coefficient in coefficients:
        out += np.float32(coefficient) * power
        power = cv2.filter2D(power, -1, _STEP, borderType=cv2.BORDER_CONSTANT)
    return out


def _halve(plane: np.ndarray, out: np.ndarray) -> None:
    """Average squares of 2 × 2."""
    cv2.resize(plane, out.shape[1::-1], dst=out, interpolation=cv2.INTER_AREA)


def _along_short_side(cells: np.ndarray) -> np.ndarray:
    """Return a view whose second axis is the shorter of the first two."""
    return cells if cells.shape[1] <= cells.shape[0] else cells.swapaxes(0, 1)


def _band(mask: np.ndarray, tie: np.ndarray) -> np.ndarray:
    """Return ``tie − Laplacian`` inside the mask and 1 outside, as LAPACK's lower band matrix ``[w+1,h·w]``."""
    mask, tie = _along_short_side(mask), _along_short_side(tie)
    height, width = mask.shape
    band = np.zeros((width + 1, height, width), np.float32)
    band[0] = mask * (3 + FIRM + tie) + 1
    band[1, :, :-1] = -mask[:, 1:] * mask[:, :-1]
    band[width, :-1] -= mask[1:] * mask[:-1]
    return band.reshape(width + 1, -1)
