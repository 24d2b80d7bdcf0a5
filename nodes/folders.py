"""Folders that nodes take files from, one a run: the samples, the host's input folder, and those in it."""

from __future__ import annotations

import re
from pathlib import Path

from ..tensors import SeamSyncError
from . import files, host

#: What the host's input folder is called here.
INPUT = "input"


def offered() -> list[str]:
    """Folders to take files from, one a run: the samples, the host's input folder, those in it."""
    return [files.SAMPLE_NAME, INPUT, *(f"{INPUT}/{name}" for name in host.input_folders())]


def _listed(folder: str, kinds: tuple[str, ...]) -> list[str]:
    """Names for :func:`.files.path_of` of a folder's files of these kinds: ``clip2`` comes before ``clip10``.

    Raises:
        SeamSyncError: no such folder, or no such file in it.
    """
    if folder == files.SAMPLE_NAME:
        return files.samples(kinds[0])
    top, _, below = folder.replace("\\", "/").partition("/")
    names = host.input_files(*kinds, folder=below) if top == INPUT else []
    if not names:
        raise SeamSyncError(
            f"no {' or '.join(kinds)} in the folder {folder!r}; choose one of ComfyUI's input folder that has some"
        )
    return sorted((f"{below}/{name}" if below else name for name in names), key=_natural)


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts numbers in names by their value."""
    return [(int(part), "") if part.isdecimal() else (-1, part.lower()) for part in re.split(r"(\d+)", name)]


def nth(folder: str, index: int, kinds: tuple[str, ...], *, again: bool) -> str:
    """Name for :func:`.files.path_of` of a folder's file number ``index``, from 0; ``again`` begins anew after the last.

    Raises:
        SeamSyncError: no such folder, no file of these kinds in it, or fewer.
    """
    names = _listed(folder, kinds)
    if not again and not 0 <= index < len(names):
        raise SeamSyncError(
            f"the folder {folder!r} ends with index {len(names) - 1}, and index is {index}: all its files are done; "
            "set index to 0 to begin again"
        )
    return names[index % len(names)]


def fingerprint(folder: str, index: int, kinds: tuple[str, ...]) -> str:
    """Changes when the file number ``index`` does, or when it is another one."""
    try:
        name = nth(folder, index, kinds, again=True)
    except SeamSyncError:
        return "missing"
    return f"{name} {files.fingerprint(name)}"


def validity(folder: str, index: int, kinds: tuple[str, ...], *, again: bool) -> bool | str:
    """True, or why :func:`nth` has no file."""
    try:
        return bool(nth(folder, index, kinds, again=again))
    except SeamSyncError as error:
        return str(error)


def saved_as(name: str) -> str:
    """Folder and name to save a result of this file under, without suffix: ``clips/anna`` of ``clips/anna.mp4``."""
    return str(Path(name.replace(files.SAMPLE, "sample/")).with_suffix("").as_posix())
