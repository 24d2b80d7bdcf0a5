"""The quality of the seam: every preset against the plain feather and OpenCV's ``seamlessClone``, on simulated mouths.

Goals of the seam engine: every preset halves the baseline's slope mismatch and colour step and flickers less;
``maximum concealment`` has a seam like ``seamlessClone``'s, calmer, without a byte changed outside the mask. A line sums
up all clips; its ratio is the worst clip's. Figures of each clip lie in ``seams.csv``, pictures beside it, in the folder
``seamsync-bench`` of the working directory.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np

from ..blending.presets import PRESETS
from ..errors import SeamSyncError
from ..files import replacing
from ..media.video import VideoReader
from ..pipeline import track_video
from ..quality.metrics.registry import seam_columns
from ..tracking.options import SmoothOptions
from ..tracking.track import FaceTrack
from . import row
from .harness.sheets import contact_sheet
from .mouths import KINDS, simulated_mouths
from .seam_judge import ON_THE_SEAM, Judged, hard_edged, judge, seamless_clone, set_stage

FOLDER = Path("seamsync-bench")
#: Folder of tracks ``<clip>.npz`` to take instead of tracking.
TRACKS = "SEAMSYNC_TRACKS"
#: Successive frames of each clip, as flicker needs them.
FRAMES, QUICK_FRAMES = 75, 20
BEST, PASTE, CLONE = "maximum concealment", "hard paste", "seamlessClone"
#: What every preset has to beat the baseline by: metric → largest ratio.
BEAT = {"gradient_mismatch": 0.5, "seam_step": 0.5, "photo_flicker": 1.0}
#: What the best one has to reach: metric → largest value; flicker is the clone's own.
REACH = {"gradient_mismatch": 0.06, "seam_step": 0.25, "skin_delta_e": 1.5, "lip_delta_e": 3.0}

#: (clip, kind of mouth) → method → its numbers.
Results = dict[tuple[str, str], dict[str, Judged]]


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Two lines a kind of mouth, preset and number it has to better, and some for the best preset."""
    if media is None:
        raise SeamSyncError("no folder of real clips; name one with --media or SEAMSYNC_MEDIA")
    kinds = {"96": KINDS["96"]} if quick else KINDS
    clips = sorted(media.glob("*.mp4"))
    return measure(clips[:2] if quick else clips, kinds, QUICK_FRAMES if quick else FRAMES, FOLDER)


def measure(clips: list[Path], kinds: dict[str, dict[str, float]], frames: int, folder: Path) -> list[dict[str, Any]]:
    """Judge clips, write ``seams.csv`` and a contact sheet each into ``folder``, and return the benchmark's lines."""
    folder.mkdir(parents=True, exist_ok=True)
    results: Results = {}
    for clip in clips:
        source, track = read_clip(clip, frames)
        for kind, how in kinds.items():
            results[clip.stem, kind] = _one(source, track, how, folder / f"seams_{clip.stem}_{kind.replace(' ', '_')}.png")
    write(results, folder / "seams.csv")
    return [line for kind in kinds for line in lines(results, kind)]


def read_clip(clip: Path, frames: int) -> tuple[VideoReader, FaceTrack]:
    """The clip's first frames and its face there, tracked or read from :data:`TRACKS`."""
    rate = VideoReader(clip).info.fps
    source = VideoReader(clip, duration=float(frames / rate))
    cached = Path(os.environ.get(TRACKS, "")) / f"{clip.stem}.npz"
    if os.environ.get(TRACKS) and cached.is_file():
        return source, FaceTrack.load(cached).take(np.arange(source.info.frame_count))
    return source, track_video(source, smooth=SmoothOptions())


def _one(source: VideoReader, track: FaceTrack, how: dict[str, float], sheet: Path) -> dict[str, Judged]:
    mouths = simulated_mouths(source, track, **how)
    methods = {"baseline": PRESETS["baseline"], PASTE: hard_edged(PRESETS["baseline"])}
    methods |= {name: settings for name, settings in PRESETS.items() if name != "baseline"}
    stage = set_stage(source, track, mouths, methods.values())
    shown = [int(i) for i in stage.frames[np.linspace(0, len(stage.frames) - 1, 5).astype(int)[1:-1]]]
    judged = judge(stage, methods, {CLONE: (BEST, seamless_clone)}, shown)
    contact_sheet(stage, judged, sheet)
    return judged


def write(results: Results, path: Path) -> None:
    """Every number of every clip as CSV."""
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        more = [f"{name} {where}" for where in ("on the baseline's seam", "of the baseline here") for name in ON_THE_SEAM]
        writer.writerow(["clip", "mouths", "method", *seam_columns(), *more, "seam_step at the ends", "pixels changed outside"])
        for (clip, kind), methods in results.items():
            for name, judged in methods.items():
                numbers = [judged.own.get(key, np.nan) for key in seam_columns()]
                numbers += [part[key] for part in (judged.common, judged.rival) for key in ON_THE_SEAM]
                figures = [f"{number:.5g}" for number in (*numbers, judged.ends)]
                writer.writerow([clip, kind, name, *figures, judged.outside])


def lines(results: Results, kind: str) -> list[dict[str, Any]]:
    """The benchmark's lines for one kind of mouth."""
    clips = [methods for (_, mouths), methods in results.items() if mouths == kind]
    found = []
    for name in clips[0]:
        if name not in ("baseline", PASTE, CLONE):
            found += [_better(clips, kind, name, metric, most) for metric, most in BEAT.items()]
            found += _elsewhere(clips, kind, name)
    found += [_reaches(clips, kind, metric, most) for metric, most in REACH.items()]
    calm, wild = ([methods[name].own["photo_flicker"] for methods in clips] for name in (BEST, CLONE))
    found.append(_ratio(f"{kind} | {BEST} | photo_flicker against the clone", calm, wild, 1.0) | {"baseline_name": CLONE})
    outside = [sum(methods[name].outside for methods in clips) for name in (BEST, CLONE)]
    spilled = f"{kind} | {BEST} | pixels changed outside"
    found.append(row(spilled, outside[0], outside[1], CLONE, 0.0, "= 0", outside[0] == 0))
    return found


def _better(clips: list[dict[str, Judged]], kind: str, name: str, metric: str, most: float) -> dict[str, Any]:
    """One number of a preset against the baseline's, each on its own seam."""
    return _ratio(
        f"{kind} | {name} | {metric}",
        [methods[name].own[metric] for methods in clips],
        [methods["baseline"].own[metric] for methods in clips],
        most,
    )


def _elsewhere(clips: list[dict[str, Judged]], kind: str, name: str) -> list[dict[str, Any]]:
    """Flicker of both pictures at the same places, and the steps at the ends of the soft edges."""
    case, flicker = f"{kind} | {name}", "photo_flicker"
    here = [methods[name].own[flicker] for methods in clips], [methods[name].rival[flicker] for methods in clips]
    there = [methods[name].common[flicker] for methods in clips], [methods["baseline"].own[flicker] for methods in clips]
    ends = [methods[name].ends for methods in clips], [methods["baseline"].ends for methods in clips]
    return [
        _ratio(f"{case} | photo_flicker, both on this seam", *here, 1.0),
        _ratio(f"{case} | photo_flicker, both on the baseline's seam", *there, None),
        _ratio(f"{case} | seam_step at the ends of the soft edge", *ends, None),
    ]


def _ratio(case: str, ours: list[float], theirs: list[float], most: float | None) -> dict[str, Any]:
    """A line of means over the clips, with the worst clip's ratio; ``most`` is the largest one allowed, 1 itself being
    too large."""
    ratio = float((np.array(ours) / np.array(theirs)).max())
    goal = "" if most is None else f"≤ {most:g}" if most < 1 else "< 1"
    met = None if most is None else ratio <= most if most < 1 else ratio < 1
    return row(case, float(np.mean(ours)), float(np.mean(theirs)), "baseline", ratio, goal, met)


def _reaches(clips: list[dict[str, Judged]], kind: str, metric: str, most: float) -> dict[str, Any]:
    """One number of the best preset against its limit, on every clip; beside it the clone's."""
    ours, clone = (np.array([methods[name].own[metric] for methods in clips]) for name in (BEST, CLONE))
    worst = float(np.nanmax(ours))
    case = f"{kind} | {BEST} | {metric} within its limit"
    return row(case, float(np.nanmean(ours)), float(np.nanmean(clone)), CLONE, worst / most, f"≤ {most:g}", worst <= most)
