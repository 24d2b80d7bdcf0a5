"""Photos as phones write them, made with Pillow: Display P3, a gain map, tiles."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

from PIL import Image
from seamsync.benchmarks.libraries_stills import display_p3

__all__ = ["display_p3", "jpeg_with_gain_map", "tiled_photo"]

#: Side of a tile, in pixels; two by two make a photo.
TILE = 64


def jpeg_with_gain_map(picture: Image.Image) -> bytes:
    """A JPEG followed by a smaller grey one, which the multi-picture header (CIPA DC-007) and XMP announce."""
    first, second = io.BytesIO(), io.BytesIO()
    picture.save(first, "JPEG", quality=95)
    picture.convert("L").reduce(2).save(second, "JPEG")
    note = b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>'
    xmp = b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note
    size = len(first.getvalue()) + len(xmp) + 90
    entries = struct.pack("<4I", 0x030000, size, 0, 0) + struct.pack("<4I", 0, len(second.getvalue()), size - len(xmp) - 10, 0)
    table = b"II*\0" + struct.pack("<IH", 8, 3)
    table += struct.pack("<HHI4s", 0xB000, 7, 4, b"0100") + struct.pack("<HHII", 0xB001, 4, 1, 2)
    table += struct.pack("<HHII", 0xB002, 7, 32, 50) + bytes(4) + entries
    pictures = b"MPF\0" + table
    header = xmp + b"\xff\xe2" + struct.pack(">H", len(pictures) + 2) + pictures
    return first.getvalue()[:2] + header + first.getvalue()[2:] + second.getvalue()


def tiled_photo(greys: Sequence[int]) -> bytes:
    """An AVIF photo of two by two grey tiles (ISO 23008-12, 6.6.2.3), as cameras write large ones.

    Args:
        greys: levels of the four tiles, row by row.
    """
    tiles = [_coded(grey) for grey in greys]
    items = [bytes([0, 0, 1, 1]) + struct.pack(">HH", 2 * TILE, 2 * TILE), *(data for _, data in tiles)]
    numbers = range(1, len(items) + 1)
    properties = [_size(2 * TILE), _size(TILE), tiles[0][0], _full("pixi", 0, bytes([3, 8, 8, 8]))]
    kinds = [_full("infe", 2 << 24, struct.pack(">HH", n, 0), b"grid" if n == 1 else b"av01", b"\0") for n in numbers]
    used = [struct.pack(">HB", n, 2) + bytes([1, 4]) if n == 1 else struct.pack(">HB3B", n, 3, 2, 0x83, 4) for n in numbers]
    start = struct.pack(">4s4sI4s4s4s", b"ftyp", b"avif", 0, b"avif", b"mif1", b"miaf")
    start = struct.pack(">I", len(start) + 4) + start

    def meta(place: int) -> bytes:
        rows = []
        for n, item in zip(numbers, items, strict=True):
            rows.append(struct.pack(">4H2I", n, 0, 0, 1, place, len(item))[:4] + struct.pack(">HII", 1, place, len(item)))
            place += len(item)
        return _full(
            "meta",
            0,
            _full("hdlr", 0, bytes(4), b"pict", bytes(13)),
            _full("pitm", 0, struct.pack(">H", 1)),
            _full("iloc", 0, struct.pack(">BBH", 0x44, 0, len(items)), *rows),
            _full("iinf", 0, struct.pack(">H", len(items)), *kinds),
            _full("iref", 0, _box("dimg", struct.pack(">HH4H", 1, 4, 2, 3, 4, 5))),
            _box("iprp", _box("ipco", *properties), _full("ipma", 0, struct.pack(">I", len(items)), *used)),
        )

    return start + meta(len(start) + len(meta(0)) + 8) + _box("mdat", *items)


def _coded(grey: int) -> tuple[bytes, bytes]:
    """The codec's configuration box and the coded picture of one tile."""
    file = io.BytesIO()
    Image.new("RGB", (TILE, TILE), (grey,) * 3).save(file, "AVIF", quality=90)
    content = file.getvalue()
    at = content.index(b"av1C") - 4
    return content[at : at + int.from_bytes(content[at : at + 4], "big")], content[content.index(b"mdat") + 4 :]


def _box(kind: str, *parts: bytes) -> bytes:
    return struct.pack(">I", sum(map(len, parts)) + 8) + kind.encode() + b"".join(parts)


def _full(kind: str, version_and_flags: int, *parts: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version_and_flags), *parts)


def _size(side: int) -> bytes:
    return _full("ispe", 0, struct.pack(">II", side, side))
