"""The door to the benchmarks: table, file, exit code."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest
from seamsync import benchmarks
from seamsync.errors import SeamSyncError


@pytest.mark.parametrize("name", benchmarks.NAMES)
def test_every_benchmark_has_a_run(name: str) -> None:
    """Each name is a module with ``run(media, quick)``."""
    assert callable(benchmarks.module_of(name).run)


def test_run_writes_table_and_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows, machine, versions and commit; exit code 1 when a goal is missed."""
    rows = [benchmarks.row("a", 1, 2, "plain", 0.5, "≤ 1", True), benchmarks.row("b", 3, 2, "plain", 1.5, "≤ 1", False)]
    module = importlib.import_module("seamsync.benchmarks.memory")
    monkeypatch.setattr(module, "run", lambda media, quick: rows)
    assert benchmarks.run("memory", quick=True, json_path=tmp_path / "deep" / "m.json") == 1
    body = json.loads((tmp_path / "deep" / "m.json").read_text())
    assert body["rows"] == rows
    assert {"machine", "versions", "commit"} <= set(body)
    assert "NO" in capsys.readouterr().out


def test_nothing_measured_is_no_success(tmp_path: Path) -> None:
    """A folder without clips is an error, not a table without lines and exit code 0."""
    with pytest.raises(SeamSyncError, match="nothing was measured"):
        benchmarks.run("composite", media=tmp_path, quick=True)


def test_in_turn_alternates() -> None:
    """Both sides are measured in turn, so that a slow moment meets both."""
    calls: list[str] = []
    times = benchmarks.in_turn([lambda: calls.append("a"), lambda: calls.append("b")], 3)
    assert calls == ["a", "b"] * 3
    assert [len(t) for t in times] == [3, 3]


@pytest.mark.parametrize("name", ["blending", "libraries"])
def test_a_missing_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a traceback, but what to install; importing the benchmark needs nothing."""
    for module in ("skimage", "skimage.color", "skimage.metrics", "kornia"):
        monkeypatch.setitem(sys.modules, module, None)
    assert benchmarks.module_of(name)
    with pytest.raises(SeamSyncError, match=r"needs the package (skimage|kornia); run: pip install '\.\[bench\]'"):
        benchmarks.run(name, quick=True)
