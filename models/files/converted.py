"""Weights of TensorFlow Lite files, converted once to safetensors.

The copy lies beside the ``.tflite`` file and is checked by the hash that the registry records; so the ``tflite`` package is
needed for the conversion only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import torch

from ...errors import SeamSyncError
from ...files import is_file, write_file
from ..registry import converted_sha256


def load_converted(path: Path) -> dict[str, torch.Tensor]:
    """Return the weights of a registered ``.tflite`` file; write the converted copy where there is none.

    Where the folder cannot be written, the file is converted again each time.

    Args:
        path: the ``.tflite`` file, under its published name.

    Returns:
        as :func:`~.tflite_weights.read_tflite_weights`.

    Raises:
        SeamSyncError: the file is missing or damaged, gives other weights than the registry records, or has to be
            converted while the package ``tflite`` or ``safetensors`` is missing.
    """
    copy, expected = path.with_suffix(".safetensors"), converted_sha256(path.name)
    weights = _read_copy(copy)
    if weights is not None and tensors_sha256(weights) == expected:
        return weights
    weights = _convert(path)
    if tensors_sha256(weights) != expected:
        raise SeamSyncError(f"{path} does not hold the published weights; delete it and fetch it again")
    from safetensors.torch import save

    with suppress(OSError):
        write_file(copy, save(weights))
    return weights


def tensors_sha256(tensors: Mapping[str, torch.Tensor]) -> str:
    """Return the SHA-256 of named CPU tensors: names in order, shapes, types and bytes; independent of the file's format."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        array = tensors[name].contiguous().numpy()
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _read_copy(path: Path) -> dict[str, torch.Tensor] | None:
    """Return the tensors of a safetensors file; None where there is none or it is damaged."""
    if not is_file(path):
        return None
    try:
        from safetensors.torch import load_file

        return load_file(path, device="cpu")
    except Exception:  # whatever is wrong with the copy, the file itself is there
        return None


def _convert(path: Path) -> dict[str, torch.Tensor]:
    try:
        from .tflite_weights import read_tflite_weights

        import_module("safetensors.torch")  # needed after the conversion: a missing package is reported before the work
    except ImportError as error:
        raise SeamSyncError(
            f"converting {path.name} needs the package {error.name}; run: pip install tflite safetensors"
        ) from error
    return read_tflite_weights(path)
