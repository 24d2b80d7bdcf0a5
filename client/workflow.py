"""Read workflows in the API format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import SeamSyncError
from ..parsing import parse_json, parsed, read_text

#: Node id → ``{"class_type": ..., "inputs": {...}, "_meta": {"title": ...}}``: what ``/prompt`` takes.
Graph = dict[str, dict[str, Any]]


def read_workflow(path: Path) -> Graph:
    """Return the graph of a file in the API format; the whole body of a ``/prompt`` request is accepted.

    Raises:
        SeamSyncError: no such file, not JSON, the page's own format, or no graph at all.
    """
    text = read_text(path, "a workflow")
    with parsed(path, "JSON", "export the workflow from ComfyUI again"):
        content = parse_json(text)
    if isinstance(content, dict) and isinstance(content.get("nodes"), list):
        raise SeamSyncError(_page_format(path, content))
    graph = content.get("prompt", content) if isinstance(content, dict) else None
    if not isinstance(graph, dict) or not graph or not all(_is_node(node) for node in graph.values()):
        raise SeamSyncError(f"{path} is no workflow in the API format: expected an object of nodes, each with a class_type")
    return graph


def _is_node(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)


def _page_format(path: Path, graph: dict[str, Any]) -> str:
    """Return the error; a template says what its twin in the API format is called."""
    extra = graph.get("extra")
    named = extra.get("seamsync_api") if isinstance(extra, dict) else None
    twin = path.parent / "api" / Path(named if isinstance(named, str) else path.name).name
    ready = f"; this one is ready as {twin}" if twin.is_file() else ""
    return (
        f"{path} is in the format of ComfyUI's page, which the server cannot run. In ComfyUI choose Workflow → Export (API) "
        f"(older pages: Settings → Enable dev mode options, then Save (API format)) and queue that file{ready}"
    )


def title(graph: Graph, node_id: str) -> str:
    """Return the name of a node: its title, or its class where it has none."""
    node = graph[node_id]
    meta = node.get("_meta")
    return str((meta.get("title") if isinstance(meta, dict) else None) or node["class_type"])


def is_link(value: Any) -> bool:
    """Say whether the value of an input is another node's output, ``[node id, number]``."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)
