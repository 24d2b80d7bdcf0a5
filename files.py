"""Write a file whole or not at all: under a temporary name in its folder, then renamed. Paths that raise nothing."""

from __future__ import annotations

import glob
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

#: Characters of a file's name that its temporary name shows; with four bytes each they still fit into 255 bytes.
_SHOWN = 50


@contextmanager
def replacing(path: str | Path) -> Generator[Path, None, None]:
    """Yield an empty temporary file that takes the place of ``path`` when the block ends without an error.

    On an error the temporary file is removed, and what was at ``path`` stays as it was.

    Args:
        path: the file to write, in a folder that exists. A symbolic link stays one: the file it leads to is replaced.

    Raises:
        OSError: the folder is missing or cannot be written.

    Example:
        >>> with replacing("track.npz") as part, part.open("wb") as file:
        ...     np.savez(file, landmarks=landmarks)
    """
    target = resolve_link(path)
    part = temporary_beside(target)
    try:
        yield part
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def write_file(path: str | Path, content: bytes | str) -> Path:
    """Write bytes, or text as UTF-8 with its line ends as they are, through :func:`replacing`; return the path.

    Raises:
        OSError: the folder is missing or cannot be written.
    """
    with replacing(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
    return Path(path)


def temporary_beside(path: Path) -> Path:
    """Make an empty file with a random name in the folder of ``path``, with the permissions of a new file.

    Raises:
        OSError: the folder is missing or cannot be written.
    """
    part = path.with_name(f".{path.name[:_SHOWN]}.{secrets.token_hex(8)}.part")
    part.touch(exist_ok=False)
    return part


def temporary_pattern(stem: str) -> str:
    """Return the glob pattern of the temporary files of ``STEM.*``, which a killed process may have left."""
    return f"{glob.escape(f'.{stem}.'[: _SHOWN + 1])}*.part"


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
    """Return the file that a symbolic link leads to, which need not exist; other paths as they are."""
    path = Path(path)
    return Path(os.path.realpath(path)) if path.is_symlink() else path
