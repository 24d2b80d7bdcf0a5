"""MuseTalk from files and clips to the finished video: the command, frame rates, two people, faces that come and go."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from drawn_mouths import drawn_clip
from musetalk_files import copying_unet, copying_vae, write_files
from musetalk_stubs import Listen, stub_network
from paths import SAMPLE
from seamsync import cli
from seamsync.media.audio import Audio
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.sources import TensorSource
from seamsync.media.video import VideoReader
from seamsync.media.wav import write_wav
from seamsync.models import weights
from seamsync.models.musetalk.generator import MuseTalkGenerator
from seamsync.models.musetalk.load import load_networks
from seamsync.models.musetalk.run import MuseTalkNetwork
from seamsync.models.options import GenerateOptions
from seamsync.pipeline import LipSyncOptions, lipsync, track_video
from seamsync.runtime import Runtime
from seamsync.tracking.options import SmoothOptions, TrackOptions
from seamsync.tracking.track import FaceTrack

RATES = [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50), Fraction(60)]
ALWAYS = GenerateOptions(silence="generate")
LOSSLESS = EncodeSettings(lossless=True)


def clicks(times: list[float], seconds: float) -> Audio:
    """Clicks of 2 ms at these seconds in silence."""
    wave = np.zeros((1, round(seconds * 16_000)), np.float32)
    for time in times:
        wave[:, round(time * 16_000) : round(time * 16_000) + 32] = 0.9 * np.sign(np.sin(np.arange(32) * 2.0))
    return Audio(wave, 16_000)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The U-Net of a network that copies the face, with its two companions beside it; it hears random things."""
    pytest.importorskip("diffusers")
    return write_files(tmp_path_factory.mktemp("musetalk"), copying_unet(), copying_vae())


@pytest.fixture(scope="module")
def networks(files: Path) -> MuseTalkNetwork:
    """The same, on pictures of 64 pixels, which take a sixteenth of the time."""
    folder = files.parents[1]
    vae, whisper = folder / "sd-vae" / "diffusion_pytorch_model.bin", folder / "whisper" / "pytorch_model.bin"
    return MuseTalkNetwork(load_networks(files, vae, whisper), torch.device("cpu"), size=64, batch=8)


@pytest.fixture(scope="module")
def tracked() -> tuple[np.ndarray, FaceTrack]:
    """Twelve frames of the sample clip, and its face."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not here; run: seamsync models get facemesh")
    source = VideoReader(SAMPLE / "face.mp4", duration=0.48)
    pictures = np.stack([frame.rgb() for frame in source.frames()])[:12]
    return pictures, track_video((pictures, 25), smooth=SmoothOptions(), runtime=Runtime(device="cpu"))


def blocks(picture: np.ndarray) -> np.ndarray:
    """Means of 8 × 8 pixels of a picture of 64, without the outermost."""
    return picture.astype(float).reshape(8, 8, 8, 8).mean((1, 3))[1:-1, 1:-1]


def at_rate(tracked: tuple[np.ndarray, FaceTrack], fps: Fraction) -> tuple[TensorSource, FaceTrack]:
    """The same pictures at another frame rate."""
    pictures, track = tracked
    track = FaceTrack(track.landmarks, track.confidence, track.visible, track.scene, track.frame_size, fps)
    return TensorSource(torch.from_numpy(pictures).float() / 255, fps, name="sample"), track


def test_command(files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``seamsync lipsync --checkpoint``: three files on disk, a drawn clip, a video with new mouths and the rest untouched."""
    from seamsync.media.encode import VideoWriter

    source, track = drawn_clip(np.full(3, 0.06))
    with VideoWriter(tmp_path / "face.mp4", source.info, settings=LOSSLESS) as writer:
        for frame in source.frames():
            writer.write(frame)
    track.save(tmp_path / "face.npz")
    sound = write_wav(clicks([0.05], 0.12), tmp_path / "speech.wav")
    out = tmp_path / "out.mp4"
    command = ["lipsync", "--face", str(tmp_path / "face.mp4"), "--audio", str(sound), "-o", str(out), "--quiet"]
    command += ["--track", str(tmp_path / "face.npz"), "--device", "cpu", "--checkpoint", str(files), "--silence", "generate"]
    command += ["--musetalk-chin-room", "0.1", "--musetalk-batch", "3", "--lossless", "--report", str(tmp_path / "report")]
    assert cli.main(command) == 0
    before, after = (np.stack([frame.y for frame in VideoReader(path).frames()]) for path in (tmp_path / "face.mp4", out))
    assert before.shape == after.shape == (3, 240, 320)
    assert (before != after)[:, 170:200, 130:190].mean() > 0.3
    assert not (before != after)[:, :100].any()
    told = json.loads(next((tmp_path / "report").glob("*.json")).read_text(encoding="utf-8"))["settings"]["generator"]
    assert (told["name"], told["frames_generated"], told["size"], told["margin"]) == ("musetalk", 3, 256, 0.1)
    assert cli.main(["models"]) == 0
    listed = capsys.readouterr().out
    assert "OpenRAIL" in listed
    assert "any purpose" in listed


@pytest.mark.parametrize("fps", RATES)
def test_clicks_in_the_written_video(tracked: tuple[np.ndarray, FaceTrack], fps: Fraction, tmp_path: Path) -> None:
    """At every rate the frames of the written clip whose mouth changes are those around the clicks, to its end."""
    source, track = at_rate(tracked, fps)
    count = round(0.9 * fps)
    generator = MuseTalkGenerator(stub_network(Listen(), batch=64))
    options = LipSyncOptions(preset="fast", generator=generator, generate=ALWAYS, encode=LOSSLESS)
    made = lipsync(source, clicks([0.2, 0.7], 0.9), tmp_path / "out.mp4", options=options, track=track)
    assert len(made.report) == len(made.mouths) == count
    assert VideoReader(made.path).info.fps == fps
    lips = track.landmarks[:, 48:].mean(1).astype(int)
    shown = made.mouths.frames
    pictures = [frame.y for frame in VideoReader(made.path).frames()]
    light = np.array([pictures[k][y - 3 : y + 4, x - 3 : x + 4].mean() for k, (x, y) in enumerate(lips[shown].tolist())])
    begin = np.arange(count) / float(fps)
    near = np.zeros(count, bool)
    loud = light > (light.max() + light.min()) / 2
    for moment in (0.2, 0.7):
        assert loud[(begin > moment - 0.09) & (begin < moment + 0.03)].all()
        near |= (begin > moment - 0.16) & (begin < moment + 0.12)
    assert not loud[~near].any()


def test_a_real_face_is_put_back_where_it_was(
    networks: MuseTalkNetwork, tracked: tuple[np.ndarray, FaceTrack], tmp_path: Path
) -> None:
    """Real network classes on a real clip: the copied face is at its place, upright, in its colours; nothing else changed."""
    source, track = at_rate(tracked, Fraction(25))
    visible = track.visible.copy()
    visible[4:6] = False
    track = replace(track, visible=visible)
    options = LipSyncOptions(generator=MuseTalkGenerator(networks), generate=ALWAYS, encode=LOSSLESS)
    made = lipsync(source, clicks([0.1], 0.48), tmp_path / "out.mp4", options=options, track=track)
    assert made.mouths.active.tolist() == visible.tolist()
    frames = tracked[0]
    for index in (0, 3, 6, 11):
        place = np.vstack([made.mouths.to_frame[index], [0, 0, 1]])
        seen = cv2.warpPerspective(frames[index], np.linalg.inv(place), (64, 64), flags=cv2.INTER_AREA)
        for channel in range(3):
            ours, theirs = (blocks(one) for one in (np.asarray(made.mouths.patches[index])[channel], seen[..., channel]))
            assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.95
    after = np.stack([frame.rgb() for frame in VideoReader(made.path).frames()])
    np.testing.assert_array_equal(after[4:6], np.stack([frame.rgb() for frame in source.frames()])[4:6])


def test_two_people(networks: MuseTalkNetwork, tracked: tuple[np.ndarray, FaceTrack], tmp_path: Path) -> None:
    """The chosen face speaks, the other one is untouched."""
    pictures = np.concatenate([tracked[0][:4], tracked[0][:4][:, :, ::-1]], 2)
    width = tracked[0].shape[2]
    for which, own in enumerate((slice(0, width), slice(width, None))):
        who = TrackOptions(face="index", index=which)
        track = track_video((pictures, 25), options=who, smooth=SmoothOptions(), runtime=Runtime(device="cpu"))
        options = LipSyncOptions(generator=MuseTalkGenerator(networks), generate=ALWAYS, encode=LOSSLESS)
        made = lipsync((pictures, 25), clicks([0.1], 0.16), tmp_path / f"{which}.mp4", options=options, track=track)
        source = TensorSource(torch.from_numpy(pictures).float() / 255, Fraction(25), name="two")
        before = np.stack([frame.y for frame in source.frames()])
        changed = before != np.stack([frame.y for frame in VideoReader(made.path).frames()])
        assert changed[:, :, own].any()
        assert not np.delete(changed, np.arange(changed.shape[2])[own], 2).any()


def test_published_mode(networks: MuseTalkNetwork, tracked: tuple[np.ndarray, FaceTrack]) -> None:
    """Whole pixels, along the frame, Lanczos; told in the report."""
    source, track = at_rate(tracked, Fraction(25))
    clip = MuseTalkGenerator(networks, published=True).generate(source, track, clicks([0.1], 0.16), ALWAYS)
    assert clip.source["mode"] == "published"
    assert (clip.to_frame[:, :, 2] == np.round(clip.to_frame[:, :, 2])).all()
    assert (clip.to_frame[:, 0, 1] == 0).all()
    assert len(clip) == 4
