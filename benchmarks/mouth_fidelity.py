"""The mouth as it was generated, and the seam around it: genuine results of published generators beside their originals.

Each pair ``NAME_orig.mp4`` and ``NAME_res.mp4`` is a clip and a generator's finished result of it, frame by frame. The result's
mouths are composited into the original, and compared with the result (mouth) and the original (seam). The preset
``baseline`` is measured in the same run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..blending.composite import composite_frames
from ..blending.presets import preset
from ..errors import SeamSyncError
from ..media.clips import MouthClip
from ..media.video import VideoReader
from ..models.imported import import_mouths
from ..pipeline import track_video
from ..tracking.options import SmoothOptions
from ..tracking.track import FaceTrack
from . import row
from .outside import SupportLog, changed_samples

#: Folder of the pairs, in the folder of real clips; the end of an original's name, and of a result's.
FOLDER, ORIGINAL, RESULT = "real", "_orig.mp4", "_res.mp4"
#: Frames of each pair, and the first one where it is not 0: before it the pair shows nothing.
FRAMES, QUICK_FRAMES = 60, 12
FIRST = {"ak": 60}
#: The baseline's change of a kept mouth: only rounding, to which no ratio is taken.
_NOTHING = 1e-3
PRESETS = ("natural", "maximum concealment")

Values = np.ndarray


@dataclass(frozen=True)
class Figure:
    """One number of a pair.

    Attributes:
        column: of the report.
        words: what of it.
        reduce: makes the number of the column's values.
        goal: in words, for each of :data:`PRESETS`.
        low, high: the same as limits.
    """

    column: str
    words: str
    reduce: Callable[[Values], Any]
    goal: tuple[str, str]
    low: tuple[float, float]
    high: tuple[float, float]

    def met(self, which: int, number: float) -> bool:
        """Say whether a number meets the goal of a preset."""
        return self.low[which] <= number <= self.high[which]


def _most(column: str, words: str, reduce: Callable[[Values], Any], *high: float) -> Figure:
    both = (high[0], high[-1])
    return Figure(column, words, reduce, (f"≤ {both[0]:g}", f"≤ {both[1]:g}"), (-np.inf, -np.inf), both)


def _least(column: str, words: str, reduce: Callable[[Values], Any], low: float) -> Figure:
    return Figure(column, words, reduce, (f"≥ {low:g}", f"≥ {low:g}"), (low, low), (np.inf, np.inf))


def _within(low: float, high: float) -> Callable[[Values], float]:
    """Return the function that gives the share of values within limits, among those that are known."""
    return lambda values: float(np.mean((values >= low) & (values <= high)))


FIGURES = (
    _least("lip_contrast_ratio", "within 0.85…1.15, share of frames", _within(0.85, 1.15), 1.0),
    _least("lip_contrast_ratio", "least", np.min, 0.85),
    _most("lip_contrast_ratio", "most", np.max, 1.15),
    _most("lip_delta_e", "mean", np.mean, 3.0),
    _least("opening_ratio", "least", np.min, 0.9),
    _most("opening_ratio", "most", np.max, 1.1),
    _least("mouth_fidelity", "least", np.min, 0.97),
    _most("teeth_chroma", "most", np.max, 3.0),
    _most("gradient_mismatch", "mean", np.mean, 0.02, 0.015),
    _most("seam_step", "mean", np.mean, 0.10, 0.06),
    _most("skin_delta_e", "mean", np.mean, 0.3),
    _most("photo_flicker", "mean", np.mean, 0.7, 0.55),
)


@dataclass(frozen=True, eq=False)
class Pair:
    """One pair of clips, tracked, with the mouths of the result."""

    name: str
    original: VideoReader
    track: FaceTrack
    mouths: MouthClip


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Measure every pair: a line a pair, preset and figure."""
    folder = None if media is None else media / FOLDER
    names = [] if folder is None else sorted(path.name.removesuffix(ORIGINAL) for path in folder.glob(f"*{ORIGINAL}"))
    if folder is None or not names:
        raise SeamSyncError(f"no pairs NAME{ORIGINAL}, NAME{RESULT} in {folder}; name the folder above it with --media")
    count = QUICK_FRAMES if quick else FRAMES
    return [line for name in names for line in measure(read_pair(folder, name, count))]


def read_pair(folder: Path, name: str, count: int) -> Pair:
    """Read ``count`` frames of a pair, and track both faces."""
    rate = float(VideoReader(folder / f"{name}{ORIGINAL}").info.fps)
    start, duration = FIRST.get(name, 0) / rate, count / rate
    original, result = (VideoReader(folder / f"{name}{end}", start=start, duration=duration) for end in (ORIGINAL, RESULT))
    track, generated = (track_video(clip, smooth=SmoothOptions()) for clip in (original, result))
    return Pair(name, original, track, import_mouths(result, track, result_track=generated))


def measure(pair: Pair) -> list[dict[str, Any]]:
    """Return the lines of one pair; figures that no frame has are left out (teeth that never show)."""
    plain, _ = _composite(pair, "baseline")
    rows = []
    for which, name in enumerate(PRESETS):
        columns, changed = _composite(pair, name)
        case = f"{pair.name} | {name} | "
        for figure in FIGURES:
            ours, other = (_number(figure, table) for table in (columns, plain))
            if np.isfinite(ours):
                words, ratio = f"{case}{figure.column}, {figure.words}", ours / other if other > _NOTHING else 0.0
                rows.append(row(words, ours, other, "baseline", ratio, figure.goal[which], figure.met(which, ours)))
        rows.append(row(f"{case}samples changed outside", changed, 0, "the original", 0.0, "= 0", changed == 0))
    return rows


def _composite(pair: Pair, name: str) -> tuple[dict[str, Values], int]:
    """Return the report's columns, and how many stored samples changed outside the support of alpha."""
    log, settings = SupportLog(), preset(name)
    made = composite_frames(pair.original, pair.track, pair.mouths, settings, torch.device("cpu"), recorder=log)
    changed, _ = changed_samples(pair.original.frames(), made, log)
    return log.report(settings, pair.mouths).columns, changed


def _number(figure: Figure, columns: dict[str, Values]) -> float:
    """Return a figure of the values that are known; NaN where there is none."""
    values = np.asarray(columns.get(figure.column, np.empty(0)), np.float64)
    values = values[np.isfinite(values)]
    return float(figure.reduce(values)) if len(values) else np.nan
