"""Small functions on arrays that several packages use."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np

from .parsing import check_archive, parsed

Number = TypeVar("Number")

#: Frame numbers that a message lists.
_MANY = 8


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Return where each run of true values begins and ends (exclusive).

    Args:
        flags: bool ``[T]``.

    Returns:
        (first, one past the last) of each, in order.

    Example:
        >>> runs(np.array([True, True, False, True]))
        [(0, 2), (3, 4)]
    """
    padded = np.zeros(len(flags) + 2, np.int8)
    padded[1:-1] = flags
    edges = np.flatnonzero(np.diff(padded)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def smoothstep(ramp: Number) -> Number:
    """Return 3·r² − 2·r³ for r in 0…1: a rise from 0 to 1 without corners.

    Args:
        ramp: a number, array or tensor, 0…1.
    """
    return ramp * ramp * (3 - 2 * ramp)  # type: ignore[operator]


def read_arrays(path: str | Path, kind: str, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Return those arrays of an ``.npz`` file that are there; sizes are checked before memory is taken.

    Args:
        path: of the file.
        kind: what it is read as, for the message, such as ``"a face track"``.
        names: of the arrays.

    Raises:
        SeamSyncError: it cannot be read, unpacks to more than such a file can hold, or has an array that is not of numbers.
    """
    with parsed(path, kind):
        check_archive(path)
        with zipfile.ZipFile(path) as archive:
            there = set(archive.namelist())
            return {name: _read_array(archive, f"{name}.npy") for name in names if f"{name}.npy" in there}


def _read_array(archive: zipfile.ZipFile, member: str) -> np.ndarray:
    header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    with archive.open(member) as file:
        shape, _, dtype = header[np.lib.format.read_magic(file)](file)
    if dtype.kind not in "biuf":
        raise ValueError(f"{member} must hold numbers, got {dtype}")
    if math.prod(shape) * dtype.itemsize > archive.getinfo(member).file_size:
        raise ValueError(f"{member} is cut short")
    with archive.open(member) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def frame_numbers(marked: np.ndarray) -> str:
    """Return the numbers of marked frames (bool ``[T]``) as text, of many the first."""
    frames = np.flatnonzero(marked)
    return ", ".join(map(str, frames[:_MANY])) + (", …" if len(frames) > _MANY else "")
