"""Plain multigrid cycles against a sparse direct solve: right where they say so, near where they do not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from poisson_cases import direct, masks, problem
from seamsync.blending.methods.cycles import Cycles
from seamsync.blending.methods.multigrid import Solved, block_of

TOLERANCE = 0.6 / 255
STEP = 1 / 255


def framed(mask: np.ndarray) -> np.ndarray:
    """The mask with a margin of 1 and sides that the grids divide."""
    block = block_of(mask.shape[0] + 2, mask.shape[1] + 2)
    return np.pad(mask, [(1, -(side + 2) % block + 1) for side in mask.shape])


def solve(mask: np.ndarray, rhs: torch.Tensor, values: torch.Tensor, solver: Cycles | None = None, limit: int = 30) -> Solved:
    """Solve a framed mask; ``values`` become the solution."""
    inside = torch.from_numpy(mask).float()[None, None]
    return (solver or Cycles()).solve(inside, rhs, values, tolerance=TOLERANCE, iterations=limit)


def random_mask(rng: np.random.Generator) -> np.ndarray:
    """Blobs, specks, combs, a ring: framed."""
    height, width = rng.integers(18, 80, 2)
    noise = rng.random((height, width)).astype(np.float32)
    y, x = np.mgrid[:height, :width]
    radius = np.hypot((y - height / 2) / height, (x - width / 2) / width)
    smooth = cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.8, 8))
    blobs, specks = smooth > np.quantile(smooth, 0.4), noise < rng.uniform(0.1, 0.9)
    kinds = blobs, specks, y % rng.integers(2, 9) > 0, (radius < 0.48) & (radius > 0.4)
    return framed(kinds[rng.integers(len(kinds))])


@pytest.mark.parametrize("name", [name for name in masks((9, 9)) if name != "speckled"])
@pytest.mark.parametrize("size", [(61, 90), (90, 33)])
def test_matches_a_direct_solve(name: str, size: tuple[int, int]) -> None:
    """Within half a step of eight bits in a few cycles from nothing; outside nothing changes, nor does the right-hand side."""
    mask = framed(masks(size)[name])
    rhs = problem(mask)
    given, values = rhs.clone(), torch.zeros_like(rhs)
    solved = solve(mask, rhs, values)
    assert solved.converged.all()
    assert int(solved.iterations) <= 4
    assert float(solved.residual) < 0.05
    assert np.abs(values[0].numpy() - direct(mask, rhs[0].numpy())).max() < STEP / 2
    assert (values[..., ~torch.from_numpy(mask)] == 0).all()
    assert torch.equal(rhs, given)


def test_values_around_the_mask_count() -> None:
    """A slope given around a ring is continued in it, and stays as given."""
    mask = framed(masks((61, 90))["ring"])
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    slope = torch.from_numpy(0.01 * x - 0.004 * y)[None, None].float().repeat(1, 3, 1, 1)
    outside = torch.from_numpy(~mask)
    values = slope * outside
    assert solve(mask, torch.zeros_like(slope), values).converged.all()
    assert (values - slope).abs().max() < STEP / 2
    assert torch.equal(values * outside, slope * outside)


@pytest.mark.parametrize("start", ["nothing", "nearby"])
def test_what_counts_as_converged_is_right(start: str) -> None:
    """On random masks: within half a step where the solver says so, and never worse than at the start where it does not."""
    rng, kept, done = np.random.default_rng(5), Cycles(), 0
    for seed in range(25):
        mask = random_mask(rng)
        rhs = problem(mask, seed)
        exact = direct(mask, rhs[0].numpy())
        off = cv2.GaussianBlur(rng.standard_normal(mask.shape).astype(np.float32), (0, 0), rng.uniform(0.5, 20))
        near = exact + off / np.abs(off).max() * rng.uniform(0.5, 6) / 255 * mask
        values = torch.zeros_like(rhs) if start == "nothing" else torch.from_numpy(near[None].astype(np.float32))
        solved = solve(mask, rhs, values, kept)
        assert torch.isfinite(values).all()
        if solved.converged:
            assert np.abs(values[0].numpy() - exact).max() < 0.6 * STEP
            done += 1
        else:
            assert float(solved.residual) <= 1
    assert done >= 12


def test_specks_are_left_to_others() -> None:
    """Where a cycle is slow, it is undone."""
    mask = framed(masks((61, 90))["speckled"])
    rhs = problem(mask)
    values = torch.zeros_like(rhs)
    solved = solve(mask, rhs, values)
    assert not solved.converged.any()
    assert int(solved.iterations) < 30
    assert values.abs().max() < 1e-5


def test_a_still_picture_stays_solved() -> None:
    """From its own solution again and again: one cycle each time, and no drift."""
    mask = framed(masks((61, 90))["disc"])
    rhs = problem(mask)
    values = torch.zeros_like(rhs)
    solve(mask, rhs, values)
    counts = [int(solve(mask, rhs, values).iterations) for _ in range(8)]
    assert counts == [1] * 8
    assert np.abs(values[0].numpy() - direct(mask, rhs[0].numpy())).max() < 1e-4


def test_too_few_cycles_are_told() -> None:
    """Not converged after one, and the count says one."""
    mask = framed(masks((61, 90))["disc"])
    rhs = problem(mask)
    solved = solve(mask, rhs, torch.zeros_like(rhs), limit=1)
    assert solved.converged.tolist() == [False]
    assert solved.iterations.tolist() == [1]


def test_memory_forgets() -> None:
    """After masks of other shapes and sizes to the bit what a fresh solver finds."""
    kept = Cycles()
    for size in ((61, 90), (40, 50), (61, 90)):
        for name in ("ring", "disc"):
            mask = framed(masks(size)[name])
            rhs = problem(mask)
            values, fresh = torch.zeros_like(rhs), torch.zeros_like(rhs)
            solve(mask, rhs, values, kept)
            solve(mask, rhs, fresh)
            assert torch.equal(values, fresh)


def test_an_empty_mask_is_solved() -> None:
    """Nothing to do is done at once."""
    mask = np.zeros((32, 32), bool)
    values = torch.zeros(1, 3, 32, 32)
    solved = solve(mask, torch.zeros_like(values), values)
    assert solved.converged.tolist() == [True]
    assert (values == 0).all()
