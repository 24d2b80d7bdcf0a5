"""Write a file whole or not at all: under a temporary name in its folder, then renamed.

A temporary file is called ``.NAME.seamsync-HOST-RANDOM.part``. The process that writes it keeps it locked. The system drops
the lock when the process ends, however it ends. So an unlocked file of that name was left by a killed process. The next
process that writes into the folder removes it.

Beside it: paths that raise nothing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed
    fcntl = None

#: Characters of a file's name that its temporary name shows; with four bytes each they still fit into 255 bytes.
_SHOWN = 30

#: Seconds without a change after which a file counts as left behind where files cannot be locked.
_ABANDONED_AFTER = 60

#: The temporary files that this process has not finished.
_unfinished: set[Path] = set()


@contextmanager
def replacing(path: str | Path) -> Generator[Path, None, None]:
    """Yield an empty temporary file that takes the place of ``path`` when the block ends without an error.

    On an error the temporary file is removed, and what was at ``path`` stays as it was.

    Args:
        path: the file to write, in a folder that exists. A symbolic link stays one: the file it leads to is replaced.

    Raises:
        OSError: the folder is missing or cannot be written, or ``path`` is a folder or a device.

    Example:
        >>> with replacing("track.npz") as part, part.open("wb") as file:
        ...     np.savez(file, landmarks=landmarks)
    """
    target = resolve_link(path)
    if target.exists() and not target.is_file():
        raise FileExistsError(errno.EEXIST, "it is a folder or a device, which cannot be replaced by a file", str(path))
    with temporary_beside(target) as part:
        yield part
        os.replace(part, target)


def write_file(path: str | Path, content: bytes | str) -> Path:
    """Write bytes, or text as UTF-8 with its line ends as they are, through :func:`replacing`; return the path.

    Raises:
        OSError: as :func:`replacing`.
    """
    with replacing(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
    return Path(path)


@contextmanager
def temporary_beside(path: Path) -> Generator[Path, None, None]:
    """Yield an empty file with a random name in the folder of ``path``; remove it at the end, unless it was renamed.

    It has the permissions of a new file. It does not follow links. Files that killed processes have left in the folder are
    removed first.

    Raises:
        OSError: the folder is missing or cannot be written.
    """
    remove_abandoned(path.parent)
    part = path.with_name(f".{path.name[:_SHOWN]}.{_suffix(secrets.token_hex(8))}")
    lock = None
    _unfinished.add(part)
    try:
        lock = _create(part)
        yield part
    finally:
        with suppress(OSError, ValueError):  # a ValueError is a NUL in the name
            part.unlink(missing_ok=True)
        if lock is not None:
            os.close(lock)
        _unfinished.discard(part)


@cache
def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files that killed processes of this machine have left in a folder; look once a process.

    Files of other machines stay, as a network file system may not show their locks.
    """
    with suppress(OSError):  # a folder that cannot be listed may still be written
        for part in list(folder.glob(f".*.{_suffix('[0-9a-f]' * 16)}")):
            if part.is_file() and not part.is_symlink():
                _remove_unlocked(part)


def remove_unfinished() -> None:
    """Remove every temporary file of this process; for a process that is about to end without unwinding its calls."""
    for part in list(_unfinished):
        with suppress(OSError):
            part.unlink(missing_ok=True)


def is_file(path: str | Path) -> bool:
    """Say whether a file is there and can be seen; False in a folder that cannot be read, and for an impossible name."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def home_path(path: str | Path) -> Path:
    """Return a path with ``~`` as the user's folder; as it is where that folder is not known."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def resolve_link(path: str | Path) -> Path:
    """Return the file that a symbolic link leads to, which need not exist; other paths as they are.

    Raises:
        OSError: the links lead in a circle.
    """
    path = Path(path)
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return target


def _create(part: Path) -> int | None:
    """Create a file that was not there, and lock it until the returned descriptor is closed; None where nothing locks."""
    while True:
        lock = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        if fcntl is None:
            return os.close(lock)  # an open file could not be renamed
        with suppress(OSError):  # a file system without locks: nothing is removed there
            fcntl.flock(lock, fcntl.LOCK_EX)
        if part.exists():
            return lock
        os.close(lock)  # another process took it for an abandoned one, before it was locked


def _remove_unlocked(part: Path) -> None:
    if fcntl is None:
        with suppress(OSError):  # open in another process
            if time.time() - part.stat().st_mtime > _ABANDONED_AFTER:
                part.unlink()
        return
    with suppress(OSError):  # of another user, or locked
        file = os.open(part, os.O_WRONLY)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()
        finally:
            os.close(file)


def _suffix(random: str) -> str:
    return f"seamsync-{_host()}-{random}.part"


@cache
def _host() -> str:
    """Eight hex digits that tell this machine from others that share its folders."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]
