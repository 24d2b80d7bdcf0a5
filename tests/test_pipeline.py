"""The whole flow on the bundled sample and on everything that can be wrong with the input."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np
import pytest
import torch
from paths import SAMPLE
from seamsync import pipeline
from seamsync.errors import Cancelled, SeamSyncError
from seamsync.media.audio import Audio, load_audio
from seamsync.media.clips import MouthClip
from seamsync.media.encode import VideoWriter
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.frame import VideoInfo
from seamsync.media.video import PlanarFrame, TensorSource, VideoReader
from seamsync.models import weights
from seamsync.models.base import Generator
from seamsync.models.options import GenerateOptions
from seamsync.pipeline import LipSyncOptions, lipsync
from seamsync.preview import preview_composite
from seamsync.runtime import Runtime
from seamsync.tracking.landmarks import lip_opening
from seamsync.tracking.track import FaceTrack

FAST = EncodeSettings(preset="ultrafast")
QUICK = LipSyncOptions(encode=FAST)


@pytest.fixture(scope="module", autouse=True)
def facemesh() -> None:
    """The detector's files, which the tests never fetch themselves."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not on this machine; run: seamsync models get facemesh")


@pytest.fixture(scope="module")
def face_frames() -> list[np.ndarray]:
    """A second of the sample's face, uint8 ``[h,w,3]``."""
    return [frame.rgb() for frame in VideoReader(SAMPLE / "face.mp4", duration=1.0).frames()]


@pytest.fixture(scope="module")
def speech() -> Audio:
    """The first second and a half of the sample's speech."""
    return load_audio(SAMPLE / "speech.wav", duration=1.5)


def clip(pictures: list[np.ndarray], fps: int = 25) -> TensorSource:
    """Pictures in memory as a clip."""
    return TensorSource(torch.from_numpy(np.stack(pictures)).float() / 255, Fraction(fps))


def tone(seconds: float, rate: int = 16000, channels: int = 1) -> Audio:
    """Bursts of a buzzing tone."""
    t = np.arange(int(seconds * rate)) / rate
    wave = np.sign(np.sin(2 * np.pi * 150 * t)) * 0.3 * (np.sin(2 * np.pi * 3 * t) > 0)
    return Audio(np.repeat(wave[None], channels, 0).astype(np.float32), rate)


def folder_is(folder: Path, *names: str) -> bool:
    """Whether the folder holds just these files."""
    return sorted(p.name for p in folder.iterdir()) == sorted(names)


def test_sample_speaks(tmp_path: Path) -> None:
    """The demo's job: as long as the speech, sound included, lips that move in speech and rest in the pause."""
    result = lipsync(SAMPLE / "face.mp4", SAMPLE / "speech.wav", tmp_path / "out.mp4", options=QUICK)
    made = VideoReader(result.path)
    sound = load_audio(result.path)
    speech = load_audio(SAMPLE / "speech.wav")
    assert abs(made.info.frame_count - speech.duration * 25) <= 1
    assert abs(sound.duration - float(made.info.duration)) < 0.1
    assert result.report.summary["composited"] == made.info.frame_count
    track = pipeline.track_video(made)
    driven, measured = result.mouths.curves["opening"], lip_opening(track.landmarks)
    assert np.corrcoef(driven, measured)[0, 1] > 0.8
    silent = result.mouths.curves["silent"].astype(bool)
    assert silent.sum() > 10
    # The lips rest as the generator drew them: nothing after it closes them further.
    assert measured[silent].mean() < 0.4 * np.percentile(measured, 95)
    assert folder_is(tmp_path, "out.mp4")


def test_outside_of_the_face_stays(tmp_path: Path, face_frames: list[np.ndarray], speech: Audio) -> None:
    """A lossless result equals the source outside the ROI, plane by plane."""
    source = VideoReader(SAMPLE / "face.mp4", duration=0.4)
    result = lipsync(
        source, speech, tmp_path / "out.mkv", options=LipSyncOptions(encode=EncodeSettings(lossless=True, preset="ultrafast"))
    )
    top = int(result.track.landmarks[:, 27, 1].min())
    order = result.mouths.frames
    changed = 0
    for before, after in zip(source.frames(order), VideoReader(result.path).frames(), strict=True):
        np.testing.assert_array_equal(before.y[:top], after.y[:top])
        np.testing.assert_array_equal(before.u[: top // 2], after.u[: top // 2])
        changed += int((before.y != after.y).any())
    assert changed > 0


def test_still_picture(tmp_path: Path, face_frames: list[np.ndarray], speech: Audio) -> None:
    """A picture is a clip of one frame; the result is as long as the speech and moves."""
    cv2.imwrite(str(tmp_path / "face.png"), face_frames[0][..., ::-1])
    result = lipsync(tmp_path / "face.png", speech, tmp_path / "out.mp4", options=QUICK)
    frames = [f.y.astype(int) for f in VideoReader(result.path).frames()]
    assert abs(len(frames) - 1.5 * 25) <= 1
    assert max(np.abs(f - frames[0]).max() for f in frames) > 20


def test_one_frame_clip(tmp_path: Path, face_frames: list[np.ndarray], speech: Audio) -> None:
    """A clip of a single frame loops."""
    result = lipsync(clip(face_frames[:1]), speech, tmp_path / "out.mp4", options=QUICK)
    assert abs(len(result.report) - 1.5 * 25) <= 1


def test_no_face(tmp_path: Path, speech: Audio) -> None:
    """No face in any frame is an error that says what helps; nothing is written."""
    noise = np.random.default_rng(0).integers(0, 255, (6, 240, 320, 3), dtype=np.uint8)
    with pytest.raises(SeamSyncError, match="no face found in any of the 6 frames"):
        lipsync(clip(list(noise)), speech, tmp_path / "out.mp4", options=QUICK)
    assert folder_is(tmp_path)


def test_a_face_that_leaves(tmp_path: Path, face_frames: list[np.ndarray], speech: Audio) -> None:
    """Frames without the face keep their pixels and are reported; the rest is done."""
    blank = [np.full_like(face_frames[0], 90)] * 10
    source = clip(face_frames[:8] + blank + face_frames[8:16])
    options = LipSyncOptions(encode=EncodeSettings(lossless=True, preset="ultrafast"))
    result = lipsync(source, tone(26 / 25), tmp_path / "out.mkv", options=options)
    status = result.report.columns["status"]
    assert (status[8:18] == "no face").all()
    assert (status[:8] == "composited").all()
    assert any("10 of 26 frames keep their original pixels: no face" in note for note in result.report.notes)
    for index, (before, after) in enumerate(zip(source.frames(), VideoReader(result.path).frames(), strict=True)):
        if 8 <= index < 18:
            np.testing.assert_array_equal(before.y, after.y)


def test_two_faces(tmp_path: Path, face_frames: list[np.ndarray]) -> None:
    """The largest is taken and kept; the other keeps its pixels."""
    small = [cv2.resize(f, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA) for f in face_frames[:6]]
    size = face_frames[0].shape[0]
    pictures = [
        np.hstack([f, np.pad(s, ((size - s.shape[0], 0), (0, 0), (0, 0)), mode="edge")])
        for f, s in zip(face_frames, small, strict=False)
    ]
    result = lipsync(clip(pictures), tone(6 / 25), tmp_path / "out.mp4", options=QUICK)
    assert (result.track.landmarks[..., 0] < size).all()


def test_a_cut(tmp_path: Path, face_frames: list[np.ndarray]) -> None:
    """Two scenes; the face is found again behind the cut."""
    other = [255 - np.roll(f, 60, axis=1)[:, ::-1] // 3 for f in face_frames[:1]]
    second = [np.ascontiguousarray(np.roll(f, 70, axis=1)[::1, ::-1]) for f in face_frames[:8]]
    source = clip(face_frames[:8] + other * 3 + second)
    track = pipeline.track_video(source)
    assert track.scene[0] != track.scene[-1]
    assert track.visible[:8].all()
    assert track.visible[-8:].all()


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", [8000, 48000])
def test_odd_audio(tmp_path: Path, face_frames: list[np.ndarray], channels: int, rate: int) -> None:
    """8 kHz, stereo and 5.1 speech are spoken and muxed."""
    result = lipsync(clip(face_frames[:5]), tone(0.2, rate, channels), tmp_path / "out.mp4", options=QUICK)
    assert load_audio(result.path).duration > 0.1


def test_empty_and_broken_audio(tmp_path: Path, face_frames: list[np.ndarray]) -> None:
    """Audio without samples, and with NaN in it."""
    with pytest.raises(SeamSyncError, match=r"audio|speech"):
        lipsync(clip(face_frames[:3]), Audio(np.zeros((1, 0), np.float32), 16000), tmp_path / "out.mp4", options=QUICK)
    with pytest.raises(SeamSyncError, match="NaN"):
        Audio(np.full((1, 100), np.nan, np.float32), 16000)
    assert folder_is(tmp_path)


def test_silence_only_keeps_the_mouth_closed(tmp_path: Path, face_frames: list[np.ndarray]) -> None:
    """Digital silence is no error: the lips stay closed."""
    result = lipsync(clip(face_frames), Audio(np.zeros((1, 16000), np.float32), 16000), tmp_path / "out.mp4", options=QUICK)
    assert result.mouths.curves["opening"].max() < 0.03
    assert any("no speech was heard" in note for note in result.report.notes)


def test_a_clip_without_sound_as_audio(tmp_path: Path) -> None:
    """The face clip given as speech has none; the message says so."""
    with pytest.raises(SeamSyncError, match=r"face\.mp4.*(no sound|no audio)"):
        lipsync(SAMPLE / "face.mp4", SAMPLE / "face.mp4", tmp_path / "out.mp4", options=QUICK)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.mp4", None, r"missing\.mp4"),
        ("folder", b"/", r"folder"),
        ("empty.mp4", b"", r"empty"),
        ("text.mp4", b"this is no video at all, but a text file with an ending that lies", r"text\.mp4"),
    ],
)
def test_wrong_face_files(tmp_path: Path, speech: Audio, name: str, content: bytes | None, message: str) -> None:
    """Missing, a directory, empty, not media: each is named."""
    path = tmp_path / name
    if content == b"/":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(SeamSyncError, match=message):
        lipsync(path, speech, tmp_path / "out.mp4", options=QUICK)
    assert not (tmp_path / "out.mp4").exists()


def test_truncated_clip(tmp_path: Path, speech: Audio) -> None:
    """A clip cut off in the middle: what can be read is used, and the loss is reported."""
    whole = (SAMPLE / "face.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    result = lipsync(tmp_path / "cut.mp4", speech, tmp_path / "out.mp4", options=QUICK)
    assert any("truncated" in note or "decoded" in note for note in result.report.notes)


def test_wrong_extension_is_fine(tmp_path: Path, speech: Audio) -> None:
    """Content counts, not the name."""
    (tmp_path / "face.txt").write_bytes((SAMPLE / "face.mp4").read_bytes())
    result = lipsync(
        tmp_path / "face.txt", load_audio(SAMPLE / "speech.wav", duration=0.3), tmp_path / "out.mp4", options=QUICK
    )
    assert result.path.exists()


def test_unwritable_outputs_fail_before_any_work(tmp_path: Path, face_frames: list[np.ndarray], speech: Audio) -> None:
    """A directory, a missing folder, an unknown suffix."""
    called: list[str] = []

    def watch(stage: str, done: int, total: int) -> None:
        called.append(stage)

    for target in (tmp_path, tmp_path / "nowhere" / "out.mp4", tmp_path / "out.xyz"):
        with pytest.raises(SeamSyncError):
            lipsync(clip(face_frames[:2]), speech, target, options=QUICK, runtime=Runtime(progress=watch))
    assert called == []


def test_missing_model_names_the_command(
    tmp_path: Path, face_frames: list[np.ndarray], speech: Audio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the detector's files the message has the command that fetches them."""
    monkeypatch.setenv("SEAMSYNC_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(SeamSyncError, match="seamsync models get facemesh"):
        lipsync(clip(face_frames[:2]), speech, tmp_path / "out.mp4", options=QUICK)


@pytest.mark.parametrize("stop", [Cancelled, KeyboardInterrupt])
def test_cancelling_leaves_no_file_and_keeps_the_old_one(
    tmp_path: Path, face_frames: list[np.ndarray], speech: Audio, stop: type[BaseException]
) -> None:
    """Stopped in the middle of the composite: an earlier result stays as it was."""
    (tmp_path / "out.mp4").write_bytes(b"an earlier result")

    def cancel(stage: str, done: int, total: int) -> None:
        if stage == "composite" and done == 5:
            raise stop()

    with pytest.raises(stop):
        lipsync(clip(face_frames), speech, tmp_path / "out.mp4", options=QUICK, runtime=Runtime(progress=cancel))
    assert (tmp_path / "out.mp4").read_bytes() == b"an earlier result"
    assert folder_is(tmp_path, "out.mp4")


def test_same_input_same_bytes(tmp_path: Path, face_frames: list[np.ndarray]) -> None:
    """Two runs write the same file."""
    files = []
    for name in ("one.mp4", "two.mp4"):
        lipsync(clip(face_frames[:6]), tone(0.3), tmp_path / name, options=QUICK)
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1]


def test_preview_shows_what_the_render_makes(tmp_path: Path, face_frames: list[np.ndarray], speech: Audio) -> None:
    """Chosen frames through the same engine: same pixels, but for the steadied colour gains."""
    source = clip(face_frames)
    track = pipeline.track_video(source)
    mouths = pipeline.generate_mouths(source, track, speech)
    pictures, alphas = preview_composite(source, track, mouths, [0, 20, -1])
    assert pictures.shape == (3, *face_frames[0].shape)
    assert alphas.shape == (3, *face_frames[0].shape[:2])
    assert alphas.max() == pytest.approx(1.0)
    original = next(iter(source.frames(np.array([0])))).rgb()
    far = alphas[0] == 0
    assert np.abs(pictures[0].astype(int) - original.astype(int))[far].max() <= 12  # chroma beside the mask is shared
    with pytest.raises(SeamSyncError, match=f"preview frames must be 0…{len(mouths) - 1}"):
        preview_composite(source, track, mouths, [9999])


def test_keep_rest_and_loops(face_frames: list[np.ndarray]) -> None:
    """A longer clip can run on untouched; a shorter one is looped as asked."""
    source = clip(face_frames)
    track = pipeline.track_video(source)
    kept = pipeline.generate_mouths(source, track, tone(0.4), options=GenerateOptions(keep_rest=True))
    assert len(kept) == len(face_frames)
    assert not kept.active[-5:].any()
    looped = pipeline.generate_mouths(source, track, tone(1.5), options=GenerateOptions(loop="ping_pong"))
    assert looped.frames.max() == len(face_frames) - 1
    assert np.abs(np.diff(looped.frames)).max() == 1


def test_devices() -> None:
    """Unknown and absent devices are named."""
    assert pipeline.pick_device("cpu").type == "cpu"
    with pytest.raises(SeamSyncError, match="device must be one of auto, cpu"):
        pipeline.pick_device("gpu")
    if not torch.cuda.is_available():
        with pytest.raises(SeamSyncError, match="'cuda' is not available"):
            pipeline.pick_device("cuda")


class Recorder(Generator):
    """A generator of the caller's own."""

    name = "recorder"

    def prepare(self, *args: object, **settings: object) -> NoReturn:
        """It does not stream."""
        raise NotImplementedError

    def generate(
        self, source: object, track: FaceTrack, audio: Audio, options: object = None, progress: object = None
    ) -> MouthClip:
        """Grey patches that are never active."""
        count = len(track)
        return MouthClip(
            patches=np.zeros((count, 3, 8, 8), np.uint8),
            to_frame=np.tile(np.eye(2, 3), (count, 1, 1)),
            active=np.zeros(count, bool),
            frames=np.arange(count),
        )


def test_own_generator(tmp_path: Path, face_frames: list[np.ndarray], speech: Audio) -> None:
    """Anything that keeps the interface can stand in for Rewrite; inactive mouths leave the clip alone."""
    source = clip(face_frames[:4])
    track = pipeline.track_video(source)
    mouths = pipeline.generate_mouths(source, track, speech, generator=Recorder())
    report = pipeline.composite_video(source, track, mouths, tmp_path / "out.mp4", encode=FAST)
    assert report.summary["left alone"] == 4


def small_clip(path: Path) -> Iterator[PlanarFrame]:
    """Write a tiny grey clip and yield its frames."""
    info = VideoInfo("grey", 64, 48, Fraction(25), 3)
    with VideoWriter(path, info, settings=FAST) as writer:
        for _ in range(3):
            frame = PlanarFrame.blank(64, 48, info.chroma, 8, info.color)
            for plane in frame.planes:
                plane[...] = 128
            writer.write(frame)
            yield frame


def test_grey_clip_has_no_face(tmp_path: Path, speech: Audio) -> None:
    """A real file without a face is told apart from one that cannot be read."""
    assert len(list(small_clip(tmp_path / "grey.mp4"))) == 3
    with pytest.raises(SeamSyncError, match=r"no face found in any of the 3 frames of grey\.mp4"):
        lipsync(tmp_path / "grey.mp4", speech, tmp_path / "out.mp4", options=QUICK)
