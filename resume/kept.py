"""Keep what an interrupted job has made, so that the same job goes on from there when it is started again."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SeamSyncError
from ..files import replacing
from ..media.audio import Audio
from ..media.clips import MouthClip
from ..media.video import FrameSource
from ..models.base import Generator
from ..models.device import pick_device
from ..models.options import GenerateOptions
from ..models.session import MouthBatch, Summary, generate_clip, join_batches
from ..quality.report.report import versions
from ..runtime import Runtime
from ..tracking.track import FaceTrack
from .fingerprint import fingerprint

#: Mouths are written in pieces of at least so many frames or bytes.
_PIECE_FRAMES, _PIECE_BYTES = 64, 4 << 20
#: Bytes that mouths of one job may take; later ones are generated again.
_MOST_BYTES = 4 << 30
#: Letters of the output's name in the folder's name.
_SHOWN = 50
#: What reading a damaged entry raises.
_DAMAGED = (OSError, EOFError, KeyError, TypeError, ValueError, SeamSyncError, zipfile.BadZipFile, zlib.error)


class KeptWork:
    """Keep the track and the mouths of one job in a folder of its own.

    An entry's name holds the fingerprint of everything it depends on, the versions of the libraries included. An entry of
    other inputs, and a damaged one, counts as missing. Where nothing can be written, the job goes on without.

    Args:
        out: the video that the job writes.
        parent: folder in which the job's folder is made; None: that of ``out``, where it is hidden.
        runtime: where the job runs, and whom it informs.
    """

    def __init__(self, out: str | Path, parent: Path | None, runtime: Runtime) -> None:
        path = Path(out).absolute()
        tag = hashlib.sha256(str(path).encode("utf-8", "surrogatepass")).hexdigest()[:12]
        self.folder = (parent or path.parent) / f".{path.name[:_SHOWN]}.{tag}.resume"
        self._runtime = runtime
        self._writes = True
        self._about = (versions(), str(pick_device(runtime.device)))

    def track(self, make: Callable[[], FaceTrack], *given: object) -> FaceTrack:
        """Return the track that was kept for ``given``, or make and keep it."""
        key = fingerprint(self._about, given)
        path = self.folder / f"track-{key}.npz"
        if key is not None:
            with suppress(SeamSyncError):
                return FaceTrack.load(path)
        track = make()
        if key is not None:
            self.write(path, lambda: track.save(path))
        return track

    def generate(
        self, generator: Generator, source: FrameSource, track: FaceTrack, audio: Audio, options: GenerateOptions
    ) -> MouthClip:
        """Return the mouths, of which those that were kept are not generated again."""
        key, progress = fingerprint(self._about, generator, source, track, audio, options), self._runtime.progress
        if key is None:
            self._runtime.warn(f"the mouths of {generator.name} cannot be kept: it holds objects of unknown content")
            return generator.generate(source, track, audio, options, progress)
        kept = KeptMouths(self, key)
        if (clip := kept.whole()) is not None:
            return clip
        if type(generator).generate is Generator.generate:
            return generate_clip(generator.prepare(source, track, options, progress), audio, kept)
        clip = generator.generate(source, track, audio, options, progress)
        kept.keep_clip(clip)
        return clip

    def write(self, path: Path, save: Callable[[], object]) -> None:
        """Write an entry; when that fails, say so once and write no more."""
        if not self._writes:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save()
        except (OSError, SeamSyncError) as error:
            self._writes = False
            self._runtime.warn(f"a stopped job will begin again from here: cannot keep its work in {path.parent} ({error})")

    def remove(self) -> None:
        """Delete the entries of this job, of earlier inputs too, and the folder where nothing else is in it."""
        with suppress(OSError):
            for pattern in ("track-*.npz", "mouths-*.npz", ".track-*.part", ".mouths-*.part"):
                for path in self.folder.glob(pattern):
                    path.unlink(missing_ok=True)
            self.folder.rmdir()


class KeptMouths:
    """Keep the mouths of one fingerprint: pieces named by their first frame, and what is known when all are made.

    Args:
        work: the job's.
        key: the fingerprint.
    """

    def __init__(self, work: KeptWork, key: str) -> None:
        self._work, self._key = work, key
        self._waiting: list[MouthBatch] = []
        self._size = self._frames = 0

    def batches(self) -> Iterator[MouthBatch]:
        """Yield the pieces that were kept, from the first frame on, as far as they follow one another."""
        self._size = self._frames = 0
        while (batch := _read_piece(self._path(f"{self._frames:08}"))) is not None and len(batch):
            self._size += batch.patches.nbytes
            self._frames += len(batch)
            yield batch

    def keep(self, batch: MouthBatch) -> None:
        """Keep mouths that follow those before; several batches make a piece."""
        self._waiting.append(batch)
        self._frames += len(batch)
        frames = sum(map(len, self._waiting))
        if frames >= _PIECE_FRAMES or sum(one.patches.nbytes for one in self._waiting) >= _PIECE_BYTES:
            self._write_piece()

    def finish(self, summary: Summary, *, inset: float | None = None) -> None:
        """Keep the last piece, and what is known of the whole clip."""
        self._write_piece()
        try:
            about = {"source": summary.source, "notes": summary.notes, "inset": inset, "frames": self._frames}
            text = json.dumps(about)
        except TypeError:  # a generator's facts that are no plain values: the pieces alone are kept
            return
        path = self._path("whole")
        self._work.write(path, lambda: _save(path, text=np.array(text), **{f"_{k}": v for k, v in summary.curves.items()}))

    def whole(self) -> MouthClip | None:
        """Return the clip if all of it was kept."""
        try:
            with np.load(self._path("whole"), allow_pickle=False) as data:
                about = json.loads(str(data["text"]))
                curves = {name[1:]: data[name] for name in data.files if name.startswith("_")}
            summary = Summary(dict(about["source"]), curves, tuple(about["notes"]))
            clip = join_batches(self.batches(), lambda: summary)
        except _DAMAGED:
            return None
        if len(clip) != about["frames"]:
            return None
        return clip if about["inset"] is None else replace(clip, inset=float(about["inset"]))

    def keep_clip(self, clip: MouthClip) -> None:
        """Keep mouths that were made at once."""
        names = ("to_frame", "active", "frames", "landmarks", "opacity")
        for first in range(0, len(clip), _PIECE_FRAMES):
            at = slice(first, first + _PIECE_FRAMES)
            parts: dict[str, Any] = {name: None if getattr(clip, name) is None else getattr(clip, name)[at] for name in names}
            self.keep(MouthBatch(first, clip.patches[at], **parts))
        self.finish(Summary(clip.source, clip.curves, clip.notes), inset=clip.inset)

    def _write_piece(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._size += sum(batch.patches.nbytes for batch in waiting)
        if not waiting or self._size > _MOST_BYTES:
            return
        path = self._path(f"{waiting[0].first:08}")
        arrays = {
            item.name: np.concatenate([getattr(batch, item.name) for batch in waiting])
            for item in fields(MouthBatch)
            if item.name != "first" and getattr(waiting[0], item.name) is not None
        }
        self._work.write(path, lambda: _save(path, first=np.int64(waiting[0].first), **arrays))

    def _path(self, part: str) -> Path:
        return self._work.folder / f"mouths-{self._key}-{part}.npz"


def _save(path: Path, **arrays: Any) -> None:
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, **arrays)


def _read_piece(path: Path) -> MouthBatch | None:
    """Return a piece; None where there is none or it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
        batch = MouthBatch(int(arrays.pop("first")), **arrays)
    except _DAMAGED:
        return None
    return batch if batch.patches.dtype == np.uint8 and len(batch.patches) == len(batch) else None
