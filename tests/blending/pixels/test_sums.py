"""Sums over pictures, by both backends, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from seamsync.blending.pixels.sums import absolute_sum, count_true


@pytest.mark.parametrize("backend", [None, "torch"])
def test_sums(backend: str | None) -> None:
    """A number a picture; views and empty masks too."""
    images = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 2, 31, 17)).astype(np.float32))
    for part in (images, images[..., 3:20, 2:11]):
        values = part.numpy()
        np.testing.assert_allclose(absolute_sum(part, backend=backend), np.abs(values).sum((1, 2, 3)), rtol=1e-5)
        np.testing.assert_array_equal(count_true(part > 0.5, backend=backend), (values > 0.5).sum((1, 2, 3)))
    assert count_true(images > 100, backend=backend).tolist() == [0, 0, 0]
