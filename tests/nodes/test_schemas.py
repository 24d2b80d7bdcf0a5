"""The nodes over a stand-in of ComfyUI's API (tests/support/host_modules): schemas, help pages, graphs, old hosts."""

from __future__ import annotations

import dataclasses
import importlib
import json
import re
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import cv2
import numpy as np
import pytest
import seamsync
import torch
import workflow_files
from faces import face68, track_of
from host_fixture import forget, write_clip
from musetalk_files import copying_unet, copying_vae, write_files, zero_whisper
from paths import ROOT
from picture_drawing import WIDTH
from picture_parts import MOST
from seamsync.blending.presets import PRESETS
from seamsync.blending.settings import MouthMask
from seamsync.errors import SeamSyncError
from seamsync.models import weights
from seamsync.models.musetalk.run import MuseTalkNetwork
from wav2lip_files import random_checkpoint


@pytest.fixture
def schemas(host: SimpleNamespace) -> dict[str, Any]:
    """Every schema of the pack by node id."""
    return {(schema := node.define_schema()).node_id: schema for node in host.nodes()}


def test_library_imports_without_a_host() -> None:
    """The package, its pipeline and the nodes' folder load where there is no ComfyUI."""
    forget()
    importlib.import_module("seamsync.pipeline")
    nodes = importlib.import_module("seamsync.nodes")
    with pytest.raises(ModuleNotFoundError, match="comfy"):
        _ = nodes.SeamSyncExtension
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = nodes.Nothing


def test_every_stage_has_its_node(schemas: dict[str, Any]) -> None:
    """The nodes of the design, under the pack's prefix and category."""
    stages = "LoadSpeechAudio LoadFaceVideo DetectFaceLandmarks SmoothLandmarks LoadLipSyncModel GenerateMouths ImportMouths"
    stages += " EnhanceMouths ShapeMouthMask TemporalEMA MatchColor SeamBlend CompositeMouths PreviewComposite LipSync"
    stages += " SaveSeamReport InspectVideo SeamDebugViewer LoadVideoFromFolder LoadSpeechFromFolder"
    assert set(schemas) == {f"SeamSync{name}" for name in stages.split()}
    categories = {schema.category for schema in schemas.values()}
    assert categories == {"SeamSync", *(f"SeamSync/{stage}" for stage in ("load", "track", "generate", "seam", "prove"))}
    assert [name for name, schema in schemas.items() if schema.category == "SeamSync"] == ["SeamSyncLipSync"]


def test_inputs_say_what_they_do_and_survive_old_graphs(schemas: dict[str, Any]) -> None:
    """Every input and output has a tooltip; every tuning value is optional and has a default inside its range."""
    for schema in schemas.values():
        assert schema.description
        assert schema.search_aliases
        for item in [*schema.inputs, *schema.outputs]:
            assert len(item.tooltip) > 8, f"{schema.node_id}.{item.id}"
        for item in schema.inputs:
            if item.kind in workflow_files.WIDGETS:
                assert item.optional, f"{schema.node_id}.{item.id} would break graphs saved before it existed"
                assert item.id == "file" or item.default is not None
            if item.kind in ("FLOAT", "INT"):
                assert item.min <= item.default <= item.max
            if item.kind == "COMBO" and item.id != "file":
                assert item.default in item.options


def test_floats_have_a_step_that_keeps_their_default(schemas: dict[str, Any]) -> None:
    """The page rounds to ``round`` (one decimal without it); no default may change by that."""
    floats = [item for schema in schemas.values() for item in schema.inputs if item.kind == "FLOAT"]
    assert len(floats) > 20
    for item in floats:
        assert item.step > 0
        assert 0 < item.round <= item.step
        assert abs(item.default / item.round - round(item.default / item.round)) < 1e-6, item.id


def test_each_node_has_a_help_page(schemas: dict[str, Any]) -> None:
    """``web/docs/<id>.md`` says what the node does and when to use it, and there is no page too many."""
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "web" / "docs").glob("*.md")}
    assert set(pages) == set(schemas)
    for name, page in pages.items():
        assert re.match(r"# .+\n\n\w", page), f"{name}: no description under the title"
        assert "## When to use it\n\n" in page


def test_each_help_page_has_a_picture_and_no_picture_is_left_over() -> None:
    """It lies beside the pages, can be read, is of a width that a help panel shows, and small; its words say what is seen."""
    folder, used = ROOT / "web" / "docs", set()
    for path in folder.glob("*.md"):
        page = path.read_text(encoding="utf-8")
        found = re.findall(r"^!\[(.*)\]\((img/\w+\.jpg)\)$", page, re.MULTILINE)
        assert found, f"{path.name}: no picture"
        for words, name in found:
            assert len(words) > 15, f"{path.name}: {name} has no words for those who cannot see it"
            assert '"' not in words, f"{path.name}: the host cuts the words of {name} at a quotation mark"
            assert f"\n*{words}*\n" in page, f"{path.name}: {name} has no caption"
            picture = cv2.imread(str(folder / name))
            assert picture is not None, f"{path.name}: {name} cannot be read"
            assert 500 <= picture.shape[1] <= WIDTH
            assert (folder / name).stat().st_size <= MOST
            used.add(folder / name)
    assert set((folder / "img").iterdir()) == used


def test_files_made_from_schemas_are_in_step(host: SimpleNamespace, schemas: dict[str, Any]) -> None:
    """Graphs and help tables are what ``python tools/workflow_files.py`` writes, and no other graph is stored."""
    every = schemas | {(schema := node.define_schema()).node_id: schema for node in host.core.NODES}
    wanted = workflow_files.files(every, seamsync.__version__)
    stale = [path.name for path, text in wanted.items() if path.read_text(encoding="utf-8") != text]
    assert not stale, f"{stale}: run python {workflow_files.__file__}"
    stored = {*(ROOT / "workflows").glob("*.json"), *(ROOT / "workflows" / "api").glob("*.json")}
    assert stored == {path for path in wanted if path.suffix == ".json"}


def _is_file(value: Any) -> bool:
    """A VIDEO that is a file."""
    return hasattr(value, "get_active_trim_window")


#: Those of another pack's nodes cannot run here.
_RUNNABLE = sorted(name for name, steps in workflow_files.GRAPHS.items() if not any(step.kind[:4] == "VHS_" for step in steps))


@pytest.mark.parametrize("name", _RUNNABLE)
def test_graphs_run_from_the_sample(name: str, host: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every shared graph runs as it is stored (on a piece of the sample) and gives what it promises."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not here; run: seamsync models get facemesh")
    graph = json.loads((ROOT / "workflows" / "api" / f"{name}.json").read_text(encoding="utf-8"))
    for node in graph.values():
        if "duration" in node["inputs"]:
            node["inputs"]["duration"] = 0.6
    if name == "batch_folder":  # its loaders do not cut: the speech is cut on its way
        cut = {"audio": ["2", 0], "duration": 0.6}
        graph["5"] = {"class_type": "SeamSyncLoadSpeechAudio", "inputs": cut}
        graph["3"]["inputs"]["audio"] = ["5", 0]
    if name == "wav2lip":  # the speech begins with a silence, in which the network would not be run
        graph["6"]["inputs"]["silence"] = "generate"
        random_checkpoint(host.folder / "models" / "wav2lip")
    if name == "musetalk":  # on pictures of 128 pixels, which take a quarter of the time
        pytest.importorskip("diffusers")
        monkeypatch.setitem(MuseTalkNetwork.__init__.__kwdefaults__, "size", 128)  # type: ignore[index]
        write_files(host.folder / "models" / "musetalk", copying_unet(), copying_vae(), zero_whisper())
        graph["5"]["inputs"]["model"] = "musetalk/musetalkV15/unet.pth"
        graph["6"]["inputs"]["silence"] = "generate"
    done = host.run(graph)
    shown = [entry for node in done.values() for entry in (node.ui or {}).get("images", [])]
    saved = [host.folder / "output" / e["subfolder"] / e["filename"] for e in shown if e["type"] == "output"]
    if name == "tune_the_seam":
        images, alpha = done["11"].values
        assert images.shape[:3] == alpha.shape
        assert 0.9 < float(alpha.max()) <= 1.0
    reports = [node.ui for node in done.values() if "seam" in (node.ui or {})]
    assert reports
    for told in reports:
        assert told["text"][0].startswith("the seam meets ")
        assert json.loads(json.dumps(told["seam"], allow_nan=False))[0]["composited"] == 15
    clips = [Path(value.get_stream_source()).name for node in done.values() for value in node.values if _is_file(value)]
    called = {"face.mp4", "face_result.mp4"} if name != "image_batches" else {"face.mp4", "the images_result.mp4"}
    assert set(clips) <= called
    assert any("result" in clip for clip in clips), "called by what they are made of"
    for path in saved:
        with av.open(str(path)) as container:
            assert abs(sum(1 for _ in container.decode(video=0)) - 15) <= 1
            assert container.streams.audio or name == "image_batches", "the stand-in's own node saves pictures alone"
    values, totals = zip(*host.load("comfy.utils").seen, strict=True)
    assert all(0 <= value <= total for value, total in zip(values, totals, strict=True))


def test_missing_weights_name_the_command(host: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node never downloads: it says what to run."""
    for name in ("SEAMSYNC_MODELS", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    video = host.api.InputImpl.VideoFromFile(str(write_clip(tmp_path / "a.mp4")))
    with pytest.raises(SeamSyncError, match=r"seamsync models get facemesh|install\.py facemesh"):
        host.by_id()["DetectFaceLandmarks"].execute(video=video)


def test_a_clip_without_sound_is_no_speech(host: SimpleNamespace, tmp_path: Path) -> None:
    """AUDIO may be None; the message says what to link."""
    video = host.api.InputImpl.VideoFromFile(str(write_clip(tmp_path / "a.mp4")))
    with pytest.raises(SeamSyncError, match="Load Speech Audio"):
        host.by_id()["LipSync"].execute(video=video, audio=None)


def test_settings_nodes_make_settings(host: SimpleNamespace) -> None:
    """Values make the settings object; a preset's name takes that preset's; a wrong value is named."""
    nodes = host.by_id()
    shape = nodes["ShapeMouthMask"]
    assert shape.execute().values[0] == MouthMask()
    assert shape.execute(feather=0.2).values[0] == dataclasses.replace(MouthMask(), feather=0.2)
    assert shape.execute(preset="high motion", feather=0.2).values[0] == PRESETS["high motion"].mask
    with pytest.raises(SeamSyncError, match="gamma must be"):
        shape.execute(gamma=9.0)
    for chosen in ("custom", "high motion"):
        mask = shape.execute(preset=chosen, external=torch.ones(2, 6, 8)).values[0]
        assert mask.external.weights.shape == (2, 6, 8)
    for name, part in (("TemporalEMA", "temporal"), ("MatchColor", "color"), ("SeamBlend", "blend")):
        assert nodes[name].execute(preset="baseline").values[0] == getattr(PRESETS["baseline"], part)


def test_import_mouths_takes_one_result(host: SimpleNamespace) -> None:
    """A batch of images becomes mouths; none, or two results at once, are refused."""
    node = host.by_id()["ImportMouths"]
    track = track_of(np.stack([face68()] * 3))
    images = torch.rand(3, 240, 320, 3)
    mouths = node.execute(track=track, images=images).values[0]
    assert len(mouths) == 3
    for wrong in ({}, {"images": images, "video": object()}):
        with pytest.raises(SeamSyncError, match="exactly one"):
            node.execute(track=track, **wrong)


def test_import_mouths_takes_regions(host: SimpleNamespace, tmp_path: Path) -> None:
    """A batch with bounds as text, and a folder of the input folder, go to the same place; your own clip is needed."""
    node = host.by_id()["ImportMouths"]
    track = track_of(np.stack([face68()] * 2))
    pictures = torch.full((2, 16, 16, 3), 0.5)
    video = host.load("comfy_api.latest.video")
    target = video.VideoFromComponents(video.VideoComponents(torch.zeros(2, 240, 320, 3), Fraction(25)))
    batch = node.execute(track=track, target=target, regions=pictures, bounds="100 120 220 240").values[0]
    folder = host.folder / "input" / "mouths"
    folder.mkdir()
    for number in range(2):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((16, 16, 3), 128, np.uint8))
    assert "mouths" in host.load("seamsync.nodes.region_files").choices()
    files = node.execute(track=track, target=target, regions_from="mouths", bounds="[100, 120, 220, 240]").values[0]
    np.testing.assert_array_equal(batch.patches, files.patches)
    np.testing.assert_array_equal(batch.to_frame, files.to_frame)
    assert node.validate_inputs(regions_from="mouths") is True
    assert "no '../mouths' in ComfyUI's input folder" in node.validate_inputs(regions_from="../mouths")
    before = node.fingerprint_inputs(regions_from="mouths")
    (folder / "2.png").write_bytes(b"")
    assert node.fingerprint_inputs(regions_from="mouths") != before
    with pytest.raises(SeamSyncError, match="your own clip"):
        node.execute(track=track, regions=pictures, bounds="100 120 220 240")


@pytest.mark.parametrize(
    ("wish", "frames"),
    [("", [10, 30, 50]), ("0, 40", [0, 40]), ("-1", [-1]), ("3-5;7", [3, 4, 5, 7])],
)
def test_preview_frames(wish: str, frames: list[int], host: SimpleNamespace) -> None:
    """Lists, ranges and the last frame; nothing asked for gives three."""
    host.nodes()
    assert host.load("seamsync.nodes.composite").chosen_frames(wish, 60) == frames


@pytest.mark.parametrize("wish", ["one", "1..5", "0-1000000", "5-1"])
def test_preview_frames_that_make_no_sense(wish: str, host: SimpleNamespace) -> None:
    """Are refused with an example of what would do."""
    host.nodes()
    with pytest.raises(SeamSyncError, match="frames"):
        host.load("seamsync.nodes.composite").chosen_frames(wish, 60)


def test_loads_in_a_host_that_knows_fewer_keywords(host: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """One unknown keyword would keep the whole pack from loading on an older ComfyUI."""

    @dataclasses.dataclass
    class OldSchema:
        node_id: str
        display_name: str = ""
        category: str = ""
        inputs: list[Any] = dataclasses.field(default_factory=list)
        outputs: list[Any] = dataclasses.field(default_factory=list)

    class OldFloat(host.api.io.FloatInput):
        kind = "FLOAT"

        def __init__(self, id: str, default: float, min: float, max: float, step: float) -> None:  # noqa: A002
            super().__init__(id, default=default, min=min, max=max, step=step)

    monkeypatch.setattr(host.api.io, "Schema", OldSchema)
    monkeypatch.setattr(host.api.io.Float, "Input", OldFloat)
    monkeypatch.delattr(host.api.io, "ControlAfterGenerate")
    assert len([node.define_schema() for node in host.nodes()]) == 20


def test_tooltips_are_sentences(schemas: dict[str, Any]) -> None:
    """They begin with a capital or a quoted value and end with a full stop."""
    for schema in schemas.values():
        for item in [*schema.inputs, *schema.outputs]:
            assert re.fullmatch(r"(?s)['A-Z0-9].*\.", item.tooltip), f"{schema.node_id}.{item.id}: {item.tooltip}"
