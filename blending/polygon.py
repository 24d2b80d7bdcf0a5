"""Signed distance to a polygon, exact at the nodes of a coarse lattice and bilinear between them.

A distance is smooth but on the polygon's medial axis: between nodes ``step`` pixels apart, beside a contour of
curvature radius R, bilinear interpolation is off by at most ``step² / 8R``. So a few thousand nodes do for a whole
ROI, and the contour has no stair steps: no mask of whole pixels comes in between.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from .primitives import upsample

#: Node-edge pairs worked on at once: what a CPU's cache holds, and what is little of a GPU's memory.
_CPU_BLOCK, _GPU_BLOCK = 1 << 17, 1 << 26


@dataclass(frozen=True)
class Lattice:
    """Nodes over a picture, centred on it, so that a mirrored picture has mirrored nodes.

    Attributes:
        size: (height, width) of the picture, pixels.
        steps: pixels between nodes along (height, width).
        counts: nodes along (height, width); they reach past the outermost pixel centres.
    """

    size: tuple[int, int]
    steps: tuple[int, int]
    counts: tuple[int, int]

    @staticmethod
    def over(size: tuple[int, int], step: int) -> Lattice:
        """Nodes at most ``step`` pixels apart over a picture of ``size``; step 1 gives its pixel centres."""
        (rows, height), (columns, width) = (_axis(length, step) for length in size)
        return Lattice(size, (rows, columns), (height, width))

    def nodes(self, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Positions along height ``[h]`` and width ``[w]``, float32, pixels."""
        y, x = (
            (torch.arange(count, dtype=torch.float32, device=device) + 0.5) * step - (count * step - length) / 2
            for length, step, count in zip(self.size, self.steps, self.counts, strict=True)
        )
        return y, x

    def fill(self, values: torch.Tensor) -> torch.Tensor:
        """Values at the nodes, float32 ``[B,1,h,w]``, carried to every pixel: float32 ``[B,1,H,W]`` (may be a view)."""
        fine = upsample(values, self.steps)
        top, left = ((fine.shape[axis - 2] - self.size[axis]) // 2 for axis in (0, 1))
        return fine[..., top : top + self.size[0], left : left + self.size[1]]


def _axis(length: int, step: int) -> tuple[int, int]:
    """Step and count of nodes along one axis: what they cover exceeds it by the same whole number on both sides."""
    step -= length % 2 and step % 2 == 0
    count = -(-(length + step - 1) // step)
    return step, count + (count * step - length) % 2


def signed_distance(points: torch.Tensor, lattice: Lattice) -> torch.Tensor:
    """Distance of every node to the nearest edge, positive inside (even-odd rule), in pixels.

    Args:
        points: float ``[B,N,2]``, vertices of simple polygons, pixels; repeated vertices are no trouble.
        lattice: where it is wanted.

    Returns:
        float32 ``[B,1,h,w]``; where two contours pass within rounding, 1e-4 px.
    """
    points = points.float()
    y, x = lattice.nodes(points.device)
    away = _edge_distance(points, y, x)
    return torch.where(_inside(points, y, x), away, -away)[:, None]


def _edge_distance(points: torch.Tensor, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Distance to the nearest edge, ``[B,h,w]``: across its line, and along it past its ends."""
    ends = points.roll(-1, 1)
    length = (ends - points).norm(dim=-1, keepdim=True)
    along = F.normalize(torch.where(length > 0, ends - points, torch.ones_like(points)), dim=-1)
    across = torch.stack([-along[..., 1], along[..., 0]], dim=-1)
    middle, half = (points + ends) / 2, length[..., None] / 2
    # signed distances to an edge's line and to its middle's normal: a part of the row y, plus a part of the column x
    (line_y, line_x), (past_y, past_x) = (
        ((normal[..., 1:] * y - (normal * middle).sum(-1, keepdim=True))[..., None], (normal[..., :1] * x)[:, :, None])
        for normal in (across, along)
    )
    budget = _CPU_BLOCK if points.device.type == "cpu" else _GPU_BLOCK
    rows = min(len(y), max(1, budget // (points.shape[0] * points.shape[1] * len(x))))
    out = points.new_empty(len(points), len(y), len(x))
    buffers = points.new_empty(
        2, len(points), points.shape[1], rows, len(x)
    )  # fresh ones a block would cost more than the sums
    for start in range(0, len(y), rows):
        block = slice(start, start + rows)
        line, past = buffers[..., : len(y[block]), :]
        torch.add(line_y[:, :, block], line_x, out=line)
        torch.add(past_y[:, :, block], past_x, out=past).abs_().sub_(half).relu_()
        torch.amin(past.mul_(past).addcmul_(line, line), 1, out=out[:, block])
    return out.sqrt_()


def _inside(points: torch.Tensor, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Whether an odd number of edges lies to the right of a node, bool ``[B,h,w]``."""
    (x1, y1), (x2, y2) = points[:, None].unbind(-1), points.roll(-1, 1)[:, None].unbind(-1)
    level = y[:, None]
    straddles = (y1 > level) != (y2 > level)
    crossing = x1 + (level - y1) * (x2 - x1) / torch.where(straddles, y2 - y1, torch.ones_like(y1))
    step = x[1] - x[0] if len(x) > 1 else 1.0
    before = torch.ceil((crossing - x[0]) / step).clamp_(0, len(x))  # nodes left of the crossing
    hits = torch.zeros(len(points), len(y), len(x) + 1, dtype=torch.int32, device=points.device)
    hits.scatter_add_(2, (before * straddles).long(), torch.ones_like(before, dtype=torch.int32))
    left = hits[..., 1:].flip(-1).cumsum(-1).flip(-1)
    return left % 2 == 1
