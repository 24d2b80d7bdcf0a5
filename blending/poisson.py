"""Poisson blend: the gradients of patch and target, tied to the target's colours around them.

Pérez, Gangnet & Blake, "Poisson Image Editing" (SIGGRAPH 2003), solved for the difference to the target, so that the
pixels around the mask keep their bytes.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from .blended import Blended, normalised, support_box
from .chunk import Chunk
from .multigrid import Multigrid, Solved
from .primitives import on_cpu
from .pyramid import MultibandBlend, soft_width
from .scratch import Scratch
from .settings import SeamBlend
from .stencils import laplacian

#: How far from the exact solution a value may be.
TOLERANCE = 0.5 / 255


class PoissonBlend:
    """Gradient-domain blend.

    With the domain "ring" the soft edge (0 < alpha < 1) is solved for: its outer border is the target's, its inner one the
    patch's. With "mask" all of alpha > 0 is, and only its border is given: the colours inside follow, and alpha = 1 is
    not the patch. The gradients asked for are those of the soft edge: "source", "mixed" (the stronger), or "target", which
    keeps all its texture; the core's are always the patch's. An opacity or a fade (alpha's peak under 1) weighs the result.
    """

    def __init__(self, settings: SeamBlend) -> None:
        self.settings = settings
        self._multiband = MultibandBlend(settings)
        self._solver = Multigrid()
        self._scratch = Scratch()
        self._last: tuple[torch.Tensor, np.ndarray] | None = None

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, chunk: Chunk) -> Blended:
        """See :class:`~seamsync.blending.blended.Blender`; columns tell how each frame was solved."""
        shape, peak = normalised(alpha)
        size = 1 if on_cpu(target) else len(target)  # frame by frame each starts from the last, and stays in the caches
        parts = [slice(i, i + size) for i in range(0, len(target), size)]
        delta = torch.zeros_like(target)
        done = [self._part(target[p], patch[p], shape[p], chunk, p, delta[p]) for p in parts]
        residual, iterations, converged = (
            torch.cat([getattr(how, name) for how in done]) for name in ("residual", "iterations", "converged")
        )
        delta.mul_(peak)
        if not converged.all():
            instead = self._multiband(target, patch, alpha, chunk).delta
            delta = torch.where(converged[:, None, None, None], delta, instead)
        columns = {"poisson_residual": residual, "poisson_iterations": iterations, "poisson_fallback": ~converged}
        return Blended(delta, {name: column.cpu().numpy() for name, column in columns.items()})

    def _part(
        self, target: torch.Tensor, patch: torch.Tensor, shape: torch.Tensor, chunk: Chunk, part: slice, out: torch.Tensor
    ) -> Solved:
        """Solve some frames of a chunk into ``out``, on the box of their masks alone."""
        x, y, right, bottom = support_box(shape)
        cut = (..., slice(y, bottom), slice(x, right))
        origin = np.rint(chunk.origin[part] * chunk.scale) + (x, y)
        if chunk.fresh[part].any():
            self._last = None
        values, how = self._solve(target[cut], patch[cut], shape[cut], origin)
        out[cut] = values
        last = torch.sub(values, self._grain(values, shape[cut]), out=self._scratch.room("last", values))[-1:]
        self._last = (last, origin[-1]) if bool(how.converged[-1]) else None
        return how

    def _grain(self, values: torch.Tensor, shape: torch.Tensor) -> torch.Tensor:
        """The part of the solution that is new in every frame: patch − target where the patch's gradients are wanted."""
        difference = self._scratch.room("difference", values)
        if self.settings.gradients == "source":
            return difference
        return difference * ((shape == 1) & (self.settings.domain == "mask"))

    def _solve(
        self, target: torch.Tensor, patch: torch.Tensor, shape: torch.Tensor, origin: np.ndarray
    ) -> tuple[torch.Tensor, Solved]:
        ring, room = self.settings.domain == "ring", self._scratch.room
        core = (shape == 1).float() if ring else torch.zeros_like(shape)
        soft = (shape > 0).float() - core
        difference = torch.sub(patch, target, out=room("difference", target))
        total = torch.add(patch, target, out=room("total", target)) if self.settings.gradients == "mixed" else None
        given = torch.mul(difference, core, out=room("given", target))
        rhs = laplacian(given, out=room("rhs", target)).sub_(self._divergence(difference, total, shape)).mul_(soft)
        values = self._start(difference, shape, origin).mul_(soft)
        how = self._solver.solve(
            soft,
            rhs,
            values,
            tolerance=TOLERANCE,
            iterations=self.settings.iterations,
            spread=float(soft_width(shape).max()) if ring else math.inf,
        )
        return values.add_(given), how

    def _start(self, difference: torch.Tensor, shape: torch.Tensor, origin: np.ndarray) -> torch.Tensor:
        """First guess: the last frame's solution where it lay, or on a fresh start a plain cross-fade, or nothing."""
        out = self._scratch.room("values", difference)
        if self._last is not None:
            for one, place in zip(out, origin, strict=True):
                _move(self._last[0][0], self._last[1] - place, one)
            return out.add_(self._grain(out, shape))
        return torch.mul(difference, shape, out=out) if self.settings.domain == "ring" else out.zero_()

    def _divergence(self, difference: torch.Tensor, total: torch.Tensor | None, shape: torch.Tensor) -> torch.Tensor:
        """Divergence of the gradients wanted, less the target's own.

        A gradient is that between two neighbours. In the core it is wanted from the patch, so that the target's own mouth
        does not show through; outside from the target, so that what the patch is there has no say. Between the two the
        setting tells; as |p|² − |t|² = (p − t)(p + t), difference and sum of the pictures say which is stronger.

        Args:
            difference, total: float32 ``[B,3,H,W]``, patch − target and, for mixed gradients, patch + target.
            shape: float32 ``[B,1,H,W]``, alpha over its peak; the core is where it is 1.

        Returns:
            float32 ``[B,3,H,W]``.
        """
        out = self._scratch.room("wanted", difference).zero_()
        for axis in (-2, -1):
            step = _step(difference, axis, self._scratch, "step")
            keep = _both(shape > 0 if self.settings.gradients == "source" else shape == 1, axis)
            if total is not None:
                stronger = _step(total, axis, self._scratch, "sum step").mul_(step).sum(1, keepdim=True) > 0
                keep |= stronger.logical_and_(_both(shape > 0, axis))
            step.mul_(keep)
            out.narrow(axis, 0, step.shape[axis]).add_(step)
            out.narrow(axis, 1, step.shape[axis]).sub_(step)
        return out


def _step(images: torch.Tensor, axis: int, scratch: Scratch, name: str) -> torch.Tensor:
    """Differences of neighbours along a picture's axis."""
    first, second = images.narrow(axis, 0, images.shape[axis] - 1), images.narrow(axis, 1, images.shape[axis] - 1)
    return torch.sub(second, first, out=scratch.room(name, images, (first.shape[-2], first.shape[-1])))


def _both(mask: torch.Tensor, axis: int) -> torch.Tensor:
    """Whether both neighbours along a picture's axis are in the mask."""
    return mask.narrow(axis, 0, mask.shape[axis] - 1) & mask.narrow(axis, 1, mask.shape[axis] - 1)


def _move(values: torch.Tensor, by: np.ndarray, out: torch.Tensor) -> None:
    """Shift a picture by whole (x, y) pixels into another, 0 where it does not reach."""
    x, y = (int(step) for step in by)
    height = min(values.shape[-2] + min(y, 0), out.shape[-2] - max(y, 0))
    width = min(values.shape[-1] + min(x, 0), out.shape[-1] - max(x, 0))
    out.zero_()
    if height > 0 and width > 0:
        old = values[..., max(-y, 0) :, max(-x, 0) :][..., :height, :width]
        out[..., max(y, 0) :, max(x, 0) :][..., :height, :width] = old
