"""List files that a node offers: the host's input folder, and the samples of the pack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import SeamSyncError, shown
from . import host

SAMPLE_NAME = "[sample]"
SAMPLE = f"{SAMPLE_NAME} "
SAMPLE_FOLDER = Path(__file__).resolve().parent.parent / "sample"
_SUFFIXES = {"video": (".mp4", ".mov", ".mkv", ".webm"), "audio": (".wav", ".flac", ".mp3")}


def choices(*kinds: str) -> list[str]:
    """Return files of these kinds (``audio``, ``video``, ``image``): samples of the first kind, then the input folder."""
    return samples(kinds[0]) + host.input_files(*kinds)


def samples(kind: str) -> list[str]:
    """Return names of the samples of a kind, ``audio`` or ``video``, sorted."""
    return sorted(SAMPLE + path.name for path in SAMPLE_FOLDER.iterdir() if path.suffix in _SUFFIXES.get(kind, ()))


def path_of(name: Any) -> Path:
    """Return the path of the chosen file.

    Raises:
        SeamSyncError: nothing chosen, no such sample, no such file in the host's folders.
    """
    if not name:
        raise SeamSyncError("no file is chosen; choose one in the node, or name it in the graph's input 'file'")
    if not isinstance(name, str):
        raise SeamSyncError(f"a file must be a name such as 'clip.mp4', got {shown(name)}")
    if not name.startswith(SAMPLE):
        return host.input_path(name)
    path = SAMPLE_FOLDER / Path(name.removeprefix(SAMPLE)).name
    if not path.is_file():
        raise SeamSyncError(f"the pack has no sample {shown(path.name)}; install it again, or choose another file")
    return path


def fingerprint(name: str) -> str:
    """Return another value when the chosen file changes, or another replaces it. A missing file has none."""
    try:
        return fingerprint_of(path_of(name))
    except SeamSyncError:
        return fingerprint_of(None)


def fingerprint_of(path: Path | None) -> str:
    """Return path, time of change and size of a file; its content is not read. A missing file gives an empty text."""
    try:
        status = None if path is None else path.stat()
    except (OSError, ValueError):  # missing, or a name that no file can have
        status = None
    return "missing" if status is None else f"{path}:{status.st_mtime_ns}:{status.st_size}"


def validity(name: str) -> bool | str:
    """Return True, or what is wrong with the choice; files uploaded after the page was loaded pass."""
    try:
        path_of(name)
    except SeamSyncError as error:
        return str(error)
    return True
