"""Names and shapes of the tensors in a checkpoint, to see which network it is for."""

from __future__ import annotations

import importlib
import json
import struct
from pathlib import Path

from ...errors import SeamSyncError
from ..weights import load_state_dict

#: Bytes that the header of a safetensors file may have, by its specification.
_LONGEST_HEADER = 100_000_000


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
    return {name: tuple(tensor.shape) for name, tensor in load_state_dict(path).items()}


def _safetensors_header(path: Path) -> dict[str, tuple[int, ...]]:
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > _LONGEST_HEADER:
                raise ValueError(f"a header of {length} bytes")
            header = json.loads(file.read(length))
        return {name: tuple(about["shape"]) for name, about in header.items() if name != "__metadata__"}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise SeamSyncError(f"{path} cannot be read as safetensors ({error}); is the download complete?") from error


def _onnx_initializers(path: Path) -> dict[str, tuple[int, ...]]:
    try:
        onnx = importlib.import_module("onnx")
        damaged = importlib.import_module("google.protobuf.message").DecodeError
    except ImportError as error:
        raise SeamSyncError("weights in .onnx files need the package onnx; run: pip install onnx") from error
    try:
        return {item.name: tuple(item.dims) for item in onnx.load(str(path)).graph.initializer}
    except (OSError, ValueError, damaged) as error:
        raise SeamSyncError(f"{path} cannot be read as ONNX; is the download complete?") from error
