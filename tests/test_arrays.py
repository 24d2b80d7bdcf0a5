"""Runs of flags, the smooth step, and arrays of files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from seamsync.arrays import read_arrays, runs, smoothstep
from seamsync.errors import SeamSyncError


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


def test_arrays_of_a_file(tmp_path: Path) -> None:
    """Those asked for that are there, in any byte order; other names are not read."""
    path, value = tmp_path / "a.npz", np.arange(6, dtype=">f8").reshape(2, 3)
    np.savez_compressed(path, a=value, b=np.array(["text"]))
    found = read_arrays(path, "a file", ("a", "c"))
    assert list(found) == ["a"]
    np.testing.assert_array_equal(found["a"], value)
    with pytest.raises(SeamSyncError, match=r"cannot be read as a file \(b\.npy must hold numbers, got <U4\)"):
        read_arrays(path, "a file", ("b",))


@pytest.mark.parametrize("shape", [(2**40, 68, 2), (1000,), (2**62,)])
def test_a_header_that_promises_more(shape: tuple[int, ...], tmp_path: Path) -> None:
    """The shape is compared with the bytes that are there before memory is taken."""
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "<f4", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a.npy", content.getvalue() + bytes(64))
    with pytest.raises(SeamSyncError, match=r"\(a\.npy is cut short\)"):
        read_arrays(tmp_path / "a.npz", "a file", ("a",))
