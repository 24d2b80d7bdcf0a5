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
from seamsync.errors import SeamSyncError


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
    video, sound, *facts = face.execute(file="a.mp4").values
    assert (video.get_stream_source(), sound, facts) == (str(path), None, [10, 10.0, 1.0])
    changed = face.execute(file="a.mp4", start=0.2, duration=0.4, length=1.0, loop="ping_pong").values[0]
    assert _source(host, changed).info.name == "a.mp4", "messages name the clip that was chosen"
    assert levels(_source(host, changed)) == [2, 3, 4, 5, 4, 3, 2, 3, 4, 5]
    assert not list((host.folder / "temp").rglob("*.mp4")), "nothing was encoded for it"
    written = Path(changed.get_stream_source())
    assert written.is_relative_to(host.folder / "temp"), "but for nodes that know files alone"
    assert levels(_source(host, host.api.InputImpl.VideoFromFile(str(written)))) == [2, 3, 4, 5, 4, 3, 2, 3, 4, 5]
    faster = _source(host, face.execute(file="a.mp4", frame_rate=29.97).values[0])
    assert (faster.info.fps, faster.info.frame_count) == (Fraction(30000, 1001), 30)


def test_trims_are_the_hosts_own(host: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other nodes cut the file when they read it, at the same frames; an old host gets a view, whose frames are those too."""
    face = host.by_id()["LoadFaceVideo"]
    path = write_clip(host.folder / "input" / "a.mp4")
    video = face.execute(file="a.mp4", start=0.5, duration=0.3).values[0]
    assert isinstance(video, host.api.InputImpl.VideoFromFile)
    assert (video.get_stream_source(), video.get_active_trim_window()) == (str(path), (0.5, 0.3))
    assert levels(_source(host, video)) == [5, 6, 7]
    assert [round(float(one.mean()) * 255 / 20) for one in video.get_components().images] == [5, 6, 7]
    monkeypatch.delattr(host.api.InputImpl.VideoFromFile, "get_active_trim_window")
    view = face.execute(file="a.mp4", start=0.5, duration=0.3).values[0]
    assert levels(_source(host, view)) == [5, 6, 7]
    assert not list((host.folder / "temp").rglob("*.mp4"))


def test_frames_are_capped_skipped_and_thinned_out(host: SimpleNamespace) -> None:
    """In that order of skip, every nth, cap; the rate falls with every nth, so that the clip is as long."""
    face = host.by_id()["LoadFaceVideo"]
    write_clip(host.folder / "input" / "a.mp4")
    video, _, count, rate, duration = face.execute(file="a.mp4", skip_frames=1, every_nth=3, frame_cap=2).values
    assert levels(_source(host, video)) == [1, 4]
    assert (count, rate, duration) == (2, pytest.approx(10 / 3), pytest.approx(0.6))
    assert (video.get_frame_count(), video.get_frame_rate(), video.get_dimensions()) == (2, Fraction(10, 3), (64, 48))
    assert levels(_source(host, face.execute(file="a.mp4", frame_cap=3, length=0.5, loop="hold").values[0])) == [0, 1, 2, 2, 2]
    with pytest.raises(SeamSyncError, match=r"skip_frames must be below the 10 frames of a\.mp4, got 10"):
        face.execute(file="a.mp4", skip_frames=10)
    assert [item.id for item in face.define_schema().inputs][-3:] == ["frame_cap", "skip_frames", "every_nth"]


def test_the_sound_is_cut_with_the_frames(host: SimpleNamespace) -> None:
    """From the first frame that is taken, for as long as they last; none where they begin after it."""
    face = host.by_id()["LoadFaceVideo"]
    _write_two_tracks(host.folder / "input" / "two.mkv")
    _, sound, count, *_ = face.execute(file="two.mkv", skip_frames=1, frame_cap=1).values
    assert (count, sound["waveform"].shape[-1]) == (1, 320)


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
        assert (source.info.frame_count, source.info.fps, source.info.name) == (count, 25, "still.png")
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
        face.execute(file="a.mp4", length=2.0).values[0].get_stream_source()
    assert [path for path in (host.folder / "temp").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["clip " * 49 + ".mp4", "映像" * 40 + ".mp4"])
def test_long_names_are_cut(name: str, host: SimpleNamespace) -> None:
    """A name as long as systems allow leaves room for what a writer adds."""
    write_clip(host.folder / "input" / "a.mp4").rename(host.folder / "input" / name)
    changed = host.by_id()["LoadFaceVideo"].execute(file=name, length=0.2).values[0]
    assert _source(host, changed).info.name == name
    assert Path(changed.get_stream_source()).name == f"{name[:60]}.mp4"


def test_chosen_tracks(host: SimpleNamespace) -> None:
    """Of several videos the large one is written to a file of its own, as other nodes take the first; a number chooses."""
    nodes = host.by_id()
    face, speech = nodes["LoadFaceVideo"], nodes["LoadSpeechAudio"]
    _write_two_tracks(host.folder / "input" / "two.mkv")
    assert _source(host, face.execute(file="two.mkv").values[0]).info.width == 64
    assert _source(host, face.execute(file="two.mkv", video_track=1).values[0]).info.width == 16
    loud = speech.execute(file="two.mkv", audio_track=2).values[0]["waveform"]
    assert float(loud.max()) == pytest.approx(0.5, abs=1e-3)
    video, sound, *_ = face.execute(file="two.mkv", audio_track=2).values
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
