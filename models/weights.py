"""Weights on disk: where they lie, whether they are whole, and how they are read without running what is in them."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import torch

from ..errors import SeamSyncError
from ..extras import import_extra
from ..files import home_path, is_file
from ..parsing import check_archive, unreadable
from ..progress import Progress, no_progress
from ..tensors import shape_text
from .files.converted import load_converted
from .files.download import download, matches
from .files.torchscript import read_torchscript
from .registry import ModelEntry, WeightFile, get, size_of

_PACK = Path(__file__).parents[1]
#: A host's models folder, ours being ``seamsync`` below it; or the folders that a host keeps our models in, best first.
ModelFolders: TypeAlias = Path | Sequence[Path]

#: Files of more bytes are not read to the end to see whether they are whole.
_LARGE = 1 << 30
_CONTAINERS = ("state_dict", "model", "params_ema", "params")
#: How PyTorch names a class that is no weight, in the message that refuses it.
_FOREIGN = re.compile(r"Unsupported (?:global: GLOBAL|class) (\S+)")


def weights_dir(models: ModelFolders | None = None) -> Path:
    """The folder weights are put into; not made by asking.

    The first that applies: a host's folder (:data:`ModelFolders`), the environment's ``SEAMSYNC_MODELS``, the
    models folder of the ComfyUI this pack is installed in, the user's cache, and, for a user without a home, the system's
    temporary folder.
    """
    return search_dirs(models)[0]


def search_dirs(models: ModelFolders | None = None) -> list[Path]:
    """Return the folders that weights are looked for in, in order."""
    found = [models / "seamsync"] if isinstance(models, Path) else list(models or ())
    if os.environ.get("SEAMSYNC_MODELS"):
        found.append(Path(os.environ["SEAMSYNC_MODELS"]))
    if _PACK.parent.name == "custom_nodes" and (_PACK.parents[1] / "models").is_dir():
        found.append(_PACK.parents[1] / "models" / "seamsync")
    cache = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or home_path("~/.cache")
    if Path(cache).is_absolute():  # else the user has no home
        found.append(Path(cache) / "seamsync")
    return list(dict.fromkeys(found or [Path(tempfile.gettempdir()) / "seamsync"]))


def _folders(entry: ModelEntry, models: ModelFolders | None) -> list[Path]:
    """Where the files of one model may lie; the first is where they are put."""
    roots = [home_path(torch.hub.get_dir())] if entry.torch_hub else search_dirs(models)
    return [root / entry.folder for root in roots]


def _place(folder: Path, file: WeightFile) -> Path:
    """Where a file lies in a folder: under its name, or one of the others it is published by."""
    found = (folder / name for name in (file.name, *file.aliases) if is_file(folder / name))
    return next(found, folder / file.name)


def status(name: str, models: ModelFolders | None = None) -> tuple[str, Path]:
    """How a model stands: ``"present"``, ``"missing"`` or ``"damaged"``, and the folder it is in or would be put into.

    Files with a published sha256 are checked by it; of files of more than 1 GB, which take seconds to read, only the size is
    compared, as their sha256 was checked when they were fetched. Others count as present when they are there and not empty.

    Args:
        name: one of :func:`.registry.names`.
        models: a host's folders of models, if any.

    Raises:
        SeamSyncError: no such model.
    """
    entry = get(name)
    folders = _folders(entry, models)
    state, folder = "missing", folders[0]
    for candidate in folders:
        paths = [_place(candidate, file) for file in entry.files]
        if not any(is_file(path) for path in paths):
            continue
        if all(is_file(path) and _is_whole(path, file) for path, file in zip(paths, entry.files, strict=True)):
            return "present", candidate
        if state == "missing":
            state, folder = "damaged", candidate
    return state, folder


def _is_whole(path: Path, file: WeightFile) -> bool:
    size = path.stat().st_size
    return size == file.size if file.size > _LARGE else matches(path, file)


def existing_files(name: str, models: ModelFolders | None = None) -> list[Path]:
    """Files of a model that are there, of the first folder that has any; unread, so that nothing is known of their content.

    Args:
        name: one of :func:`.registry.names`.
        models: a host's folders of models, if any.

    Raises:
        SeamSyncError: no such model.
    """
    entry = get(name)
    for folder in _folders(entry, models):
        if found := [path for file in entry.files if is_file(path := _place(folder, file))]:
            return found
    return []


def find(name: str, models: ModelFolders | None = None) -> dict[str, Path]:
    """Paths of a model's files by file name; downloads nothing.

    Args:
        name: one of :func:`.registry.names`.
        models: a host's folders of models, if any.

    Raises:
        SeamSyncError: missing or damaged; says what to do first, then where it was looked for, and the licence.
    """
    entry = get(name)
    state, folder = status(name, models)
    if state != "present":
        raise SeamSyncError(f"{name} is {state}: {_remedy(entry, folder, models)}; licence: {entry.terms}")
    return {file.name: _place(folder, file) for file in entry.files}


def fetch(name: str, progress: Progress = no_progress, models: ModelFolders | None = None) -> dict[str, Path]:
    """Download a model, and those it needs, unless they are there; call it when the user asked for it. Nothing else downloads.

    Args:
        name: one of :func:`.registry.names`.
        progress: called with bytes.
        models: a host's folders of models, if any.

    Returns:
        paths by file name, as :func:`find`; of a model that is needed, by its name and the file's, ``whisper-tiny/model.bin``.

    Raises:
        SeamSyncError: no network, another content than expected, or weights that have to be fetched by hand (says from
            which page, and into which folder).
    """
    entry = get(name)
    state, folder = status(name, models)
    if state != "present":
        if entry.fetch == "manual":
            raise SeamSyncError(f"{name} cannot be fetched for you: {_remedy(entry, folder, models)}; licence: {entry.terms}")
        download(entry, folder, progress)
    paths = find(name, models)
    for file in entry.files:
        if file.converted_sha256:
            load_converted(paths[file.name])
    for other in entry.needs:
        paths |= {f"{other}/{file}": path for file, path in fetch(other, progress, models).items()}
    return paths


def _remedy(entry: ModelEntry, folder: Path, models: ModelFolders | None) -> str:
    """What to do about a model that is missing or damaged; the deed first, as hosts may show the beginning alone."""
    others = [str(other) for other in _folders(entry, models) if other != folder]
    if entry.fetch != "manual":
        return f"run: {_command(entry)}; looked in {', '.join([str(folder), *others])}"
    files = " and ".join(file.name for file in entry.files)
    pages = " and ".join(f"{file.origin or entry.source} ({file.size:,} bytes)" for file in entry.files)
    return f"put {files} into {' or '.join([str(folder), *others])}; get it from {pages}"


def _command(entry: ModelEntry) -> str:
    """What fetches a model: in ComfyUI, where our command may not be, the pack's own installer."""
    if _PACK.parent.name == "custom_nodes":
        return f"{sys.executable} {_PACK / 'install.py'} {entry.name}"
    return f"seamsync models get {entry.name}"


def load_state_dict(path: Path, *, mapped: bool = False) -> dict[str, torch.Tensor]:
    """Tensors of a checkpoint, on the CPU; nothing in the file is executed.

    Reads ``.safetensors`` (needs that package), PyTorch's own formats (``weights_only``), and TorchScript archives, as data.
    Looks into the usual containers (``state_dict``, ``model``, ``params_ema``, ``params``) and takes ``module.`` prefixes
    off. What else a container holds, such as an optimizer's state, is let go.

    Args:
        path: the file.
        mapped: map the file into memory where its format allows it, so that a tensor is read when it is used. Changes to a
            tensor do not reach the file.

    Raises:
        SeamSyncError: missing, truncated (says how long a published file of that name is), a pickled program, or no state
            dict in it.
    """
    path = Path(path)
    if not is_file(path):
        raise SeamSyncError(f"no such file: {path}")
    content = _load_safetensors(path) if path.suffix == ".safetensors" else _load_torch(path, mapped)
    return _tensors_of(content, path)


def _load_safetensors(path: Path) -> dict[str, torch.Tensor]:
    safetensors = import_extra("safetensors.torch", path.name)
    try:
        return safetensors.load_file(path, device="cpu")
    except Exception as error:
        raise _unreadable(path, error) from error


def _load_torch(path: Path, mapped: bool) -> Any:
    try:
        archive = zipfile.is_zipfile(path)
        if archive:
            check_archive(path, stored=True)
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped and archive)
    except SeamSyncError:
        raise
    except Exception as error:  # a damaged pickle may raise anything
        if "TorchScript" in str(error):
            return read_torchscript(path)
        asked = _FOREIGN.search(str(error))
        if asked:
            why = f"cannot be read without running what is in it: it is made of {asked[1]}, not of weights alone"
            raise SeamSyncError(f"{path.name} {why}; give its state dict as .pth or .safetensors") from error
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> SeamSyncError:
    size, published = path.stat().st_size, size_of(path.name)
    expected = f"{size:,} bytes, the published file has {published:,}" if published not in (0, size) else f"{size:,} bytes"
    return unreadable(path, "weights", error, f"it has {expected}: is the download complete, and a checkpoint?")


def _tensors_of(content: Any, path: Path) -> dict[str, torch.Tensor]:
    """The state dict in a container, without the prefix that ``DataParallel`` adds."""
    for key in _CONTAINERS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    tensors = {str(k): v for k, v in content.items() if isinstance(v, torch.Tensor)} if isinstance(content, Mapping) else {}
    if not tensors:
        held = ", ".join(map(str, list(content)[:5])) if isinstance(content, Mapping) else type(content).__name__
        raise SeamSyncError(f"{path} must hold a state dict (or one under {', '.join(_CONTAINERS)}), got {held or 'nothing'}")
    prefixed = all(key.startswith("module.") for key in tensors)
    return {key.removeprefix("module."): value for key, value in tensors.items()} if prefixed else tensors


def check_keys(expected: Mapping[str, torch.Tensor], got: Mapping[str, torch.Tensor], name: str) -> None:
    """Raise unless ``got`` has exactly the keys and shapes of ``expected``.

    Args:
        expected: the network's own ``state_dict()``.
        got: what the checkpoint holds.
        name: what the user calls the checkpoint.

    Raises:
        SeamSyncError: how many keys are missing, unexpected, or of another shape, with the first three of each.
    """
    shapes = [{key: tuple(value.shape) for key, value in state.items()} for state in (expected, got)]
    check_shapes(shapes[0], shapes[1], name)


def check_shapes(expected: Mapping[str, tuple[int, ...]], got: Mapping[str, tuple[int, ...]], name: str) -> None:
    """Raise unless ``got`` has exactly the keys and shapes of ``expected``; as :func:`check_keys`, of shapes alone."""
    both = [key for key in expected if key in got]
    problems = {
        "missing": [key for key in expected if key not in got],
        "unexpected": [key for key in got if key not in expected],
        "of another shape": [
            f"{key} {shape_text(got[key])} for {shape_text(expected[key])}" for key in both if got[key] != expected[key]
        ],
    }
    parts = [f"{len(keys)} {what} ({_some(keys)})" for what, keys in problems.items() if keys]
    if parts:
        raise SeamSyncError(f"{name} is not this network: of {len(expected)} keys, {'; '.join(parts)}")


def _some(keys: list[str]) -> str:
    return ", ".join(keys[:3]) + (", …" if len(keys) > 3 else "")
