"""The viewer's node over the stand-in host: its pictures lie in the temp folder, and it tells the page where."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from host_fixture import write_clip
from seamsync.errors import SeamSyncError
from seamsync.quality.report.report import SeamReport
from view_cases import mask


@pytest.fixture
def linked(host: SimpleNamespace, tmp_path: Path) -> dict[str, Any]:
    """What the node's inputs are linked to: two clips of 10 frames and a report of them."""
    rows = np.arange(10)
    columns = {"frame": rows, "target_frame": rows, "scene": 0 * rows, "face_width": 20.0 + rows, "seam_step": rows / 20}
    clip = host.api.InputImpl.VideoFromFile(str(write_clip(tmp_path / "a.mp4")))
    masks = tuple(mask(k, (8, 8, 40, 40)) for k in range(10))
    return {"original": clip, "result": clip, "report": SeamReport(columns, masks=masks)}


def test_each_run_writes_a_folder_of_its_own(host: SimpleNamespace, linked: dict[str, Any]) -> None:
    """The page learns a name alone, not as "images"; no two runs share files, so an old tab keeps what it shows."""
    node = host.by_id()["SeamDebugViewer"]
    told = [node.execute(**linked).ui for _ in range(2)]
    assert all(set(ui) == {"seam_viewer"} for ui in told)
    (first,), (second,) = (ui["seam_viewer"] for ui in told)
    assert first["subfolder"] != second["subfolder"]
    for file in (first, second):
        assert file["type"] == "temp"
        folder = host.folder / "temp" / file["subfolder"]
        view = json.loads((folder / file["filename"]).read_text())
        stored = {path.name for path in folder.iterdir()}
        sheets = (name for names in view["sheets"].values() for name in names)
        assert stored == {file["filename"], view["report"], *sheets}
        assert view["frames"] == list(range(10))
        assert view["landmarks"] == []


def test_it_moves_the_progress_bar(host: SimpleNamespace, linked: dict[str, Any]) -> None:
    """To the end."""
    host.by_id()["SeamDebugViewer"].execute(**linked)
    assert host.load("comfy.utils").seen[-1] == (10, 10)


def test_a_report_of_another_clip_is_refused(host: SimpleNamespace, linked: dict[str, Any], tmp_path: Path) -> None:
    """With the way out."""
    short = host.api.InputImpl.VideoFromFile(str(write_clip(tmp_path / "b.mp4", 4)))
    with pytest.raises(SeamSyncError, match="link the clips that the report was made of"):
        host.by_id()["SeamDebugViewer"].execute(**{**linked, "result": short})
