"""Pages save a node's values by position: inputs keep their places from release to release."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

from seamsync.models import generators
from seamsync.models.generators import GeneratorEntry
from seamsync.options import Settings, number

#: Inputs of every node of the first release, in their order. New ones are added behind these, never between.
RELEASED = json.loads(Path(__file__).with_name("released_inputs.json").read_text(encoding="utf-8"))


def test_released_inputs_keep_their_places(host: SimpleNamespace) -> None:
    """Every node begins with the inputs that it was released with."""
    schemas = {name: [item.id for item in node.define_schema().inputs] for name, node in host.by_id().items()}
    assert set(RELEASED) <= set(schemas)
    for name, released in RELEASED.items():
        assert schemas[name][: len(released)] == released, name


@dataclass(frozen=True)
class _Later(Settings):
    """Options of a generator of which one came later."""

    early: float = number(0.5, "An early option.", 0.0, 1.0, 0.1)
    late: float = number(0.5, "A later option.", 0.0, 1.0, 0.1, since=1)


def test_an_option_added_later_comes_last(host: SimpleNamespace, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """Also that of a generator before others, in the node that shows the options of all."""
    host.nodes()
    first, *rest = generators.entries()
    grown: GeneratorEntry = replace(first, options=_Later)
    monkeypatch.setattr(generators, "entries", lambda: (grown, *rest))
    ids = [item.id for item in host.by_id()["LoadLipSyncModel"].define_schema().inputs]
    others = [item.input_id for entry in rest for item in entry.declared]
    assert ids == ["model", "early", *others, "late"]
