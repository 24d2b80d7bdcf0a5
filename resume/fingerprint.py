"""Tell whether a stage is given the same as before: a digest of objects, arrays, networks and files."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Callable, Mapping
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch

#: Types whose ``repr`` says all of their value, in every process.
_PLAIN = (type(None), bool, int, float, complex, bytes, Fraction, range, slice, np.dtype, np.generic, torch.dtype, torch.device)


def fingerprint(*values: object) -> str | None:
    """Return a digest that is equal for equal values, in this process and in others.

    Arrays and tensors count by their content, and files by their path, size and time of change. Of other objects the class
    and the attributes count. Of functions only the name counts.

    Args:
        values: what a stage is given.

    Returns:
        32 hexadecimal digits, or None where a value holds an object that cannot be looked into.
    """
    digest = hashlib.sha256()
    seen: dict[int, tuple[int, object]] = {}
    try:
        for value in values:
            _add(digest.update, value, seen)
    except _UnknownError:
        return None
    return digest.hexdigest()[:32]


class _UnknownError(Exception):
    """An object without attributes that is of no known type."""


def _add(update: Callable[[Any], None], value: Any, seen: dict[int, tuple[int, object]]) -> None:
    """Add a value to the digest.

    Args:
        update: of the digest.
        value: to be added.
        seen: objects added before, by their id, with their number; each is added once, so cycles end.
    """
    update(f"<{type(value).__module__}.{type(value).__qualname__}>".encode())
    if isinstance(value, str | Path):
        update(f"{value}{_file(value)};".encode("utf-8", "surrogatepass"))
    elif isinstance(value, _PLAIN):
        update(f"{value!r};".encode())
    elif id(value) in seen:
        update(f"#{seen[id(value)][0]};".encode())
    else:
        seen[id(value)] = len(seen), value
        _add_object(update, value, seen)


def _add_object(update: Callable[[Any], None], value: Any, seen: dict[int, tuple[int, object]]) -> None:
    if isinstance(value, np.ndarray) and value.dtype != object:
        update(f"{value.dtype.str}{value.shape}".encode())
        update(np.ascontiguousarray(value).data)
    elif isinstance(value, torch.Tensor):
        update(f"{value.dtype}{tuple(value.shape)}".encode())
        # Flat first: strides of axes of length 1 are arbitrary, and a view of bytes asks for a last one of 1.
        flat = value.detach().cpu().contiguous().reshape(-1)
        _add(update, flat.view(torch.uint8).numpy() if value.ndim else value.item(), seen)
    elif isinstance(value, io.BytesIO):
        update(value.getbuffer())
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _add(update, key, seen)
            _add(update, item, seen)
    elif isinstance(value, set | frozenset):
        _add(update, sorted(value, key=repr), seen)
    elif isinstance(value, tuple | list | np.ndarray):
        for item in value:
            _add(update, item, seen)
    elif isinstance(value, Enum):
        update(value.name.encode())
    elif callable(value) and not isinstance(value, torch.nn.Module) and hasattr(value, "__qualname__"):
        update(value.__qualname__.encode())
    else:
        _add(update, _attributes(value), seen)


def _attributes(value: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(value):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if not hasattr(value, "__dict__"):
        raise _UnknownError
    return vars(value)


def _file(path: str | Path) -> str:
    """Return where a file lies, its size and time of change; nothing where there is no file of that name."""
    try:
        about = Path(path).stat()
        return f"|{Path(path).absolute()}|{about.st_size}|{about.st_mtime_ns}"
    except (OSError, ValueError):
        return ""
