"""Errors that the user can mend, and the checks of plain values; no torch here, so that the command starts fast."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Iterable
from pathlib import Path

#: More choices than this are not listed in a message that names the nearest.
_MANY = 12


class SeamSyncError(Exception):
    """Something the user can mend; its text says what was wrong and what to do.

    Example:
        >>> from seamsync import SeamSyncError, preset
        >>> try:
        ...     preset("natrual")
        ... except SeamSyncError as error:
        ...     print("did you mean" in str(error))
        True
    """

    # ComfyUI begins its message with module and name. A pack's own module there is a path of the disk, longer than the line.
    __module__ = "seamsync"


class Cancelled(SeamSyncError):
    """The user stopped the job; nothing half-written is left behind.

    Example:
        >>> from seamsync import Cancelled, SeamSyncError
        >>> def stop(stage, done, total):
        ...     raise Cancelled
        >>> issubclass(Cancelled, SeamSyncError)
        True
    """

    __module__ = "seamsync"


def check_range(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    """Raise unless ``low <= value <= high``."""
    if not low <= value <= high:
        raise SeamSyncError(f"{name} must be {low:g}…{high:g}{unit and ' ' + unit}, got {value:g}")


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Raise unless ``value`` is one of ``choices``; the message names the nearest one."""
    known = list(choices)
    if value not in known:
        near = difflib.get_close_matches(str(value), known, n=1) or [k for k in known if value and k.startswith(str(value))]
        hint = f"; did you mean {near[0]!r}?" if near else ""
        if near and len(known) > _MANY:
            raise SeamSyncError(f"{name} {value!r} is not known{hint}")
        raise SeamSyncError(f"{name} must be one of {', '.join(known)}, got {value!r}{hint}")


def check_folder(folder: str | Path) -> None:
    """Make sure, before any work is done, that files can be written into a folder, or into a new one there.

    Nothing is left behind: a job that fails must not leave an empty folder.

    Raises:
        SeamSyncError: it cannot be made or written to.
    """
    target = Path(folder).absolute()
    new = [path for path in (target, *target.parents) if not path.exists()]
    try:
        target.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=target).close()
        for path in new:
            path.rmdir()
    except OSError as error:
        raise SeamSyncError(f"cannot write in the folder {folder}: {error.strerror}; choose another") from error
