"""Tracking: share of frames tracked, jitter taken away, the mouth's timing kept, and time a frame against plain decoding."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..errors import SeamSyncError
from ..media.video import VideoReader
from ..models.faces.facemesh import FaceMeshNetworks, load_face_networks
from ..tracking.detect import track_face
from ..tracking.jitter import landmark_jitter
from ..tracking.landmarks import lip_opening
from ..tracking.options import SmoothOptions
from ..tracking.smooth import smooth_track
from ..tracking.track import FaceTrack
from . import in_turn, row

#: The clip whose head (and mouth) is still, and those in which somebody talks.
_STILL, _TALKING = ("presenter",), ("garden", "outdoor", "selfie")
#: A clip with still stretches in between, and how long those are, in frames.
_STILL_PARTS, _STILL_FRAMES = ("slow",), 40
_LAGS = 4


def _still_head(noise: float = 0.002, count: int = 250) -> FaceTrack:
    """A head that does not move at all, measured with white noise on every point and on all together."""
    random = np.random.default_rng(0)
    angle = np.linspace(0, 2 * np.pi, 468, endpoint=False)
    mesh = np.stack([300 + 100 * np.cos(angle), 300 + 120 * np.sin(angle), 20 * np.cos(3 * angle)], -1)
    noisy = mesh + random.normal(0, noise * 200, (count, 468, 3)) + random.normal(0, noise * 200, (count, 1, 3))
    rest = (np.ones(count), np.ones(count, bool), np.zeros(count, int), (600, 600))
    return FaceTrack.from_points(noisy.astype(np.float32), *rest, Fraction(25))


def _stillest(track: FaceTrack) -> np.ndarray:
    """The frames between which eyes and nose move least, int ``[n]``."""
    length = min(_STILL_FRAMES, len(track))
    inner = track.landmarks[:, 27:48]
    moved = [np.ptp(inner[i : i + length], axis=0).mean() for i in range(len(track) - length + 1)]
    return int(np.argmin(moved)) + np.arange(length)


def _jitter_row(case: str, track: FaceTrack, goal: float | None, frames: np.ndarray | None = None) -> dict[str, Any]:
    frames = np.arange(len(track)) if frames is None else frames
    raw, smooth = (landmark_jitter(t.take(frames)) for t in (track, smooth_track(track, SmoothOptions())))
    ratio = smooth / raw
    met = None if goal is None else ratio <= goal
    return row(f"{case}: jitter", smooth, raw, "unsmoothed", ratio, f"≤ {goal}" if goal else "-", met)


def _mouth_rows(case: str, track: FaceTrack) -> list[dict[str, Any]]:
    """Lip opening after smoothing against before: correlation at lag 0, the best lag, the widest opening."""
    before, after = (lip_opening(t.landmarks) for t in (track, smooth_track(track, SmoothOptions())))
    inner = after[_LAGS:-_LAGS]
    by_lag = [np.corrcoef(before[_LAGS + k : len(before) - _LAGS + k], inner)[0, 1] for k in range(-_LAGS, _LAGS + 1)]
    lag, at_zero = int(np.argmax(by_lag)) - _LAGS, float(by_lag[_LAGS])
    kept = after.max() / before.max()
    return [
        row(f"{case}: lip correlation", at_zero, 1.0, "unsmoothed", at_zero, "≥ 0.98", at_zero >= 0.98),
        row(f"{case}: lip lag, frames", lag, 0, "unsmoothed", 1.0, "0", lag == 0),
        row(f"{case}: widest opening", after.max(), before.max(), "unsmoothed", kept, "≥ 0.9", kept >= 0.9),
    ]


def _clip_rows(path: Path, networks: FaceMeshNetworks, quick: bool) -> list[dict[str, Any]]:
    source = VideoReader(path, duration=2.0 if quick else None)
    count, tracks = source.info.frame_count, []

    def decode() -> None:
        for _ in source.frames():
            pass

    tracking, decoding = in_turn([lambda: tracks.append(track_face(source, networks)), decode], 1 if quick else 3)
    track, case = tracks[0], path.stem.split("_")[0]
    share = float(track.visible.mean())
    ours, plain = (1000 * float(np.median(times)) / count for times in (tracking, decoding))
    spread = 1000 * float(np.ptp(tracking)) / count
    rows = [
        row(f"{case}: share of frames tracked", share, 1.0, "all frames show a face", share, "1", share == 1.0),
        row(f"{case}: ms a frame (± {spread / 2:.1f})", ours, plain, "plain decode", ours / plain, "-", None),
        _jitter_row(case, track, 0.25 if case in _STILL else None),
    ]
    if case in _STILL_PARTS and not quick:
        rows.append(_jitter_row(f"{case}, stillest {_STILL_FRAMES} frames", track, 0.25, _stillest(track)))
    return rows + (_mouth_rows(case, track) if case in _TALKING else [])


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Measure.

    Args:
        media: folder of real clips; without it only the made-up still head is measured.
        quick: two seconds of each clip, once.

    Returns:
        Rows as :func:`seamsync.benchmarks.row` makes them.

    Raises:
        SeamSyncError: the face networks are not on disk.
    """
    rows = [_jitter_row("still head, white noise", _still_head(), 0.25)]
    if media is None:
        return rows
    networks = load_face_networks(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    clips = sorted(media.glob("*.mp4"))
    if not clips:
        raise SeamSyncError(f"no .mp4 clips in {media}; set SEAMSYNC_MEDIA to a folder that has them")
    for path in clips:
        rows += _clip_rows(path, networks, quick)
    return rows
