"""Numbers in closed form, u(name): the same on every platform, so that reference values need neither weights nor pictures.

A flat index i of a name gives the finaliser of splitmix64 at FNV-1a(name) + (i + 1) · 0x9E3779B97F4A7C15, of which the upper
24 bits are scaled to [−1, 1).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch


def fnv1a(name: str) -> int:
    """The 64-bit FNV-1a hash of a text."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def u(name: str, *shape: int) -> np.ndarray:
    """Values of a name in [−1, 1), exact in float32: float64 of that shape, row-major."""
    count = math.prod(shape)
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a(name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1).reshape(shape)


def closed_form_state(prefix: str, shapes: Mapping[str, tuple[int, ...]], gain: float = 1.0) -> dict[str, torch.Tensor]:
    """A state dict of these shapes: matrices of unit gain, scales near 1, biases near 0."""
    return {key: _tensor(prefix + key, key, shape, gain) for key, shape in shapes.items()}


def _tensor(name: str, key: str, shape: tuple[int, ...], gain: float) -> torch.Tensor:
    if key.endswith("num_batches_tracked"):
        return torch.tensor(1)
    value = u(name, *shape)
    if len(shape) > 1:
        value *= gain * math.sqrt(3 / (math.prod(shape) / shape[0]))
    elif key.endswith("running_var"):
        value = 1 + 0.5 * value
    elif key.endswith("weight"):
        value = 1 + 0.1 * value
    else:
        value = 0.1 * value
    return torch.from_numpy(value.astype(np.float32))


def check_entry(got: Any, entry: Mapping[str, Any], tolerance: float) -> None:
    """Compare an array with an entry of reference numbers: shape, moments, and values at flat indices."""
    values = np.asarray(got, np.float64)
    assert list(values.shape) == entry["shape"]
    flat = values.ravel()
    moments = {
        "mean": flat.mean(),
        "std": flat.std(),
        "min": flat.min(),
        "max": flat.max(),
        "abs_mean": np.abs(flat).mean(),
    }
    for name, value in moments.items():
        assert abs(value - entry[name]) <= tolerance, name
    np.testing.assert_allclose(flat[entry["probe_index"]], entry["probe"], rtol=0, atol=tolerance)
