"""Damage a file: its bytes, its text, its values, its zip members."""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import yaml

Rng = np.random.Generator

#: Integers at which readers go wrong: signs, sizes, powers of two and their neighbours.
_NUMBERS = (0, 1, -1, 2, 127, 128, 255, 256, 32767, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1)
#: Values that a text format allows in any place.
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31, 10**30, 1e308, math.inf, -math.inf, math.nan, 0.5, -1e-300),
    *("", "x", "0", "-1", "nan", "1e999", "~nosuch/x", "../../x", "/dev/zero", "a\0b", "\x1b[31m", "é" * 300, "x" * 100_000),
    *([], {}, [[]], [None], {"": None}, ["1", 0], ["1"], [1, 2, 3], {"a": {"b": {}}}, "{{", "!!python/name:os.system"),
)
#: Pieces of text that change how YAML, JSON or CSV is read.
_TEXTS = (
    *("\0", "\ufeff", "&a [*a]", "*a", "!!binary x", "!!timestamp 1", "!!set", "? x", "<<: *x", "---\n", "\t", '"', "'"),
    *("[" * 3000, "{" * 3000, "- " * 3000, "{a: " * 2000, "9" * 5000, "1e999999", "0x", "0o8", "2001-99-99", "%YAML 9\n"),
    *("\ud7ff", ",,,,", "\r", "#"),
)


def damage(content: bytes, suffix: str, others: Sequence[bytes], rng: Rng) -> bytes:
    """Return a damaged copy of a file.

    Args:
        content: the whole file.
        suffix: of its name; it chooses the changes that know the format.
        others: files of the same kind, parts of which may be put in.
        rng: chooses.
    """
    known = {".json": _change_json, ".yaml": _change_yaml, ".npz": _change_arrays}
    known |= dict.fromkeys((".jsonl", ".csv", ".set"), _change_text)
    ways: list[Callable[[bytes, Rng], bytes]] = [_flip, _overwrite, _truncate, _remove, _repeat, _number]
    ways += [lambda data, rng: _splice(data, others[int(rng.integers(len(others)))], rng)]
    if suffix in known:
        ways += [known[suffix]] * 8
    if suffix in (".json", ".yaml"):
        ways += [_change_text] * 2
    if content[:2] == b"PK":
        ways += [_change_members] * 4
    for _ in range(int(rng.choice([1, 1, 1, 2, 3, 6]))):
        content = ways[int(rng.integers(len(ways)))](content, rng)
    return content


def _place(content: bytes, rng: Rng, width: int = 1) -> int:
    """Return a position; headers and ends of files are more often chosen."""
    last = max(len(content) - width, 0)
    near = int(min(rng.exponential(60), last))
    return [near, last - near, int(rng.integers(last + 1)), int(rng.integers(last + 1))][int(rng.integers(4))]


def _flip(content: bytes, rng: Rng) -> bytes:
    changed = bytearray(content)
    for _ in range(int(rng.choice([1, 2, 8, 40]))):
        if changed:
            changed[_place(content, rng)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _overwrite(content: bytes, rng: Rng) -> bytes:
    at, count = _place(content, rng), int(rng.choice([1, 4, 16, 200]))
    new = [bytes(count), b"\xff" * count, rng.bytes(count)][int(rng.integers(3))]
    return content[:at] + new + content[at + count :]


def _truncate(content: bytes, rng: Rng) -> bytes:
    return content[: _place(content, rng)]


def _remove(content: bytes, rng: Rng) -> bytes:
    at = _place(content, rng)
    return content[:at] + content[at + int(rng.choice([1, 3, 8, 100, 1000])) :]


def _repeat(content: bytes, rng: Rng) -> bytes:
    at, count = _place(content, rng), int(rng.choice([1, 4, 64, 1000]))
    return content[: at + count] + content[at : at + count] * int(rng.choice([1, 1, 5, 50])) + content[at + count :]


def _splice(content: bytes, other: bytes, rng: Rng) -> bytes:
    begin, count = _place(other, rng), int(rng.choice([4, 64, 2000, 10**6]))
    at = _place(content, rng)
    kept = at if rng.random() < 0.5 else at + count
    return content[:at] + other[begin : begin + count] + content[kept:]


def _number(content: bytes, rng: Rng) -> bytes:
    """Write an integer of 1, 2, 4 or 8 bytes, or a variable-length one, as lengths and counts are stored."""
    value, width = int(rng.choice(np.array(_NUMBERS, object))), int(rng.choice([1, 2, 4, 8]))
    raw = (value % 2**64).to_bytes(8, "little")[:width]
    if rng.random() < 0.5:
        raw = raw[::-1]
    if rng.random() < 0.2:
        raw = b"\xff\xff\xff\xff\x0f"
    if rng.random() < 0.2:
        raw = struct.pack(rng.choice(["<f", ">f", "<d", ">d"]), float(rng.choice([math.nan, math.inf, -1e30, 1e-30])))
    at = _place(content, rng, len(raw))
    return content[:at] + raw + content[at + len(raw) :]


def _change_text(content: bytes, rng: Rng) -> bytes:
    at = _place(content, rng)
    piece = str(_TEXTS[int(rng.integers(len(_TEXTS)))]).encode("utf-8", "surrogatepass")
    return content[:at] + piece + content[at + int(rng.choice([0, 0, 1, 5])) :]


def _change_json(content: bytes, rng: Rng) -> bytes:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return _change_text(content, rng)
    text = json.dumps(_change_value(value, rng))
    if rng.random() < 0.05:
        depth = int(rng.choice([500, 5000, 100_000]))
        text = text[:-1] + f', "x": {"[" * depth}{"]" * depth}' + text[-1]
    return text.encode()


def _change_yaml(content: bytes, rng: Rng) -> bytes:
    try:
        value = yaml.safe_load(content)
    except Exception:  # it was damaged before; PyYAML raises errors of many kinds
        return _change_text(content, rng)
    text = yaml.safe_dump(_change_value(value, rng), allow_unicode=True)
    if rng.random() < 0.05:
        rows = ["x0: &x0 [1]", *(f"x{k}: &x{k} [{', '.join([f'*x{k - 1}'] * 9)}]" for k in range(1, 9))]
        text = "\n".join(rows) + "\n" + text
    return text.encode()


def _change_value(value: Any, rng: Rng) -> Any:
    """Replace, remove, rename, wrap or repeat one value at a random depth."""
    if isinstance(value, dict | list) and value and rng.random() < 0.8:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = keys[int(rng.integers(len(keys)))]
        way, copy = rng.random(), value.copy()
        if way < 0.75:
            copy[key] = _change_value(value[key], rng)
        elif way < 0.85:
            del copy[key]
        elif isinstance(copy, dict):
            copy[str(_VALUES[int(rng.integers(len(_VALUES)))])[:50]] = copy.pop(key)
        else:
            copy += [copy[key]] * int(rng.choice([1, 1000]))
        return copy
    way = rng.random()
    return [value] if way < 0.1 else {"a": value} if way < 0.2 else _VALUES[int(rng.integers(len(_VALUES)))]


def _change_members(content: bytes, rng: Rng) -> bytes:
    """Damage, empty, remove, rename or repeat one member of a zip file, or fill it with zeros that pack to nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except Exception:  # it was damaged before; zipfile raises errors of many kinds
        return _flip(content, rng)
    if not members:
        return content
    at, way = int(rng.integers(len(members))), int(rng.integers(7))
    name, data = members[at]
    new = {
        0: [(name, _flip(data, rng))],
        1: [(name, b"")],
        2: [],
        3: [(str(rng.choice(["../x", "/x", ".", "x" * 300, name + "x"])), data)],
        4: [(name, data), (name, _flip(data, rng))],
        5: [(name, _number(data, rng))],
        6: [(name, data[:200] + bytes(64 << 20))],
    }[way]
    out = io.BytesIO()
    packing = zipfile.ZIP_DEFLATED if way == 6 else zipfile.ZIP_STORED
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in [*members[:at], *new, *members[at + 1 :]]:
            archive.writestr(zipfile.ZipInfo(name), data, packing)  # the fixed date of ZipInfo, not today's
    return out.getvalue()


def _change_arrays(content: bytes, rng: Rng) -> bytes:
    """Put other values, types or shapes into one array of an ``.npz`` file."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files if data[name].dtype.kind in "biufc"}
    except Exception:  # it was damaged before; NumPy raises errors of many kinds
        return _flip(content, rng)
    if not arrays:
        return content
    name = list(arrays)[int(rng.integers(len(arrays)))]
    array = arrays[name]
    flat = array.astype(np.float64).ravel()
    if flat.size:
        flat[int(rng.integers(flat.size))] = float(rng.choice([math.nan, math.inf, -1, 1e30, -1e30, 0, 2**31, 1e300]))
    with np.errstate(all="ignore"):
        choices: list[Any] = [
            flat.reshape(array.shape),
            flat.reshape(array.shape).astype(array.dtype),
            array[..., None],
            array[:0] if array.ndim else np.zeros(0),
            array[:-1] if array.ndim else array,
            np.concatenate([array, array]) if array.ndim else array,
            array.astype(str),
            array.astype(complex),
            np.full(array.shape, rng.choice([math.nan, math.inf, 0.0, -1.0, 1e9])),
            np.broadcast_to(np.float32(0), (1, *array.shape[1:])),
            np.array([{"a": 1}], object),
        ]
    arrays[name] = choices[int(rng.integers(len(choices)))]
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()
