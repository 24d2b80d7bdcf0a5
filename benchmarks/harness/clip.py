"""One clip of the quality harness: read, tracked, given mouths, and composited by every configuration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...blending.composite import composite_frames
from ...blending.faces import load_face_readers
from ...media.audio import load_audio
from ...media.clips import MouthClip
from ...media.video import PlanarFrame, VideoReader
from ...pipeline import generate_mouths, track_video
from ...tracking.landmarks import OUTER_LIPS
from ...tracking.options import SmoothOptions
from ...tracking.track import FaceTrack
from ..mouths import KINDS, simulated_mouths
from .detector_crops import Places, PlacesLog, cut_crops, detector_frames, face_motion, partners
from .store import Job, digest
from .views import View, ViewWriter, view_of

#: The kind of mouth that the embedded generator makes from speech; the others are simulated.
REWRITE = "rewrite"
#: Frames of a contact sheet.
SHOWN = 3


@dataclass(frozen=True, eq=False)
class Target:
    """The frames of a clip that are worked on, and the face in them.

    Attributes:
        path: the clip.
        source: its first frames.
        track: the face there, smoothed.
        view: what people look at.
    """

    path: Path
    source: VideoReader
    track: FaceTrack
    view: View

    def track_hash(self) -> str:
        """Of all that the track says."""
        track = self.track
        return digest(*(np.ascontiguousarray(a).tobytes() for a in (track.landmarks, track.visible, track.scene)))

    def shown(self) -> np.ndarray:
        """Frames of the contact sheet, int64 ``[n]``: not the first and last, where there are others."""
        return detector_frames(self.track.visible, SHOWN + 2)[1:-1]

    def sheet_places(self) -> dict[str, np.ndarray]:
        """For the contact sheet: ``shown`` frames, and the ``middle`` of the mouth ``[n,2]`` and ``face_width`` ``[n]`` in
        pixels of the view."""
        shown = self.shown()
        middle = self.track.landmarks[shown][:, OUTER_LIPS].mean(1) - self.view.corners[shown]
        return {"shown": shown, "middle": middle, "face_width": self.track.face_width[shown]}


def read_target(path: Path, frames: int, cached: Path, ready: Path | None = None) -> Target:
    """The first frames of a clip and its track: read from ``cached`` if it is there, else made and kept there.

    Args:
        path: the clip.
        frames: how many at most.
        cached: ``.npz`` of the track of these frames.
        ready: ``.npz`` of a track of the whole clip made elsewhere, taken if it is there.
    """
    source = VideoReader(path, duration=float(frames / VideoReader(path).info.fps))
    if ready is not None and ready.is_file():
        track = FaceTrack.load(ready).take(np.arange(source.info.frame_count))
    else:
        if not cached.is_file():
            cached.parent.mkdir(parents=True, exist_ok=True)
            track_video(source, smooth=SmoothOptions()).save(cached)
        track = FaceTrack.load(cached)
    return Target(path, source, track, view_of(track))


def speech_beside(clip: Path) -> Path | None:
    """The ``.wav`` in the clip's folder whose name begins most like the clip's; None where there is none."""
    found = sorted(clip.parent.glob("*.wav"))

    def _alike(path: Path) -> int:
        pairs = zip(path.stem, clip.stem, strict=False)
        return next((k for k, (mine, theirs) in enumerate(pairs) if mine != theirs), min(len(path.stem), len(clip.stem)))

    return max(found, key=_alike, default=None)


def make_mouths(target: Target, kind: str) -> MouthClip:
    """Mouths of one of :data:`~..mouths.KINDS`, or of the embedded generator and the speech beside the clip."""
    if kind != REWRITE:
        return simulated_mouths(target.source, target.track, **KINDS[kind])
    speech = speech_beside(target.path)
    assert speech is not None  # the harness asks for this kind only where there is some
    info = target.source.info
    return generate_mouths(target.source, target.track, load_audio(speech, duration=float(info.duration)))


def run_job(job: Job, target: Target, mouths: MouthClip, device: torch.device) -> None:
    """Composite, measure, cut and keep; see :mod:`.store` for what is left on disk."""
    settings = job.configuration.settings
    log = PlacesLog(wanted=frozenset(detector_frames(target.track.visible[mouths.frames] & mouths.active).tolist()))
    if settings is None:
        stream: Iterator[PlanarFrame] = iter(target.source.frames(mouths.frames))
    else:
        readers = load_face_readers(settings.mask, device)
        stream = composite_frames(target.source, target.track, mouths, settings, device, recorder=log, readers=readers)
    pictures, crops = _stream(job.path(".mkv"), stream, target, mouths, log)
    arrays = target.sheet_places() | {f"picture{index}": picture for index, picture in pictures.items()}
    report = None
    if settings is not None:
        report = log.report(settings, mouths)
        same, other = _untouched(target, mouths, log.places)
        arrays |= {"composite": _stack(crops), "same": same, "other": other}
    job.write(report, arrays)


def _stream(
    path: Path, stream: Iterator[PlanarFrame], target: Target, mouths: MouthClip, log: PlacesLog
) -> tuple[dict[int, np.ndarray], list[np.ndarray]]:
    """Write the view of every frame; keep the shown ones' pictures, and crops where the log has noted the seam."""
    pictures, crops = {}, []
    shown = set(target.shown().tolist())
    with ViewWriter(path, target.view, target.source.info.fps) as writer, closing(stream):  # type: ignore[type-var]
        for index, frame in enumerate(stream):
            shows = int(mouths.frames[index])
            writer.write(frame, shows)
            if shows in shown:
                pictures[shows] = target.view.cut(frame, shows)
            if index in log.places:
                crops.append(cut_crops(frame, log.places[index]))
    return pictures, crops


def _untouched(target: Target, mouths: MouthClip, places: dict[int, Places]) -> tuple[np.ndarray, np.ndarray]:
    """Crops of the clip as it was, in the order of the composite's: at the very places, and at those of partner frames."""
    here = np.array(sorted(places), np.int64)
    other = partners(here)
    same: dict[int, np.ndarray] = {}
    moved: dict[int, np.ndarray] = {}
    asked = {partner: index for index, partner in other.items()}
    for index, frame in zip(here.tolist(), target.source.frames(mouths.frames[here]), strict=True):
        same[index] = cut_crops(frame, places[index])
        asker = asked[index]
        motion = face_motion(target.track, int(mouths.frames[asker]), int(mouths.frames[index]))
        moved[asker] = cut_crops(frame, places[asker].moved(motion))
    return _stack([same[k] for k in here.tolist()]), _stack([moved[k] for k in here.tolist()])


def _stack(crops: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(crops) if crops else np.zeros((0, 3, 32, 32), np.uint8)


def job_facts(target: Target, kind: str, clip_hash: str, speech_hash: str, code: str, device: torch.device) -> dict[str, Any]:
    """All that decides a job's result besides its configuration."""
    return {
        "clip": clip_hash,
        "frames": target.source.info.frame_count,
        "track": target.track_hash(),
        "mouths": speech_hash if kind == REWRITE else KINDS[kind],
        "code": code,
        "device": device.type,
    }
