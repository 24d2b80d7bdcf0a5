"""Signed distances to polygons: exact at the nodes, smooth between them, the same mirrored."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.blending.mask import polygon
from seamsync.blending.mask.polygon import Lattice

SIZE = (90, 120)
CPU = torch.device("cpu")


def signed_distance(points: torch.Tensor, lattice: Lattice) -> torch.Tensor:
    """Signed distances of tensors on the CPU."""
    return polygon.signed_distance(points.double().numpy(), lattice, CPU)


def star(seed: int, *, rough: float = 0.5, centre: tuple[float, float] = (60.0, 45.0)) -> torch.Tensor:
    """Random outline that is star-shaped around ``centre``, float64 ``[1,48,2]``."""
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 48))
    radius = 35 * (1 - rough * rng.random(48))
    return torch.from_numpy(np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1) + centre)[None]


def opencv(points: torch.Tensor, lattice: Lattice) -> np.ndarray:
    """The same distances from OpenCV, a node at a time, ``[h,w]``."""
    y, x = (axis.tolist() for axis in lattice.nodes())
    line = points[0].numpy().astype(np.float32)
    return np.array([[cv2.pointPolygonTest(line, (across, down), measureDist=True) for across in x] for down in y])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 9))
def test_exact_at_the_nodes(seed: int, step: int) -> None:
    """Equal to OpenCV's point-polygon test for rough outlines, inside, outside and past the border."""
    for points in (star(seed), star(seed, centre=(5.0, 80.0))):
        lattice = Lattice.over(SIZE, step)
        np.testing.assert_allclose(signed_distance(points, lattice)[0, 0], opencv(points, lattice), atol=2e-3)


def test_repeated_vertices_and_points() -> None:
    """Edges without length are their end points; a polygon of one spot is everywhere outside."""
    points = star(3)
    doubled = points.repeat_interleave(2, dim=1)
    lattice = Lattice.over(SIZE, 3)
    torch.testing.assert_close(signed_distance(doubled, lattice), signed_distance(points, lattice), atol=1e-4, rtol=0)
    spot = signed_distance(torch.full((1, 5, 2), 20.0), lattice)[0, 0]
    y, x = lattice.nodes()
    np.testing.assert_allclose(spot, -np.hypot(x[None] - 20, y[:, None] - 20), atol=1e-4)


def test_batches_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several polygons at once, in blocks of a row, give what each gives alone."""
    lattice = Lattice.over(SIZE, 4)
    single = torch.cat([signed_distance(star(seed), lattice) for seed in range(3)])
    monkeypatch.setattr(polygon, "_CPU_BLOCK", 1)
    assert torch.equal(signed_distance(torch.cat([star(seed) for seed in range(3)]), lattice), single)


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (89, 120), (90, 121), (7, 300)])
@pytest.mark.parametrize("step", [1, 2, 3, 6])
def test_lattice_is_centred_and_reaches_the_border(size: tuple[int, int], step: int) -> None:
    """Mirrored nodes are nodes, every pixel centre lies between nodes, and a plane comes through exactly."""
    lattice = Lattice.over(size, step)
    y, x = lattice.nodes()
    for length, axis in zip(size, (y, x), strict=True):
        np.testing.assert_allclose(length - axis[::-1], axis)
        assert axis[0] <= 0.5
    plane = torch.from_numpy(0.3 * y[:, None] - 0.7 * x[None]).float()[None, None]
    down, across = (torch.arange(length) + 0.5 for length in size)
    expected = (0.3 * down[:, None] - 0.7 * across[None])[None, None]
    torch.testing.assert_close(lattice.fill(plane), expected, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("step", [1, 2, 5])
def test_lattice_takes_what_it_fills(step: int) -> None:
    """A picture's values at the nodes, within what a bilinear picture of a wave can say."""
    lattice = Lattice.over(SIZE, step)
    down, across = (np.arange(length) + 0.5 for length in SIZE)

    def wave(y: np.ndarray, x: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.sin(y[:, None] / 25) * np.cos(x[None] / 20)).float()[None, None]

    inner = slice(2, -2)
    taken, expected = lattice.take(wave(down, across)), wave(*lattice.nodes())
    torch.testing.assert_close(taken[..., inner, inner], expected[..., inner, inner], atol=0.01, rtol=0)


@pytest.mark.parametrize("step", [2, 3, 5])
def test_error_between_nodes_is_that_of_bilinear(step: int) -> None:
    """Beside a circle of radius R, at most step²/8R, and never past the outline."""
    angle = torch.arange(720, dtype=torch.float64) * (2 * torch.pi / 720)
    disc = torch.stack([60.3 + 30 * angle.cos(), 44.6 + 30 * angle.sin()], -1)[None]
    lattice = Lattice.over(SIZE, step)
    got = lattice.fill(signed_distance(disc, lattice))[0, 0]
    y, x = torch.meshgrid(torch.arange(SIZE[0]) + 0.5, torch.arange(SIZE[1]) + 0.5, indexing="ij")
    exact = 30 - torch.hypot(x - 60.3, y - 44.6)
    near = exact.abs() < 5
    error = (got - exact)[near]
    assert error.abs().max() < 2 * step**2 / 8 / 25  # along both axes
    assert error.max() < 1e-3
