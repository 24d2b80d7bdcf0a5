"""The shared graphs, written once here and stored in both of ComfyUI's formats.

``python tests/workflow_files.py`` writes ``workflows/*.json`` (what the page opens), ``workflows/api/*.json`` (what is queued
at ``/prompt``) and the tables of the help pages from the nodes' schemas; tests check that the stored files are these. Run it
after changing an input, a default or a help text.
"""

from __future__ import annotations

import json
import sys
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from help_pages import refreshed

ROOT = Path(__file__).resolve().parents[1]
WIDGETS = {"INT", "FLOAT", "BOOLEAN", "STRING", "COMBO"}


@dataclass(frozen=True)
class Step:
    """One node: its id in the graph, class, place in the grid, values, links as ``"other.output"``, and room for what its
    script shows on it (width, height)."""

    name: str
    kind: str
    at: tuple[float, float]
    values: dict[str, Any] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    shows: tuple[int, int] = (340, 0)


def _p(kind: str) -> str:
    return f"SeamSync{kind}"


_FACE = Step("1", _p("LoadFaceVideo"), (0, 0), {"file": "[sample] face.mp4"})
_SPEECH = Step("2", _p("LoadSpeechAudio"), (0, 1), {"file": "[sample] speech.wav"})
_SAVE = {"filename_prefix": "video/SeamSync", "format": "auto", "codec": "auto"}
_STAGES = (
    _FACE,
    _SPEECH,
    Step("3", _p("DetectFaceLandmarks"), (1, 0), links={"video": "1.video"}),
    Step("4", _p("SmoothLandmarks"), (2, 0), links={"track": "3.track"}),
    Step("5", _p("LoadLipSyncModel"), (0, 2)),
    Step(
        "6",
        _p("GenerateMouths"),
        (2, 1),
        links={"video": "1.video", "track": "4.track", "audio": "2.audio", "model": "5.model"},
    ),
)
_PARTS = {"video": "1.video", "track": "4.track", "mouths": "6.mouths"}
_SEAM = {"mask": "7.mask", "temporal": "8.temporal", "color": "9.color", "blend": "10.blend"}
_SEEN = {"original": "1.video", "result": "7.video", "report": "7.report", "track": "4.track"}

GRAPHS: dict[str, tuple[Step, ...]] = {
    "quickstart": (
        *_STAGES,
        Step("7", _p("CompositeMouths"), (3, 0), links={**_PARTS, "audio": "2.audio"}),
        Step("8", "SaveVideo", (4, 1), _SAVE, {"video": "7.video"}),
        Step("9", _p("SeamDebugViewer"), (5, -0.3), links=_SEEN, shows=(560, 680)),
    ),
    "wav2lip": (
        *(replace(step, values={"model": "wav2lip_gan"}) if step.kind == _p("LoadLipSyncModel") else step for step in _STAGES),
        Step("7", _p("EnhanceMouths"), (3, 0.6), {"method": "hd"}, {"mouths": "6.mouths"}),
        Step("8", _p("CompositeMouths"), (4, 0), links={**_PARTS, "mouths": "7.mouths", "audio": "2.audio"}),
        Step("9", "SaveVideo", (5, 0), _SAVE, {"video": "8.video"}),
    ),
    "lipsync_one_node": (
        _FACE,
        _SPEECH,
        Step("3", _p("LipSync"), (1, 0), links={"video": "1.video", "audio": "2.audio"}),
        Step("4", "SaveVideo", (2, 0), _SAVE, {"video": "3.video"}),
    ),
    "tune_the_seam": (
        *_STAGES,
        Step("7", _p("ShapeMouthMask"), (3, 0)),
        Step("8", _p("TemporalEMA"), (4, 0)),
        Step("9", _p("MatchColor"), (4, 0.55)),
        Step("10", _p("SeamBlend"), (4, 1.2)),
        Step("11", _p("PreviewComposite"), (5, 0), links={**_PARTS, **_SEAM}),
    ),
}

NOTES = {
    "quickstart": "Press **Run**. The sample face says the sample speech; the result is saved under `output/video`, and the "
    "*Seam Debug Viewer* shows it beside its original: drag the wipe, press F, click a peak.\n\n"
    "Then choose your own clip in *Load Face Video* and your own speech in *Load Speech Audio*. A clip of 10 to 30 s in which "
    "the person talks gives their own teeth and lips.",
    "wav2lip": "Needs `wav2lip_gan.pth` (435,801,865 bytes) in `models/wav2lip`; get it from [Wav2Lip's page]"
    "(https://github.com/Rudrabha/Wav2Lip#getting-the-weights). It was trained on LRS2: **for research, not for commercial "
    "use**. A file of your own is listed in *Load Lip-Sync Model*.\n\nWav2Lip draws 96 × 96 pixels; *Enhance Mouths* makes "
    "them larger and crisper, and the compositor takes only the mouth of them.",
    "tune_the_seam": "Press **Run** after every change: only the preview is made again, on three frames. When it looks right, "
    "link the four settings to *Composite Mouths*.",
}


def to_api(steps: tuple[Step, ...], schemas: dict[str, Any]) -> dict[str, Any]:
    """The graph in API format, every value written out."""
    graph: dict[str, Any] = {}
    for step in steps:
        schema = schemas[step.kind]
        values = {i.id: step.values.get(i.id, i.default) for i in schema.inputs if i.kind in WIDGETS}
        links = {name: [ref.split(".")[0], _slot(steps, schemas, ref)] for name, ref in step.links.items()}
        graph[step.name] = {"class_type": step.kind, "inputs": {**links, **values}, "_meta": {"title": schema.display_name}}
    return graph


def to_ui(name: str, steps: tuple[Step, ...], schemas: dict[str, Any], version: str) -> dict[str, Any]:
    """The graph in the page's format (workflow version 0.4)."""
    links = [
        [number, int(ref.split(".")[0]), _slot(steps, schemas, ref), int(step.name), slot, kind]
        for number, (step, slot, kind, ref) in enumerate(_links(steps, schemas), start=1)
    ]
    nodes = [_ui_node(order, step, schemas[step.kind], links, version) for order, step in enumerate(steps)]
    if name in NOTES:
        nodes.append(_note(len(nodes), max(int(s.name) for s in steps) + 1, NOTES[name]))
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
        sockets = _sockets(schemas[step.kind])
        found += [(step, slot, s.kind, step.links[s.id]) for slot, s in enumerate(sockets) if s.id in step.links]
    return found


def _sockets(schema: Any) -> list[Any]:
    """Inputs without a widget, required ones first, as the page orders them."""
    return sorted((i for i in schema.inputs if i.kind not in WIDGETS), key=lambda i: i.optional)


def _ui_node(order: int, step: Step, schema: Any, links: list[list[Any]], version: str) -> dict[str, Any]:
    own = int(step.name)
    inputs = [
        {"name": s.id, "type": s.kind, "link": next((n for n, _, _, to, at, _ in links if (to, at) == (own, slot)), None)}
        for slot, s in enumerate(_sockets(schema))
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
        "pos": [round(step.at[0] * 400), round(step.at[1] * 370)],
        "size": [step.shows[0], step.shows[1] + 60 + 26 * (len(values) + max(len(inputs), len(outputs)))],
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
    return [step.values.get(i.id, i.default) for i in widgets]


def _note(order: int, identity: int, text: str) -> dict[str, Any]:
    size, place = [340, 180], [0, -240]
    node = {"id": identity, "type": "MarkdownNote", "pos": place, "size": size, "flags": {}, "order": order, "mode": 0}
    return {**node, "inputs": [], "outputs": [], "properties": {}, "widgets_values": [text]}


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

    sys.path.insert(0, str(ROOT / "tests" / "host"))
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
