"""Find the input that a name means, and parse its value."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import SeamSyncError, check_choice, shown
from ..files import home_path, is_file
from ..parsing import parsed
from .jobs import is_pattern
from .workflow import Graph, is_link, title

#: Short names for the files people change most: the first of these classes that the graph has.
ALIASES: dict[str, tuple[tuple[str, str], ...]] = {
    "face": (("SeamSyncLoadFaceVideo", "file"), ("LoadVideo", "file")),
    "audio": (("SeamSyncLoadSpeechAudio", "file"), ("LoadAudio", "audio")),
}
_WIDGETS = ("INT", "FLOAT", "BOOLEAN", "STRING", "COMBO")
_UPLOADS = ("image_upload", "video_upload", "audio_upload", "file_upload")
#: Largest number that every JSON parser takes.
_MOST = 2.0**64
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True)
class Spec:
    """Describe an input as the server does.

    Attributes:
        kind: ``INT``, ``COMBO``, ``VIDEO``, …
        options: the choices of a ``COMBO``.
        is_file: its value is a file that can be uploaded.
    """

    kind: str
    options: tuple[Any, ...] = ()
    is_file: bool = False


#: Inputs by class and name.
Schemas = Mapping[str, Mapping[str, Spec]]


@parsed("the server's answer", "a node's description", "is the address ComfyUI's?")
def read_specs(info: Mapping[str, Any]) -> dict[str, Spec]:
    """Return inputs of one class of ``/object_info``.

    Raises:
        SeamSyncError: the answer has another form.
    """
    inputs = info.get("input", {})
    fields = {**inputs.get("required", {}), **inputs.get("optional", {})}
    return {name: _spec(field) for name, field in fields.items()}


def _spec(field: Any) -> Spec:
    kind, about = field[0], field[1] if len(field) > 1 and isinstance(field[1], dict) else {}
    options = kind if isinstance(kind, list) else about.get("options") or ()
    is_file = any(about.get(name) for name in _UPLOADS)
    return Spec("COMBO" if isinstance(kind, list) else str(kind), tuple(options), is_file)


def find_input(graph: Graph, schemas: Schemas, name: str) -> tuple[str, str]:
    """Return node id and input that a name means.

    A name is ``title.input``, ``id.input``, ``class.input`` (any case; ``SeamSync`` may be left out), an alias, or the
    input alone where only one node has it unlinked.

    Raises:
        SeamSyncError: it means none, or several; the message names them.
    """
    spelled = {place: _spellings(graph, *place) for place in _settable(graph, schemas)}
    found = _aliased(graph, name) or [place for place, names in spelled.items() if name.lower() in names]
    if not found:
        found = [(node, item) for node, item in spelled if name == item and not is_link(graph[node]["inputs"].get(item))]
    if len(found) == 1:
        return found[0]
    if found:
        raise SeamSyncError(f"{name!r} could mean {_list(graph, found)}; say which")
    raise SeamSyncError(f"the workflow has no input {name!r}{_nearest(graph, spelled, name)}")


def _settable(graph: Graph, schemas: Schemas) -> list[tuple[str, str]]:
    places: dict[tuple[str, str], None] = {}
    for node_id, node in graph.items():
        specs = schemas.get(node["class_type"], {})
        places |= {(node_id, name): None for name, value in node["inputs"].items() if not is_link(value)}
        places |= {(node_id, name): None for name, spec in specs.items() if spec.kind in _WIDGETS}
    return list(places)


def _spellings(graph: Graph, node_id: str, item: str) -> set[str]:
    kind = graph[node_id]["class_type"]
    return {f"{owner}.{item}".lower() for owner in (node_id, title(graph, node_id), kind, kind.removeprefix("SeamSync"))}


def _aliased(graph: Graph, name: str) -> list[tuple[str, str]]:
    for kind, item in ALIASES.get(name.lower(), ()):
        if found := [(node_id, item) for node_id, node in graph.items() if node["class_type"] == kind]:
            return found
    return []


def _list(graph: Graph, places: list[tuple[str, str]]) -> str:
    return ", ".join(f"{node}.{item} ({title(graph, node)})" for node, item in places)


def _nearest(graph: Graph, spelled: Mapping[tuple[str, str], set[str]], name: str) -> str:
    words = {word: place for place, names in spelled.items() for word in (*names, place[1].lower())}
    words |= {alias: found[0] for alias in ALIASES if (found := _aliased(graph, alias))}
    if near := difflib.get_close_matches(name.lower(), words, n=1):
        node, item = words[near[0]]
        return f"; did you mean {near[0]!r}, which is {node}.{item} ({title(graph, node)})?"
    return f"; it has {', '.join(sorted({item for _, item in spelled}))}"


def parse_value(name: str, text: str, spec: Spec | None, old: Any) -> Any:
    """Parse a value: by the server's description of the input, or else like the value that was there.

    Raises:
        SeamSyncError: no number, neither yes nor no, or none of the choices.
    """
    kind = spec.kind if spec else {bool: "BOOLEAN", int: "INT", float: "FLOAT"}.get(type(old), "STRING")
    if kind == "BOOLEAN":
        if text.lower() not in _YES + _NO:
            raise SeamSyncError(f"{name} must be true or false, got {shown(text)}")
        return text.lower() in _YES
    if kind in ("INT", "FLOAT"):
        try:
            number = int(text) if kind == "INT" else float(text)
        except ValueError:
            number = math.nan
        if not -_MOST <= number <= _MOST:
            raise SeamSyncError(f"{name} must be a {'whole ' * (kind == 'INT')}number, got {shown(text)}")
        return number
    if spec and spec.options and not spec.is_file:
        choices = {str(option): option for option in spec.options}
        check_choice(name, text, choices)
        return choices[text]
    return text


def local_file(name: str, text: str, spec: Spec | None) -> Path | None:
    """Return the file on this machine that a value names, if the input takes files; ``None`` for one on the server.

    Raises:
        SeamSyncError: it is neither on this machine nor among the server's files.
    """
    if spec is None or not spec.is_file:
        return None
    path = home_path(text)
    if is_file(path):
        return path
    if text in spec.options:
        return None
    if is_pattern(text):
        raise SeamSyncError(f"{name}: the pattern {text!r} matches no file on this machine; check the folder and the suffix")
    if text.endswith("]") or (not path.is_absolute() and len(path.parts) > 1):
        return None
    raise SeamSyncError(f"{name}: no file {text!r} here, and the server has none of that name")
