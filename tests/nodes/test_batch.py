"""Load Video From Folder and Load Speech From Folder over the stand-in host: one file a run."""

from __future__ import annotations

import inspect
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from host_fixture import write_clip
from paths import SAMPLE
from seamsync.errors import SeamSyncError


@pytest.fixture
def clips(host: SimpleNamespace) -> Path:
    """A folder of clips ``clip1``, ``clip2``, ``clip10`` with as many frames, and of files that are no clips."""
    folder = host.folder / "input" / "clips"
    folder.mkdir()
    for count in (1, 2, 10):
        write_clip(folder / f"clip{count}.mp4", count)
    (folder / "notes.txt").write_text("no clip", encoding="utf-8")
    return folder


def _run(node: Any, **inputs: Any) -> Any:
    """Validate as the host does, then execute."""
    verdict = node.validate_inputs(**{name: value for name, value in inputs.items() if name == "folder"})
    assert verdict is True, verdict
    return node.execute(**inputs).values


def test_every_run_takes_the_next_clip(host: SimpleNamespace, clips: Path) -> None:
    """In the order of the numbers in their names, saved under them; after the last, the first again."""
    node = host.by_id()["LoadVideoFromFolder"]
    assert node.define_schema().inputs[0].options == ["[sample]", "input", "input/clips"]
    got = [_run(node, folder="input/clips", index=index) for index in range(4)]
    assert [name for *_, name in got] == ["clips/clip1", "clips/clip2", "clips/clip10", "clips/clip1"]
    assert [Path(video.get_stream_source()) for video, *_ in got[1:3]] == [clips / "clip2.mp4", clips / "clip10.mp4"]
    assert got[0][1] is None, "no sound"


def test_past_the_last_speech_the_batch_is_done(host: SimpleNamespace) -> None:
    """The normal end, said so; not below the first; a clip begins again where that is chosen."""
    node = host.by_id()["LoadSpeechFromFolder"]
    folder = host.folder / "input" / "lines"
    folder.mkdir()
    for name in ("b.wav", "a.wav"):
        shutil.copy(SAMPLE / "speech.wav", folder / name)
    audio, name = _run(node, folder="input/lines", index=1)
    assert name == "lines/b"
    assert audio["waveform"].shape[-1] > audio["sample_rate"]
    with pytest.raises(
        SeamSyncError, match=r"^the batch is done: 'input/lines' has 2 files, .*; to run it again, set index to 0$"
    ):
        node.execute(folder="input/lines", index=2)
    with pytest.raises(SeamSyncError, match=r"^index must be 0 or more, got -1; 0 is the first file of 'input/lines'$"):
        node.execute(folder="input/lines", index=-1)
    assert _run(node, folder="input/lines", index=2, at_end="begin again")[1] == "lines/a"


def test_the_host_tells_of_a_wrong_folder_once(host: SimpleNamespace) -> None:
    """It repeats the words for every input that the check names; a linked folder is not known yet."""
    for name in ("LoadSpeechFromFolder", "LoadVideoFromFolder"):
        node = host.by_id()[name]
        assert inspect.getfullargspec(node.validate_inputs).args == ["cls", "folder"]
        assert inspect.getfullargspec(node.validate_inputs).varkw is None
        assert node.validate_inputs(folder=None) is True


def test_the_samples_are_a_folder(host: SimpleNamespace) -> None:
    """What the template starts with."""
    nodes = host.by_id()
    assert _run(nodes["LoadVideoFromFolder"])[2] == "sample/face"
    assert _run(nodes["LoadSpeechFromFolder"])[1] == "sample/speech"


@pytest.mark.parametrize("folder", ["input/nothing", "input/../output", "output", "", "/etc", "input/empty"])
def test_folders_without_files_are_refused(folder: str, host: SimpleNamespace) -> None:
    """Missing, empty, or outside the host's input folder."""
    (host.folder / "input" / "empty").mkdir()
    write_clip(host.folder / "output" / "a.mp4", 1)
    node = host.by_id()["LoadVideoFromFolder"]
    assert "choose one of ComfyUI's input folder" in node.validate_inputs(folder=folder)
    assert node.fingerprint_inputs(folder=folder, index=0) == "missing"


def test_the_fingerprint_follows_the_file(host: SimpleNamespace, clips: Path) -> None:
    """Another index and a changed file change it; a file beside does not."""
    node = host.by_id()["LoadVideoFromFolder"]
    before = node.fingerprint_inputs(folder="input/clips", index=0)
    assert before != node.fingerprint_inputs(folder="input/clips", index=1)
    write_clip(clips / "clip3.mp4", 3)
    assert before == node.fingerprint_inputs(folder="input/clips", index=0, at_end="stop")
    write_clip(clips / "clip1.mp4", 5)
    assert before != node.fingerprint_inputs(folder="input/clips", index=0)


def test_the_index_counts_up(host: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page raises it after every run; where a host cannot be told the direction, the page still controls it."""
    node = host.by_id()["LoadVideoFromFolder"]
    assert node.define_schema().inputs[1].control_after_generate == "increment"
    monkeypatch.delattr(host.api.io, "ControlAfterGenerate")
    assert node.define_schema().inputs[1].control_after_generate is True
