"""The job of ``seamsync wav2lip``, done with a generator that needs no network."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from paths import SAMPLE
from seamsync.cli.wav2lip.job import Files, Wav2LipJob, checkpoint, open_clip, perform
from seamsync.enhance.options import EnhanceOptions
from seamsync.errors import SeamSyncError
from seamsync.media.audio import load_audio
from seamsync.media.encode import VideoWriter
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.reshape import Reshape
from seamsync.media.video import VideoReader
from seamsync.models import weights
from seamsync.pipeline import LipSyncOptions, read_or_track
from seamsync.runtime import Runtime
from seamsync.tracking.track import FaceTrack
from stand_in import load_stand_in

FACE = SAMPLE / "face.mp4"
CPU = Runtime("cpu")


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second of speech, in a video file."""
    path = tmp_path_factory.mktemp("speech") / "speech.mp4"
    source = VideoReader(FACE, duration=0.5)
    sound = load_audio(SAMPLE / "speech.wav", start=0.5, duration=0.5)
    with VideoWriter(path, source.info, audio=sound, settings=EncodeSettings(preset="ultrafast")) as writer:
        for frame in source.frames():
            writer.write(frame)
    return path


@pytest.fixture
def facemesh() -> None:
    """The detector's files."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not on this machine; run: seamsync models get facemesh")


def made_job(tmp_path: Path, speech: Path, **files: object) -> Wav2LipJob:
    """A job on the sample's face."""
    source = Files(str(FACE), str(speech), str(tmp_path / "new" / "out.mp4"), **files)  # type: ignore[arg-type]
    return Wav2LipJob(source=source, generator={"name": "mine.pth", "batch": 4})


@pytest.mark.usefixtures("facemesh")
def test_from_files_to_file(tmp_path: Path, speech: Path) -> None:
    """A new folder, sound from a video, as many frames as the speech has, settings handed on, and the track kept."""
    cache, job = tmp_path / "face.npz", made_job(tmp_path, speech)
    job = replace(job, source=replace(job.source, face=str(speech)))
    result = perform(job, load_stand_in, cache=cache, runtime=CPU)
    made = VideoReader(result.path)
    assert made.info.has_audio
    assert made.info.frame_count == round(load_audio(speech).duration * 25)
    assert result.report.summary["composited"] == made.info.frame_count
    assert (result.mouths.source["name"], result.mouths.source["silence"]) == ("stand-in", "closed")
    kept = FaceTrack.load(cache)
    np.testing.assert_array_equal(kept.landmarks, result.track.landmarks)
    FaceTrack.save(replace(kept, landmarks=kept.landmarks + 1), cache)
    again = read_or_track(open_clip(job), cache, LipSyncOptions(), CPU)
    np.testing.assert_array_equal(again.landmarks, kept.landmarks + 1)
    smaller = replace(job, reshape=Reshape(factor=2))
    with pytest.raises(SeamSyncError, match="face track is of a"):
        read_or_track(open_clip(smaller), cache, LipSyncOptions(), CPU)


def test_a_box_needs_no_detector(tmp_path: Path, speech: Path) -> None:
    """The still face in the box goes through the whole job, at half the size and sharpened; nothing outside it changes."""
    how = Reshape(factor=2)
    job = replace(made_job(tmp_path, speech, static=True), reshape=how, enhance=EnhanceOptions(amount=0.5))
    info = open_clip(job).info
    box = (info.height // 8, info.height * 7 // 8, info.width // 4, info.width * 3 // 4)
    job = replace(job, source=replace(job.source, box=box))
    result = perform(job, load_stand_in, runtime=CPU)
    made = VideoReader(result.path)
    assert (made.info.width, made.info.height) == (info.width, info.height)
    assert result.mouths.source["enhance"]["method"] == "unsharp"
    assert (result.mouths.frames == 0).all()
    changed = np.flatnonzero((result.track.landmarks[0] != result.track.landmarks[-1]).any(-1))
    assert not len(changed)


def test_the_first_frame_alone(tmp_path: Path, speech: Path) -> None:
    """Of a video; a picture has its own rate."""
    still = open_clip(made_job(tmp_path, speech, static=True))
    assert still.info.frame_count == 1
    np.testing.assert_array_equal(next(iter(still.frames())).y, next(iter(VideoReader(FACE).frames())).y)
    picture = tmp_path / "face.v2.png"
    cv2.imwrite(str(picture), np.full((40, 60, 3), 90, np.uint8))
    job = replace(made_job(tmp_path, speech), source=Files(str(picture), str(speech), still_fps=Fraction(30)))
    assert open_clip(replace(job, reshape=Reshape(turned=True))).info.width == 40
    assert open_clip(job).info.fps == 30


def test_no_more_of_the_clip_than_the_speech_needs(tmp_path: Path, speech: Path) -> None:
    """A long clip is not tracked to its end for a short speech, unless the track is to be kept."""
    job, whole = made_job(tmp_path, speech), VideoReader(FACE).info.frame_count
    assert open_clip(job, 0.52).info.frame_count == 13
    assert open_clip(job).info.frame_count == whole > 100


def test_what_is_wrong_leaves_nothing_behind(tmp_path: Path, speech: Path) -> None:
    """No such box, no clip, no sound, no checkpoint, a bad name for the output: said, and no folder left."""
    job = made_job(tmp_path, speech, box=(0, 5, 0, 9999))

    def refuse(name: str, **settings: object) -> None:
        raise SeamSyncError(f"no file {name}")

    for files, load, message in (
        (job.source, load_stand_in, "box must be"),
        (replace(job.source, face="no.mp4"), load_stand_in, "no.mp4"),
        (replace(job.source, audio="no.wav"), load_stand_in, "no.wav"),
        (replace(job.source, out=str(tmp_path / "new" / "out.avi")), load_stand_in, "must end in"),
        (job.source, refuse, "no file mine"),
    ):
        with pytest.raises(SeamSyncError, match=message):
            perform(replace(job, source=files), load, runtime=CPU)  # type: ignore[arg-type]
        assert not (tmp_path / "new").exists()


def test_our_own_copy_of_a_published_file_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the path has no file but a published file's name; any other path stays as it is."""
    monkeypatch.setenv("SEAMSYNC_MODELS", str(tmp_path))
    own = tmp_path / "wav2lip" / "wav2lip_gan.pth"
    with pytest.raises(SeamSyncError, match="no checkpoint at weights/wav2lip_gan"):
        checkpoint("weights/wav2lip_gan.pth")
    own.parent.mkdir()
    own.write_bytes(b"weights")
    monkeypatch.setattr(weights, "find", lambda name: {own.name: own})
    assert checkpoint("weights/wav2lip_gan.pth") == "wav2lip_gan"
    assert checkpoint(str(own)) == str(own)
    assert checkpoint("weights/mine.pth") == "weights/mine.pth"
