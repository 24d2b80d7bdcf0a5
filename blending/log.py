"""What the compositor says of its work, gathered while the stream runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from ..media.clips import MouthClip
from ..media.planes import Box
from ..media.video import VideoInfo
from .chunk import Chunk
from .color import ColorGains
from .plan import STATUS, SeamPlan
from .report import SeamReport
from .settings import SeamSettings


@dataclass(frozen=True, eq=False)
class Composed:
    """One chunk's result on the ROI.

    Attributes:
        chunk: the frames.
        target: float32 ``[B,3,H,W]``, the ROI of the target, gamma-coded RGB.
        delta: float32 ``[B,3,H,W]``, composite − target.
        alpha: float32 ``[B,1,H,W]``.
        boxes: ROI of each frame, all of one size.
        gains: colour gains in force, None where there were none.
        columns: the blend method's numbers, ``[B]`` each.
    """

    chunk: Chunk
    target: torch.Tensor
    delta: torch.Tensor
    alpha: torch.Tensor
    boxes: list[Box]
    gains: list[ColorGains | None]
    columns: dict[str, np.ndarray]


@dataclass
class SeamLog:
    """Gathers the report while the stream runs."""

    columns: dict[str, np.ndarray] = field(default_factory=dict)

    def begin(self, plan: SeamPlan, mouths: MouthClip, info: VideoInfo) -> None:
        """Lay out one row an output frame."""
        count = len(plan)
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

    def add(self, indices: Sequence[int], composed: Composed) -> None:
        """Enter the numbers of one chunk."""
        rows = list(indices)
        area = composed.alpha.sum((-3, -2, -1))
        self.columns["mask_share"][rows] = composed.alpha.mean((-3, -2, -1)).cpu().numpy()
        change = composed.delta.abs().mean(1).sum((-2, -1)) / area.clamp(min=1)
        self.columns["mean_change"][rows] = change.cpu().numpy()
        for name, values in composed.columns.items():
            self.columns.setdefault(name, np.full(len(self.columns["frame"]), np.nan))[rows] = values
        for row, gains in zip(rows, composed.gains, strict=True):
            if gains is not None:
                self.columns["color_shift"][row] = gains.shift

    def report(self, settings: SeamSettings, mouths: MouthClip, notes: Sequence[str] = ()) -> SeamReport:
        """The finished report."""
        status = self.columns["status"]
        counts = {name: int((status == name).sum()) for name in STATUS}
        kept = [(name, n) for name, n in counts.items() if n and name != STATUS[0]]
        told = [f"{n} of {len(status)} frames keep their original pixels: {name}" for name, n in kept]
        return SeamReport(
            columns=self.columns,
            summary={"frames": len(status), **counts},
            settings={**settings.as_dict(), "generator": mouths.source},
            notes=(*notes, *told),
        )
