"""Errors that the user can mend, and the checks of plain values; no torch here, so that the command starts fast."""

from __future__ import annotations

import difflib
import errno
import reprlib
import tempfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path

#: More choices than this are not listed in a message that names the nearest.
_MANY = 12
#: Characters of a foreign text that a message shows.
_SHOWN = 160
#: Characters that change the direction of the text around them.
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


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


def printable(text: str) -> str:
    r"""Return a text whose control characters, marks of direction and halves of characters are written as escapes.

    A terminal obeys such characters: they can hide, recolour or replace what was printed before. Line ends and tabs stay.

    Example:
        >>> printable("a\x1b[31mb")
        'a\\x1b[31mb'
    """
    unsafe = (c for c in set(text) if c in _BIDI or (unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in "\n\t"))
    return text.translate({ord(c): c.encode("unicode_escape").decode() for c in unsafe})


def shown(value: object) -> str:
    """Return a value as a message shows it: its ``repr``, of a large value the beginning."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = 80
    short.maxlevel = 3
    try:
        return short.repr(value)
    except ValueError:  # Python writes no whole number of more than 4300 digits
        return "a number of thousands of digits"


def shortage(error: BaseException) -> str:
    """Return what the system lacks, with what to do, if that is the cause of an exception; else an empty text.

    Such an exception says nothing about the file that was read or written.
    """
    number, text = getattr(error, "errno", None), str(error)
    if isinstance(error, MemoryError) or number == errno.ENOMEM or "out of memory" in text or "t allocate memory" in text:
        return "out of memory; close other programs, or use a smaller input"
    if number in (errno.EMFILE, errno.ENFILE):
        return "too many files are open; close other programs, or raise the limit (ulimit -n)"
    if "start new thread" in text or number == errno.EAGAIN:
        return "the system allows no further thread or process; close other programs, or raise the limit (ulimit -u)"
    return ""


def cause_of(error: BaseException) -> str:
    """Return the cause of an exception in one short line: what the system lacks, its own words, or else its type."""
    if lack := shortage(error):
        return lack
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, KeyError):
        return f"{shown(error.args[0]) if error.args else 'a name'} is missing"
    said = " ".join((getattr(error, "strerror", None) or str(error)).split())
    return printable(said[:_SHOWN]) or type(error).__name__


def check_range(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    """Raise unless ``low <= value <= high``."""
    if not low <= value <= high:
        raise SeamSyncError(f"{name} must be {low:g}…{high:g}{unit and ' ' + unit}, got {_number_text(value)}")


def _number_text(value: float) -> str:
    """Return a number in short form; of a whole number too large for that, the beginning."""
    try:
        return f"{value:g}"
    except OverflowError:
        return shown(value)


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Raise unless ``value`` is one of ``choices``; the message names the nearest one."""
    known = list(choices)
    if value not in known:
        near = difflib.get_close_matches(str(value), known, n=1) or [k for k in known if value and k.startswith(str(value))]
        hint = f"; did you mean {near[0]!r}?" if near else ""
        if near and len(known) > _MANY:
            raise SeamSyncError(f"{name} {shown(value)} is not known{hint}")
        raise SeamSyncError(f"{name} must be one of {', '.join(known)}, got {shown(value)}{hint}")


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
        raise SeamSyncError(f"cannot write in the folder {folder}: {cause_of(error)}; choose another") from error
