"""Digests of what a stage is given: equal for equal values in every process, different for any change."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from seamsync.media.clips import MouthClip
from seamsync.models.options import GenerateOptions
from seamsync.resume.fingerprint import fingerprint
from seamsync.tracking.options import TrackOptions


@dataclass
class Thing:
    """A value with attributes."""

    value: object


class Plain:
    """An object that is part of itself."""

    def __init__(self, value: object) -> None:
        self.value, self.me = value, self


VALUES = [
    None, True, 1, 1.5, "a", b"a", Fraction(1, 3), (1, 2), [1, 2], {"a": 1}, {"a": 2}, {"b": 1}, {1, 2}, Thing(1), Thing(2),
    Plain(1), Plain(2), np.zeros(3), np.zeros(3, np.float32), np.ones(3), np.zeros((3, 1)), torch.zeros(3), torch.ones(3),
    torch.tensor(2), torch.float16, torch.device("cpu"), GenerateOptions(), GenerateOptions(loop="hold"), TrackOptions(), len,
]  # fmt: skip


def test_equal_for_equal_values_only() -> None:
    """No two of many values have one digest; copies have."""
    digests = [fingerprint(value) for value in VALUES]
    assert None not in digests
    assert len(set(digests)) == len(VALUES)
    assert fingerprint(Plain(np.zeros(3))) == fingerprint(Plain(np.zeros(3)))
    assert fingerprint(torch.nn.Linear(2, 2)) != fingerprint(torch.nn.Linear(2, 2))
    assert fingerprint(1, 2) != fingerprint(2, 1)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_equal_in_another_process(seed: str) -> None:
    """Neither addresses nor the order of a set count."""
    code = "from seamsync.resume.fingerprint import fingerprint as f\nimport numpy as np\nprint(f({*'xyz'}, np.arange(3), f))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
    )
    assert done.stdout.strip() == fingerprint({"x", "y", "z"}, np.arange(3), fingerprint)


def test_a_file_counts_with_its_size_and_time(tmp_path: Path) -> None:
    """A file that was written again is another, under the same name."""
    path = tmp_path / "a.mp4"
    missing = fingerprint(path)
    path.write_bytes(b"a")
    os.utime(path, ns=(1, 1))
    first = fingerprint(path)
    os.utime(path, ns=(1, 2))
    assert len({missing, first, fingerprint(path)}) == 3
    os.utime(path, ns=(1, 1))
    assert fingerprint(path) == first
    assert fingerprint(str(path)) is not None


def test_what_cannot_be_looked_into_has_no_digest() -> None:
    """A lock has no attributes; an object that holds one is not known."""
    assert fingerprint(threading.Lock()) is None
    assert fingerprint({"a": [Thing(threading.Lock())]}) is None


def test_a_spilled_clip_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patches count by their content."""
    zeros = {"to_frame": np.zeros((2, 2, 3)), "active": np.ones(2), "frames": np.arange(2)}
    clips = [MouthClip(np.full((2, 3, 4, 4), value, np.uint8), **zeros) for value in (0, 1)]
    assert fingerprint(clips[0]) != fingerprint(clips[1])


def test_tensors_of_any_strides() -> None:
    """A kernel of one pixel with its channels last has a last stride of many."""
    weights = torch.arange(12, dtype=torch.float32).reshape(3, 4, 1, 1)
    last = weights.as_strided((3, 4, 1, 1), (4, 1, 4, 4))
    assert fingerprint(last) == fingerprint(weights)
    assert fingerprint(last + 1) != fingerprint(weights)
