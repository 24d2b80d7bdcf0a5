"""Anybody's finished result measured against its original: the seam's metrics, without knowing how it was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch

from ...media.audio import Audio
from ...media.video import FrameSource
from ...models.speech.curves import speech_curves
from ...models.weights import ModelFolders
from ...progress import Progress, ProgressRepeater, no_progress
from ...tracking.options import SmoothOptions
from ...tracking.smooth import smooth_track
from ...tracking.track import FaceTrack, require_face
from ..metrics.lips import lip_numbers
from ..metrics.meter import summary
from ..report.report import SeamReport
from ..sync import SyncRecorder
from ..worst import Shot
from .pairs import Pair, find_offset, pair_clips
from .stream import STATUS, InspectStream

#: A change far from the face of more than this, root mean square in 8-bit levels, is reported.
_NOISY = 4.0

#: Tracks a clip, its landmarks as measured.
Follow = Callable[[FrameSource, Progress], FaceTrack]


def inspect_clips(
    original: FrameSource,
    result: FrameSource,
    follow: Follow,
    *,
    track: FaceTrack | None = None,
    mask: FrameSource | None = None,
    audio: Audio | None = None,
    span: tuple[float, float | None] = (0.0, None),
    device: torch.device | None = None,
    models: ModelFolders | None = None,
    progress: Progress = no_progress,
) -> SeamReport:
    """Measure a result, its frames read once and let go; of each, figures and landmarks are kept, some 3 kB.

    Args:
        original, result: the clips; see :func:`~.pairs.pair_clips` for how they may differ.
        follow: tracks a clip.
        track: the smoothed face of the original, an entry a frame of it; tracked here where it is missing.
        mask: bright where the new mouth is, see :class:`~.mask.MaskFrames`; found where it is missing.
        audio: the speech that drove the result, time 0 at the result's first frame.
        span: second of the result to begin at, and seconds to compare (None: all).
        device, models: where the network that scores lip-sync works (None: the CPU), and a host's folders of models, if any.
        progress: called for every frame of every stage.

    Returns:
        A row a frame of the result, ``status`` one of :data:`~.stream.STATUS`. The metrics of docs/architecture.md §7, and
        ``outside_changed`` (share of the frame), ``codec_noise`` (8-bit levels far from the face), ``lip_opening`` (face
        widths, as tracked in the result). The summary adds ``frame_offset``, ``av_offset`` (frames) and ``av_correlation``.
        Where that network's file is present, also what :meth:`~..sync.SyncMeter.finish` gives.

    Raises:
        SeamSyncError: the clips, track and mask do not belong together, or the original shows no face.
    """
    pair = pair_clips(original, result, start=span[0], duration=span[1])
    pair, track = _aligned(pair, original, track, follow, progress)
    begin = float(int(pair.result.picked[0]) / pair.result.info.fps)
    sync = SyncRecorder(audio, track, device or torch.device("cpu"), models, start=begin)
    stream = InspectStream(pair, track, follow(pair.result, _named("track result", progress)), mask, sync)
    shots = stream.run(progress)
    return _report(stream, shots, audio).with_measured(*sync.finish())


def _aligned(
    pair: Pair, original: FrameSource, track: FaceTrack | None, follow: Follow, progress: Progress
) -> tuple[Pair, FaceTrack]:
    """The pair with its constant shift taken off, and the smoothed face of the original, an entry a frame of it.

    Args:
        pair: the clips as they were paired.
        original: the whole clip, which ``track`` is of.
        track, follow, progress: as in :func:`inspect_clips`.
    """
    if track is None:
        repeater = ProgressRepeater(_named("track", progress))
        track = smooth_track(follow(pair.original, repeater), SmoothOptions(), repeater.repeat)
    else:
        track.check_clip(original.info)
        track = track.take(pair.original.picked)
    require_face(track, original.info.name)
    track = replace(track, mesh=None)  # it is nine tenths of a track, and has done its part when that is smooth
    offset = find_offset(pair, track)
    return pair.shifted(offset), track.take(np.arange(max(-offset, 0), len(track) - max(offset, 0)))


def _report(stream: InspectStream, shots: tuple[Shot, ...], audio: Audio | None) -> SeamReport:
    """What a stream has measured, after its run."""
    pair, mask, columns = stream.pair, stream.mask, stream.columns
    original, result = pair.original, pair.result
    heard = {} if audio is None else _heard(audio, pair, columns)
    counts = {name: int((columns["status"] == name).sum()) for name in STATUS}
    means = {name: float(np.nanmean(columns[name])) for name in ("outside_changed", "codec_noise")}
    return SeamReport(
        columns=columns,
        summary={"frames": len(pair), **counts, **summary(columns), **means, "frame_offset": pair.frame_offset, **heard},
        settings={"inspect": {"original": original.info.name, "result": result.info.name, "mask": mask and mask.info.name}},
        notes=(*dict.fromkeys([*original.warnings, *result.warnings]), *pair.notes, *_notes(counts, means, mask is None)),
        shots=shots,
        masks=stream.masks.kept(),
    )


def _heard(audio: Audio, pair: Pair, columns: dict[str, np.ndarray]) -> dict[str, float]:
    """The lips against the speech, whose curve becomes the column ``driven_opening``."""
    shown = pair.result.picked
    columns["driven_opening"] = speech_curves(audio, pair.result.info.fps, int(shown.max()) + 1).opening[shown]
    return lip_numbers(columns["driven_opening"], columns["lip_opening"])


def _named(stage: str, progress: Progress) -> Progress:
    return lambda _, done, total: progress(stage, done, total)


def _notes(counts: Mapping[str, int], means: Mapping[str, float], found: bool) -> list[str]:
    notes, total = [], sum(counts.values())
    if found and counts["measured"]:
        notes.append(
            "the mask was found from the pictures: an edge that encoding hides lies further out than was found, and the seam's "
            "numbers are then those of the lips; give the mask to be exact"
        )
    if counts["no face"]:
        notes.append(f"{counts['no face']} of {total} frames were not measured: no face")
    if counts["unchanged"] and not counts["measured"]:
        notes.append(
            "nothing was changed near the face by more than encoding does; the numbers are those of the original itself"
        )
    elif counts["unchanged"]:
        notes.append(f"{counts['unchanged']} of {total} frames are not changed near the face, and were not measured")
    if means["codec_noise"] > _NOISY:
        notes.append(
            f"far from the face the result differs by {means['codec_noise']:.1f} levels of 255: it was encoded poorly, or its "
            "colours were converted; a weaker change than that is not seen"
        )
    return notes
