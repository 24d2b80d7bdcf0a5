"""The generators there are: each folder of this package that has an ``entry.py``, and those that were registered.

Nothing here imports torch before a generator is loaded.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import SeamSyncError, check_choice
from ..files import home_path, is_file
from ..options import Setting, settings_of

if TYPE_CHECKING:
    import torch

    from .base import Generator
    from .memory import Memory
    from .weights import ModelFolders

#: The generator that is used when none is chosen; it needs no file.
DEFAULT_GENERATOR = "rewrite"
#: Name of a tensor in a checkpoint → its shape.
Shapes: TypeAlias = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class GeneratorEntry:
    """What the rest of SeamSync knows of a generator before it is loaded.

    Attributes:
        name: what users type.
        title: what users read.
        purpose: one line.
        licence: of the generator and its weights, in words, and whether commercial use is allowed.
        options: class of its own options, a frozen dataclass of :mod:`seamsync.options`; the node's inputs and the command's
            flags are made of its fields that have a help text.
        load: called as ``load(path, options, device, memory)``; ``path`` is None for a generator without a file.
        order: place among the generators, unique. Inputs of the node stand in this order, and saved workflows count them: a new
            generator takes the next number, and a new option of an old one is declared with ``since``.
        models: names of its published weights in :mod:`.registry`; users choose one of them in place of ``name``.
        folders: model folders of a host that are its own; files elsewhere are listed when their name has one of these words.
        suffixes: of the files it reads.
        shared: model folders of a host, not its own, in which files that it needs beside the checkpoint may lie.
        beside: words in the names of files that lie in the same folders and are something else.
        companions: called as ``companions(path, models)``: settings that name further files, as far as they are found.
        recognises: whether a file with these tensors is for this generator; None: it needs no file.
    """

    name: str
    title: str
    purpose: str
    licence: str
    options: type[Any]
    load: Callable[[Path | None, Any, torch.device, Memory | None], Generator]
    order: int
    models: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = (".safetensors", ".pth", ".pt", ".ckpt")
    shared: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    companions: Callable[[Path, ModelFolders | None], dict[str, Any]] | None = None
    recognises: Callable[[Shapes], bool] | None = None

    @property
    def needs_file(self) -> bool:
        """Whether it needs a file of weights."""
        return self.recognises is not None

    @property
    def names(self) -> tuple[str, ...]:
        """What users may choose without giving a file: the published weights, or the generator itself."""
        return self.models if self.needs_file else (self.name,)

    @property
    def declared(self) -> tuple[Setting, ...]:
        """The settings among its options, which nodes and the command show."""
        return settings_of(self.options)

    def choose(self, settings: Mapping[str, Any]) -> Any:
        """Return its options with these settings.

        Raises:
            SeamSyncError: an unknown setting (names the nearest), or a value out of its range.
        """
        old = {name: setting.name for setting in self.declared for name in setting.old}
        known = [item.name for item in fields(self.options)]
        for key in settings:
            check_choice(f"setting of {self.name}", old.get(key, key), known)
        return self.options(**{old.get(key, key): value for key, value in settings.items()})


#: Entries from outside of this package.
_registered: dict[str, GeneratorEntry] = {}


@cache
def _own() -> tuple[GeneratorEntry, ...]:
    """Return the entries of this package's folders."""
    folder = Path(__file__).parent
    folders = [item.name for item in pkgutil.iter_modules([str(folder)]) if (folder / item.name / "entry.py").is_file()]
    return tuple(importlib.import_module(f".{name}.entry", __package__).ENTRY for name in folders)


def register(entry: GeneratorEntry) -> None:
    """Add a generator that is not part of this package.

    Raises:
        SeamSyncError: its name, one of its models, or its place is taken.
    """
    for other in entries():
        if {entry.name, *entry.models} & {other.name, *other.models} or entry.order == other.order:
            raise SeamSyncError(
                f"generator {entry.name!r} (order {entry.order}) clashes with {other.name!r} (order {other.order}); "
                "its name, models and order must be its own"
            )
    _registered[entry.name] = entry


def entries() -> list[GeneratorEntry]:
    """Return all generators by their ``order``."""
    return sorted([*_own(), *_registered.values()], key=lambda entry: entry.order)


def generator_names() -> list[str]:
    """Return what users may choose without giving a file: generators without weights first, then published weights."""
    return [name for entry in sorted(entries(), key=lambda entry: entry.needs_file) for name in entry.names]


def get(name: str) -> GeneratorEntry:
    """Return the generator of that name, or the one that the published weights of that name are for.

    Raises:
        SeamSyncError: there is none; names the nearest.
    """
    found = next((entry for entry in entries() if name in (entry.name, *entry.models)), None)
    if found is None:
        check_choice("generator", name, generator_names())
        raise AssertionError(name)  # check_choice raised: no entry has it
    return found


def recognise(path: str | Path) -> GeneratorEntry:
    """Return the generator that a checkpoint is for, by its suffix, then by the names and shapes of its tensors.

    Where only one generator reads such files the file is not opened: its loader says what is wrong with it.

    Raises:
        SeamSyncError: no such file, or no generator is known that has such tensors.
    """
    path = home_path(path)
    if not is_file(path):
        if not path.suffix and len(path.parts) == 1:
            check_choice("generator", str(path), generator_names())
        raise SeamSyncError(f"no checkpoint at {path}; give a {_titles()} file, or one of {', '.join(generator_names())}")
    readers = [entry for entry in entries() if entry.needs_file and path.suffix in entry.suffixes]
    if len(readers) == 1:
        return readers[0]
    if not readers:
        known = dict.fromkeys(suffix for entry in entries() if entry.needs_file for suffix in entry.suffixes)
        raise SeamSyncError(f"{path.name} is no checkpoint: its suffix must be one of {', '.join(known)}")
    from .files.shapes import tensor_shapes

    shapes = tensor_shapes(path)
    for entry in readers:
        if entry.recognises is not None and entry.recognises(shapes):
            return entry
    raise SeamSyncError(
        f"{path.name} is for none of the generators known ({_titles()}): its {len(shapes)} tensors begin with "
        f"{', '.join(list(shapes)[:2])}; give another file"
    )


def _titles() -> str:
    return ", ".join(entry.title for entry in entries() if entry.needs_file)


def entry_of(name: str | Path) -> GeneratorEntry:
    """Return the generator that a name or the path of a checkpoint stands for.

    Raises:
        SeamSyncError: neither; names the nearest.
    """
    known = any(name in (entry.name, *entry.models) for entry in entries())
    return get(str(name)) if known else recognise(name)


def load_generator(
    name: str | Path,
    *,
    device: str = "auto",
    models: ModelFolders | None = None,
    memory: Memory | None = None,
    **settings: Any,
) -> Generator:
    """Return a generator, ready to run; downloads nothing.

    Args:
        name: one of :func:`generator_names`, or the path of a checkpoint.
        device: where a network runs.
        models: a host's folders of models, if any.
        memory: who moves a network to the device; None: PyTorch.
        settings: fields of the generator's own options, such as ``mode`` of :class:`.rewrite.entry.RewriteOptions` or
            ``batch`` of :class:`.wav2lip.entry.Wav2LipOptions`.

    Raises:
        SeamSyncError: no such generator or file, weights that are missing (says where to get them, under which licence) or of
            another network, or an unknown setting.

    Example:
        >>> from seamsync import load_generator
        >>> load_generator("rewrite", mode="warp").name
        'rewrite'
    """
    entry = entry_of(name)
    options = entry.choose(settings)
    from .device import pick_device
    from .weights import find

    where = pick_device(device)
    if not entry.needs_file:
        return entry.load(None, options, where, memory)
    if name in entry.models:
        path = next(iter(find(str(name), models).values()))
    elif name == entry.name:
        raise SeamSyncError(f"{entry.title} needs a file; give the path of a checkpoint, or one of {', '.join(entry.names)}")
    else:
        path = home_path(name)
    if entry.companions is not None:
        options = entry.choose({**entry.companions(path, models), **settings})
    return entry.load(path, options, where, memory)
