"""Masks, right-hand sides and a sparse direct solve for the tests of the Poisson solvers."""

from __future__ import annotations

import numpy as np
import torch
from scipy import sparse
from scipy.sparse.linalg import spsolve
from seamsync.blending.pixels import stencils


def direct(mask: np.ndarray, rhs: np.ndarray) -> np.ndarray:
    """The same equations, an unknown a pixel of bool ``[H,W]``, float64; ``rhs`` is ``[C,H,W]``."""
    number = np.where(mask, np.cumsum(mask).reshape(mask.shape) - 1, -1)
    count = int(mask.sum())
    diagonal, pairs = np.zeros(count), []
    for a, b in ((number[1:], number[:-1]), (number[:, 1:], number[:, :-1])):
        for one, other in ((a, b), (b, a)):
            np.add.at(diagonal, one[one >= 0], 1)  # every neighbour counts, one past the border does not
            both = (one >= 0) & (other >= 0)
            pairs.append((one[both], other[both]))
    rows, columns = (np.concatenate(side) for side in zip(*pairs, strict=True))
    matrix = sparse.csc_matrix((-np.ones(len(rows)), (rows, columns)), (count, count)) + sparse.diags(diagonal)
    out = np.zeros(rhs.shape)
    for plane, values in zip(out, rhs, strict=True):
        plane[mask] = spsolve(matrix.tocsc(), values[mask].astype(np.float64))
    return out


def problem(mask: np.ndarray, seed: int = 0) -> torch.Tensor:
    """Right-hand side whose solution fills about ±0.5, as rough and as smooth as those of a seam, ``[1,3,H,W]``."""
    rng = np.random.default_rng(seed)
    values = rng.random((3, *mask.shape)) * 0.2 + np.linspace(-0.4, 0.4, mask.shape[1])
    rough = torch.from_numpy((values * mask)[None].astype(np.float32))
    return -stencils.laplacian(rough) * torch.from_numpy(mask)


def masks(size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Shapes a blend may ask for."""
    y, x = np.mgrid[: size[0], : size[1]]
    radius = np.hypot(y - size[0] / 2, (x - size[1] / 2) * size[0] / size[1]) / size[0]
    speckled = np.random.default_rng(1).random(size) > 0.1
    return {
        "disc": radius < 0.4,
        "ring": (radius < 0.45) & (radius > 0.33),
        "bottom": (radius < 0.45) & (y > size[0] / 2),
        "cut by the border": x > size[1] / 3,
        "speckled": speckled & (radius < 0.45),
    }
