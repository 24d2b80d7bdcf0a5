"""Keep what the nodes wrote into the host's temp folder within a size. The host empties the folder only when it starts."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

#: What our files and folders there begin with.
PREFIX = "seamsync_"
#: Bytes that they may have together.
LIMIT = 16 << 30
#: Seconds that everything stays, as it may still be written.
_YOUNG = 600.0

#: Clips that are written now, and the VIDEOs that play finished ones, by folder or file.
_being_written: set[Path] = set()
_played: WeakValueDictionary[Path, Any] = WeakValueDictionary()


def begin(path: Path) -> None:
    """Note that a clip is being written in a folder of its own."""
    _being_written.add(path.parent)


def keep_while_played(path: Path, video: Any) -> None:
    """Keep a finished clip for as long as the VIDEO or reader that plays it is in memory: in the host's cache, or in use."""
    _being_written.discard(path.parent)
    _played[path.parent] = video


def tidy(home: Path, limit: int = LIMIT, now: float | None = None) -> None:
    """Remove the oldest of our files and folders in a temp folder until the others have at most ``limit`` bytes.

    What a graph in memory still plays stays, and so does what is younger than ten minutes. A viewer or player whose files are
    gone asks for another run.

    Args:
        home: the temp folder.
        limit: bytes.
        now: seconds since 1970; by default the clock's.
    """
    now = time.time() if now is None else now
    found = sorted((_stamp(path), _size(path), path) for path in home.glob(f"{PREFIX}*"))
    total = sum(size for _, size, _ in found)
    for changed, size, path in found:
        if total <= limit:
            return
        if now - changed < _YOUNG or path in _being_written or path in _played:
            continue
        _remove(path)
        total -= size


def _stamp(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process removed it
        return 0.0


def _size(path: Path) -> int:
    """Return the bytes of a file, or of the files in a folder."""
    try:
        files = [path] if path.is_file() else [one for one in path.iterdir() if one.is_file()]
        return sum(one.stat().st_size for one in files)
    except OSError:
        return 0


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    except OSError:  # in use on Windows, or removed by another process
        return
