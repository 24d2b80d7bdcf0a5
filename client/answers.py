"""Read a server's answers: refusals, errors of nodes, results. Its texts are returned without control characters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import SeamSyncError, printable, shown
from ..parsing import parsed
from .workflow import Graph, title

#: What is said of an answer that has another form than ComfyUI's.
_READ_AS = ("a job's result", "is the address ComfyUI's?")


@dataclass(frozen=True)
class RemoteFile:
    """Name a file in one of the server's folders. The names are the server's and not trusted."""

    filename: str
    subfolder: str
    type: str


@parsed("the server's answer", "ComfyUI's", "is the address right?")
def refusal(graph: Graph, answer: Mapping[str, Any], otherwise: str) -> str:
    """Describe the errors of a graph that was not, or only partly, accepted: a line an error, with node and input.

    Raises:
        SeamSyncError: the answer has another form.
    """
    lines = list(_node_errors(graph, answer.get("node_errors") or {}))
    error = answer.get("error") or {}
    head = error.get("message", "") if isinstance(error, dict) else str(error)
    if not lines and isinstance(error, dict) and error.get("details"):
        lines = [f"  {error['details']}"]
    if not head and not lines:
        return printable(f"the server refuses the workflow ({otherwise})")
    return printable("\n".join([f"the server refuses the workflow{': ' * bool(head)}{head}", *lines]))


def _node_errors(graph: Graph, errors: Mapping[str, Any]) -> Iterator[str]:
    for node_id, about in errors.items():
        name = title(graph, node_id) if node_id in graph else about.get("class_type", "?")
        for error in about.get("errors", []):
            extra = error.get("extra_info") or {}
            where = f"node {node_id} ({name})" + (f", input {extra['input_name']}" if extra.get("input_name") else "")
            details = error.get("details")
            yield f"  {where}: {error.get('message', '?')}{f' ({details})' if details else ''}"


@parsed("the server's answer", *_READ_AS)
def check_success(graph: Graph, entry: Mapping[str, Any]) -> None:
    """Raise unless a history entry reports success.

    Raises:
        SeamSyncError: a node failed, with its message; somebody stopped the job at the server; or the entry has another form.
    """
    messages = dict(entry.get("status", {}).get("messages") or [])
    if "execution_interrupted" in messages:
        raise SeamSyncError("the job was stopped at the server")
    if "execution_error" in messages:
        error = messages["execution_error"]
        node_id = str(error.get("node_id", "?"))
        name = title(graph, node_id) if node_id in graph else error.get("node_type", "?")
        kind = str(error.get("exception_type", "")).rpartition(".")[2]
        prefix = "" if kind in ("SeamSyncError", "") else f"{kind}: "
        text = f"node {node_id} ({name}) failed: {prefix}{str(error.get('exception_message', '')).strip()}"
        raise SeamSyncError(printable(text))
    if entry.get("status", {}).get("status_str", "success") != "success":
        raise SeamSyncError(f"the server says the job ended with {shown(entry['status']['status_str'])}")


@parsed("the server's answer", *_READ_AS)
def output_files(entry: Mapping[str, Any], *, previews: bool = False) -> list[RemoteFile]:
    """Return files that the graph saved, in the order of its nodes; its previews where it saved none, or on request.

    Raises:
        SeamSyncError: the answer has another form.
    """
    found: dict[RemoteFile, None] = {}
    for output in entry.get("outputs", {}).values():
        for items in output.values():
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict) and item.get("filename"):
                    found[RemoteFile(*(str(item.get(key) or "") for key in ("filename", "subfolder", "type")))] = None
    saved = [file for file in found if file.type == "output"]
    return list(found) if previews or not saved else saved


@parsed("the server's answer", *_READ_AS)
def output_texts(entry: Mapping[str, Any]) -> list[str]:
    """Return lines of text that nodes show, as the verdict on the seam.

    Raises:
        SeamSyncError: the answer has another form.
    """
    outputs = entry.get("outputs", {}).values()
    return [printable(line) for output in outputs for line in output.get("text", ()) if isinstance(line, str)]
