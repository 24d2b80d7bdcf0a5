"""What a real ComfyUI's log says of the pack: that it came in fast, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

from real_host import ROOT, Server

#: Words by which hosts tell that something is wrong; old ones write no levels.
_TROUBLE = re.compile(r"warn|error|traceback|exception|deprecat|memory leak|failed", re.IGNORECASE)


def _log(path: Path) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", path.read_text(encoding="utf-8", errors="replace"))


def test_the_pack_comes_in_within_a_second(server: Server) -> None:
    """By the host's own clock, which begins when torch and the host itself are there."""
    log = _log(server.base / "server.log")
    assert "IMPORT FAILED" not in log
    found = re.search(r"([\d.]+) seconds: \S*seamsync", log)
    assert found, log[-2000:]
    assert float(found[1]) < 1.0


def test_nothing_is_wrong_in_the_log(server: Server) -> None:
    """From the start of the server on, through a run, the same run again, models unloaded, and one after that."""
    graph = json.loads((ROOT / "workflows" / "api" / "wav2lip.json").read_text(encoding="utf-8"))
    for node in graph.values():
        if node["class_type"] in ("SeamSyncLoadFaceVideo", "SeamSyncLoadSpeechAudio"):
            node["inputs"]["duration"] = 1.0
        if node["class_type"] == "SeamSyncLoadLipSyncModel":
            node["inputs"]["model"] = "wav2lip_gan"
    for silence in ("generate", "generate", "keep"):
        for node in graph.values():
            if node["class_type"] == "SeamSyncGenerateMouths":
                node["inputs"]["silence"] = silence
        entry = server.run(graph)
        assert entry["status"]["status_str"] == "success", entry["status"]["messages"]
        server.post("/free", {"unload_models": True})
    said = _log(server.base / "server.log").split("To see the GUI go to:")[1].splitlines()
    assert [line for line in said if _TROUBLE.search(line)] == []
    assert sum("Requested to load Wav2Lip" in line for line in said) == 2, "in the host's care, and back after it was unloaded"
