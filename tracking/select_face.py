"""Select which face of a frame to follow, and recognise it after it was lost."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import cv2
import numpy as np

from .align import apply_affine, invert_affine
from .crops import region_to_crop

_GRID = 8
#: Share of the crop left out on every side of the grid.
_MARGIN = 0.2
#: Appearance distance up to which a face counts as the same person, at once and after a second of absence.
SAME_LOOK, _SAME_LATER = 0.35, 0.5
#: How many other faces are remembered.
_MOST_OTHERS = 8
#: How much of the newest appearance goes into the remembered one, a frame.
_LEARN = 0.05
#: Frames over which the velocity is averaged.
_VELOCITY_MEMORY = 0.5


@dataclass(frozen=True, eq=False)
class Candidates:
    """Hold the faces of one frame that the landmark network confirmed.

    Attributes:
        points: float32 ``[N,P,2 or 3]`` frame pixels.
        regions: float64 ``[N,4]``: centre x, y, side, roll.
        confidence: float32 ``[N]``, 0…1.
        looks: float32 ``[N,8,8,3]``, see :func:`appearance`.
    """

    points: np.ndarray
    regions: np.ndarray
    confidence: np.ndarray
    looks: np.ndarray

    def take(self, places: np.ndarray) -> Candidates:
        """Return the faces at ``places``, int64 ``[M]``."""
        return Candidates(self.points[places], self.regions[places], self.confidence[places], self.looks[places])


#: No face at all.
NO_CANDIDATES = Candidates(*(np.empty((0, 4)) for _ in range(4)))


def appearance(crops: np.ndarray, regions: np.ndarray, frame_size: tuple[int, int]) -> np.ndarray:
    """Describe a face coarsely, independent of brightness.

    Args:
        crops: uint8 ``[B,S,S,3]``, RGB, level crops with a margin around the face.
        regions: float ``[B,4]``, where in the frame they were cut.
        frame_size: width, height in pixels.

    Returns:
        float32 ``[B,8,8,3]``: log colour of the crop's middle on a grid, less the mean log brightness; NaN outside the frame.
    """
    size = crops.shape[1]
    low, high = round(_MARGIN * size), round((1 - _MARGIN) * size)
    small = [cv2.resize(crop[low:high, low:high], (_GRID, _GRID), interpolation=cv2.INTER_AREA) for crop in crops]
    logs = np.log(np.array(small, np.float32).reshape(-1, _GRID, _GRID, 3) + 8.0)
    axis = low + (np.arange(_GRID) + 0.5) * (high - low) / _GRID
    cells = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    placed = apply_affine(invert_affine(region_to_crop(regions, size)), cells)
    inside = ((placed >= 0) & (placed <= np.array(frame_size))).all(-1).reshape(-1, _GRID, _GRID, 1)
    count = np.maximum(3 * inside.sum(axis=(1, 2, 3), keepdims=True), 1)
    level = np.where(inside, logs, 0).sum(axis=(1, 2, 3), keepdims=True) / count
    return np.where(inside, logs - level, np.nan).astype(np.float32)


def look_distance(looks: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the root-mean-square difference of appearances ``[...,8,8,3]`` where both are known: float ``[...]``.

    0 = alike, 0.5 = another person, infinite when nothing can be compared.
    """
    apart = (looks - other) ** 2
    known = np.isfinite(apart)
    count = known.sum(axis=(-3, -2, -1))
    total = np.where(known, apart, 0).sum(axis=(-3, -2, -1))
    return np.where(count > 0, np.sqrt(total / np.maximum(count, 1)), np.inf)


@dataclass
class FaceMemory:
    """Remember where the face was last and what it looked like.

    Attributes:
        region: float64 ``[4]``: centre x, y, side, roll.
        points: float32 ``[P,2 or 3]`` frame pixels.
        look: float32 ``[8,8,3]``.
        velocity: float64 ``[2]``, pixels a frame.
        absent: frames since it was measured.
        strangers: looks of other faces that were in the picture together with it.
    """

    region: np.ndarray
    points: np.ndarray
    look: np.ndarray
    velocity: np.ndarray = field(default_factory=lambda: np.zeros(2))
    absent: int = 0
    other_looks: deque[np.ndarray] = field(default_factory=lambda: deque(maxlen=_MOST_OTHERS))

    def update(self, region: np.ndarray, points: np.ndarray, look: np.ndarray) -> None:
        """Update with the face in the next frame."""
        moved = (region[:2] - self.region[:2]) / (self.absent + 1)
        self.velocity = _VELOCITY_MEMORY * self.velocity + (1 - _VELOCITY_MEMORY) * moved
        learned = self.look + _LEARN * (look - self.look)
        self.look = np.where(np.isfinite(learned), learned, np.where(np.isfinite(look), look, self.look))
        self.region, self.points, self.absent = region, points, 0

    def predict(self, count: int) -> np.ndarray:
        """Return regions in the next ``count`` frames, at the present velocity: float64 ``[count,4]``."""
        regions = np.repeat(self.region[None], count, 0)
        regions[:, :2] += self.velocity * (self.absent + np.arange(1, count + 1))[:, None]
        return regions

    def same_limit(self, fps: float) -> float:
        """Return the appearance distance up to which a face counts as the same person. It grows with absence."""
        return SAME_LOOK + (_SAME_LATER - SAME_LOOK) * min(self.absent / fps, 1.0)


def choose_first(found: Candidates, rule: str, index: int, frame_size: tuple[int, int]) -> int | None:
    """Return the face to follow, by rule; ``None`` when there is no such face.

    Args:
        found: the faces.
        rule: one of :data:`~seamsync.tracking.options.FACES`; ``index`` counts from left to right.
        index: for the rule ``index``, from 0.
        frame_size: width, height in pixels.
    """
    if rule == "index":
        order = np.argsort(found.regions[:, 0], kind="stable")
        return int(order[index]) if index < len(order) else None
    if not len(found.regions):
        return None
    if rule == "central":
        return int(np.linalg.norm(found.regions[:, :2] - np.array(frame_size) / 2, axis=1).argmin())
    return int(found.regions[:, 2].argmax())


def choose_again(found: Candidates, memory: FaceMemory, fps: float, *, moved_on: bool) -> int | None:
    """Return the face that was followed before, nearest in place, size and looks; ``None`` when none of these is it.

    Args:
        found: the faces.
        memory: the face as it was last.
        fps: frames a second.
        moved_on: the picture has changed (perhaps a cut), so place and size are ignored.
    """
    if not len(found.regions):
        return None
    looks = look_distance(found.looks, memory.look)
    expected = memory.region
    away = np.linalg.norm(found.regions[:, :2] - expected[:2], axis=1) / expected[2]
    resized = np.abs(np.log(found.regions[:, 2] / expected[2]))
    cost = looks if moved_on else looks + 0.5 * (away + resized)
    others = [look_distance(found.looks, other_look) for other_look in memory.other_looks]
    known = (looks <= memory.same_limit(fps)) & (looks <= np.min([looks, *others], axis=0))
    cost = np.where(known, cost, np.inf)
    return int(cost.argmin()) if np.isfinite(cost).any() else None
