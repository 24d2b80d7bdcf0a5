"""Which generator makes the mouths, and its own options, as flags."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import SeamSyncError
from ..models import generators
from ..models.regions.options import RegionOptions
from ..options import Setting
from .arguments import add_settings, read_settings


def generator_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--generator``, ``--checkpoint``, and a flag ``--NAME-OPTION`` for every option of every generator."""
    which = parser.add_mutually_exclusive_group()
    names = generators.generator_names()
    which.add_argument("--generator", default=generators.DEFAULT_GENERATOR, choices=names, help="default: %(default)s")
    suffixes = dict.fromkeys(suffix for entry in generators.entries() if entry.needs_file for suffix in entry.suffixes)
    kinds = ", ".join(suffixes)
    which.add_argument("--checkpoint", type=Path, help=f"a file of your own ({kinds}); its generator is seen from its content")
    text = "mouths made elsewhere: a folder of pictures numbered by frame, or a .jsonl file, each with bounds"
    which.add_argument("--mouths", type=Path, metavar="FOLDER|FILE.jsonl", help=text)
    parser.add_argument("--bounds", type=Path, help="bounds of --mouths: .json, .csv, .txt, .npy (default: beside them)")
    add_settings(parser, RegionOptions)
    for entry in generators.entries():
        group = parser.add_argument_group(f"options of {entry.title}", f"{entry.purpose}. Licence: {entry.licence}.")
        for item in entry.declared:
            group.add_argument(flag_of(entry, item), dest=_dest(entry, item), default=None, **_kind(item))


def flag_of(entry: generators.GeneratorEntry, item: Setting) -> str:
    """Return the flag of an option, such as ``--wav2lip-batch``."""
    return f"--{entry.name}-{item.name}".replace("_", "-")


def _dest(entry: generators.GeneratorEntry, item: Setting) -> str:
    return f"generator.{entry.name}.{item.name}"


def _kind(item: Setting) -> dict[str, Any]:
    """Return what argparse is told of an option: its type, choices, help and default."""
    text = f"{item.tooltip.removesuffix('.')} (default: {_typed(item.default)})".replace("%", "%%")
    if item.kind == "choice":
        return {"choices": item.choices, "help": text}
    if item.kind == "numbers":
        return {"type": float, "nargs": len(item.labels), "metavar": tuple(map(str.upper, item.labels)), "help": text}
    if item.kind == "switch":
        return {"action": argparse.BooleanOptionalAction, "help": text}
    return {"type": type(item.default), "metavar": "N", "help": text}


def _typed(value: Any) -> str:
    """Return a value as one would type it."""
    if isinstance(value, tuple):
        return " ".join(f"{part:g}" for part in value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"{value}"


def generator_of(arguments: argparse.Namespace) -> Any:
    """Return the chosen generator: its name or path, or, with options of its own, loaded.

    Raises:
        SeamSyncError: no such file, missing weights, or an option of another generator than the one chosen.
    """
    if arguments.mouths:
        return _regions(arguments)
    chosen: str | Path = arguments.checkpoint or arguments.generator
    given: dict[tuple[str, str], Any] = {}
    for entry in generators.entries():
        for item in entry.declared:
            value = getattr(arguments, _dest(entry, item))
            if value is not None:
                given[entry.name, item.name] = tuple(value) if isinstance(value, list) else value
    if not given:
        return chosen
    own = generators.entry_of(chosen)
    for entry in generators.entries():
        for item in entry.declared:
            if entry is not own and (entry.name, item.name) in given:
                raise SeamSyncError(f"{flag_of(entry, item)} is an option of {entry.title}, but {chosen} is for {own.title}")
    options = {option: value for (_, option), value in given.items()}
    return generators.load_generator(chosen, device=arguments.device, **options)


def _regions(arguments: argparse.Namespace) -> Any:
    from ..models.regions.generator import RegionGenerator
    from ..models.regions.read import read_regions

    return RegionGenerator(read_regions(arguments.mouths, arguments.bounds), read_settings(arguments, RegionOptions))
