"""Workflow files: the API format, and what is told about others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from comfy_server import GRAPH
from paths import ROOT
from seamsync.client.workflow import read_workflow, title
from seamsync.errors import SeamSyncError

WORKFLOWS = ROOT / "workflows"


def test_the_shared_workflows_are_read() -> None:
    """Every graph under workflows/api, and the body of a request around one."""
    paths = sorted((WORKFLOWS / "api").glob("*.json"))
    assert paths
    for path in paths:
        assert read_workflow(path) == json.loads(path.read_text(encoding="utf-8"))


def test_a_requests_body_is_read(tmp_path: Path) -> None:
    """``{"prompt": graph}`` is the graph."""
    path = tmp_path / "body.json"
    path.write_text(json.dumps({"prompt": GRAPH, "client_id": "x"}), encoding="utf-8")
    assert read_workflow(path) == GRAPH


def test_the_pages_own_format_is_told_how_to_export() -> None:
    """The message says where the menu is, and where the same graph lies ready."""
    with pytest.raises(SeamSyncError, match=r"Workflow → Export \(API\).*ready as .*workflows/api/quickstart\.json"):
        read_workflow(WORKFLOWS / "01 Quickstart.json")


@pytest.mark.parametrize(
    ("text", "words"), [("{", "cannot be read as JSON"), ("[]", "no workflow"), ("{}", "no workflow"), ('{"a": 1}', "no")]
)
def test_other_files_are_refused(text: str, words: str, tmp_path: Path) -> None:
    """Not JSON, not an object, not nodes, not there."""
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SeamSyncError, match=words):
        read_workflow(path)
    with pytest.raises(SeamSyncError, match="cannot read the workflow"):
        read_workflow(tmp_path / "nothing.json")


def test_titles() -> None:
    """The title that the user gave, or the class."""
    assert title(GRAPH, "2") == "Speech"
    assert title({"1": {"class_type": "A", "inputs": {}}}, "1") == "A"
