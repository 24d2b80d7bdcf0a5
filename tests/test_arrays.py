"""Runs of flags and the smooth step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from seamsync.arrays import runs, smoothstep


@given(st.lists(st.booleans(), max_size=30))
def test_runs(flags: list[bool]) -> None:
    """As a walk over the flags finds them."""
    found, begin = [], None
    for index, flag in enumerate([*flags, False]):
        if flag and begin is None:
            begin = index
        if not flag and begin is not None:
            found.append((begin, index))
            begin = None
    assert runs(np.array(flags, bool)) == found


def test_runs_by_hand() -> None:
    """Stretches of True as half-open ranges, at the ends too."""
    assert runs(np.array([True, True, False, True])) == [(0, 2), (3, 4)]
    assert runs(np.zeros(3, bool)) == []
    assert runs(np.zeros(0, bool)) == []


def test_smoothstep() -> None:
    """0, ½ and 1 stay; both ends are level; numbers, arrays and tensors alike."""
    ramp = np.linspace(0, 1, 101)
    curve = smoothstep(ramp)
    np.testing.assert_allclose(curve, 3 * ramp**2 - 2 * ramp**3, atol=1e-15)
    assert curve[[0, 50, 100]].tolist() == [0, 0.5, 1]
    assert np.diff(curve).min() > 0
    assert curve[1] < 0.001
    assert smoothstep(0.25) == pytest.approx(0.15625)
    assert smoothstep(torch.tensor([0.25])).tolist() == [0.15625]
