"""Solve Poisson's equation on any set of pixels: conjugate gradients, preconditioned by a multigrid V-cycle.

After McAdams, Sifakis & Teran, "A parallel multigrid Poisson solver for fluids simulation on large grids" (2010): the grids are
cell-centred, coarser ones are made from the mask alone, and conjugate gradients correct the errors of the coarse grids at the
mask's border. There a coarse cell is outside when any part of it is. Here a cell that is partly outside stays. It is tied to 0
with a weight that grows with its outside part, which halves the iterations on a thin ring.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..pixels.primitives import area_mean
from ..pixels.scratch import Scratch
from ..pixels.stencils import downsample2x, five_point, upsample2x

#: A coarse cell with less than this share of inside is outside; one with more is tied to 0 by ``TIE`` times the rest.
INSIDE, TIE = 0.05, 8.0
#: And one with less than this share of the picture is outside too.
_SHOWN = 0.2
#: Shares of the Jacobi step, one a sweep: of Chebyshev's polynomial over the upper three quarters of the spectrum,
#: 1 / (1.25 ± 0.75 √½). After the coarse grids they come in reverse, which makes a cycle nearly symmetric.
_SHARES = (0.5617, 1.3896)
#: The coarsest grid has so many cells or fewer: its equations are solved directly.
_CELLS = 256
#: Added to those equations' diagonal: a mask without an outside fixes its values but for a constant.
FIRM = 1e-3
#: No value is further from the solution than this part of the residuals of all grids together, 0.1 to 0.6 were measured; and
#: at the most twice as much where the picture's border cuts the mask.
_BOUND, _BOUND_CUT = 0.6, 1.2
_TINY = 1e-20


@dataclass(frozen=True, eq=False)
class Solved:
    """Say how B frames were solved.

    Attributes:
        residual: float32 ``[B]``, norm of the residual over the norm of the guess's residual.
        iterations: int64 ``[B]``.
        converged: bool ``[B]``.
    """

    residual: torch.Tensor
    iterations: torch.Tensor
    converged: torch.Tensor

    def after(self, first: Solved) -> Solved:
        """Return what this and another solver did, which worked on the frames before."""
        return Solved(self.residual * first.residual, self.iterations + first.iterations, self.converged)


@dataclass(frozen=True, eq=False)
class _Memory:
    """Working memory of a grid, ``images`` as ``[B,C,h,w]`` and ``stack`` with the channels one below the other.

    That is one picture to work on, ``[B,1,C·h,w]``; the margin keeps the channels apart.
    """

    images: torch.Tensor
    stack: torch.Tensor

    @classmethod
    def of(cls, images: torch.Tensor) -> _Memory:
        """The memory of a picture."""
        return cls(images, images.view(images.shape[0], 1, -1, images.shape[-1]))


@dataclass(frozen=True, eq=False)
class _Grid:
    """Solve one level: ``(tie − Laplacian)(values) = rhs`` inside a mask; coefficients are ``[B,1,h,w]``.

    Values are stored divided by a quarter of the last sweep's share, so a sweep adds the right-hand side unscaled.

    Attributes:
        mask: 1 inside.
        tie: to 0; None where there is none.
        damp: a sweep's factors, ``1 / (1 + share / 4 · tie)`` inside and 0 outside.
        factor: Cholesky's, of the coarsest grid's equations, ``[B,h·w,h·w]``.
        rhs, values, left: memory; the last for the residual.
        given: what the right-hand side adds in a sweep.
    """

    mask: torch.Tensor
    tie: torch.Tensor | None
    damp: list[torch.Tensor]
    factor: torch.Tensor | None
    rhs: _Memory
    values: _Memory
    left: _Memory
    given: list[_Memory]

    def minus_product(self, values: _Memory, scale: float = 1) -> torch.Tensor:
        """Compute ``(Laplacian − tie)(scale · values)``, not masked, in the memory of ``left``."""
        five_point(values.stack, -4 * scale, scale, out=self.left.stack)
        return self.left.images if self.tie is None else self.left.images.addcmul_(self.tie, values.images, value=-scale)

    def sweep(self, values: _Memory, before: float, which: int) -> None:
        """Make Jacobi's step times a share, from values of the share ``before``.

        The tie is taken at the new values, so a strong one stays stable.
        """
        share = _SHARES[which]
        five_point(values.stack, (1 - share) * before / share, before / 4, out=self.left.stack)
        torch.addcmul(self.given[which].images, self.damp[which], self.left.images, out=self.values.images)

    def down(self, coarse: _Grid) -> None:
        """Make two sweeps from 0, and restrict their residual to the coarser grid."""
        if self.tie is not None:
            for damp, given in zip(self.damp, self.given, strict=True):
                torch.mul(self.rhs.images, damp, out=given.images)
        self.sweep(self.given[0], _SHARES[0], 1)
        self.minus_product(self.values, _SHARES[1] / 4).add_(self.rhs.images).mul_(self.mask)
        area_mean(self.left.stack, 2, out=coarse.rhs.stack)

    def up(self, coarse: _Grid) -> None:
        """Add the coarser grid's correction, and make the same two sweeps in reverse."""
        upsample2x(coarse.values.stack, out=self.left.stack)
        scale = 4 if coarse.factor is not None else _SHARES[0]  # a coarse cell stands for four pixels' equations
        self.values.images.addcmul_(self.left.images, self.mask, value=4 * scale / _SHARES[1])
        self.sweep(self.values, _SHARES[1], 1)
        self.sweep(self.values, _SHARES[1], 0)

    def solve(self, factor: torch.Tensor) -> torch.Tensor:
        """Compute the values directly."""
        solution = torch.cholesky_solve((self.rhs.images * self.mask).flatten(2).mT, factor)
        return self.values.images.copy_(solution.mT.view_as(self.values.images))


def block_of(height: int, width: int) -> int:
    """Return the side of the coarsest cells, in pixels, for a picture of that size. Solved sides are multiples of it."""
    block = 1
    while -(-height // block) * -(-width // block) > _CELLS:
        block *= 2
    return block


class Multigrid:
    """Solve ``−Laplacian(x) = rhs`` inside masks, frame after frame in the same memory.

    On the pixels around the mask x is given. A mask without an outside determines x up to a constant, which stays the guess's.
    """

    def __init__(self) -> None:
        self._scratch = Scratch()

    def solve(
        self,
        mask: torch.Tensor,
        rhs: torch.Tensor,
        values: torch.Tensor,
        *,
        tolerance: float,
        iterations: int,
        picture: torch.Tensor | None = None,
    ) -> Solved:
        """Solve a batch, each frame by itself.

        Args:
            mask: float32 ``[B,1,H,W]``, 0 or 1. Sides are multiples of :func:`block_of` them; the outermost pixels are 0.
            rhs: float32 ``[B,C,H,W]``; overwritten.
            values: float32 ``[B,C,H,W]``, the guess and what is given around the mask; inside becomes the solution in place.
            tolerance: largest error of a value at which a frame is done.
            iterations: most of them.
            picture: float32 ``[B,1,H,W]``, 1 where there is one, if the mask touches its border: nothing crosses that
                (Neumann).
        """
        grids = self._grids(mask, rhs, picture)
        grid, direction = grids[0], _Memory.of(self._scratch.tensor("direction", rhs).zero_())
        left = rhs.add_(grid.minus_product(_Memory.of(values))).mul_(mask)
        before = _dot(left, left)
        active = torch.ones(mask.shape[0], dtype=torch.bool, device=mask.device)
        count, last = torch.zeros_like(active, dtype=torch.int64), torch.ones_like(before)
        for _ in range(iterations):
            _cycle(grids)
            now = _dot(left, grid.values.images)
            if not (now > 0).all():  # on a mask of specks a cycle may point the wrong way; the residual itself never does
                grid.values.images.copy_(torch.where(now > 0, grid.values.images, left))
                now = _dot(left, grid.values.images)
            torch.addcmul(grid.values.images, direction.images, now / last, out=direction.images)
            bent = grid.minus_product(direction)
            length = (now / _dot(direction.images, bent).clamp(max=-_TINY)).mul_(active.view(-1, 1, 1, 1))
            last = now.clamp(min=_TINY)
            values.addcmul_(direction.images, length, value=-1)
            left.addcmul_(bent, mask * length, value=-1)
            count += active
            active = active & _far(grids, tolerance)
            if not active.any():
                break
        residual = (_dot(left, left) / before.clamp(min=_TINY)).sqrt().flatten()
        return Solved(residual, count, ~active)

    def _grids(self, mask: torch.Tensor, left: torch.Tensor, picture: torch.Tensor | None) -> list[_Grid]:
        """Return the grids from fine to coarse."""
        levels = block_of(mask.shape[-2], mask.shape[-1]).bit_length()
        tie = None if picture is None else _across_border(mask, picture)
        grids, inside = [self._grid(0, mask, tie, left, levels == 1)], mask
        for level in range(1, levels):
            inside = downsample2x(inside)
            picture = None if picture is None else downsample2x(picture)
            share = inside if picture is None else (inside / picture.clamp(min=INSIDE)).clamp_(max=1)
            within = torch.gt(share, INSIDE, out=torch.empty_like(share))
            tie = torch.rsub(share, TIE, alpha=TIE)
            if picture is not None:
                shown = torch.gt(picture, _SHOWN, out=torch.empty_like(picture))
                within.mul_(shown)
                tie += _across_border(within, shown)
            grids.append(self._grid(level, within, tie, left, level == levels - 1))
        return grids

    def _grid(self, level: int, mask: torch.Tensor, tie: torch.Tensor | None, like: torch.Tensor, last: bool) -> _Grid:
        size = mask.shape[-2], mask.shape[-1]

        def _memory(name: str) -> torch.Tensor:
            return self._scratch.tensor((name, level), like, size)

        rhs, values, left = (
            _Memory.of(like if name == "rhs" and not level else _memory(name)) for name in ("rhs", "values", "left")
        )
        if last:
            return _Grid(mask, tie, [], _factor(mask, tie), rhs, values, left, [])
        if tie is None:
            return _Grid(mask, tie, [mask, mask], None, rhs, values, left, [rhs, rhs])
        damp = [mask / (tie * (share / 4)).add_(1) for share in _SHARES]
        given = [_Memory.of(_memory(f"given {share}")) for share in _SHARES]
        return _Grid(mask, tie, damp, None, rhs, values, left, given)


def _factor(mask: torch.Tensor, tie: torch.Tensor | None) -> torch.Tensor:
    """Return Cholesky's factor of ``tie − Laplacian`` inside the mask and 1 outside, ``[B,n,n]`` for n pixels."""
    inside, width = mask.flatten(1), mask.shape[-1]
    matrix = mask.new_zeros(len(mask), inside.shape[1], inside.shape[1])
    diagonal = mask * (3 + FIRM + (0 if tie is None else tie)) + 1
    matrix.diagonal(dim1=1, dim2=2).copy_(diagonal.flatten(1))
    across = torch.cat([mask[..., 1:] * mask[..., :-1], torch.zeros_like(mask[..., :1])], -1).flatten(1)
    matrix.diagonal(-1, 1, 2).sub_(across[:, :-1])
    matrix.diagonal(-width, 1, 2).sub_(inside[:, width:] * inside[:, :-width])
    return torch.linalg.cholesky_ex(matrix).L


def _across_border(mask: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """Subtract the neighbours past the picture's border, which undoes that the margin ties the values to 0."""
    return five_point(picture, -4, 1).mul_(mask).mul_(picture)


def _cycle(grids: list[_Grid]) -> None:
    """Run one V-cycle from 0: the finest grid's ``values``, up to a factor, from its ``rhs``."""
    grid = grids[0]
    if grid.factor is not None:
        grid.solve(grid.factor)
        return
    grid.down(grids[1])
    _cycle(grids[1:])
    grid.up(grids[1])


def _far(grids: list[_Grid], tolerance: float) -> torch.Tensor:
    """Say whether the finest grid's ``rhs`` shows an error above the tolerance, bool ``[B]``.

    The error is estimated from its Jacobi step, those on coarser grids and the coarsest one's solution.
    """
    limit = tolerance / (_BOUND if grids[0].tie is None else _BOUND_CUT)
    error = torch.zeros_like(grids[0].rhs.images[:, 0, 0, 0])
    for level, grid in enumerate(grids):
        if level:
            area_mean(grids[level - 1].rhs.stack, 2, out=grid.rhs.stack)
        change = grid.rhs.images if grid.factor is None else grid.solve(grid.factor)
        error.add_(_largest(change), alpha=4**level * (0.25 if grid.factor is None else 1))
        if (error > limit).all():
            break  # it can only grow
    return error > limit


def _dot(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return the inner product of each frame, ``[B,1,1,1]``."""
    return torch.bmm(a.flatten(1)[:, None], b.flatten(1)[:, :, None])[..., None]


def _largest(values: torch.Tensor) -> torch.Tensor:
    """Return the largest size in each frame, ``[B]``."""
    return torch.maximum(values.amax((1, 2, 3)), values.amin((1, 2, 3)).neg_())
