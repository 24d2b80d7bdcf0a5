"""Names and shapes of the tensors in a checkpoint, to see which network it is for."""

from __future__ import annotations

import operator
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...extras import import_extra
from ...parsing import parse_json, parsed
from ..weights import load_state_dict

#: Bytes that the header of a safetensors file may have: 100,000 tensors.
_LONGEST_HEADER = 16 << 20


def tensor_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor in a file; nothing in the file is executed.

    Of ``.safetensors`` only the header is read.

    Args:
        path: ``.safetensors``, ``.onnx``, or one of PyTorch's formats.

    Raises:
        SeamSyncError: it cannot be read.
    """
    if path.suffix == ".safetensors":
        return _safetensors_header(path)
    if path.suffix == ".onnx":
        return _onnx_initializers(path)
    return {name: tuple(tensor.shape) for name, tensor in load_state_dict(path, mapped=True).items()}


def _safetensors_header(path: Path) -> dict[str, tuple[int, ...]]:
    with parsed(path, "safetensors", "is the download complete?"), path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > _LONGEST_HEADER:
            raise ValueError(f"a header of {length} bytes")
        header = parse_json(file.read(length))
        return {name: _shape(about["shape"]) for name, about in header.items() if name != "__metadata__"}


def _onnx_initializers(path: Path) -> dict[str, tuple[int, ...]]:
    onnx = import_extra("onnx", "a file of weights in .onnx")
    with parsed(path, "ONNX", "is the download complete?"):
        graph = onnx.load(str(path), load_external_data=False).graph
        return {str(item.name): _shape(item.dims) for item in graph.initializer}


def _shape(dims: Iterable[Any]) -> tuple[int, ...]:
    """Return a tensor's shape.

    Raises:
        TypeError: an item that is no whole number.
    """
    return tuple(operator.index(n) for n in dims)
