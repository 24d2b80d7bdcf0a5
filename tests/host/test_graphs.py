"""The pack in a real ComfyUI (:mod:`real_host`): every shared graph queued at ``/prompt``."""

from __future__ import annotations

import io
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import av
import pytest
from real_host import ROOT, Server

#: Those of another pack's nodes are left out.
GRAPHS = sorted(path for path in (ROOT / "workflows" / "api").glob("*.json") if "VHS_" not in path.read_text(encoding="utf-8"))


def test_all_nodes_are_there(server: Server) -> None:
    """Every class used or documented is in ``/object_info``, with tooltips and a help page that is served."""
    info = json.loads(server.get("/object_info"))
    ours = {name: node for name, node in info.items() if name.startswith("SeamSync")}
    assert set(ours) == {path.stem for path in (ROOT / "web" / "docs").glob("*.md")}
    for name, node in ours.items():
        assert node["category"].split("/")[0] == "SeamSync"
        assert all(node["output_tooltips"])
        fields = {**node["input"].get("required", {}), **node["input"].get("optional", {})}
        assert all(options.get("tooltip") for _, options in fields.values())
        assert server.get(f"/extensions/seamsync/docs/{name}.md").startswith(b"# ")


def test_templates_are_offered(server: Server) -> None:
    """The page's template browser lists the shared graphs."""
    offered = json.loads(server.get("/workflow_templates"))["seamsync"]
    assert set(offered) == {path.stem for path in (ROOT / "workflows").glob("*.json")}
    for name in offered:
        assert json.loads(server.get(f"/api/workflow_templates/seamsync/{urllib.parse.quote(name)}.json"))["nodes"]


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_graph_runs(path: Path, server: Server) -> None:
    """Queued as it is stored, it succeeds; its video decodes to the end and has sound, its pictures are there."""
    graph = json.loads(path.read_text(encoding="utf-8"))
    if path.stem == "musetalk":  # a file of its layout; a piece of the sample, as a CPU takes long
        graph["5"]["inputs"]["model"] = "musetalk/musetalkV15/unet.pth"
        graph["6"]["inputs"]["silence"] = "generate"
        for loader in ("1", "2"):
            graph[loader]["inputs"]["duration"] = 0.4
    durations = [node["inputs"].get("duration", 0) for node in graph.values()]
    least = min((round(25 * seconds) for seconds in durations if seconds > 0), default=101)
    entry = server.run(graph)
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"]
    shown = [image for output in entry["outputs"].values() for image in output.get("images", [])]
    assert shown
    told = [output for output in entry["outputs"].values() if "seam" in output]
    assert told
    for output in told:
        assert output["text"][0].startswith("the seam meets ")
        assert output["seam"][0]["gradient_mismatch"] > 0
    for image in shown:
        body = server.get("/view?" + urllib.parse.urlencode(image))
        with av.open(io.BytesIO(body)) as container:
            count = sum(1 for _ in container.decode(video=0))
            assert count >= least if image["filename"].endswith(".mp4") else count == 1
            assert bool(container.streams.audio) == image["filename"].endswith(".mp4")


def _shown_video(server: Server, entry: dict[str, Any], node: str) -> tuple[int, str]:
    """Frames and pixel format of the video that a node saved."""
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"]
    body = server.get("/view?" + urllib.parse.urlencode(entry["outputs"][node]["images"][0]))
    with av.open(io.BytesIO(body)) as container:
        formats = [frame.format.name for frame in container.decode(video=0)]
    return len(formats), formats[0]


@pytest.mark.parametrize("via", ["CreateVideo", "Video Slice"])
def test_videos_of_the_hosts_own_nodes(via: str, server: Server) -> None:
    """Pictures in memory and a trimmed VIDEO go through the whole of it, and the result is as long as the speech."""
    if via not in json.loads(server.get("/object_info")):
        pytest.skip(f"this ComfyUI has no node {via!r}")
    graph = json.loads((ROOT / "workflows" / "api" / "lipsync_one_node.json").read_text(encoding="utf-8"))
    graph["1"]["inputs"]["duration"], graph["2"]["inputs"]["duration"] = 2.0, 1.0
    if via == "CreateVideo":
        graph["10"] = {"class_type": "GetVideoComponents", "inputs": {"video": ["1", 0]}}
        graph["11"] = {"class_type": via, "inputs": {"images": ["10", 0], "fps": 25.0}}
    else:
        trim = {"start_time": 0.4, "duration": 0.4, "strict_duration": False}  # looped under one second of speech
        graph["11"] = {"class_type": via, "inputs": {"video": ["1", 0], **trim}}
    graph["3"]["inputs"]["video"] = ["11", 0]
    count, pixels = _shown_video(server, server.run(graph), "4")
    assert abs(count - 25) <= 1
    assert pixels == "yuv420p", "what browsers play"


def test_a_result_is_inspected_and_its_report_saved(server: Server) -> None:
    """Inspect Video measures the one-node result against its clip; Save Seam Report writes three files, served by the host."""
    graph = json.loads((ROOT / "workflows" / "api" / "lipsync_one_node.json").read_text(encoding="utf-8"))
    graph["1"]["inputs"]["duration"], graph["2"]["inputs"]["duration"] = 1.0, 1.0
    graph["10"] = {"class_type": "SeamSyncInspectVideo", "inputs": {"original": ["1", 0], "result": ["3", 0]}}
    graph["11"] = {"class_type": "SeamSyncSaveSeamReport", "inputs": {"report": ["10", 0], "filename_prefix": "report/host"}}
    entry = server.run(graph)
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"]
    outputs = entry["outputs"]
    assert outputs["10"]["text"][0].startswith("the seam meets ")
    names = [file["filename"] for file in outputs["11"]["files"]]
    assert {Path(name).suffix for name in names} == {".csv", ".json", ".html"}
    for file in outputs["11"]["files"]:
        body = server.get("/view?" + urllib.parse.urlencode(file))
        if file["filename"].endswith(".json"):
            assert json.loads(body)["summary"]["gradient_mismatch"] == outputs["10"]["seam"][0]["gradient_mismatch"]


def test_stopping_leaves_nothing_half_written(server: Server) -> None:
    """The stop button ends a long composite as "interrupted", without a partial file."""
    graph = json.loads((ROOT / "workflows" / "api" / "lipsync_one_node.json").read_text(encoding="utf-8"))
    graph["3"]["inputs"]["crf"] = 20.5  # not what an earlier test left in the cache
    before = set((server.base / "output").rglob("*"))
    prompt = server.post("/prompt", {"prompt": graph})["prompt_id"]
    while not json.loads(server.get("/queue"))["queue_running"]:
        time.sleep(0.05)
    time.sleep(1.0)
    server.post("/interrupt", {})
    entry = server.wait(prompt)
    assert [name for name, _ in entry["status"]["messages"]][-1] == "execution_interrupted"
    assert set((server.base / "output").rglob("*")) == before
    assert not list((server.base / "temp").rglob("*.part*"))


def test_a_wrong_file_is_refused_with_a_reason(server: Server) -> None:
    """A name that is not there fails validation with our own words, before anything runs."""
    graph = json.loads((ROOT / "workflows" / "api" / "quickstart.json").read_text(encoding="utf-8"))
    graph["1"]["inputs"]["file"] = "nobody.mp4"
    request = urllib.request.Request(server.url + "/prompt", json.dumps({"prompt": graph}).encode())
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    assert "no file 'nobody.mp4'" in refused.value.read().decode()
