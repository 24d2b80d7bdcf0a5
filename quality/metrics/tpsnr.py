"""Temporal PSNR: successive pictures of the face compared, after its rigid motion is removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from ...blending.frame_batch import FrameBatch
from ...tracking.align import fit_similarity, invert_affine
from ...tracking.landmarks import STABLE
from .measurement import Measurement
from .metric import Goal, Metric, Spike
from .picture import samples
from .reductions import mean, minimum
from .spikes import usual

#: Mean squared error of pictures that count as the same: 100 dB.
_LEAST_ERROR = 1e-10
#: Rows and columns that are compared, about: a mean over thousands of pixels needs no more.
_LINES = 72
#: Successive frames less alike than this jump, dB.
_POOR = 16.0
#: Frames as alike as this, dB (4.5 levels of 255), look still: a spread above it comes from a mouth that rests and speaks.
_STEADY = 35.0
#: A spike is a drop to less than the goal of the mean, by so many dB under the usual,
_LOW, _DROP = 21.0, 6.0
#: in a frame at least so many dB less alike than the target's own, which jumps at a flash.
_WITH_TARGET = 3.0


@dataclass
class TemporalPsnr:
    """Peak signal-to-noise ratio between successive pictures of the face (temporal PSNR).

    The frame before is moved onto this one by the similarity transform of the landmarks that speech does not move. What is
    left is speech, noise, turning of the head, light, and jitter. The untouched target is measured in the same way and in
    the same pixels, to tell the clip's own change from the composite's.

    Attributes:
        fps: frames a second; not used.
    """

    fps: Fraction = field(default=Fraction(25), repr=False)
    _pictures: tuple[torch.Tensor, ...] = ()
    _marks: np.ndarray | None = None

    def update(self, measurement: Measurement) -> dict[str, np.ndarray]:
        """Return the columns of :meth:`compare` for the next batch."""
        return self.compare(measurement.batch, *measurement.luma, measurement.parts.face)

    def compute(self, last: int | None = None) -> dict[str, np.ndarray]:
        """Return no columns: all are known at once."""
        return {}

    def compare(
        self, batch: FrameBatch, target: torch.Tensor, composite: torch.Tensor, face: torch.Tensor
    ) -> dict[str, np.ndarray]:
        """Compare each frame of the next batch with the one before; in large pictures every second, third … row and column.

        Args:
            batch: geometry of the frames.
            target, composite: luma, float32 ``[B,1,H,W]``, 0…1.
            face: bool ``[B,1,H,W]``, the pixels to compare; those outside the frame before are left out.

        Returns:
            ``tpsnr`` of the composite and ``tpsnr_target``, float64 ``[B]``, dB, at most 100; NaN where there is no
            frame before.
        """
        marks, size = batch.landmarks[:, STABLE].astype(np.float64), batch.size
        known, pictures = ~batch.fresh, (composite, target)
        if self._marks is None:
            known = known & (np.arange(len(batch)) > 0)
            self._pictures, self._marks = tuple(luma[:1] for luma in pictures), marks[:1]
        rows, columns = self._pictures[0].shape[-2:]
        sides = np.array([[columns, rows]] + [[size[1], size[0]]] * (len(batch) - 1))
        motion = fit_similarity(np.concatenate([self._marks, marks[:-1]]), marks)
        step = max(1, round(min(size) / _LINES))
        points = _origins(motion, size, step).to(face.device)
        ends = torch.from_numpy(sides.astype(np.float32)).to(face.device)[:, None]
        both = ((points >= 0) & (points <= ends)).all(-1) & face[..., ::step, ::step].flatten(1)
        before = [_earlier(last, luma) for last, luma in zip(self._pictures, pictures, strict=True)]
        found = []
        for moved, luma in zip(samples(before, points), pictures, strict=True):
            difference = moved[:, 0] - luma[..., ::step, ::step].flatten(1)
            error = (difference.square_() * both).sum(1) / both.sum(1)
            psnr = -10 * error.clamp(min=_LEAST_ERROR).log10().double().cpu().numpy()
            found.append(np.where(known, psnr, np.nan))
        self._pictures, self._marks = tuple(luma[-1:] for luma in pictures), marks[-1:]
        return dict(zip(("tpsnr", "tpsnr_target"), found, strict=True))


def _origins(motion: np.ndarray, size: tuple[int, int], step: int) -> torch.Tensor:
    """Return where every ``step``-th pixel was before a motion ``[B,2,3]``: float32 ``[B,N,2]``, pixels."""
    back = torch.from_numpy(invert_affine(motion).astype(np.float32))[..., None, None, :]
    y, x = (torch.arange(0, side, step) + 0.5 for side in size)
    places = back[..., 0] * x + (back[..., 1] * y[:, None] + back[..., 2])
    return places.flatten(2).transpose(1, 2)


def _earlier(last: torch.Tensor, luma: torch.Tensor) -> torch.Tensor:
    """Return the frame before each frame of a batch, ``[B,1,h,w]``: ``last`` and all but the newest, padded to one size."""
    if len(luma) == 1:
        return last
    size = [max(sides) for sides in zip(last.shape[-2:], luma.shape[-2:], strict=True)]
    return torch.cat([F.pad(p, (0, size[1] - p.shape[-1], 0, size[0] - p.shape[-2])) for p in (last, luma[:-1])])


def capped_deviation(values: np.ndarray) -> float:
    """Return the standard deviation; values above 35 dB count as 35."""
    return float(np.std(np.minimum(values, _STEADY)))


def share_below_16(values: np.ndarray) -> float:
    """Return the share of values under 16 dB."""
    return float(np.mean(values < _POOR))


def likeness_spike(values: Sequence[float], target: Sequence[float] = (np.nan,)) -> bool:
    """Return whether a frame is suddenly less like the one before: under 21 dB and 6 dB under the median of the 25 before.

    A frame whose target drops too, to within 3 dB, is none: a flash in the film is no fault of the mouth.

    Args:
        values: ``tpsnr`` up to the frame, dB, NaN where it has no meaning.
        target: ``tpsnr_target``, likewise.
    """
    return values[-1] < _LOW and values[-1] < usual(values) - _DROP and not _drops_with_target(values, target)


def _is_poor(values: Sequence[float], target: Sequence[float]) -> bool:
    return values[-1] < _POOR and not _drops_with_target(values, target)


def _drops_with_target(values: Sequence[float], target: Sequence[float]) -> bool:
    return values[-1] >= target[-1] - _WITH_TARGET


_MINIMUM = Goal(low=_POOR, ideal=40.0, slack=0.5)

METRICS = (
    Metric(
        "tpsnr",
        "likeness of successive frames, dB",
        "dB",
        better="higher",
        goal=Goal(low=_LOW, ideal=40.0, slack=0.5),
        frame_goal=_MINIMUM,  # likeness falls while the mouth speaks; a single frame must only not jump
        tracker=TemporalPsnr,
        reduce=mean,
        spike=Spike(likeness_spike, lambda value: f"the mouth jumps ({value:.1f} dB against the frame before)", _is_poor),
    ),
    Metric(
        "tpsnr_deviation",
        "spread of that likeness, dB",
        "dB",
        goal=Goal(high=3.0, slack=0.5),
        column="tpsnr",
        reduce=capped_deviation,
    ),
    Metric(
        "tpsnr_min",
        "worst likeness of successive frames, dB",
        "dB",
        better="higher",
        goal=_MINIMUM,
        column="tpsnr",
        reduce=minimum,
    ),
    Metric(
        "tpsnr_below_16",
        "share of frames under 16 dB",
        goal=Goal(high=0.05, slack=0.01),
        column="tpsnr",
        reduce=share_below_16,
    ),
    Metric(
        "tpsnr_target",
        "likeness of successive frames of the untouched target, dB",
        "dB",
        better="higher",
        tracker=TemporalPsnr,
        reduce=mean,
        detail=True,
    ),
    Metric("tpsnr_spikes", "frames that are suddenly unlike the one before", "frames", detail=True),
)
