"""Read what others wrote: whatever a parser raises becomes a named error, and sizes are limited before memory is taken."""

from __future__ import annotations

import errno
import json
import os
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from .errors import SeamSyncError, cause_of, shortage

#: Bytes that a text (settings, jobs, a workflow) may have, and a YAML text, which is parsed slowly.
LARGEST_TEXT, _LARGEST_YAML = 16 << 20, 256 << 10
#: Lists and mappings inside one another, and values of a YAML text with its references written out.
_DEEPEST, _MOST_VALUES = 100, 200_000
#: Bytes of a small archive's unpacked content, and times the size of a large one.
_SMALL_CONTENT, _MOST_RATIO = 64 << 20, 20
#: Bytes by which the content of PyTorch's archive may be larger: it stores tensors as they are, and packs the text of programs.
_PACKED_TEXT = 16 << 20


@contextmanager
def parsed(what: str | Path, kind: str, advice: str = "") -> Generator[None]:
    """Turn whatever a parser raises inside the block into a :class:`SeamSyncError` with the file and the cause.

    It works as a decorator too. A :class:`SeamSyncError` passes as it is, and so does what is no ``Exception``
    (``KeyboardInterrupt``).

    Args:
        what: the file, or the text's name.
        kind: what it is read as, such as ``"a face track"``.
        advice: what to do if it is damaged.

    Raises:
        SeamSyncError: anything was raised inside.

    Example:
        >>> with parsed("a.json", "settings", "export it again"):
        ...     json.loads("[")
        Traceback (most recent call last):
        seamsync.SeamSyncError: a.json cannot be read as settings (Expecting value: line 1 column 2 (char 1)); export it again
    """
    try:
        yield
    except SeamSyncError:
        raise
    except Exception as error:
        raise unreadable(what, kind, error, advice) from error


def unreadable(what: str | Path, kind: str, error: Exception, advice: str = "") -> SeamSyncError:
    """Return the error of something that cannot be read; the advice is left out where the file is not the cause.

    Args:
        what, kind, advice: as in :func:`parsed`.
        error: what the parser raised.
    """
    if shortage(error) or (isinstance(error, OSError) and error.strerror and error.errno != errno.EINVAL):
        noun = kind.removeprefix("a ").removeprefix("an ")
        return SeamSyncError(f"cannot read the {noun} {what}: {cause_of(error)}")
    return SeamSyncError(f"{what} cannot be read as {kind} ({cause_of(error)}){advice and '; ' + advice}")


def read_text(path: str | Path, kind: str, largest: int = LARGEST_TEXT) -> str:
    """Return a text in UTF-8, with or without a byte order mark.

    Raises:
        SeamSyncError: it cannot be read, is no UTF-8, or is larger than ``largest`` bytes.
    """
    with parsed(path, kind):
        with open(path, "rb") as file:
            content = file.read(largest + 1)
        if len(content) > largest:
            raise SeamSyncError(f"{path} is larger than {largest >> 20} MB, too large to be {kind}")
        return content.decode("utf-8-sig")


def parse_json(text: str | bytes) -> Any:
    """Return the plain values of a JSON text.

    Raises:
        ValueError: it is no JSON, or is nested more than a hundred deep.
    """
    return _check_depth(json.loads(text))


def parse_plain(text: str) -> Any:
    """Return the plain values of a JSON or YAML text.

    Raises:
        ValueError, yaml.YAMLError: it is neither, is nested too deeply, or its references come to too many values.
    """
    try:
        return parse_json(text)
    except ValueError as error:
        if len(text) > _LARGEST_YAML:
            raise ValueError(f"{error}; as YAML it may have {_LARGEST_YAML >> 10} kB at most") from error
    return _check_depth(yaml.load(text, _Loader))


def _check_depth(value: Any, left: int = _DEEPEST) -> Any:
    if left == 0:
        raise ValueError(f"more than {_DEEPEST} lists or mappings inside one another")
    if isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            _check_depth(part, left - 1)
    return value


class _Loader(yaml.SafeLoader):
    """Count the values with references (``*name``) written out: nine lines of nested references can stand for 10^9 values."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._count = 0
        self._sizes: dict[int, int] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the next node."""
        before, refers = self._count, self.check_event(yaml.AliasEvent)
        node = super().compose_node(parent, index)
        if refers and id(node) not in self._sizes:
            raise yaml.YAMLError("a reference points to what it is part of")
        self._count += self._sizes[id(node)] if refers else 1
        if self._count > _MOST_VALUES:
            raise yaml.YAMLError(f"more than {_MOST_VALUES} values with its references written out")
        if not refers:
            self._sizes[id(node)] = self._count - before
        return node


def check_archive(path: str | Path, *, stored: bool = False) -> None:
    """Raise unless the unpacked content of a zip archive is of a size that fits the archive's own.

    Args:
        path: of the archive.
        stored: it holds tensors as they are, as PyTorch's archives do, so its content is hardly larger than the file.

    Raises:
        SeamSyncError: the content is too large.
        zipfile.BadZipFile, OSError: no archive.
    """
    size = os.path.getsize(path)
    with zipfile.ZipFile(path) as archive:
        content = sum(member.file_size for member in archive.infolist())
    if content > (size + _PACKED_TEXT if stored else max(_SMALL_CONTENT, _MOST_RATIO * size)):
        raise SeamSyncError(f"{path} unpacks from {size:,} to {content:,} bytes, which no such file does; it is not read")
