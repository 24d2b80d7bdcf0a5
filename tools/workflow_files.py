"""The shared graphs (:mod:`template_graphs`), stored in both of ComfyUI's formats.

``python tools/workflow_files.py`` writes ``workflows/*.json`` (what the page opens), ``workflows/api/*.json`` (what is queued
at ``/prompt``) and the tables of the help pages from the nodes' schemas; tests check that the stored files are these. Run it
after changing an input, a default or a help text.
"""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any

from help_pages import refreshed
from template_graphs import COLUMNS, GRAPHS, NOTES, Step

ROOT = Path(__file__).resolve().parents[1]
WIDGETS = {"INT", "FLOAT", "BOOLEAN", "STRING", "COMBO"}
#: Width of a node, room between nodes, height of a title.
_WIDTH, _GAP, _TITLE = 310, 28, 30
#: What nodes grow by while they run and after, in Nodes 2.0: a line of text and thumbnails.
_GROWS = {
    "SeamSyncLoadFaceVideo": 310,
    "SeamSyncDetectFaceLandmarks": 550,
    "SeamSyncGenerateMouths": 320,
    "SeamSyncEnhanceMouths": 320,
    "SeamSyncCompositeMouths": 310,
    "SeamSyncLipSync": 320,
    "SaveVideo": 350,
}


def to_api(steps: tuple[Step, ...], schemas: dict[str, Any]) -> dict[str, Any]:
    """The graph in API format, every value written out."""
    graph: dict[str, Any] = {}
    for step in steps:
        schema = schemas[step.kind]
        values = {i.id: step.values.get(i.id, i.default) for i in schema.inputs if i.kind in WIDGETS}
        links = {name: [ref.split(".")[0], _slot(steps, schemas, ref)] for name, ref in step.links.items()}
        title = step.title or schema.display_name
        graph[step.name] = {"class_type": step.kind, "inputs": {**links, **_without(values, links)}, "_meta": {"title": title}}
    return graph


def _without(values: dict[str, Any], links: dict[str, Any]) -> dict[str, Any]:
    """The values that no link replaces."""
    return {name: value for name, value in values.items() if name not in links}


def to_ui(name: str, steps: tuple[Step, ...], schemas: dict[str, Any], version: str) -> dict[str, Any]:
    """The graph in the page's format (workflow version 0.4)."""
    links = [
        [number, int(ref.split(".")[0]), _slot(steps, schemas, ref), int(step.name), slot, kind]
        for number, (step, slot, kind, ref) in enumerate(_links(steps, schemas), start=1)
    ]
    note = _note_height(NOTES[name]) if name in NOTES else 0
    places = _places(name, schemas, note)
    nodes = [_ui_node(order, step, places[step.name], schemas[step.kind], links, version) for order, step in enumerate(steps)]
    if name in NOTES:
        nodes.append(_note(len(nodes), max(int(s.name) for s in steps) + 1, NOTES[name], note))
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"seamsync/{name}")),
        "revision": 0,
        "last_node_id": max(node["id"] for node in nodes),
        "last_link_id": len(links),
        "nodes": nodes,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


def _slot(steps: tuple[Step, ...], schemas: dict[str, Any], ref: str) -> int:
    """Number of the output ``"node.output"``."""
    node, output = ref.split(".")
    kind = next(step.kind for step in steps if step.name == node)
    return [o.id for o in schemas[kind].outputs].index(output)


def _links(steps: tuple[Step, ...], schemas: dict[str, Any]) -> list[tuple[Step, int, str, str]]:
    """(node, input slot, type, ``"other.output"``) of every link."""
    found = []
    for step in steps:
        sockets = _sockets(schemas[step.kind], step)
        found += [(step, slot, s.kind, step.links[s.id]) for slot, s in enumerate(sockets) if s.id in step.links]
    return found


def _sockets(schema: Any, step: Step) -> list[Any]:
    """Inputs without a widget, required ones first, as the page orders them; then the widgets that have a link."""
    bare = sorted((i for i in schema.inputs if i.kind not in WIDGETS), key=lambda i: i.optional)
    return [*bare, *(i for i in schema.inputs if i.kind in WIDGETS and i.id in step.links)]


def _places(name: str, schemas: dict[str, Any], note: int) -> dict[str, tuple[int, int]]:
    """Where the nodes lie, by name: in columns, each below the other as tall as it becomes in Nodes 2.0.

    Args:
        note: height of the note at the head of the first column, 0 for none.
    """
    steps, places = {step.name: step for step in GRAPHS[name]}, {}
    for number, column in enumerate(COLUMNS[name]):
        top = note + _TITLE + _GAP if note and not number else 0
        for step in map(steps.__getitem__, column.split()):
            schema = schemas[step.kind]
            places[step.name] = number * (_WIDTH + _GAP), top
            slots = max(len(_sockets(schema, step)), len(schema.outputs))
            tall = _TITLE + 46 + 25 * slots + 33 * len(widget_values(step, schema)) + step.shows[1]
            top += tall + _GROWS.get(step.kind, 0) + _GAP
    return places


def _ui_node(
    order: int, step: Step, place: tuple[int, int], schema: Any, links: list[list[Any]], version: str
) -> dict[str, Any]:
    own = int(step.name)
    inputs = [
        {
            "name": s.id,
            "type": s.kind,
            **({"widget": {"name": s.id}} if s.kind in WIDGETS else {}),
            "link": next((n for n, _, _, to, at, _ in links if (to, at) == (own, slot)), None),
        }
        for slot, s in enumerate(_sockets(schema, step))
    ]
    outputs = [
        {"name": o.display_name, "type": o.kind, "links": [n for n, source, at, *_ in links if (source, at) == (own, slot)]}
        for slot, o in enumerate(schema.outputs)
    ]
    values = widget_values(step, schema)
    pack = {"cnr_id": "seamsync", "ver": version} if step.kind.startswith("SeamSync") else {"cnr_id": "comfy-core"}
    return {
        "id": own,
        "type": step.kind,
        **({"title": step.title} if step.title else {}),
        "pos": list(place),
        "size": [step.shows[0] or _WIDTH, step.shows[1] + 60 + 26 * (len(values) + max(len(inputs), len(outputs)))],
        "flags": {},
        "order": order,
        "mode": 0,
        "inputs": inputs,
        "outputs": outputs,
        "properties": {**pack, "Node name for S&R": step.kind},
        "widgets_values": values,
    }


def widget_values(step: Step, schema: Any) -> list[Any]:
    """Values by position: required inputs first. No button may be among them, or its place would move with later inputs."""
    widgets = sorted((i for i in schema.inputs if i.kind in WIDGETS), key=lambda i: i.optional)
    if any(not i.optional and getattr(i, "upload", None) for i in widgets):
        raise ValueError(f"{schema.node_id}: upload combos must be optional, see nodes/fields.py")
    values: list[Any] = []
    for item in widgets:
        values.append(step.values.get(item.id, item.default))
        if getattr(item, "control_after_generate", None):  # the page keeps this widget's state behind it
            values.append("increment")
    return values


def _note_height(text: str) -> int:
    """Room for the lines of a note, of some 42 letters each."""
    return 40 + 20 * sum(1 + len(part) // 42 for part in text.split("\n"))


def _note(order: int, identity: int, text: str, height: int) -> dict[str, Any]:
    node = {"id": identity, "type": "MarkdownNote", "pos": [0, 0], "size": [_WIDTH, height], "flags": {}, "order": order}
    return {**node, "mode": 0, "inputs": [], "outputs": [], "properties": {}, "widgets_values": [text]}


def files(schemas: dict[str, Any], version: str) -> dict[Path, str]:
    """Every file that follows from the schemas, and its text."""
    texts = {}
    for name, steps in GRAPHS.items():
        for path, graph in (
            (ROOT / "workflows" / f"{name}.json", to_ui(name, steps, schemas, version)),
            (ROOT / "workflows" / "api" / f"{name}.json", to_api(steps, schemas)),
        ):
            texts[path] = json.dumps(graph, indent=2, ensure_ascii=False) + "\n"
    for identity in schemas:
        page = ROOT / "web" / "docs" / f"{identity}.md"
        if page.is_file():
            texts[page] = refreshed(page.read_text(encoding="utf-8"), schemas[identity])
    return texts


def main() -> None:
    """Write the files."""
    import asyncio
    import tempfile

    import seamsync

    sys.path.insert(0, str(ROOT / "tests" / "support" / "host_modules"))
    import core  # type: ignore[import-not-found]
    import folder_paths  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as folder:
        folder_paths.set_base(Path(folder))
        nodes = asyncio.run(asyncio.run(seamsync.comfy_entrypoint()).get_node_list())
        schemas = {(schema := node.define_schema()).node_id: schema for node in [*nodes, core.SaveVideo]}
    for path, text in files(schemas, seamsync.__version__).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
