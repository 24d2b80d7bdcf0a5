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

import vhs_nodes
from help_pages import refreshed
from template_graphs import APPS, GRAPHS, TITLES, Step
from template_notes import NOTES
from template_places import LAYOUTS, WIDTH, Bus, Group, Layout

ROOT = Path(__file__).resolve().parents[1]
WIDGETS = {"INT", "FLOAT", "BOOLEAN", "STRING", "COMBO"}
_TITLE = 30
#: Height of what our scripts show on a node, in the classic canvas and in Nodes 2.0.
_SHOWN = {
    "SeamSyncLoadFaceVideo": (240, 240),
    "SeamSyncLoadSpeechAudio": (108, 108),
    "SeamSyncSeamDebugViewer": (604, 564),
    "SeamSyncPreviewComposite": (484, 448),
}
#: Nodes with a button for files in the classic canvas.
_UPLOADS = ("SeamSyncLoadFaceVideo", "SeamSyncLoadSpeechAudio")
#: Room that a group's frame leaves around its nodes, and for its title.
_MARGIN, _LABEL = 12, 54


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
    layout = LAYOUTS[name]
    wires = _links(steps, schemas)
    links = [
        [number, int(ref.split(".")[0]), _slot(steps, schemas, ref), int(step.name), slot, kind]
        for number, (step, slot, kind, ref) in enumerate(wires, start=1)
    ]
    nodes = [_ui_node(order, step, layout, schemas[step.kind], links, version) for order, step in enumerate(steps)]
    for node, widget, label in APPS.get(name, ((), ()))[0]:
        made = next(one for one in nodes if one["id"] == int(node))
        made["inputs"].append({"name": widget, "type": "COMBO", "label": label, "widget": {"name": widget}, "link": None})
    if layout.note is not None:
        nodes.append(_note(len(nodes), max(int(s.name) for s in steps) + 1, NOTES[name], layout.note))
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"seamsync/{name}")),
        "revision": 0,
        "last_node_id": max(node["id"] for node in nodes),
        "last_link_id": len(links),
        "nodes": nodes,
        "links": links,
        "groups": [_group(number, group) for number, group in enumerate(layout.groups, start=1)],
        "config": {},
        "extra": {"seamsync_api": f"{name}.json", **_reroutes(layout.buses, _inputs_of(wires, schemas)), **_app(name)},
        "version": 0.4,
    }


def _inputs_of(wires: list[tuple[Step, int, str, str]], schemas: dict[str, Any]) -> dict[str, int]:
    """Numbers of the links by the input, ``"node.input"``, that they lead to."""
    names = (f"{step.name}.{_sockets(schemas[step.kind], step)[slot].id}" for step, slot, *_ in wires)
    return {name: number for number, name in enumerate(names, start=1)}


def _reroutes(buses: tuple[Bus, ...], numbers: dict[str, int]) -> dict[str, Any]:
    """The points that long wires pass, as the page keeps them beside the links of version 0.4."""
    points: list[dict[str, Any]] = []
    parents: list[dict[str, int]] = []
    for bus in buses:
        first = len(points) + 1
        for passed, (x, y) in enumerate(bus.points, start=1):
            parent = {"parentId": len(points)} if passed > 1 else {}
            links = sorted(numbers[name] for name, taps in bus.taps.items() if taps >= passed)
            points.append({"id": len(points) + 1, **parent, "pos": [x, y], "linkIds": links})
        parents += [{"id": numbers[name], "parentId": first + taps - 1} for name, taps in bus.taps.items()]
    return {"reroutes": points, "linkExtensions": parents} if points else {}


def _group(number: int, group: Group) -> dict[str, Any]:
    """The frame around nodes."""
    left, top, right, bottom = group.box
    around = [left - _MARGIN, top - _LABEL, right - left + 2 * _MARGIN, bottom - top + _LABEL + _MARGIN]
    return {"id": number, "title": group.title, "bounding": around, "color": group.color, "font_size": 22, "flags": {}}


def _app(name: str) -> dict[str, Any]:
    """What makes the page open a template as an app."""
    if name not in APPS:
        return {}
    inputs, outputs = APPS[name]
    chosen = {"inputs": [[int(node), widget] for node, widget, _ in inputs], "outputs": [int(node) for node in outputs]}
    return {"linearMode": True, "linearData": chosen}


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


def size(step: Step, schema: Any, *, vue: bool) -> int:
    """Height of a node as it is opened, its title included, in the classic canvas or in Nodes 2.0 (nearly, and not less)."""
    shown = [item for item in schema.inputs if item.kind in WIDGETS and not getattr(item, "advanced", False)]
    more = any(getattr(item, "advanced", False) for item in schema.inputs)
    slots = max(sum(item.kind not in WIDGETS for item in schema.inputs), len(schema.outputs), 1)
    extra = _SHOWN.get(step.kind, (0, 0))[vue]
    if vue:
        foot = 28 if not step.kind.startswith("SeamSync") else 76 if more else 52  # the pack's name, and the button for more
        return _TITLE + 24 * slots + 32 * len(shown) + foot + extra
    return _TITLE + 6 + 20 * slots + 24 * (len(shown) + more + (step.kind in _UPLOADS)) + 8 + extra


def _ui_node(order: int, step: Step, layout: Layout, schema: Any, links: list[list[Any]], version: str) -> dict[str, Any]:
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
    left, top = layout.places[step.name]
    return {
        "id": own,
        "type": step.kind,
        **({"title": step.title} if step.title else {}),
        "pos": [left, top + _TITLE],
        "size": [layout.wide.get(step.name, WIDTH), size(step, schema, vue=False) - _TITLE],
        "flags": {},
        "order": order,
        "mode": 2 if step.muted else 0,
        "inputs": inputs,
        "outputs": outputs,
        "properties": {**_pack(step.kind, version), "Node name for S&R": step.kind},
        "widgets_values": values,
    }


def _pack(kind: str, version: str) -> dict[str, str]:
    """What a manager is to offer where a node's class is missing."""
    if kind.startswith("SeamSync"):
        return {"cnr_id": "seamsync", "ver": version}
    return {"cnr_id": "comfyui-videohelpersuite" if kind.startswith("VHS_") else "comfy-core"}


def widget_values(step: Step, schema: Any) -> list[Any] | dict[str, Any]:
    """Values by position: required inputs first. No button may be among them, or its place would move with later inputs."""
    widgets = sorted((i for i in schema.inputs if i.kind in WIDGETS), key=lambda i: i.optional)
    if any(not i.optional and getattr(i, "upload", None) for i in widgets):
        raise ValueError(f"{schema.node_id}: upload combos must be optional, see nodes/fields.py")
    if step.kind.startswith("VHS_"):  # that pack keeps them by name
        return {item.id: step.values.get(item.id, item.default) for item in widgets}
    values: list[Any] = []
    for item in widgets:
        values.append(step.values.get(item.id, item.default))
        if getattr(item, "control_after_generate", None):  # the page keeps this widget's state behind it
            values.append("increment")
    return values


def _note(order: int, identity: int, text: str, place: tuple[float, float, float, float]) -> dict[str, Any]:
    left, top, width, height = place
    at = {"pos": [left, top + _TITLE], "size": [width, height - _TITLE]}
    node = {"id": identity, "type": "MarkdownNote", "title": "Note", **at, "flags": {}, "order": order}
    return {**node, "mode": 0, "inputs": [], "outputs": [], "properties": {}, "widgets_values": [text]}


def files(own: dict[str, Any], version: str) -> dict[Path, str]:
    """Every file that follows from the schemas of our nodes and ComfyUI's, and its text."""
    texts, schemas = {}, {**own, **vhs_nodes.SCHEMAS}
    for name, steps in GRAPHS.items():
        for path, graph in (
            (ROOT / "workflows" / f"{TITLES[name]}.json", to_ui(name, steps, schemas, version)),
            (ROOT / "workflows" / "api" / f"{name}.json", to_api(steps, schemas)),
        ):
            texts[path] = json.dumps(graph, indent=2, ensure_ascii=False) + "\n"
    for identity in own:
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
        schemas = {(schema := node.define_schema()).node_id: schema for node in [*nodes, *core.NODES]}
    for path, text in files(schemas, seamsync.__version__).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
