"""Read mouth regions: a folder of pictures, JSON lines with pictures in base64, or pictures in memory."""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...errors import SeamSyncError, shown
from ...parsing import parse_json, parsed
from .bounds import FILE_NAMES, ROW_NAMES, SUFFIXES, first_number, read_bounds, rows_of

#: Suffixes of pictures in a folder, and of files of JSON lines.
PICTURES, LINES = (".png", ".jpg", ".jpeg", ".webp", ".bmp"), (".jsonl", ".ndjson")
#: Names in a JSON line: of the picture, of the number of its output frame, of the target's frame that it was made for.
_PICTURE_NAMES = ("image", "picture", "mouth", "region", "prediction_data", "data")
_NUMBER_NAMES, _TARGET_NAMES = ("frame", "index"), ("target_frame", "frame_id")
#: Bytes of one line, of one picture, and frames of one job.
_LARGEST_LINE, _LARGEST_SIDE, _MOST = 32 << 20, 4096, 10_000_000

#: Gives the bytes or the pixels of one picture.
Load = Callable[[], bytes | np.ndarray]


@dataclass(frozen=True, eq=False)
class Regions:
    """Hold mouth regions: their pictures, which are read when they are asked for, and their bounds.

    Attributes:
        pictures: how to read the picture of each output frame; None: it has none.
        rows: float64 ``[N,4…6]``, bounds of each, NaN where a frame has none.
        size: width and height (both > 0) of the pictures that the bounds were measured in, where the file says so.
        targets: int64 ``[N]``, the target's frame that each was made for, where the file says so.
        name: of the file or folder.
    """

    pictures: Sequence[Load | None]
    rows: np.ndarray
    size: tuple[float, float] | None = None
    targets: np.ndarray | None = None
    name: str = "regions"

    def __len__(self) -> int:
        return len(self.pictures)

    def picture(self, index: int) -> np.ndarray | None:
        """Return the picture of an output frame, uint8 RGB ``[h,w,3]``, or None where it has none that can be read."""
        load = self.pictures[index]
        return None if load is None else _decoded(load())


def read_regions(source: str | Path | Sequence[Any] | np.ndarray, bounds: Any = None) -> Regions:
    """Read mouth regions from what people have.

    A folder holds pictures numbered from 0 or 1, and its bounds as ``bounds.json``, ``.csv``, ``.txt`` or ``.npy`` (or
    ``crop_rectangles``). A file of JSON lines holds an object a line: the picture in base64 under ``image``, its bounds under
    ``bounds``, and, if wanted, the number of its output frame from 0 under ``frame``, the target's frame that it was made for
    under ``target_frame`` or ``frame_id``, and the size of the picture that the bounds were measured in under ``size``.

    Args:
        source: path of a folder or of a ``.jsonl`` file; or pictures, each a path, encoded bytes, RGB ``[h,w,3]`` (uint8 or
            float 0…1), or None; or an array of them, ``[N,h,w,3]``.
        bounds: a file of bounds or rows (:func:`.bounds.rows_of`), for a source without its own.

    Raises:
        SeamSyncError: nothing is there, bounds are missing, or their number is not that of the pictures.

    Example:
        >>> mouth = np.zeros((8, 8, 3), np.uint8)
        >>> len(read_regions([mouth, None, mouth], [10, 20, 18, 28]))
        3
    """
    rows = None if bounds is None else read_bounds(bounds) if isinstance(bounds, str | Path) else rows_of(bounds)
    if isinstance(source, str | Path):
        path = Path(source).expanduser()
        if path.is_dir():
            return _folder(path, rows)
        if path.suffix.lower() in LINES:
            return _lines(path, rows)
        raise SeamSyncError(f"mouth regions must be a folder of pictures or a .jsonl file, got {path}")
    pictures = [None if one is None else _loader(one) for one in source]
    return Regions(pictures, _one_each(rows, len(pictures), "the pictures"))


def _one_each(rows: np.ndarray | None, count: int, name: str) -> np.ndarray:
    if rows is None:
        raise SeamSyncError(f"{name} need bounds: a file or rows of four numbers, one a frame or one for all")
    if len(rows) == 1:
        return np.repeat(rows, count, axis=0)
    if len(rows) != count:
        raise SeamSyncError(f"{name} are {count}, but there are {len(rows)} rows of bounds; give one a picture, or one for all")
    return rows


def _folder(path: Path, rows: np.ndarray | None) -> Regions:
    files = [file for file in path.iterdir() if file.suffix.lower() in PICTURES]
    numbers = [re.findall(r"\d+", file.stem) for file in files]
    unnamed = next((file.name for file, found in zip(files, numbers, strict=True) if not found), None)
    if not files or unnamed:
        raise SeamSyncError(
            f"{path} must hold pictures ({', '.join(PICTURES)}) named by their frame, such as 00012.png; "
            f"got {unnamed or 'none'}"
        )
    by_number = {int(found[-1]): file for file, found in zip(files, numbers, strict=True)}
    if len(by_number) < len(files):
        raise SeamSyncError(f"several pictures in {path} have the same number; name each by its frame")
    first = first_number(by_number)
    if rows is None:
        beside = [path / f"{name}{suffix}" for name in FILE_NAMES for suffix in SUFFIXES]
        rows = next((read_bounds(file) for file in beside if file.is_file()), None)
    count = max(by_number) + 1 - first
    if rows is not None and 1 < count < len(rows):  # the last pictures are missing
        count = len(rows)
    _check_count(count, str(path))
    loads = [_loader(by_number[k]) if (k := number + first) in by_number else None for number in range(count)]
    return Regions(loads, _one_each(rows, count, f"the frames of {path.name}"), name=path.name)


def _lines(path: Path, rows: np.ndarray | None) -> Regions:
    found: dict[int, tuple[int, Any, Any]] = {}
    size: tuple[float, float] | None = None
    for place, values in _objects(path):
        number = next((values[name] for name in _NUMBER_NAMES if name in values), len(found))
        if not isinstance(number, int) or number in found or not 0 <= number <= _MOST:
            raise SeamSyncError(f"{path.name}: frame must be a whole number from 0, each once, got {shown(number)}")
        row = next((values[name] for name in ROW_NAMES if name in values), None)
        target = next((values[name] for name in _TARGET_NAMES if name in values), None)
        has_picture = any(values.get(name) for name in _PICTURE_NAMES)
        found[number] = (place if has_picture else -1, row, target)
        size = _size(values.get("size"), path) or size
    if not found:
        raise SeamSyncError(f"{path} has no lines; write a JSON object a line, with image and bounds")
    lines = [found.get(number, (-1, None, None)) for number in range(max(found) + 1)]
    loads = [None if place < 0 else _line_loader(path, place) for place, _, _ in lines]
    if any(row is not None for _, row, _ in lines):
        own = rows_of([row for _, row, _ in lines])
    else:
        own = _one_each(rows, len(lines), f"the lines of {path.name}")
    return Regions(loads, own, size, _targets([target for _, _, target in lines], path), path.name)


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a file of JSON lines, each with the place where its line begins."""
    with parsed(path, "mouth regions", "write a JSON object a line, with image and bounds"), open(path, "rb") as file:
        place = 0
        while line := file.readline(_LARGEST_LINE):
            if len(line) == _LARGEST_LINE:
                raise ValueError(f"a line of more than {_LARGEST_LINE >> 20} MB")
            if line.strip():
                values = parse_json(line)
                if not isinstance(values, dict):
                    raise ValueError(f"a line that is no object: {shown(values)}")
                yield place, values
            place += len(line)


def _size(value: Any, path: Path) -> tuple[float, float] | None:
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 2 and all(isinstance(one, int | float) and one > 0 for one in value):
        return float(value[0]), float(value[1])
    raise SeamSyncError(f"{path.name}: size must be [width, height], got {shown(value)}")


def _targets(targets: list[Any], path: Path) -> np.ndarray | None:
    if all(target is None for target in targets):
        return None
    filled, last = [], 0
    for target in targets:  # a frame without a line shows the frame after the last one's
        last = last + 1 if target is None else target
        if not isinstance(last, int) or not 0 <= last <= _MOST:
            raise SeamSyncError(f"{path.name}: target_frame must be a whole number from 0, got {shown(last)}")
        filled.append(last)
    return np.array(filled, np.int64)


def _check_count(count: int, name: str) -> None:
    if count > _MOST:
        raise SeamSyncError(f"{name} is numbered over {count} frames; at most {_MOST} can be read")


def _line_loader(path: Path, place: int) -> Load:
    def load() -> bytes:
        """Read the line again: all pictures together may not fit into memory."""
        with open(path, "rb") as file:
            file.seek(place)
            values = parse_json(file.readline(_LARGEST_LINE))
        return _from_base64(next(values[name] for name in _PICTURE_NAMES if values.get(name)))

    return load


def _from_base64(text: Any) -> bytes:
    if not isinstance(text, str):
        return b""
    try:
        return base64.b64decode(text.partition("base64,")[2] or text)
    except (binascii.Error, ValueError):
        return b""


def _loader(one: Any) -> Load:
    if isinstance(one, str | Path):
        return Path(one).read_bytes
    if isinstance(one, bytes):
        return lambda: one
    return lambda: np.asarray(one)


def _decoded(content: bytes | np.ndarray) -> np.ndarray | None:
    """Return a picture as uint8 RGB ``[h,w,3]``; None where it is broken."""
    if isinstance(content, np.ndarray):
        if content.ndim != 3 or content.shape[2] not in (3, 4) or not content.size:
            raise SeamSyncError(f"a mouth region must be RGB [h,w,3], got {list(content.shape)}")
        if content.dtype != np.uint8:
            content = np.rint(np.clip(np.nan_to_num(content), 0, 1) * 255).astype(np.uint8)
        return content[..., :3]
    # Whatever a decoder raises, the picture is broken.
    with suppress(Exception), Image.open(io.BytesIO(content)) as picture:
        if max(picture.size) <= _LARGEST_SIDE:
            return np.asarray(picture.convert("RGB"))
    return None
