"""The checks say what was wrong, with the value and the expected form."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from seamsync import tensors
from seamsync.errors import SeamSyncError
from seamsync.progress import ProgressRepeater


def test_shape_error_carries_both_shapes() -> None:
    """The text of a wrong shape is the one the design promises."""
    with pytest.raises(SeamSyncError, match=r"^mask must be \[T,1,H,W\] = \[48,1,720,1280\], got \[48,720,1280\]$"):
        tensors.check_shape("mask", torch.zeros(48, 720, 1280), "T,1,H,W", 48, 1, 720, 1280)


def test_shape_wildcard() -> None:
    """``None`` matches any length and shows as a star."""
    tensors.check_shape("x", np.zeros((7, 2)), "T,2", None, 2)
    with pytest.raises(SeamSyncError, match=r"\[\*,2\]"):
        tensors.check_shape("x", np.zeros((7, 3)), "T,2", None, 2)


@pytest.mark.parametrize("array", [np.array([1, np.nan, np.inf]), torch.tensor([1, float("nan"), float("inf")])])
def test_finite_counts(array: np.ndarray | torch.Tensor) -> None:
    """NaN and infinite values are counted."""
    with pytest.raises(SeamSyncError, match="got 2 NaN or infinite values of 3"):
        tensors.check_finite("audio", array)


def test_frozen_array_is_a_readonly_view() -> None:
    """The caller's own array stays writable."""
    mine = np.zeros(3, np.float32)
    frozen = tensors.frozen_array(mine, np.float32)
    mine[0] = 1
    assert not frozen.flags.writeable
    assert frozen[0] == 1


def test_what_was_told_is_told_again() -> None:
    """The last of it, as a check; nothing before there was any."""
    heard: list[tuple[str, int, int]] = []
    told = ProgressRepeater(lambda *args: heard.append(args))
    told.repeat()
    assert heard == []
    told("track", 3, 8)
    told("track", 4, 8)
    told.repeat()
    assert heard == [("track", 3, 8), ("track", 4, 8), ("track", 4, 8)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_torch_works_in_a_forked_process() -> None:
    """It does not wait for threads that only the parent has."""
    code = "import os, torch; from seamsync import tensors\n"
    code += "work = lambda: torch.rand(8, 16, 128, 128).mul(2).sum()\n"
    code += "torch.set_num_threads(2); work(); child = os.fork()\n"
    code += "if child == 0: work(); os._exit(7)\n"
    code += "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "7\n"
