"""The Poisson solver against a sparse direct solve, on any mask."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from poisson_cases import direct, masks, problem
from seam_cases import soft_disc
from seamsync.blending.methods.multigrid import Multigrid, Solved, block_of
from seamsync.blending.pixels import primitives, stencils

TOLERANCE = 0.5 / 255


def solve(
    mask: np.ndarray | torch.Tensor,
    rhs: torch.Tensor,
    values: torch.Tensor,
    tolerance: float = TOLERANCE,
    iterations: int = 30,
    solver: Multigrid | None = None,
) -> Solved:
    """Solve with a margin as wide as a cell of the coarsest grid; ``values`` become the solution."""
    inside = torch.as_tensor(mask).float().view(len(rhs), 1, *rhs.shape[-2:])
    block = block_of(rhs.shape[-2] + 2, rhs.shape[-1] + 2)
    sides = [-(-(side + 2 * block) // block) * block for side in rhs.shape[-2:]]
    cut = (..., slice(block, block + rhs.shape[-2]), slice(block, block + rhs.shape[-1]))
    framed = [image.new_zeros(*image.shape[:2], *sides) for image in (inside, rhs, values, inside)]
    for whole, image in zip(framed, (inside, rhs, values, torch.ones_like(inside)), strict=True):
        whole[cut] = image
    how = (solver or Multigrid()).solve(*framed[:3], tolerance=tolerance, iterations=iterations, picture=framed[3])
    assert (framed[2][(framed[0] == 0).expand_as(framed[2])] == 0).all()
    values.copy_(framed[2][cut])
    return how


@pytest.mark.parametrize("name", list(masks((9, 9))))
@pytest.mark.parametrize("size", [(61, 90), (33, 20)])
def test_matches_a_direct_solve(name: str, size: tuple[int, int]) -> None:
    """Within one step of eight bits, in a handful of iterations from nothing."""
    mask = masks(size)[name]
    rhs = problem(mask)
    values = torch.zeros_like(rhs)
    solved = solve(mask, rhs, values)
    assert solved.converged.all()
    assert int(solved.iterations) <= 12
    assert float(solved.residual) < 0.1
    assert np.abs(values[0].numpy() - direct(mask, rhs[0].numpy())).max() < 1 / 255


@pytest.mark.parametrize("wide", [2, 5, 24])
def test_narrow_rings(wide: int) -> None:
    """A ring much narrower than the coarse cells takes no longer."""
    y, x = np.mgrid[:180, :240]
    radius = np.hypot(y - 90, x - 120)
    mask = (radius < 80) & (radius > 80 - wide)
    rhs = problem(mask)
    values = torch.zeros_like(rhs)
    assert int(solve(mask, rhs, values).iterations) <= 4
    assert np.abs(values[0].numpy() - direct(mask, rhs[0].numpy())).max() < 1 / 255


def test_given_values_stay() -> None:
    """What stands around the mask counts as its border's values and is left as it is."""
    mask = masks((61, 90))["ring"]
    y, x = np.mgrid[:64, :96]
    flat = torch.from_numpy(0.01 * x - 0.004 * y)[None, None].float().repeat(1, 3, 1, 1)  # a slope is harmonic
    inside = torch.zeros(1, 1, 64, 96)
    inside[..., 1:62, 1:91] = torch.from_numpy(mask)
    values = flat * (1 - inside)
    Multigrid().solve(inside, torch.zeros_like(flat), values, tolerance=TOLERANCE, iterations=30)
    assert (values - flat).abs().max() < 1 / 255
    assert torch.equal(values * (1 - inside), flat * (1 - inside))


def test_a_good_guess_is_kept() -> None:
    """From the solution itself one iteration is enough, and moves nothing."""
    mask = masks((61, 90))["disc"]
    rhs = problem(mask)
    values = torch.from_numpy(direct(mask, rhs[0].numpy()).astype(np.float32))[None]
    expected = values.clone()
    solved = solve(mask, rhs, values)
    assert solved.iterations.tolist() == [1]
    np.testing.assert_allclose(values, expected, atol=1e-4)


def test_too_few_iterations_are_told() -> None:
    """A frame that is not there yet says so."""
    mask = masks((61, 90))["disc"]
    rhs = problem(mask)
    solved = solve(mask, rhs, torch.zeros_like(rhs), iterations=1)
    assert solved.converged.tolist() == [False]
    assert solved.iterations.tolist() == [1]


def test_frames_stand_alone_and_memory_forgets() -> None:
    """A batch, one frame after another in the same memory, and a fresh solver: all the same."""
    every = [torch.from_numpy(mask)[None, None].float() for mask in masks((61, 90)).values()]
    right = [problem(mask[0, 0].numpy() > 0) for mask in every]
    together = torch.zeros_like(torch.cat(right))
    how = solve(torch.cat(every), torch.cat(right), together)
    kept = Multigrid()
    for i, (mask, rhs) in enumerate(zip(every, right, strict=True)):
        for solver in (kept, Multigrid()):
            values = torch.zeros_like(rhs)
            solved = solve(mask, rhs, values, solver=solver)
            assert abs(int(solved.iterations) - int(how.iterations[i])) <= 2
            assert (values[0] - together[i]).abs().max() < TOLERANCE


def test_backends_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCV a plane at a time, and torch batches."""
    mask = masks((61, 90))["cut by the border"]
    rhs = problem(mask)
    found = []
    for _ in range(2):
        values = torch.zeros_like(rhs)
        solve(mask, rhs, values)
        found.append(values)
        for module in (stencils, primitives):
            monkeypatch.setattr(module, "on_cpu", lambda *_: False)
    np.testing.assert_allclose(found[0], found[1], atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.floats(0, 1), st.integers(0, 2**16))
def test_any_mask_gives_numbers(height: int, width: int, full: float, seed: int) -> None:
    """Empty, full or speckled: finite, 0 outside the mask, and where that is unique either right or said not to be.

    Specks of single pixels are no soft edge; on some of them the solver never believes that it is done.
    """
    rng = np.random.default_rng(seed)
    mask = rng.random((height, width)) < full
    rhs = problem(mask, seed)
    values = torch.zeros_like(rhs)
    solved = solve(mask, rhs, values, tolerance=TOLERANCE / 10, iterations=100)
    assert torch.isfinite(values).all()
    assert (values[..., ~torch.from_numpy(mask)] == 0).all()
    if mask.any() and not mask.all() and solved.converged.all():
        assert np.abs(values[0].numpy() - direct(mask, rhs[0].numpy())).max() < 1 / 255


def test_disc_is_its_own_mirror_image() -> None:
    """A mirrored problem has the mirrored solution, as far as it is solved."""
    mask = (soft_disc(1, (50, 70), 20, 5, shift=7.0) > 0).float()
    rhs = problem(mask[0, 0].numpy() > 0)
    values, mirrored = torch.zeros_like(rhs), torch.zeros_like(rhs)
    solve(mask, rhs, values)
    solve(mask.flip(-1), rhs.flip(-1), mirrored)
    assert (mirrored.flip(-1) - values).abs().max() < 1 / 255
