"""Weights out of a TorchScript archive, read as data: nothing in it is compiled or run, as ``torch.jit.load`` would.

An archive is a zip: ``NAME/data.pkl`` pickles the module tree, its classes named ``__torch__…``; the tensors' bytes lie
uncompressed in ``NAME/data/KEY``; the program is in ``NAME/code`` and is never opened.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch

from ...errors import SeamSyncError
from ...parsing import check_archive, parsed

_DTYPES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
#: Modules and tensors of a tree. Modules that hold one another twice can stand for 10^9 of them.
_MOST_PARTS = 100_000


def read_torchscript(path: Path) -> dict[str, torch.Tensor]:
    """Parameters and buffers of the module in an archive, on the CPU, under the keys of its ``state_dict``.

    Args:
        path: a file of ``torch.jit.save``.

    Raises:
        SeamSyncError: no such archive, damaged, one that holds other things than modules, tensors and plain values, or a
            frozen one, whose weights have lost their names.
    """
    with parsed(path, "a TorchScript archive", "is the download complete?"):
        check_archive(path, stored=True)
        with zipfile.ZipFile(path) as archive:
            (tree,) = [name for name in archive.namelist() if name.count("/") == 1 and name.endswith("/data.pkl")]
            with archive.open(tree) as stream:
                module = _Reader(stream, archive, tree.removesuffix(".pkl")).load()
        tensors = _named_tensors(module)
    if not tensors:
        raise SeamSyncError(
            f"{path.name} is a TorchScript archive without named weights (frozen?); give a .pth or .safetensors"
        )
    return tensors


class _Module:
    """A module of the archive: what it holds by name, and no behaviour."""

    parts: dict[str, Any]

    def __init__(self) -> None:
        self.parts = {}

    def __setstate__(self, state: Any) -> None:
        self.parts = dict(state)


def _first(value: Any, *_: Any) -> Any:
    """Stands for the functions that give a list its type."""
    return value


class _Reader(pickle.Unpickler):
    """Knows modules, tensors and typed lists; any other name in the pickle stops it."""

    def __init__(self, stream: Any, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(stream)
        self._archive, self._folder = archive, folder
        self._storages: dict[str, torch.Tensor] = {}

    def find_class(self, module: str, name: str) -> Any:
        """What stands for a name."""
        if module.split(".")[0] == "__torch__":
            return _Module
        if module == "torch.jit._pickle":
            return _first
        known = {"torch._utils._rebuild_tensor_v2": _tensor, "collections.OrderedDict": OrderedDict}
        known |= {f"torch.{storage}": dtype for storage, dtype in _DTYPES.items()}
        if f"{module}.{name}" not in known:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no weight")
        return known[f"{module}.{name}"]

    def persistent_load(self, pid: Any) -> torch.Tensor:
        """The storage called ``("storage", dtype, key, device, numel)``, as a flat tensor."""
        _, dtype, key, _, _ = pid
        if key not in self._storages:
            content = bytearray(self._archive.read(f"{self._folder}/{key}"))
            self._storages[key] = torch.frombuffer(content, dtype=dtype) if content else torch.empty(0, dtype=dtype)
        return self._storages[key]


def _tensor(storage: torch.Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> torch.Tensor:
    """A view of a storage; torch refuses one that reaches past its end."""
    return storage.as_strided(size, stride, offset)


def _named_tensors(tree: Any) -> dict[str, torch.Tensor]:
    """Return the tensors of a tree of modules by their dotted names, in order.

    Raises:
        ValueError: more parts than any network has.
    """
    found: dict[str, torch.Tensor] = {}
    left = [("", tree)]
    for _ in range(_MOST_PARTS):
        if not left:
            return found
        name, part = left.pop()
        if isinstance(part, torch.Tensor):
            found[name] = part
        elif isinstance(part, _Module):
            left += reversed([(f"{name}.{key}" if name else str(key), value) for key, value in part.parts.items()])
    raise ValueError(f"more than {_MOST_PARTS} modules and tensors")
