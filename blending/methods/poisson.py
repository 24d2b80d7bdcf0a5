"""Blend gradients of patch and target, with the target's colours as boundary values.

Pérez, Gangnet & Blake, "Poisson Image Editing" (SIGGRAPH 2003), solved for the difference to the target, so that the
pixels around the mask keep their bytes.
"""

from __future__ import annotations

import torch

from ..frame_batch import FrameBatch
from ..pixels.alpha import normalised, support_box
from ..pixels.padded_buffer import PaddedBuffer
from ..pixels.primitives import on_cpu
from ..pixels.scratch import Scratch
from ..pixels.stencils import five_point
from ..settings import SeamBlend
from .cycles import Cycles
from .multigrid import Multigrid, Solved, block_of
from .pyramid import MultibandBlend
from .result import BlendResult

#: How far from the exact solution a value may be.
TOLERANCE = 0.7 / 255


class PoissonBlend:
    """Blend in the gradient domain.

    With the domain "ring" the soft edge (0 < alpha < 1) is solved: its outer border is the target's, its inner one the patch's.
    With "mask" all of alpha > 0 is solved and only its border is given, so where alpha = 1 the result is not the patch. The
    gradients in the soft edge are "source", "mixed" (the stronger), or "target", which keeps all its texture. The core's are
    always the patch's. An opacity or a fade (alpha's peak under 1) scales the result.
    """

    def __init__(self, settings: SeamBlend) -> None:
        self.settings = settings
        self._multiband = MultibandBlend(settings)
        self._cycles, self._solver = Cycles(), Multigrid()
        self._scratch = Scratch()

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, batch: FrameBatch) -> BlendResult:
        """Blend as :class:`~seamsync.blending.methods.result.Blender`; columns say how each frame was solved."""
        shape, peak = normalised(alpha)
        size = 1 if on_cpu(target) else len(target)  # frame by frame the memory stays in the caches
        parts = [slice(i, i + size) for i in range(0, len(target), size)]
        delta = torch.zeros_like(target)
        done = [self._part(target[p], patch[p], shape[p], peak[p], delta[p]) for p in parts]
        residual, iterations, converged = (
            torch.cat([getattr(how, name) for how in done]) for name in ("residual", "iterations", "converged")
        )
        if not converged.all():
            instead = self._multiband(target, patch, alpha, batch).delta
            delta = torch.where(converged[:, None, None, None], delta, instead)
        columns = {"poisson_residual": residual, "poisson_iterations": iterations, "poisson_fallback": ~converged}
        return BlendResult(delta, {name: column.cpu().numpy() for name, column in columns.items()})

    def _part(
        self,
        target: torch.Tensor,
        patch: torch.Tensor,
        shape: torch.Tensor,
        peak: torch.Tensor,
        out: torch.Tensor,
    ) -> Solved:
        """Solve some frames of a batch into ``out``, on the box of their masks alone."""
        x, y, right, bottom = support_box(shape)
        cut = (..., slice(y, bottom), slice(x, right))
        canvas, touches = _canvas(self._scratch, shape[cut])
        difference, framed = canvas.blank("difference"), canvas.blank("shape", 1)
        torch.sub(patch[cut], target[cut], out=canvas.inner(difference))
        canvas.inner(framed).copy_(shape[cut])
        total = picture = None
        if self.settings.gradients == "mixed":
            total = canvas.blank("total")
            torch.add(patch[cut], target[cut], out=canvas.inner(total))
        if touches:
            picture = canvas.blank("picture", 1)
            canvas.inner(picture).fill_(1)
        values, how = self._solve(difference, total, framed, picture)
        torch.mul(canvas.inner(values), peak, out=out[cut])
        return how

    def _solve(
        self, difference: torch.Tensor, total: torch.Tensor | None, shape: torch.Tensor, picture: torch.Tensor | None
    ) -> tuple[torch.Tensor, Solved]:
        """Solve for the difference to the target. Pictures have a margin."""
        support, core = shape.ceil(), shape.floor()  # where alpha is above 0, and where it is 1
        inside = support - core if self.settings.domain == "ring" else support
        always = support if self.settings.gradients == "source" else core
        fade = support if self.settings.gradients == "source" else shape
        values = torch.mul(difference, fade, out=self._scratch.tensor("values", difference))
        limit, quick = self.settings.iterations, None
        rhs = None if self.settings.gradients == "source" else self._minus_divergence(difference, total, always, support)
        if on_cpu(values) and picture is None and block_of(*values.shape[-2:]) > 1:
            if rhs is None:
                left = self._left_of_source(difference, inside, support)
                quick = self._cycles.correct(inside, left, values, tolerance=TOLERANCE, iterations=limit)
            else:
                quick = self._cycles.solve(inside, rhs, values, tolerance=TOLERANCE, iterations=limit)
            limit -= int(quick.iterations)
            if quick.converged or not limit:
                return values, quick
        rhs = self._minus_divergence(difference, total, always, support) if rhs is None else rhs
        how = self._solver.solve(inside, rhs, values, tolerance=TOLERANCE, iterations=limit, picture=picture)
        return values, how if quick is None else how.after(quick)

    def _left_of_source(self, difference: torch.Tensor, inside: torch.Tensor, support: torch.Tensor) -> torch.Tensor:
        """Return what the patch's own gradients leave of the right-hand side where the values are the difference itself.

        Of a pixel's four differences only those to pixels outside the mask are missing.
        """
        outside = five_point(support, 0, 1).sub_(4).mul_(inside)
        return torch.mul(difference, outside, out=self._scratch.tensor("rhs", difference))

    def _minus_divergence(
        self, difference: torch.Tensor, total: torch.Tensor | None, always: torch.Tensor, support: torch.Tensor
    ) -> torch.Tensor:
        """Return minus the divergence of the wanted gradients, less the target's own.

        A gradient is the difference of two neighbouring pixels. In the core it is the patch's, so the target's own mouth stays
        invisible. Outside it is the target's, so the patch has no influence there. Between the two the setting decides. As |p|²
        − |t|² = (p − t)(p + t), difference and sum of the pictures give the stronger one.

        Args:
            difference, total: float32 ``[B,3,H,W]``, patch − target and, for mixed gradients, patch + target.
            always: float32 ``[B,1,H,W]``, 1 where all gradients are the patch's.
            support: float32 ``[B,1,H,W]``, 1 where alpha is above 0.

        Returns:
            float32 ``[B,3,H,W]``.
        """
        out = self._scratch.tensor("rhs", difference)
        if total is None:
            kept = torch.mul(difference, always, out=self._scratch.tensor("step", difference))
            five_point(kept.view(len(kept), 1, -1, kept.shape[-1]), 0, -1, out=out.view(len(out), 1, -1, out.shape[-1]))
            return out.addcmul_(kept, five_point(always, 0, 1)).mul_(always)
        out.zero_()
        planes = [image.flatten(2).unbind(1) for image in (difference, total, out)]
        step, other, change = (self._scratch.tensor(name, always).flatten(1) for name in ("step", "other", "change"))
        for reach in (1, difference.shape[-1]):
            one, two, stronger = (memory[:, :-reach] for memory in (step, other, change))
            stronger.zero_()
            for patch_minus, patch_plus, _ in zip(*planes, strict=True):  # a channel at a time stays in the caches
                torch.sub(patch_minus[:, reach:], patch_minus[:, :-reach], out=one)
                torch.sub(patch_plus[:, reach:], patch_plus[:, :-reach], out=two)
                stronger.addcmul_(one, two)
            keep = torch.gt(stronger, 0, out=stronger).mul_(_both(support, reach))
            keep = torch.maximum(keep, _both(always, reach), out=keep)
            for patch_minus, _, result in zip(*planes, strict=True):
                torch.sub(patch_minus[:, reach:], patch_minus[:, :-reach], out=one).mul_(keep)
                result[:, :-reach].sub_(one)
                result[:, reach:].add_(one)
        return out


def _canvas(scratch: Scratch, shape: torch.Tensor) -> tuple[PaddedBuffer, bool]:
    """Return the box to solve for a mask, and whether it touches the picture's border.

    One pixel of margin is enough. At the picture's border one is needed on the coarsest grid too.
    """
    touches = any(bool(side.any()) for side in (shape[..., 0, :], shape[..., -1, :], shape[..., 0], shape[..., -1]))
    block = block_of(shape.shape[-2] + 2, shape.shape[-1] + 2)
    return PaddedBuffer(scratch, shape, block, block if touches else 1), touches


def _both(mask: torch.Tensor, reach: int) -> torch.Tensor:
    """Return 1 where both of two pixels that are ``reach`` apart in the flattened mask are in it, ``[B,n−reach]``."""
    flat = mask.flatten(1)
    return flat[:, reach:] * flat[:, :-reach]
