"""Blend methods."""

from __future__ import annotations

import pytest
import torch
from seamsync.blending.methods import METHODS
from seamsync.blending.settings import BLENDS, SeamBlend


def test_every_name_has_a_method() -> None:
    """The settings offer what there is."""
    assert set(BLENDS) == set(METHODS)


@pytest.mark.parametrize("name", list(METHODS))
def test_ends_are_exact(name: str) -> None:
    """Alpha 0 leaves the target alone to the bit; where alpha is 1 all around, the patch stands."""
    generator = torch.Generator().manual_seed(0)
    target, patch = (torch.rand(2, 3, 40, 50, generator=generator) for _ in range(2))
    alpha = torch.zeros(2, 1, 40, 50)
    alpha[..., 10:30, 10:40] = 1
    delta = METHODS[name](target, patch, alpha, SeamBlend(method=name))
    assert (delta[(alpha == 0).expand_as(delta)] == 0).all()
    assert (METHODS["alpha"](target, patch, alpha * 0 + 1, SeamBlend()) + target - patch).abs().max() < 1e-6
    assert torch.isfinite(delta).all()
