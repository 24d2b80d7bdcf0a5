"""Pictures of the worst frames, and of a typical one, kept while the stream runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import torch

from ..media.planes import Box
from .metrics.registry import frame_goal

#: Number of worst frames that are kept, and of frames from which the typical one is chosen.
WORST, CANDIDATES = 6, 5
#: Longer side of a kept picture, pixels.
SIDE = 480


@dataclass(frozen=True, eq=False)
class Shot:
    """Pictures of the ROI of one frame.

    Attributes:
        frame: of the output.
        severity: see :func:`severity`.
        target, result: uint8 ``[h,w,3]``, RGB.
        alpha: uint8 ``[h,w]``, 255 where the new mouth has its full weight.
        face_width: in pixels of these pictures.
        typical: an ordinary frame to compare with, not one of the worst.
        box: place of the pictures, x0, y0, x1, y1 in pixels of the target frame; None: unknown.
    """

    frame: int
    severity: float
    target: np.ndarray
    result: np.ndarray
    alpha: np.ndarray
    face_width: float
    typical: bool = False
    box: Box | None = None


def severity(numbers: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return how bad frames are by their numbers: the sum of the squared normalized errors of all metrics with a goal.

    1 is one metric at the end of its range (:meth:`~.metrics.metric.Goal.normalized_error`). Because of the square, one
    number far out of range counts more than many that are fair.

    Args:
        numbers: columns of the report, ``[B]`` each; those without a goal are not used.

    Returns:
        float64 ``[B]``.
    """
    goals = {name: goal for name in numbers if (goal := frame_goal(name))}
    length = len(next(iter(numbers.values()), ()))
    return sum((goal.normalized_error(numbers[name]) ** 2 for name, goal in goals.items()), start=np.zeros(length))


@dataclass
class WorstFrames:
    """Keeps pictures of at most :data:`WORST` + :data:`CANDIDATES` frames of a clip.

    Two of the worst frames are at least a twelfth of the clip apart, so that one bad passage does not fill the list. Of two
    that are nearer the worse one stays; of equals the earlier one.

    Attributes:
        length: frames of the clip.
    """

    length: int
    _worst: list[Shot] = field(default_factory=list, repr=False)
    _candidates: list[Shot] = field(default_factory=list, repr=False)

    def add(
        self,
        rows: Sequence[int],
        scores: np.ndarray,
        target: torch.Tensor,
        composite: torch.Tensor,
        alpha: torch.Tensor,
        face_width: np.ndarray,
        boxes: Sequence[Box] | None = None,
    ) -> None:
        """Take the next batch; frames come in order.

        Args:
            rows: output frames.
            scores: their :func:`severity`, ``[B]``.
            target, composite: gamma-coded RGB, float ``[B,3,H,W]``, 0…1.
            alpha: float ``[B,1,H,W]``, 0…1.
            face_width: ``[B]``, ROI pixels.
            boxes: places of the pictures in the frame.
        """
        for i, (row, score) in enumerate(zip(rows, scores.tolist(), strict=True)):
            bad, typical = self._is_worse(row, score), self._is_candidate(row)
            if not (bad or typical):
                continue
            shot = _shot(row, score, target[i], composite[i], alpha[i], float(face_width[i]))
            shot = shot if boxes is None else replace(shot, box=boxes[i])
            if typical:
                self._candidates.append(shot)
            if bad:
                kept = [*(other for other in self._worst if not self._near(other, row)), shot]
                self._worst = sorted(kept, key=lambda kept: (-kept.severity, kept.frame))[:WORST]

    def chosen(self, scores: np.ndarray) -> tuple[Shot, ...]:
        """Return the worst frames, the worst first, then a typical one.

        The typical frame is the one of a few, evenly spread over the clip, whose severity is nearest to the median.

        Args:
            scores: :func:`severity` of all frames, NaN where it is unknown.
        """
        usual = np.median(scores[~np.isnan(scores)]) if self._candidates else 0.0
        others = [shot for shot in self._candidates if shot.frame not in {bad.frame for bad in self._worst}]
        typical = sorted(others, key=lambda shot: (abs(shot.severity - usual), shot.frame))
        return (*self._worst, *(replace(shot, typical=True) for shot in typical[:1]))

    def _near(self, other: Shot, row: int) -> bool:
        return abs(other.frame - row) < self.length / (2 * WORST)

    def _is_worse(self, row: int, score: float) -> bool:
        near = [other.severity for other in self._worst if self._near(other, row)]
        if near:
            return score > max(near)
        return len(self._worst) < WORST or score > self._worst[-1].severity

    def _is_candidate(self, row: int) -> bool:
        """Return whether the frame is the first at or after the middle of the next fifth of the clip."""
        done = len(self._candidates)
        return done < CANDIDATES and row >= int((done + 0.5) / CANDIDATES * self.length)


def _shot(row: int, score: float, target: torch.Tensor, composite: torch.Tensor, alpha: torch.Tensor, width: float) -> Shot:
    before, after, weight = (small(picture, SIDE) for picture in (target, composite, alpha))
    return Shot(row, score, before, after, weight, width * min(1.0, SIDE / max(target.shape[-2:])))


def small(picture: torch.Tensor, side: int) -> np.ndarray:
    """Shrink a picture so that its longer side is at most ``side`` pixels.

    Args:
        picture: float ``[C,H,W]``, 0…1.
        side: pixels.

    Returns:
        uint8 ``[h,w,3]``, or ``[h,w]`` of one channel.
    """
    planes = picture.clamp(0, 1).mul_(255).round_().byte().cpu().numpy()
    whole = planes[0] if len(planes) == 1 else cv2.merge(list(planes))
    shrink = min(1.0, side / max(whole.shape[:2]))
    if shrink == 1:
        return whole
    size = tuple(max(1, round(side * shrink)) for side in whole.shape[1::-1])
    return cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
