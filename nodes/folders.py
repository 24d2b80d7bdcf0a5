"""List folders that nodes take files from, one a run: the samples, the host's input folder, and its folders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..errors import SeamSyncError, shown
from . import files, host

#: Name of the host's input folder in the list.
INPUT = "input"


def offered() -> list[str]:
    """Return folders to take files from, one a run: the samples, the host's input folder, and its folders."""
    return [files.SAMPLE_NAME, INPUT, *(f"{INPUT}/{name}" for name in host.input_folders())]


def _listed(folder: Any, kinds: tuple[str, ...]) -> list[str]:
    """Return names for :func:`.files.path_of` of a folder's files of these kinds: ``clip2`` comes before ``clip10``.

    Raises:
        SeamSyncError: no such folder, or no such file in it.
    """
    if folder == files.SAMPLE_NAME:
        return files.samples(kinds[0])
    if not isinstance(folder, str):
        raise SeamSyncError(f"a folder must be a name such as 'input/clips', got {shown(folder)}")
    top, _, below = folder.replace("\\", "/").partition("/")
    names = host.input_files(*kinds, folder=below) if top == INPUT else []
    if not names:
        raise SeamSyncError(
            f"no {' or '.join(kinds)} in the folder {shown(folder)}; choose one of ComfyUI's input folder that has some"
        )
    return sorted((f"{below}/{name}" if below else name for name in names), key=_natural)


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts numbers in names by their value."""
    return [(int(part), "") if part.isdecimal() else (-1, part.lower()) for part in re.split(r"(\d+)", name)]


def nth(folder: str, index: int, kinds: tuple[str, ...], *, again: bool) -> str:
    """Return the name for :func:`.files.path_of` of a folder's file number ``index``, from 0; with ``again`` start anew after
    the last.

    Raises:
        SeamSyncError: no such folder, no file of these kinds in it, an index below 0, or one past the last: the batch is done.
    """
    names = _listed(folder, kinds)
    if index < 0 and not again:
        raise SeamSyncError(f"index must be 0 or more, got {index}; 0 is the first file of {folder!r}")
    if index >= len(names) and not again:
        has = f"{len(names)} file{'s' * (len(names) > 1)}"
        raise SeamSyncError(
            f"the batch is done: {folder!r} has {has}, and index {index} is past the last; to run it again, set index to 0"
        )
    return names[index % len(names)]


def fingerprint(folder: str, index: int, kinds: tuple[str, ...]) -> str:
    """Return another value when the file number ``index`` changes, or when it is another one."""
    try:
        name = nth(folder, index, kinds, again=True)
    except SeamSyncError:
        return "missing"
    return f"{name} {files.fingerprint(name)}"


def validity(folder: str, kinds: tuple[str, ...]) -> bool | str:
    """Return True, or why there is no file to take."""
    try:
        return bool(_listed(folder, kinds))
    except SeamSyncError as error:
        return str(error)


def saved_as(name: str) -> str:
    """Return folder and name to save a result of this file under, without suffix: ``clips/anna`` of ``clips/anna.mp4``."""
    return str(Path(name.replace(files.SAMPLE, "sample/")).with_suffix("").as_posix())
