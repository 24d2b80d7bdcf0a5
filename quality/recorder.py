"""ReportRecorder: makes the report of a composite while the stream runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch

from ..blending.pixels.primitives import cache_parts
from ..blending.pixels.sums import absolute_sum
from ..blending.plan import STATUS, SeamPlan
from ..blending.result import CompositeResult
from ..blending.settings import SeamSettings
from ..media.clips import MouthClip
from ..media.video import VideoInfo
from ..progress import Warn, no_warning
from ..tracking.jitter import jitter_over_time, still_frames
from ..tracking.landmarks import STABLE
from .kept_masks import MaskKeeper
from .metrics.lips import generated_lip_numbers
from .metrics.meter import SeamMeter, summary
from .metrics.registry import METRICS
from .monitor import WINDOW, QualityMonitor
from .report.report import SeamReport
from .worst import WorstFrames, severity


@dataclass
class ReportRecorder:
    """Makes the report of a composite: a :class:`~seamsync.blending.recorder.Recorder`.

    Attributes:
        columns: of the report, one value an output frame.
        measure: whether to measure the metrics and to keep pictures of the worst frames.
        warn: receives warnings of visible faults while the stream runs.
    """

    columns: dict[str, np.ndarray] = field(default_factory=dict)
    measure: bool = True
    warn: Warn = no_warning
    _meter: SeamMeter | None = field(default=None, init=False)
    _monitor: QualityMonitor = field(init=False)
    _shots: WorstFrames = field(init=False)
    _masks: MaskKeeper = field(init=False)
    _fading: np.ndarray = field(init=False)
    _top: int = field(default=255, init=False)

    def begin(self, plan: SeamPlan, mouths: MouthClip, info: VideoInfo) -> None:
        """Prepare one row an output frame."""
        count, self._top = len(plan), (1 << info.bit_depth) - 1
        self._meter = SeamMeter(info.fps) if self.measure else None
        late_columns = dict if self._meter is None else partial(self._meter.finish, WINDOW)
        self._monitor, self._shots = QualityMonitor(info.fps, self.warn, late_columns), WorstFrames(count)
        self._masks = MaskKeeper(count)
        opacity = np.ones(count) if mouths.opacity is None else mouths.opacity
        self._fading = opacity * plan.profile(np.arange(count)) < 1
        self.columns = {
            "frame": np.arange(count),
            "target_frame": mouths.frames,
            "time": np.array([float(i / info.fps) for i in range(count)]),
            "scene": plan.scene,
            "status": np.array(STATUS)[plan.status],
            "face_width": plan.track.face_width[mouths.frames],
        }
        for name in ("mask_share", "color_shift", "mean_change"):
            self.columns[name] = np.full(count, np.nan)
        if self.measure:
            self.columns |= _track_columns(plan, mouths.frames)

    def add(self, indices: Sequence[int], composed: CompositeResult) -> None:
        """Record the numbers of one batch."""
        rows = list(indices)
        area = composed.alpha.sum((-3, -2, -1))
        change = absolute_sum(composed.delta) / 3 / area.clamp(min=1)
        numbers = {
            "mask_share": (area / composed.alpha[0].numel()).cpu().numpy(),
            "mean_change": change.cpu().numpy(),
            "color_shift": np.array([np.nan if gains is None else gains.shift for gains in composed.gains]),
            **composed.columns,
        }
        if self._meter is not None:
            numbers |= self._measure(self._meter, rows, composed)
        self._enter(rows, numbers)

    def _measure(self, meter: SeamMeter, rows: list[int], composed: CompositeResult) -> dict[str, np.ndarray]:
        """Return the metrics of a batch; check them for faults, and keep its pictures if they are among the worst."""
        # Rounded as it is stored: on smooth skin, rounding is a good part of the detail that sharpness compares.
        composite = torch.empty_like(composed.target)
        for out, *pictures in cache_parts(composite, composed.target, composed.delta):
            torch.add(pictures[0], pictures[1], out=out).clamp_(0, 1).mul_(self._top).round_().div_(self._top)
        batch, target = composed.batch, composed.target.clamp(0, 1)
        numbers = meter.add(batch, target, composite, composed.alpha, composed.generated, composed.front)
        for name, metric in METRICS.items():
            if name in numbers and not metric.fading:
                numbers[name] = np.where(self._fading[rows], np.nan, numbers[name])
        scores = severity(numbers)
        self._shots.add(rows, scores, target, composite, composed.alpha, batch.face_width, composed.boxes)
        self._masks.add(rows, composed.boxes, composed.alpha)
        self._monitor.add(rows, {**numbers, "landmark_jitter": self.columns["landmark_jitter"][rows]})
        return {**numbers, "severity": scores}

    def _enter(self, rows: list[int], numbers: Mapping[str, np.ndarray]) -> None:
        for name, values in numbers.items():
            self.columns.setdefault(name, np.full(len(self.columns["frame"]), np.nan))[rows] = values

    def report(self, settings: SeamSettings, mouths: MouthClip, notes: Sequence[str] = ()) -> SeamReport:
        """Return the finished report."""
        if self._meter is not None:
            self._enter(self._meter.indices, self._meter.finish())
        status = self.columns["status"]
        counts = {name: int((status == name).sum()) for name in STATUS}
        kept = [(name, n) for name, n in counts.items() if n and name != STATUS[0]]
        kept_notes = [f"{n} of {len(status)} frames keep their original pixels: {name}" for name, n in kept]
        lips = generated_lip_numbers(mouths.curves, mouths.landmarks, mouths.active)
        return SeamReport(
            columns=self.columns,
            summary={"frames": len(status), **counts, **summary(self.columns), **self._monitor.summary(), **lips},
            settings={**settings.as_dict(), "generator": mouths.source},
            notes=(*notes, *kept_notes),
            warnings=tuple(self._monitor.warnings),
            shots=self._shots.chosen(self.columns.get("severity", np.empty(0))),
            masks=self._masks.kept(),
        )


def _track_columns(plan: SeamPlan, frames: np.ndarray) -> dict[str, np.ndarray]:
    """Return the jitter of the landmarks, that before they were smoothed if it is known, and where the head rests."""
    jitter = {"landmark_jitter": jitter_over_time(plan.track, STABLE), "landmark_jitter_raw": plan.track.raw_jitter}
    known = {name: np.where(plan.compose, values[frames], np.nan) for name, values in jitter.items() if values is not None}
    return {**known, "still": plan.compose & still_frames(plan.track)[frames]}
