"""Pictures of the worst frames, and of a typical one, kept while the stream runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import torch

from ..media.planes import Box
from .metrics.goals import frame_goal

#: How many of the worst frames are kept, and from how many frames the typical one is chosen.
WORST, CANDIDATES = 6, 5
#: Longer side of a kept picture, pixels.
SIDE = 480


@dataclass(frozen=True, eq=False)
class Shot:
    """The ROI of one frame, to look at.

    Attributes:
        frame: of the output.
        badness: of :func:`severity`.
        target, result: uint8 ``[h,w,3]``, RGB.
        alpha: uint8 ``[h,w]``, 255 where the new mouth has its full weight.
        face_width: in pixels of these pictures.
        typical: not one of the worst frames, but an ordinary one to compare them with.
        box: where the pictures lie, x0, y0, x1, y1 in pixels of the target frame, where that is known.
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
    """How bad frames look by their numbers: the sum of the squared strains (``Goal.normalized_error``) of all metrics.

    1 is one metric at the end of its range; the square lets one number far out count for more than many that are fair.

    Args:
        numbers: columns of the report, ``[B]`` each; those without a goal are passed over.

    Returns:
        float64 ``[B]``.
    """
    goals = {name: goal for name in numbers if (goal := frame_goal(name))}
    length = len(next(iter(numbers.values()), ()))
    return sum((goal.normalized_error(numbers[name]) ** 2 for name, goal in goals.items()), start=np.zeros(length))


@dataclass
class WorstFrames:
    """Holds at most :data:`WORST` + :data:`CANDIDATES` frames of a clip, small; pictures are made of those alone.

    The worst frames are apart from one another by a twelfth of the clip, so that one bad passage does not fill the list: of
    two that are nearer the worse one stays, the earlier one where they are equal.

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
        """Look at one chunk; frames come in order.

        Args:
            rows: output frames.
            scores: their :func:`severity`, ``[B]``.
            target, composite: gamma-coded RGB, float ``[B,3,H,W]``, 0…1.
            alpha: float ``[B,1,H,W]``, 0…1.
            face_width: ``[B]``, ROI pixels.
            boxes: where the pictures lie in the frame.
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
        """The worst frames, the worst first; then, of a few frames all over the clip, the one nearest to the median badness.

        Args:
            scores: :func:`severity` of all frames, NaN where it is not known.
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
        """Whether the frame is the first at or after the middle of the next fifth of the clip."""
        done = len(self._candidates)
        return done < CANDIDATES and row >= int((done + 0.5) / CANDIDATES * self.length)


def _shot(row: int, score: float, target: torch.Tensor, composite: torch.Tensor, alpha: torch.Tensor, width: float) -> Shot:
    before, after, weight = (small(picture, SIDE) for picture in (target, composite, alpha))
    return Shot(row, score, before, after, weight, width * min(1.0, SIDE / max(target.shape[-2:])))


def small(picture: torch.Tensor, side: int) -> np.ndarray:
    """A picture with its longer side shrunk to at most ``side``: uint8 ``[h,w,3]``, or ``[h,w]`` of one channel, of float
    ``[C,H,W]``, 0…1."""
    planes = picture.clamp(0, 1).mul_(255).round_().byte().cpu().numpy()
    whole = planes[0] if len(planes) == 1 else cv2.merge(list(planes))
    shrink = min(1.0, side / max(whole.shape[:2]))
    if shrink == 1:
        return whole
    size = tuple(max(1, round(side * shrink)) for side in whole.shape[1::-1])
    return cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
