"""What the seam's metrics cost: the composite pass (decode, composite, encode) with its report measured, against without.

Judged is the processor's time of all threads, which other work on the machine moves least; where the encoder has cores to
spare, the clock's share, told beside it, is the larger one, as encoding then runs beside what is measured.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..blending.composite import composite_frames
from ..blending.presets import preset
from ..media.background import Background
from ..media.clips import MouthClip
from ..media.encode import VideoWriter
from ..media.encode_options import EncodeSettings
from ..media.video import FrameSource
from ..quality.recorder import ReportRecorder
from ..tracking.track import FaceTrack
from . import row
from .mouths import simulated_mouths
from .scene import FACES, make_scene
from .seams import read_clip

#: Of the pass without metrics, at most.
GOAL = 0.15
FRAMES, QUICK_FRAMES = 75, 24


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Measure milliseconds a frame: a line a face width of docs/architecture.md §9 in 1080p, and a line a clip."""
    count, repeats = (QUICK_FRAMES, 3) if quick else (FRAMES, 5)
    scenes = [(f"1080p, face {width} px", make_scene(width, QUICK_FRAMES)) for width in FACES.values()]
    rows = [_measured(case, scene, scene.track, scene.mouths, repeats) for case, scene in scenes]
    for clip in [] if media is None else sorted(media.glob("*.mp4")):
        source, track = read_clip(clip, count)
        rows.append(_measured(clip.stem, source, track, simulated_mouths(source, track), repeats))
    return rows


def _measured(case: str, source: FrameSource, track: FaceTrack, mouths: MouthClip, repeats: int) -> dict[str, Any]:
    times = np.zeros((2, 2, repeats))  # processor and wall; with and without
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(repeats):
            for which, measure in enumerate((True, False)):
                start = np.array([time.process_time(), time.perf_counter()])
                composite_pass(source, track, mouths, Path(folder) / "out.mp4", measure=measure)
                times[:, which, turn] = time.process_time() - start[0], time.perf_counter() - start[1]
    more = times[:, 0] / times[:, 1] - 1
    cost, wall = np.median(more, axis=1)
    ours, plain = 1000 * np.median(times[0], axis=1) / len(mouths)
    told = f"{case} (±{more[0].std():.2f}; by the clock {wall:+.2f})"
    return row(told, ours, plain, "without metrics, ms a frame", cost, f"≤ {GOAL}", bool(cost <= GOAL))


def composite_pass(source: FrameSource, track: FaceTrack, mouths: MouthClip, path: Path, *, measure: bool) -> None:
    """:func:`~seamsync.pipeline.composite_video` on the CPU with the default preset, the metrics on or off."""
    settings, log = preset("natural"), ReportRecorder(measure=measure)
    writer = VideoWriter(path, source.info, settings=EncodeSettings())
    with writer, Background(writer.write) as encoder:
        for frame in composite_frames(source, track, mouths, settings, torch.device("cpu"), recorder=log):
            encoder.put(frame)
    log.report(settings, mouths)
