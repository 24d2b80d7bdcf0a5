"""Read the bounds of mouth regions: rows of four to six numbers, from a file or from plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import SeamSyncError, shown
from ...parsing import parse_json, parsed, read_text

#: Names under which a row lies in a mapping.
ROW_NAMES = ("bounds", "rect", "bbox", "box")
#: Numbers of a row: x, y and two more; five and six add a width and a height.
_FEWEST, _MOST = 4, 6
#: Files of bounds in a folder of pictures, and the suffixes that files of bounds have.
FILE_NAMES = ("bounds", "crop_rectangles", "rectangles")
SUFFIXES = (".json", ".csv", ".txt", ".npy")
_LARGEST_ROWS = 10_000_000


def read_bounds(path: str | Path) -> np.ndarray:
    """Read the bounds of every region from a file.

    A JSON file holds a list of rows, or rows by the number of their frame, each plain or under a name such as ``rect``. CSV and
    TXT hold a row a line, after a line of names or not. NPY holds an array ``[N,4…6]``, or one row.

    Args:
        path: of the file, .json, .csv, .txt or .npy.

    Returns:
        float64 ``[N,4…6]``, NaN where a frame has no row; N is 1 for a row that holds for all frames.

    Raises:
        SeamSyncError: no such file, another kind of file, or rows that are not of four to six numbers.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise SeamSyncError(f"{path} must be a file of bounds: {', '.join(SUFFIXES)}")
    with parsed(path, "bounds of mouth regions", "write four numbers a frame: left, top, right, bottom"):
        if path.suffix.lower() == ".npy":
            return rows_of(_read_array(path))
        return rows_of_text(read_text(path, "bounds of mouth regions"))


def rows_of_text(text: str) -> np.ndarray:
    """Return the rows of a text as :func:`rows_of` does: JSON, or a row a line.

    Raises:
        SeamSyncError: it is neither.
    """
    with parsed("bounds", "rows of numbers", "write four numbers a frame: left, top, right, bottom"):
        return rows_of(parse_json(text) if text.lstrip().startswith(("[", "{")) else _lines(text))


def rows_of(value: Any) -> np.ndarray:
    """Return rows as an array.

    Args:
        value: one row, a list of rows (None: no row), rows by the number of their frame, or an array. A row is four to six
            numbers, or a mapping that has them under ``bounds``, ``rect``, ``bbox`` or ``box``.

    Returns:
        float64 ``[N,4…6]``, NaN where there is no row.

    Raises:
        SeamSyncError: no rows, rows of different lengths, or something else than numbers.

    Example:
        >>> rows_of({"1": {"rect": [10, 20, 30, 40]}, "3": [11, 20, 31, 40]})[:, 0].tolist()
        [10.0, nan, 11.0]
    """
    if isinstance(value, Mapping):
        inner = next((value[name] for name in ROW_NAMES if name in value), None)
        return rows_of(inner) if inner is not None else _numbered(value)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple) and value and all(isinstance(one, int | float) for one in value):
        value = [value]
    if not isinstance(value, list | tuple) or not value:
        raise SeamSyncError(f"bounds must be rows of four numbers, one a frame, got {shown(value)}")
    rows = [_row(one) for one in value]
    lengths = {len(row) for row in rows if row is not None}
    if not lengths:
        raise SeamSyncError("bounds must be rows of four numbers, one a frame, got no row")
    if len(lengths) > 1:
        raise SeamSyncError(f"all rows of bounds must have as many numbers, got rows of {', '.join(map(str, sorted(lengths)))}")
    empty = [np.nan] * lengths.pop()
    return np.array([empty if row is None else row for row in rows], np.float64)


def first_number(numbers: Iterable[int]) -> int:
    """Return the number by which the first frame is called, as people count: 0 or 1.

    Raises:
        SeamSyncError: the numbers begin later, so that the first frame's cannot be known.
    """
    lowest = min(numbers)
    if lowest not in (0, 1):
        raise SeamSyncError(f"frames must be numbered from 0 or from 1, got {lowest} as the lowest number; rename them")
    return lowest


def _numbered(rows: Mapping[str, Any]) -> np.ndarray:
    try:
        by_number = {int(key): row for key, row in rows.items()}
    except ValueError:
        names = ", ".join(ROW_NAMES)
        raise SeamSyncError(f"bounds must be under {names}, or under the numbers of frames, got {shown(list(rows))}") from None
    if not by_number:
        raise SeamSyncError("bounds must be rows of four numbers, one a frame, got no row")
    first = first_number(by_number)
    if max(by_number) - first > max(_LARGEST_ROWS, 0):
        raise SeamSyncError(f"bounds are numbered up to {max(by_number)}; at most {_LARGEST_ROWS} frames can be read")
    return rows_of([by_number.get(number) for number in range(first, max(by_number) + 1)])


def _row(value: Any) -> list[float] | None:
    if isinstance(value, Mapping):
        value = next((value[name] for name in ROW_NAMES if name in value), value)
    if value is None:
        return None
    plain = isinstance(value, list | tuple) and _FEWEST <= len(value) <= _MOST
    if not plain or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in value):
        raise SeamSyncError(f"a row of bounds must be four to six numbers, got {shown(value)}")
    return [float(one) for one in value]


def _lines(text: str) -> list[list[float]]:
    rows = [re.split(r"[\s,;]+", line.strip(" \t,;")) for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
    if rows and not any(_is_number(word) for word in rows[0]):  # the names of the columns
        rows = rows[1:]
    return [[float(word) for word in row] for row in rows]


def _is_number(word: str) -> bool:
    return re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", word) is not None


def _read_array(path: Path) -> np.ndarray:
    array = np.lib.format.open_memmap(path, mode="r")  # checks the size before memory is taken, and reads no pickles
    if array.dtype.kind not in "iuf" or array.ndim > 2 or array.size > _MOST * _LARGEST_ROWS:
        raise ValueError(f"an array of {array.dtype} {list(array.shape)}")
    return np.array(array, np.float64)
