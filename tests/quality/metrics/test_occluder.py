"""``occluder_change`` against a plain loop."""

from __future__ import annotations

import numpy as np
import torch
from seamsync.quality.metrics.occluder import occluder_change


def test_it_is_the_mean_change_of_the_object() -> None:
    """Soft edges do not count, frames without an object have no number."""
    rng = np.random.default_rng(1)
    target, composite = (rng.random((3, 3, 40, 50), np.float32) for _ in range(2))
    front = np.zeros((3, 1, 40, 50), np.float32)
    front[0, 0, 5:30, 10:30] = 1
    front[1, 0, 5:30, 10:30] = 0.6
    before, after, weight = (torch.from_numpy(one) for one in (target, composite, front))
    got = occluder_change(before, after, weight, 80.0).numpy()
    inside = [(c, y, x) for c in range(3) for y in range(8, 27) for x in range(13, 27)]
    want = np.mean([abs(composite[0][place] - target[0][place]) for place in inside])
    assert abs(got[0] - 255 * want) < 1e-3
    assert np.isnan(got[1:]).all()
