"""A job that was stopped goes on from what it kept, and gives the same result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faces import face68, track_of
from paths import SAMPLE
from seamsync.errors import Cancelled
from seamsync.media.audio import Audio
from seamsync.media.clips import MouthClip
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.inputs import open_source
from seamsync.models import weights
from seamsync.models.base import Generator
from seamsync.models.options import GenerateOptions
from seamsync.pipeline import LipSyncOptions, lipsync
from seamsync.resume import kept as module
from seamsync.resume.kept import KeptWork
from seamsync.runtime import Runtime
from toy_generator import Toy, ToyOptions

COUNT = 40
CLIP = open_source((np.zeros((COUNT, 48, 64, 3), np.uint8), 25))
TRACK = track_of(np.tile(face68(), (COUNT, 1, 1)), (64, 48))
SPEECH = Audio(np.random.default_rng(0).uniform(-1, 1, (1, 16000 * COUNT // 25)).astype(np.float32), 16000)
TOY = Toy(ToyOptions(batch=3))


class Stops:
    """Progress that stops the job at a frame of a stage, and remembers what was done."""

    def __init__(self, stage: str = "", at: int = 0) -> None:
        self.stage, self.at, self.seen = stage, at, list[tuple[str, int]]()

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.seen.append((stage, done))
        if stage == self.stage and done >= self.at:
            raise Cancelled

    def first(self, stage: str) -> int:
        """The first number of a stage that was told."""
        return next((done for name, done in self.seen if name == stage), -1)


def made(folder: Path, progress: Any = None, generator: Generator = TOY, **options: Any) -> MouthClip:
    """The toy's mouths, kept in a folder."""
    work = KeptWork(folder / "out.mp4", None, Runtime("cpu", progress=progress or Stops()))
    return work.generate(generator, CLIP, TRACK, SPEECH, GenerateOptions(**options))


def same(one: MouthClip, other: MouthClip) -> bool:
    """Whether two clips are equal in everything."""
    names = ("patches", "to_frame", "active", "frames", "landmarks", "opacity")
    alike = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names if getattr(one, name) is not None)
    facts = [(clip.source, clip.notes, clip.inset, list(clip.curves)) for clip in (one, other)]
    return alike and facts[0] == facts[1]


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of at least eight frames."""
    monkeypatch.setattr(module, "_PIECE_FRAMES", 8)


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """A folder with the work of a job that was stopped at frame 30: pieces of 9, up to frame 27."""
    with pytest.raises(Cancelled):
        made(tmp_path, Stops("generate", 30))
    return tmp_path


def entries(folder: Path) -> list[Path]:
    """What was kept."""
    return sorted(folder.glob(".out.mp4.*.resume/*"))


def test_mouths_go_on_from_the_last_piece(stopped: Path) -> None:
    """Frames before 27 are not made again, the result is that of an undisturbed run, and then nothing is made again."""
    assert len(entries(stopped)) == 3
    watch = Stops()
    again = made(stopped, watch)
    assert same(again, TOY.generate(CLIP, TRACK, SPEECH))
    assert len(entries(stopped)) == 6
    third = Stops()
    assert same(made(stopped, third), again)
    assert third.seen == []


def test_the_first_mouths_are_skipped(stopped: Path) -> None:
    """A session that cannot begin later makes all of them; those kept are dropped, also in the middle of a batch."""
    session = TOY.prepare(CLIP, TRACK, GenerateOptions())
    session.push(SPEECH.samples, SPEECH.rate)
    session.finish()
    session.skip(13)
    batches = list(session.patches())
    assert batches[0].first == 13
    assert sum(map(len, batches)) == COUNT - 13
    assert np.array_equal(np.concatenate([batch.patches for batch in batches]), TOY.generate(CLIP, TRACK, SPEECH).patches[13:])


@pytest.mark.parametrize("damage", [lambda content: content[:100], lambda content: content[:-300] + bytes(300), lambda _: b""])
def test_a_damaged_piece_is_made_again(stopped: Path, damage: Any) -> None:
    """It counts as missing, with those behind it."""
    piece = entries(stopped)[1]
    piece.write_bytes(damage(piece.read_bytes()))
    assert same(made(stopped), TOY.generate(CLIP, TRACK, SPEECH))


def test_other_inputs_have_other_entries(stopped: Path) -> None:
    """Another option and another generator begin anew."""
    assert same(made(stopped, loop="hold"), TOY.generate(CLIP, TRACK, SPEECH, GenerateOptions(loop="hold")))
    darker = Toy(ToyOptions(batch=3, shade=0.5))
    assert same(made(stopped, generator=darker), darker.generate(CLIP, TRACK, SPEECH))


class Whole(Toy):
    """A generator that makes whole clips only."""

    def generate(self, *given: Any, **more: Any) -> MouthClip:
        """Make them by the toy; counts."""
        calls.append(1)
        return Toy.generate(self, *given, **more)


calls: list[int] = []


def test_a_whole_clip_is_kept(tmp_path: Path) -> None:
    """What a generator without a session made is not made again."""
    calls.clear()
    first, second = made(tmp_path, generator=Whole()), made(tmp_path, generator=Whole())
    assert same(first, second)
    assert len(calls) == 1


def test_a_track_is_kept_and_removed(tmp_path: Path) -> None:
    """It is read again; removing deletes what was made here and nothing else."""
    work, count = KeptWork(tmp_path / "out.mp4", tmp_path / "cache", Runtime("cpu")), iter(range(9))

    def make() -> Any:
        next(count)
        return TRACK

    for _ in range(2):
        assert np.array_equal(work.track(make, "clip").landmarks, TRACK.landmarks)
    assert next(count) == 1
    (work.folder / "mine.txt").write_text("a")
    work.remove()
    assert [path.name for path in work.folder.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """It is said once."""
    (tmp_path / "file").write_text("a")
    said: list[str] = []
    work = KeptWork(tmp_path / "out.mp4", tmp_path / "file", Runtime("cpu", warn=said.append))
    assert same(work.generate(TOY, CLIP, TRACK, SPEECH, GenerateOptions()), TOY.generate(CLIP, TRACK, SPEECH))
    assert len(said) == 1
    work.remove()


def test_the_size_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit nothing is kept, and the result is the same."""
    monkeypatch.setattr(module, "_MOST_BYTES", 9 * 3 * 64)
    assert same(made(tmp_path), TOY.generate(CLIP, TRACK, SPEECH))
    assert len([path for path in entries(tmp_path) if "whole" not in path.name]) == 1
    assert same(made(tmp_path), TOY.generate(CLIP, TRACK, SPEECH))


@pytest.mark.parametrize(("stage", "at", "tracked"), [("track", 10, True), ("generate", 20, False), ("composite", 5, False)])
def test_a_job_that_was_stopped_gives_the_same_file(tmp_path: Path, stage: str, at: int, tracked: bool) -> None:
    """Stopped in each stage; the track is made again only where it was not finished; the folder is gone in the end."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not on this machine; run: seamsync models get facemesh")

    def run(name: str, progress: Stops, resume: bool = True) -> bytes:
        options = LipSyncOptions(encode=EncodeSettings(preset="ultrafast"))
        clip = open_source(SAMPLE / "face.mp4")
        speech = Audio(SPEECH.samples[:, : 16000 * 30 // 25], 16000)
        lipsync(clip, speech, tmp_path / name, options=options, resume=resume, runtime=Runtime("cpu", progress=progress))
        return (tmp_path / name).read_bytes()

    with pytest.raises(Cancelled):
        run("out.mp4", Stops(stage, at))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == ([] if tracked else [".resume"])
    again = Stops()
    assert run("out.mp4", again) == run("whole.mp4", Stops(), resume=False)
    assert (again.first("track") > -1) == tracked
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "whole.mp4"]
