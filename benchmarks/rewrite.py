"""How well the lips of the finished video follow the speech, as the tracker reads them from the output."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SeamSyncError
from ..media.audio import load_audio
from ..media.clips import MouthClip
from ..media.encode_options import EncodeSettings
from ..media.video import VideoReader
from ..models.rewrite.generator import Rewrite
from ..pipeline import composite_video, track_video
from ..tracking.landmarks import lip_opening
from ..tracking.options import SmoothOptions
from . import row

#: Clips whose mouths are searched; the correlation's goal is for these.
TALKING = ("garden", "selfie", "outdoor")
#: Lip opening (face widths, as the tracker reads it) up to which lips count as closed; it reads 0.01…0.02 on closed lips.
CLOSED = 0.03
#: Frames on either side that the best lag is looked for in.
_LAGS = 5
_GOAL, _CLOSED_GOAL, _MILLISECONDS = 0.8, 0.95, 25.0


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Correlation, lag, closed share in silences and time a frame, for every clip (quick: the three talking ones, 6 s).

    The baseline of a correlation is the original mouth's own opening against the same curve.
    """
    if media is None:
        raise SeamSyncError("no folder of real clips; name one with --media or SEAMSYNC_MEDIA")
    clips = sorted(media.glob("*.mp4"))
    if quick:
        clips = [clip for clip in clips if clip.stem.startswith(TALKING)]
    rows: list[dict[str, Any]] = []
    for clip in clips:
        rows += _one(clip, media / "english_60s.wav", 6.0 if quick else 10.0)
    return rows


def _one(clip: Path, speech: Path, seconds: float) -> list[dict[str, Any]]:
    """Rows of one clip."""
    source, audio = VideoReader(clip), load_audio(speech, duration=seconds)
    track = track_video(source, smooth=SmoothOptions())
    start = time.perf_counter()
    mouths = Rewrite().generate(source, track, audio)
    milliseconds = 1000 * (time.perf_counter() - start) / len(mouths)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.mp4"
        composite_video(source, track, mouths, out, audio=audio, encode=EncodeSettings(crf=12, preset="veryfast"))
        seen = track_video(VideoReader(out))
    opening = lip_opening(seen.landmarks.astype(np.float64))
    before = lip_opening(track.landmarks[mouths.frames].astype(np.float64))
    used = mouths.active & seen.visible
    return _rows(clip.stem, mouths, opening, before, used, milliseconds)


def _rows(
    name: str, mouths: MouthClip, opening: np.ndarray, before: np.ndarray, used: np.ndarray, milliseconds: float
) -> list[dict[str, Any]]:
    curve, case = mouths.curves["opening"], f"{name} ({mouths.source['mode']})"
    lags = {lag: correlation(curve, opening, used, lag) for lag in range(-_LAGS, _LAGS + 1)}
    best = max(lags, key=lambda lag: lags[lag])
    mine, original = lags[0], correlation(curve, before, used, 0)
    goal, gain = name.startswith(TALKING), mine / max(original, 1e-2)
    closed, closed_before = (closed_share(values, mouths.curves["silent"] & used) for values in (opening, before))
    return [
        row(f"{case}: correlation", mine, original, "original mouth", gain, f"≥ {_GOAL}", _met(mine, goal)),
        row(f"{case}: best lag, frames", best, 0, "speech", 1.0, "0", best == 0),
        row(f"{case}: closed in silence", closed, closed_before, "original mouth", closed, f"≥ {_CLOSED_GOAL}",
            None if np.isnan(closed) else closed >= _CLOSED_GOAL),
        row(f"{case}: ms a frame", milliseconds, _MILLISECONDS, "goal", milliseconds / _MILLISECONDS, "≤ 1",
            milliseconds <= _MILLISECONDS),
        row(f"{case}: amplitude", spread(opening[used]), spread(curve[used]), "driving curve",
            spread(opening[used]) / spread(curve[used]), "", None),
    ]  # fmt: skip


def _met(value: float, goal: bool) -> bool | None:
    return bool(value >= _GOAL) if goal else None


def correlation(curve: np.ndarray, measured: np.ndarray, used: np.ndarray, lag: int) -> float:
    """Pearson correlation of ``curve[t]`` with ``measured[t + lag]`` over the frames ``used``, ``[T]`` each."""
    count = len(curve)
    at = np.arange(max(0, -lag), min(count, count - lag))
    at = at[used[at] & used[at + lag]]
    return float(np.corrcoef(curve[at], measured[at + lag])[0, 1])


def spread(opening: np.ndarray) -> float:
    """How far lips travel: the 5th to the 95th percentile of their opening, face widths, from ``[T]``."""
    return float(np.subtract(*np.percentile(opening, [95, 5])))


def closed_share(opening: np.ndarray, silent: np.ndarray) -> float:
    """Share of silent frames with closed lips, without the three at either end of a silence; NaN where there is none."""
    core = silent.copy()
    for shift in range(1, 4):
        core[shift:] &= silent[:-shift]
        core[:-shift] &= silent[shift:]
    return float((opening[core] <= CLOSED).mean()) if core.any() else float("nan")
