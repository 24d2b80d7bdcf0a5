"""What the nodes leave in the host's temp folder stays within a size, and nothing that is used goes."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def temporary(host: SimpleNamespace) -> Any:
    """The module, of the pack that the host loaded."""
    host.nodes()
    return host.load("seamsync.nodes.temporary")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A temp folder."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def clip(home: Path) -> Callable[..., Path]:
    """Make a folder with a clip of 1000 bytes, so many hours old."""

    def make(name: str, hours: float) -> Path:
        folder = home / f"seamsync_{name}"
        folder.mkdir()
        (folder / "clip.mp4").write_bytes(bytes(1000))
        at = 1e9 - 3600 * hours
        os.utime(folder, (at, at))
        return folder / "clip.mp4"

    return make


def left(folder: Path) -> set[str]:
    """Names of what is there."""
    return {path.name.removeprefix("seamsync_") for path in folder.iterdir()}


def test_the_oldest_go_first(temporary: Any, clip: Callable[..., Path], home: Path) -> None:
    """As many as are too many; files of others stay, whatever their age."""
    for name, hours in (("a", 5), ("b", 9), ("c", 2)):
        clip(name, hours)
    (home / "ComfyUI_temp.png").write_bytes(bytes(5000))
    (home / "seamsync_old.bin").write_bytes(bytes(10))
    os.utime(home / "seamsync_old.bin", (0, 0))
    temporary.tidy(home, 3010, now=1e9)
    assert left(home) == {"a", "b", "c", "ComfyUI_temp.png", "old.bin"}
    temporary.tidy(home, 2000, now=1e9)
    assert left(home) == {"a", "c", "ComfyUI_temp.png"}


def test_what_is_used_stays(temporary: Any, clip: Callable[..., Path], home: Path) -> None:
    """A clip that is written, one that a graph plays, and what is young; when the graph is gone its clip goes."""
    playing, written = clip("playing", 9), clip("written", 8)
    clip("young", 0.1)
    clip("other", 7)

    class Video:
        """Stands for the host's."""

    video = Video()
    temporary.begin(playing)
    temporary.keep_while_played(playing, video)
    temporary.begin(written)
    temporary.tidy(home, 0, now=1e9)
    assert left(home) == {"playing", "written", "young"}
    del video
    gc.collect()
    temporary.tidy(home, 2000, now=1e9)
    assert left(home) == {"written", "young"}


def test_the_nodes_tidy_when_they_write(host: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every new folder looks at the old ones first."""
    host.nodes()
    temporary, ours = host.load("seamsync.nodes.temporary"), host.load("seamsync.nodes.host")
    seen: list[Path] = []
    monkeypatch.setattr(temporary, "tidy", seen.append)
    path = ours.temp_clip("a.mp4")
    assert seen == [path.parent.parent]
