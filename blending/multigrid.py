"""Poisson's equation on any set of pixels: conjugate gradients, preconditioned by a multigrid V-cycle.

After McAdams, Sifakis & Teran, "A parallel multigrid Poisson solver for fluids simulation on large grids" (2010): the
grids are cell-centred, coarser ones are made from the mask alone, and conjugate gradients mend what the coarse grids get
wrong at the mask's border. Theirs count a coarse cell as outside when any part of it is; here a cell that is partly
outside stays, tied to 0 the more, the less of it is inside, which on a thin ring halves the iterations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from .scratch import Scratch
from .stencils import double, halve, laplacian

#: A coarse cell with less than this share of inside is outside; one with more is tied to 0 by ``_TIE`` times the rest.
_INSIDE, _TIE = 0.3, 8.0
#: Shares of the Jacobi step, one a sweep: plain damping on the finest grid; on the others, whose work is a third of it, the
#: two of Chebyshev's polynomial over the upper three quarters of the spectrum, 1 / (1.25 ± 0.75 √½).
_FINE, _COARSE = (0.85,), (0.5617, 1.3896)
#: The coarsest grid has sides of so many cells or fewer, or its cells are this part of how far values spread.
_CELLS, _PART = 5, 2.0
#: What is left after an iteration is at least this part of what it moved: the first steps tell little of the rate.
_RATE = 0.3
_TINY = 1e-20


@dataclass(frozen=True, eq=False)
class Solved:
    """How B frames were solved.

    Attributes:
        residual: float32 ``[B]``, length of what is left of the equations over that of the right-hand side.
        iterations: int64 ``[B]``.
        converged: bool ``[B]``.
    """

    residual: torch.Tensor
    iterations: torch.Tensor
    converged: torch.Tensor


@dataclass(frozen=True, eq=False)
class _Grid:
    """One level, finest first: coefficients ``[B,1,h,w]`` and working memory ``[B,C,h,w]``.

    Attributes:
        mask: 1 inside.
        tie: to 0, or None where there is none.
        steps: of the smoother, one a sweep, 0 outside.
        rhs, values: of the equations here.
        left: room for what is left of them.
    """

    mask: torch.Tensor
    tie: torch.Tensor | None
    steps: list[torch.Tensor]
    rhs: torch.Tensor
    values: torch.Tensor
    left: torch.Tensor

    def remainder(self) -> torch.Tensor:
        """``rhs − A values``, not yet masked, where ``A = tie − Laplacian``; in the memory of ``left``."""
        return self.minus_product(self.values, self.left).add_(self.rhs)

    def minus_product(self, values: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        """``−A values``, not yet masked."""
        laplacian(_stack(values), out=_stack(out))
        return out if self.tie is None else out.addcmul_(self.tie, values, value=-1)


class Multigrid:
    """Solves ``−Laplacian(x) = rhs`` inside masks, frame after frame in the same memory.

    On the pixels around the mask x is 0; nothing crosses the picture's border (Neumann). A mask without an outside fixes
    x but for a constant, which stays the guess's.
    """

    def __init__(self) -> None:
        self._scratch = Scratch()

    def solve(
        self,
        mask: torch.Tensor,
        rhs: torch.Tensor,
        guess: torch.Tensor,
        *,
        tolerance: float,
        iterations: int,
        spread: float = math.inf,
    ) -> Solved:
        """Solve a batch, each frame for itself.

        Args:
            mask: float32 ``[B,1,H,W]``, 0 or 1.
            rhs: float32 ``[B,C,H,W]``, 0 outside the mask.
            guess: float32 ``[B,C,H,W]``, 0 outside the mask; becomes the solution in place.
            tolerance: a frame is done when no value is likely to be further from the solution.
            iterations: most of them.
            spread: pixels from which on the values at one place do not bear on those at another, such as a ring's width;
                saves the grids that are coarser.
        """
        block = _block(mask, spread)
        touches = _touches_border(mask)
        margin = block if touches else 1  # so that a margin is left between the channels on every grid
        values, right = (self._framed(name, images, block, margin) for name, images in (("guess", guess), ("right", rhs)))
        solved = self._iterate(self._grids(mask, right, block, touches), right, values, tolerance, iterations)
        guess.copy_(_inner(values, guess, margin))
        return solved

    def _iterate(
        self, grids: list[_Grid], right: torch.Tensor, values: torch.Tensor, tolerance: float, iterations: int
    ) -> Solved:
        grid = grids[0]
        left, mask, direction = grid.rhs, grid.mask, self._scratch.room("direction", right).zero_()
        grid.minus_product(values, left).mul_(mask).add_(right)
        active = torch.ones(len(mask), dtype=torch.bool, device=mask.device)
        count, last = torch.zeros_like(active, dtype=torch.int64), torch.ones_like(right[:, :1, :1, :1])
        moved = torch.full_like(count, math.inf, dtype=right.dtype)
        for _ in range(iterations):
            _cycle(grids)
            now = _dot(left, grid.values)
            direction.mul_(now / last).add_(grid.values)
            bent = grid.minus_product(direction, grid.values).mul_(mask)
            length = (now / _dot(direction, bent).clamp(max=-_TINY)).mul_(active.view(-1, 1, 1, 1))
            last = now.clamp(min=_TINY)
            values.addcmul_(direction, length, value=-1)
            left.addcmul_(bent, length, value=-1)
            count += active
            before, moved = moved, _largest(direction) * length.abs().flatten()
            active = active & ~_close(moved, before, tolerance)
            if not active.any():
                break
        residual = (_dot(left, left) / _dot(right, right).clamp(min=_TINY)).sqrt().flatten()
        return Solved(residual, count, ~active)

    def _framed(self, name: str, images: torch.Tensor, block: int, margin: int) -> torch.Tensor:
        """Whole blocks of cells with a margin of 0 around the picture."""
        height, width = (-(-(side + 2 * margin) // block) * block for side in images.shape[-2:])
        out = self._scratch.room(name, images, (height, width)).zero_()
        _inner(out, images, margin).copy_(images)
        return out

    def _grids(self, mask: torch.Tensor, like: torch.Tensor, block: int, touches: bool) -> list[_Grid]:
        """From fine to coarse; ``picture`` is what of a cell is no margin, needed where the mask touches the border."""
        margin = block if touches else 1
        inside = self._framed("mask", mask, block, margin)
        picture = self._framed("picture", torch.ones_like(mask), block, margin) if touches else None
        grids = [self._grid(0, inside, None if picture is None else _across_border(inside, picture), _FINE, like)]
        for level in range(1, block.bit_length()):
            inside = halve(inside)
            picture = None if picture is None else halve(picture)
            share = inside if picture is None else (inside / picture.clamp(min=_INSIDE)).clamp_(max=1)
            within = (share > _INSIDE).to(inside.dtype)
            tie = (1 - share).mul_(_TIE).mul_(within)
            if picture is not None:
                tie += _across_border(within, (picture > _INSIDE).to(inside.dtype))
            grids.append(self._grid(level, within, tie, _COARSE, like))
        return grids

    def _grid(
        self, level: int, mask: torch.Tensor, tie: torch.Tensor | None, shares: tuple[float, ...], like: torch.Tensor
    ) -> _Grid:
        firm = mask / (4.0 if tie is None else (4 + tie).clamp(min=1))
        size = mask.shape[-2], mask.shape[-1]
        memory = [self._scratch.room((name, level), like, size) for name in ("rhs", "values", "left")]
        return _Grid(mask, tie, [firm * share for share in shares], *memory)


def _stack(images: torch.Tensor) -> torch.Tensor:
    """The channels one below the other, ``[B,1,C·h,w]``: one picture to work on; the margin keeps them apart."""
    return images.view(len(images), 1, -1, images.shape[-1])


def _block(mask: torch.Tensor, spread: float) -> int:
    """Pixels a side of the coarsest cells, a power of two."""
    block, side = 1, min(mask.shape[-2:])
    while side > _CELLS * block and 2 * block * _PART <= spread:
        block *= 2
    return block


def _inner(framed: torch.Tensor, like: torch.Tensor, margin: int) -> torch.Tensor:
    """The picture without its margin."""
    return framed[..., margin : margin + like.shape[-2], margin : margin + like.shape[-1]]


def _touches_border(mask: torch.Tensor) -> bool:
    return any(bool(side.any()) for side in (mask[..., 0, :], mask[..., -1, :], mask[..., 0], mask[..., -1]))


def _across_border(mask: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """Minus the neighbours past the picture's border: takes back the 0 that the margin would tie the values to."""
    return laplacian(picture).mul_(mask).mul_(picture)


def _cycle(grids: list[_Grid]) -> None:
    """One V-cycle from 0, symmetric and so fit for conjugate gradients: the finest grid's ``values`` from its ``rhs``."""
    grid = grids[0]
    torch.mul(grid.rhs, grid.steps[0], out=grid.values)
    for step in grid.steps[1:]:
        grid.values.addcmul_(grid.remainder(), step)
    if len(grids) > 1:
        halve(_stack(grid.remainder().mul_(grid.mask)), out=_stack(grids[1].rhs))
        _cycle(grids[1:])
        double(_stack(grids[1].values), out=_stack(grid.left))
        grid.values.addcmul_(grid.left, grid.mask, value=4)  # a coarse cell stands for four pixels' equations
    for step in grid.steps[::-1]:
        grid.values.addcmul_(grid.remainder(), step)


def _close(moved: torch.Tensor, before: torch.Tensor, tolerance: float) -> torch.Tensor:
    """Whether what is left is within the tolerance, the iterations' steps taken as a geometric series."""
    rate = (moved / before.clamp(min=_TINY)).clamp(_RATE, 0.9)
    return moved * rate / (1 - rate) <= tolerance


def _dot(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Inner product of each frame, ``[B,1,1,1]``."""
    return torch.bmm(a.flatten(1)[:, None], b.flatten(1)[:, :, None])[..., None]


def _largest(values: torch.Tensor) -> torch.Tensor:
    """Largest size in each frame, ``[B]``."""
    return torch.maximum(values.amax((1, 2, 3)), values.amin((1, 2, 3)).neg_())
