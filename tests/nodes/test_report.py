"""Save Seam Report and Inspect Video over the stand-in host."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from drawn_mouths import speech
from planted import COUNT, FPS, blended, ellipse, pictures, still, tracked, write
from seamsync.errors import SeamSyncError
from seamsync.media.encode import VideoWriter
from seamsync.media.video import VideoReader
from seamsync.models import weights
from seamsync.quality.report.report import SeamReport

REPORT = SeamReport(columns={"frame": np.arange(2)}, summary={"frames": 2, "seam_step": 0.1, "tpsnr": float("nan")})


def test_files_get_the_next_number(host: SimpleNamespace) -> None:
    """Page, table and figures below the output folder, each time under a new name, told in the history."""
    node = host.by_id()["SaveSeamReport"]
    for number in (1, 2):
        done = node.execute(report=REPORT, filename_prefix="seams/mine")
        names = [entry["filename"] for entry in done.ui["files"]]
        assert names[0].startswith(f"mine_0000{number}_")
        assert {Path(name).suffix for name in names} >= {".csv", ".json"}
        assert {(entry["subfolder"], entry["type"]) for entry in done.ui["files"]} == {("seams", "output")}
        assert Path(done.values[0]).is_file()
        assert json.loads(json.dumps(done.ui, allow_nan=False))["seam"][0]["seam_step"] == 0.1
    assert len(list((host.folder / "output" / "seams").iterdir())) == 2 * len(names)


@pytest.mark.parametrize("prefix", ["../elsewhere/x", "/etc/x", "", "sub/.."])
def test_nothing_is_written_elsewhere(prefix: str, host: SimpleNamespace) -> None:
    """A prefix that leads out of the output folder is refused."""
    with pytest.raises(SeamSyncError, match="below ComfyUI's output folder"):
        host.by_id()["SaveSeamReport"].execute(report=REPORT, filename_prefix=prefix)


def test_inspect_with_a_track_and_a_mask(host: SimpleNamespace, tmp_path: Path) -> None:
    """Files as VIDEO, a MASK of one picture; the report has a row a frame."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not here; run: seamsync models get facemesh")
    old, new = pictures(still(0.06)), pictures(still(0.02))
    paths = [write(tmp_path / "a.mp4", old, crf=2), write(tmp_path / "b.mp4", blended(old, new, ellipse()))]
    videos = [host.api.InputImpl.VideoFromFile(str(path)) for path in paths]
    mask = torch.from_numpy(ellipse()[None, ..., 0])
    node = host.by_id()["InspectVideo"]
    report, text = node.execute(original=videos[0], result=videos[1], track=tracked(still(0.06)), mask=mask).values
    assert report.summary["measured"] == COUNT
    assert text.startswith("the seam meets ")
    assert report.summary["alpha_flicker"] < 0.01


@pytest.mark.parametrize("case", ["own", "linked", "edited"])
def test_the_results_own_sound_is_heard(case: str, host: SimpleNamespace, tmp_path: Path) -> None:
    """Where no AUDIO is linked, the sound of the result's VIDEO, unless only the host could cut it; a linked one goes first."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not here; run: seamsync models get facemesh")
    spoken = speech([(0.2, 0.5), (0.8, 1.0)], COUNT / float(FPS))
    info = VideoReader(write(tmp_path / "a.mp4", pictures(still(0.06)), crf=2)).info
    with VideoWriter(tmp_path / "b.mp4", info, audio=spoken) as writer:
        for frame in VideoReader(tmp_path / "a.mp4").frames():
            writer.write(frame)

    class Edited(host.api.InputImpl.VideoFromFile):
        def has_pending_frame_edits(self) -> bool:
            return True

        def save_to(self, path: str) -> None:
            shutil.copy(self.get_stream_source(), path)

    kinds = (host.api.InputImpl.VideoFromFile, Edited if case == "edited" else host.api.InputImpl.VideoFromFile)
    videos = [kind(str(tmp_path / name)) for kind, name in zip(kinds, ("a.mp4", "b.mp4"), strict=True)]
    silence = {"waveform": torch.zeros(1, 1, 48000), "sample_rate": 32000}
    more = {"audio": silence} if case == "linked" else {}
    node = host.by_id()["InspectVideo"]
    report, _ = node.execute(original=videos[0], result=videos[1], track=tracked(still(0.06)), **more).values
    heard = report.columns.get("driven_opening", np.zeros(1)).max() > 0.01
    assert heard == (case == "own")
    assert report.settings["inspect"]["result"] == "b.mp4"
