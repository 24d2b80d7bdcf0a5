"""Load Speech Audio and Load Face Video over the stand-in host, and the files they offer."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
import torch
from host_fixture import levels, write_clip
from PIL import Image


def _source(host: SimpleNamespace, video: Any) -> Any:
    """The VIDEO as the library sees it."""
    host.nodes()
    return host.load("seamsync.nodes.exchange").frame_source(video)


def test_loaders_offer_the_sample_and_uploaded_files(host: SimpleNamespace) -> None:
    """Samples first; a file uploaded later passes validation; one outside the folders, or missing, does not."""
    nodes = host.by_id()
    speech, face = nodes["LoadSpeechAudio"], nodes["LoadFaceVideo"]
    assert speech.define_schema().inputs[0].options[0] == "[sample] speech.wav"
    assert face.define_schema().inputs[0].options[0] == "[sample] face.mp4"
    clip = write_clip(host.folder / "input" / "new.mp4")
    assert face.validate_inputs(file="new.mp4") is True
    assert "new.mp4" in face.define_schema().inputs[0].options
    assert "outside" not in str(face.validate_inputs(file="[sample] ../../secret.mp4"))
    assert face.validate_inputs(file="[sample] ../../secret.mp4") is not True
    assert "outside" in face.validate_inputs(file="../../../etc/passwd")
    assert "upload" in face.validate_inputs(file="missing.mp4")
    assert "no file is chosen" in face.validate_inputs()
    assert speech.validate_inputs() is True, "a linked AUDIO needs no file"
    before = face.fingerprint_inputs(file="new.mp4", start=0.0)
    clip.write_bytes(clip.read_bytes() + b"\0")
    assert face.fingerprint_inputs(file="new.mp4", start=0.0) != before
    assert face.fingerprint_inputs(file="missing.mp4") == "missing"


def test_what_is_offered_can_be_loaded(host: SimpleNamespace, tmp_path: Path) -> None:
    """Links that lead out, names of control characters, drawings and folders called as clips are not in the list."""
    face, folder = host.by_id()["LoadFaceVideo"], host.folder / "input"
    clip = write_clip(tmp_path / "elsewhere.mp4")
    write_clip(folder / "real.mp4")
    (folder / "inside.mp4").symlink_to(folder / "real.mp4")
    (folder / "outside.mp4").symlink_to(clip)
    (folder / "gone.mp4").symlink_to(folder / "nothing.mp4")
    (folder / "circle.mp4").symlink_to(folder / "circle.mp4")
    (folder / "folder.mp4").mkdir()
    for name in ("red\x1b[31m.mp4", "drawing.svg"):
        (folder / name).write_bytes(clip.read_bytes())
    offered = face.define_schema().inputs[0].options
    assert [name for name in offered if not name.startswith("[sample]")] == ["inside.mp4", "real.mp4"]
    assert all(face.validate_inputs(file=name) is True for name in offered)
    for name in ("outside.mp4", "gone.mp4", "circle.mp4", "folder.mp4", "drawing.svg", "a\0b.mp4", "x" * 5000):
        assert isinstance(face.validate_inputs(file=name), str)


def test_hosts_that_refuse_a_name(host: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """ComfyUI since 0.28 raises ValueError for names outside its folders; the node shows our message."""
    face = host.by_id()["LoadFaceVideo"]

    def refuse(name: str) -> str:
        raise ValueError("Invalid file path")

    monkeypatch.setattr(host.load("seamsync.nodes.host").folder_paths, "get_annotated_filepath", refuse)
    assert "lies outside ComfyUI's input, output and temp folders" in face.validate_inputs(file="../a.mp4")


def test_face_video_passes_through_or_changes(host: SimpleNamespace) -> None:
    """Unchanged clips keep their file; cuts, rates and loops give a clip of the length asked for."""
    face = host.by_id()["LoadFaceVideo"]
    path = write_clip(host.folder / "input" / "a.mp4")
    video, sound = face.execute(file="a.mp4").values
    assert (video.get_stream_source(), sound) == (str(path), None)
    changed = face.execute(file="a.mp4", start=0.2, duration=0.4, length=1.0, loop="ping_pong").values[0]
    assert Path(changed.get_stream_source()).is_relative_to(host.folder / "temp")
    assert _source(host, changed).info.name == "a.mp4", "messages name the clip that was chosen"
    assert levels(_source(host, changed)) == [2, 3, 4, 5, 4, 3, 2, 3, 4, 5]
    faster = _source(host, face.execute(file="a.mp4", frame_rate=29.97).values[0])
    assert (faster.info.fps, faster.info.frame_count) == (Fraction(30000, 1001), 30)


@pytest.mark.parametrize(
    ("rate", "fraction"),
    [
        (23.976, "24000/1001"),
        (23.98, "24000/1001"),
        (29.97, "30000/1001"),
        (59.94, "60000/1001"),
        (119.88, "120000/1001"),
        (29.96, "749/25"),
        (29.98, "1499/50"),
        (29.5, "59/2"),
        (12.5, "25/2"),
        (30.0, "30"),
        (24.0, "24"),
    ],
)
def test_rates_of_broadcasts_are_their_fractions(host: SimpleNamespace, rate: float, fraction: str) -> None:
    """A number that rounds to a rate of television is that rate; those a hundredth beside it are themselves."""
    host.nodes()
    assert host.load("seamsync.nodes.load")._fraction(rate) == Fraction(fraction)


def test_still_pictures_are_clips(host: SimpleNamespace) -> None:
    """A picture gives one frame at 25 a second, or as many as its length asks for."""
    face = host.by_id()["LoadFaceVideo"]
    frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 100, np.uint8), format="rgb24")
    frame.to_image().save(host.folder / "input" / "still.png")
    for length, count in ((0.0, 1), (0.4, 10)):
        source = _source(host, face.execute(file="still.png", length=length).values[0])
        assert (source.info.frame_count, source.info.fps, source.info.name) == (count, 25, "still.mp4")
        assert levels(source) == [5] * count


def test_speech_comes_from_file_or_link(host: SimpleNamespace) -> None:
    """Cut, shifted and levelled alike from both."""
    speech = host.by_id()["LoadSpeechAudio"]
    whole = speech.execute(file="[sample] speech.wav").values[0]
    rate = whole["sample_rate"]
    cut = {"start": 1.0, "duration": 0.5, "offset": 0.25}
    loaded = speech.execute(file="[sample] speech.wav", **cut).values[0]["waveform"]
    linked = speech.execute(audio=whole, **cut).values[0]["waveform"]
    assert loaded.shape == linked.shape == (1, whole["waveform"].shape[1], round(0.5 * rate) + round(0.25 * rate))
    assert torch.equal(loaded, linked)
    assert not loaded[..., : rate // 4].any()


def test_stop_button_stops_with_the_hosts_own_exception(host: SimpleNamespace) -> None:
    """Interrupting a long node raises what the host expects and leaves no half-written video."""
    write_clip(host.folder / "input" / "a.mp4")
    face = host.by_id()["LoadFaceVideo"]
    management = host.load("comfy.model_management")
    management.interrupted = True
    with pytest.raises(management.InterruptProcessingException):
        face.execute(file="a.mp4", length=2.0)
    assert [path for path in (host.folder / "temp").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["clip " * 49 + ".mp4", "映像" * 40 + ".mp4"])
def test_long_names_are_cut(name: str, host: SimpleNamespace) -> None:
    """A name as long as systems allow leaves room for what a writer adds."""
    write_clip(host.folder / "input" / "a.mp4").rename(host.folder / "input" / name)
    changed = host.by_id()["LoadFaceVideo"].execute(file=name, start=0.2).values[0]
    assert _source(host, changed).info.name == f"{name[:60]}.mp4"


def test_chosen_tracks(host: SimpleNamespace) -> None:
    """Of several videos the large one is written to a file of its own, as other nodes take the first; a number chooses."""
    nodes = host.by_id()
    face, speech = nodes["LoadFaceVideo"], nodes["LoadSpeechAudio"]
    _write_two_tracks(host.folder / "input" / "two.mkv")
    assert _source(host, face.execute(file="two.mkv").values[0]).info.width == 64
    assert _source(host, face.execute(file="two.mkv", video_track=1).values[0]).info.width == 16
    loud = speech.execute(file="two.mkv", audio_track=2).values[0]["waveform"]
    assert float(loud.max()) == pytest.approx(0.5, abs=1e-3)
    video, sound = face.execute(file="two.mkv", audio_track=2).values
    assert float(sound["waveform"].max()) == pytest.approx(0.5, abs=1e-3)
    assert _source(host, video).info.has_audio


def test_animated_webp_becomes_a_video(host: SimpleNamespace) -> None:
    """What the host cannot read itself is passed on as a video."""
    pictures = [Image.new("RGB", (32, 32), (40 * k + 20,) * 3) for k in range(4)]
    pictures[0].save(host.folder / "input" / "a.webp", save_all=True, append_images=pictures[1:], duration=41, lossless=True)
    video = host.by_id()["LoadFaceVideo"].execute(file="a.webp").values[0]
    assert Path(video.get_stream_source()).suffix == ".mp4"
    assert (_source(host, video).info.fps, _source(host, video).info.frame_count) == (24, 4)


def _write_two_tracks(path: Path) -> None:
    """A small preview and a larger video, silence and a constant sound."""
    with av.open(str(path), "w") as container:
        videos = [container.add_stream("libx264", rate=25) for _ in range(2)]
        for stream, side in zip(videos, (16, 64), strict=True):
            stream.width = stream.height = side
            stream.pix_fmt = "yuv420p"
        sounds = [container.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(2)]
        for stream in videos:
            for number in range(3):
                picture = av.VideoFrame(stream.width, stream.height, "yuv420p")
                picture.pts, picture.time_base = number, Fraction(1, 25)
                container.mux(stream.encode(picture))
            container.mux(stream.encode(None))
        for stream, level in zip(sounds, (0, 16384), strict=True):
            block = av.AudioFrame.from_ndarray(np.full((1, 960), level, np.int16), format="s16", layout="mono")
            block.sample_rate, block.pts, block.time_base = 8000, 0, Fraction(1, 8000)
            container.mux(stream.encode(block))
