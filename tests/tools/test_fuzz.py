"""The fuzz job: damaged files are read or refused, outcomes are told apart, the same numbers make the same files."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from fuzzing.changes import damage
from paths import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked, and measured in /proc")

FUZZ = ROOT / "tools" / "fuzz.py"
#: A case of each outcome; limits are lowered, so that it takes a second.
OUTCOMES = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from fuzzing import process
from seamsync.errors import SeamSyncError
process.SECONDS, process.MEMORY = 1, 64 << 20

def refused(): raise SeamSyncError("no")
def other(): raise KeyError("x")
def spin():
    while True: pass
def large(): return bytearray(100 << 20)
def huge(): return bytearray(1 << 40)

cases = [(work.__name__, work) for work in (time.time, refused, other, os.abort, spin, large, huge)]
for name, outcome in process.run_cases(iter(cases), jobs=2):
    print(name, "=", outcome.kind)
"""


def test_outcomes_are_told_apart() -> None:
    """Well, refused, another exception, a crash, a hang, much memory, more than there is."""
    command = [sys.executable, "-c", OUTCOMES, str(FUZZ.parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert dict(line.split(" = ") for line in done.stdout.splitlines()) == {
        "time": "ok",
        "refused": "SeamSyncError",
        "other": "other exception",
        "abort": "crash",
        "spin": "hang",
        "large": "over 1 GB",
        "huge": "over 1 GB",
    }


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip file."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".bin", bytes(range(256))),
        (".bin", b""),
        (".json", b'{"a": [1, {"b": "c"}]}'),
        (".yaml", b"a: [1, 2]\nb: {c: d}\n"),
        (".csv", b"a,b\n1,2\n"),
        (".pth", zipped({"a/data.pkl": b"abc", "a/version": b"3"})),
    ],
)
def test_damage_repeats_and_differs(suffix: str, content: bytes) -> None:
    """The same number makes the same file, others make others; most differ from the valid file."""
    made = [damage(content, suffix, [content], np.random.default_rng(number)) for number in range(60)]
    assert made == [damage(content, suffix, [content], np.random.default_rng(number)) for number in range(60)]
    assert len(set(made)) > 25 or not content
    assert sum(one == content for one in made) < 20 or not content


def test_a_failure_is_kept_and_read_again(tmp_path: Path) -> None:
    """A file that was kept is read by its kind's reader."""
    (tmp_path / "config-1-2.yaml").write_text("mask: {shape: ellipse}")
    (tmp_path / "jobs-1-3.csv").write_text("")
    command = [sys.executable, str(FUZZ), "--files", *map(str, tmp_path.iterdir()), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [line.split() for line in sorted(done.stdout.splitlines()[1:])] == [
        ["config", "1", "ok"],
        ["jobs", "1", "SeamSyncError"],
    ]
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_300_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    """No other exception, crash, hang or hunger for memory; the output names the file of each that failed."""
    command = [sys.executable, str(FUZZ), "--cases", "300", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout + done.stderr
