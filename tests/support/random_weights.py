"""Made-up weights for networks of a published layout."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


def random_weights(shapes: Mapping[str, tuple[int, ...]], seed: int, *, gain: float) -> dict[str, Tensor]:
    """Weights that keep the signal alive through every layer, with batch statistics far from their defaults.

    Args:
        shapes: of the state dict, in its order; a batch norm's weight is one of one dimension.
        seed: of the numbers.
        gain: least weight of a batch norm; deeper networks need more.
    """
    generator = torch.Generator().manual_seed(seed)
    state: dict[str, Tensor] = {}
    for key, shape in shapes.items():
        noise = torch.randn(shape, generator=generator)
        if not shape:
            state[key] = torch.tensor(3)
        elif key.endswith("running_var"):
            state[key] = 0.5 + noise.abs()
        elif len(shape) > 1:
            state[key] = noise * (2 / noise[0].numel()) ** 0.5
        else:
            state[key] = gain + 0.25 * noise.abs() if key.endswith("weight") else 0.1 * noise
    return state
