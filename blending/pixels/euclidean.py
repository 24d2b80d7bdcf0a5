"""Compute the exact Euclidean distance transform in torch: batched, the same kernels for any mask, linear memory.

Rows first: the distance to the nearest False of each column, by running maxima. Then along rows: squared distance is
``min over x' of (x − x')² + g²(x')``, lower envelope of parabolas (Felzenszwalb & Huttenlocher, "Distance Transforms of
Sampled Functions", 2012). The best x' never decreases with x (the matrix is totally monotone; Aggarwal et al.,
"Geometric Applications of a Matrix-Searching Algorithm", 1987), so it is found for every 2nd position between what
is known of its neighbours, for every 4th before that, and so on: log₂ W steps of W work, instead of W steps. Whole
numbers throughout, so that nothing is rounded.
"""

from __future__ import annotations

import torch


def squared_distance(mask: torch.Tensor) -> torch.Tensor:
    """Return the squared distance of each True pixel to the nearest False one, in pixels².

    Args:
        mask: bool ``[..., H, W]``, each side below 32768.

    Returns:
        int64 ``[..., H, W]``; 0 where False, ``(H + W)²`` where a whole picture is True.
    """
    height, width = mask.shape[-2:]
    far = height + width
    lines = mask.reshape(-1, height, width)
    gap = _gap(lines, far).clamp_(max=far)
    return _row_minima((gap * gap).reshape(-1, width)).clamp_(max=far * far).reshape(mask.shape)


def _gap(mask: torch.Tensor, far: int) -> torch.Tensor:
    """Return the distance to the nearest False in the same column of ``[B,H,W]``; at least ``far`` where there is none."""
    place = torch.arange(mask.shape[1], device=mask.device)[:, None]
    before = torch.where(mask, -2 * far, place).cummax(1).values
    after = torch.where(mask, -2 * far, -place).flip(1).cummax(1).values.flip(1)
    return torch.minimum(place - before, -place - after)


def _row_minima(heights: torch.Tensor) -> torch.Tensor:
    """Return ``min over x' of (x − x')² + heights(x')`` for every x: int64 ``[R,W]`` from int64 ``[R,W]``."""
    rows, width = heights.shape
    shift = max(width - 1, 1).bit_length()
    place = torch.arange(width, device=heights.device)
    packed = (heights << shift) + place  # cost above, position below: one minimum finds both
    best = packed.new_zeros(rows, width)
    best[:, 0] = (packed + (place * place << shift)).amin(-1)
    low_bits = (1 << shift) - 1
    for half in (1 << level for level in reversed(range(shift))):
        middle = torch.arange(half, width, 2 * half, device=heights.device)
        if not len(middle):
            continue
        known = best[:, :: 2 * half] & low_bits
        slot = torch.searchsorted(known, place.expand(rows, -1).contiguous(), right=True).sub_(1).clamp_(0, len(middle) - 1)
        cost = packed + ((middle[slot] - place) ** 2 << shift)
        right = known[:, 1 : len(middle) + 1]
        right = torch.cat([right, known.new_full((rows, len(middle) - right.shape[1]), width - 1)], dim=1)
        found = packed.gather(1, right) + ((middle - right) ** 2 << shift)
        best[:, half :: 2 * half] = found.scatter_reduce(1, slot, cost, "amin")
    return best >> shift
