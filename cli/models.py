"""``seamsync models``."""

from __future__ import annotations

import argparse

from ..errors import SeamSyncError
from .output import Bars


def models_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync models``."""
    parser.add_argument("action", nargs="?", choices=("list", "get"), default="list")
    parser.add_argument("name", nargs="?", help="model to fetch")


def run_models(arguments: argparse.Namespace, bars: Bars) -> int:
    """List the generators and the weights, or fetch weights."""
    from ..models import generators, registry, weights

    if arguments.action == "get":
        if not arguments.name:
            raise SeamSyncError(f"which model? one of {', '.join(registry.names())}")
        paths = weights.fetch(arguments.name, bars)
        bars.close()
        for path in paths.values():
            print(path)
        return 0
    print("generators:")
    for generator in generators.entries():
        print(f"{generator.name:<16} {generator.purpose}")
        weights_of = f"; weights: {', '.join(generator.models)}, or a file of your own" if generator.needs_file else ""
        print(f"{'':<16} {generator.licence}{weights_of}")
    print("weights:")
    for name in registry.names():
        entry = registry.get(name)
        status, path = weights.status(name)
        print(f"{name:<16} {status:<8} {entry.purpose}")
        print(f"{'':<16} {entry.terms}; {path}")
    return 0
