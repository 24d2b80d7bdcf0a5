"""Compute the signed distance to a polygon, exact at the nodes of a coarse lattice and bilinear between them.

A distance is smooth except on the polygon's medial axis. Between nodes ``step`` pixels apart, beside a contour of curvature
radius R, the error of bilinear interpolation is at most ``step² / 8R``. So a few thousand nodes are enough for an ROI. The
contour has no stair steps, as no mask of whole pixels is used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from ..pixels.primitives import remap, upsample

#: Node-edge pairs computed at once: what fits a CPU's cache, and little of a GPU's memory.
_CPU_BLOCK, _GPU_BLOCK = 1 << 17, 1 << 26


@dataclass(frozen=True)
class Lattice:
    """Place nodes over a picture, centred on it, so that a mirrored picture has mirrored nodes.

    Attributes:
        size: (height, width) of the picture, pixels.
        steps: pixels between nodes along (height, width).
        counts: nodes along (height, width); they extend past the outermost pixel centres.
    """

    size: tuple[int, int]
    steps: tuple[int, int]
    counts: tuple[int, int]

    @staticmethod
    def over(size: tuple[int, int], step: int) -> Lattice:
        """Place nodes at most ``step`` pixels apart over a picture of ``size``; step 1 gives its pixel centres."""
        (rows, height), (columns, width) = (_axis(length, step) for length in size)
        return Lattice(size, (rows, columns), (height, width))

    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return positions along height ``[h]`` and width ``[w]``, float64, pixels."""
        y, x = (
            (np.arange(count) + 0.5) * step - (count * step - length) / 2
            for length, step, count in zip(self.size, self.steps, self.counts, strict=True)
        )
        return y, x

    def fill(self, values: torch.Tensor) -> torch.Tensor:
        """Interpolate values at the nodes, float32 ``[B,1,h,w]``, to every pixel: float32 ``[B,1,H,W]`` (may be a view)."""
        fine = upsample(values, self.steps)
        top, left = ((fine.shape[axis - 2] - self.size[axis]) // 2 for axis in (0, 1))
        return fine[..., top : top + self.size[0], left : left + self.size[1]]

    def take(self, picture: torch.Tensor) -> torch.Tensor:
        """Sample a picture, float32 ``[B,1,H,W]``, at the nodes: float32 ``[B,1,h,w]``."""
        y, x = (torch.from_numpy(axis.astype(np.float32)).to(picture.device) for axis in self.nodes())
        places = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
        return remap(picture, places.expand(len(picture), -1, -1, -1))


def _axis(length: int, step: int) -> tuple[int, int]:
    """Return step and count of nodes along one axis. They exceed the axis by the same whole number on both sides."""
    step -= length % 2 and step % 2 == 0
    count = -(-(length + step - 1) // step)
    return step, count + (count * step - length) % 2


def signed_distance(points: np.ndarray, lattice: Lattice, device: torch.device) -> torch.Tensor:
    """Return the distance of every node to the nearest edge, positive inside (even-odd rule), in pixels.

    What depends on the edges alone, a few thousand numbers, is computed on the host.

    Args:
        points: float64 ``[B,N,2]``, vertices of simple polygons, pixels; vertices may repeat.
        lattice: its nodes.
        device: on which it is computed.

    Returns:
        float32 ``[B,1,h,w]`` on ``device``.
    """
    y, x = lattice.nodes()
    away = _edge_distance(points, y, x, device)
    inside = torch.from_numpy(_inside(points, y, x)).to(device)
    return torch.where(inside, away, -away)[:, None]


def _edge_distance(points: np.ndarray, y: np.ndarray, x: np.ndarray, device: torch.device) -> torch.Tensor:
    """Return the distance to the nearest edge, ``[B,h,w]``: across its line, and along it past its ends."""
    edge = np.roll(points, -1, axis=1) - points
    length = np.hypot(edge[..., 0], edge[..., 1])
    along = np.where(length[..., None] > 0, edge / np.maximum(length, 1e-12)[..., None], (1.0, 0.0))
    middle, half = points + edge / 2, _float(length / 2, device)[..., None, None]
    across = along[..., ::-1] * (-1, 1)
    # signed distances to an edge's line and to its middle's normal: a part of the row y, plus a part of the column x
    (line_y, line_x), (past_y, past_x) = (
        (
            _float(normal[..., 1:] * y - (normal * middle).sum(-1, keepdims=True), device)[..., None],
            _float(normal[..., :1] * x, device)[:, :, None],
        )
        for normal in (across, along)
    )
    count, edges = length.shape
    budget = _CPU_BLOCK if device.type == "cpu" else _GPU_BLOCK
    rows = min(len(y), max(1, budget // (count * edges * len(x))))
    out = torch.empty(count, len(y), len(x), device=device)
    buffers = torch.empty(2, count, edges, rows, len(x), device=device)  # fresh ones a block would cost more than the sums
    for start in range(0, len(y), rows):
        block = slice(start, start + rows)
        line, past = buffers[..., : len(y[block]), :]
        torch.add(line_y[:, :, block], line_x, out=line)
        torch.add(past_y[:, :, block], past_x, out=past).abs_().sub_(half).relu_()
        torch.amin(past.mul_(past).addcmul_(line, line), 1, out=out[:, block])
    return out.sqrt_()


def _float(values: np.ndarray, device: torch.device) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32)).to(device)


def _inside(points: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Say whether an odd number of edges crosses a node's row to its right, bool ``[B,h,w]``."""
    (x1, y1), (x2, y2) = (np.moveaxis(ends, -1, 0)[..., None] for ends in (points, np.roll(points, -1, axis=1)))
    frame, edge, row = np.nonzero((y1 > y) != (y2 > y))
    x1, y1, x2, y2 = (part[frame, edge, 0] for part in (x1, y1, x2, y2))
    crossing = x1 + (y[row] - y1) * (x2 - x1) / (y2 - y1)
    left = np.searchsorted(x, crossing)  # nodes to the left of it
    size = (len(points), len(y), len(x) + 1)
    hits = np.bincount((frame * size[1] + row) * size[2] + left, minlength=math.prod(size)).reshape(size)
    return np.cumsum(hits[..., :0:-1], axis=-1)[..., ::-1] % 2 == 1
