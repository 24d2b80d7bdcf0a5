"""Which of the faces in a frame is the one to follow, and knowing it again after it was lost."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

#: Rules for the first choice.
FACES = ("largest", "central", "index")

_GRID = 8
#: Appearance distance up to which a face counts as the same person, at once and after a second of absence.
_SAME, _SAME_LATER = 0.45, 0.7
#: How much of the newest appearance goes into the remembered one, a frame.
_LEARN = 0.05
#: Frames over which the velocity is averaged.
_VELOCITY_MEMORY = 0.5


@dataclass(frozen=True, eq=False)
class Candidates:
    """Faces of one frame, confirmed by the landmark network.

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


def appearance(crops: np.ndarray) -> np.ndarray:
    """What a face looks like, coarsely and whatever the brightness.

    Args:
        crops: uint8 ``[B,S,S,3]``, RGB, level crops with a margin around the face.

    Returns:
        float32 ``[B,8,8,3]``: log colour of the crop's middle on a grid, less the mean log brightness.
    """
    size = crops.shape[1]
    low, high = round(0.2 * size), round(0.8 * size)
    small = [cv2.resize(crop[low:high, low:high], (_GRID, _GRID), interpolation=cv2.INTER_AREA) for crop in crops]
    logs = np.log(np.array(small, np.float32).reshape(-1, _GRID, _GRID, 3) + 8.0)
    return logs - logs.mean(axis=(1, 2, 3), keepdims=True)


def look_distance(looks: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Root-mean-square difference of appearances ``[...,8,8,3]``: float32 ``[...]``; 0 = alike, 0.5 = someone else."""
    return np.sqrt(((looks - other) ** 2).mean(axis=(-3, -2, -1)))


@dataclass
class FaceMemory:
    """Where the face was last and what it looked like.

    Attributes:
        region: float64 ``[4]``: centre x, y, side, roll.
        points: float32 ``[P,2 or 3]`` frame pixels.
        look: float32 ``[8,8,3]``.
        velocity: float64 ``[2]``, pixels a frame.
        absent: frames since it was seen.
    """

    region: np.ndarray
    points: np.ndarray
    look: np.ndarray
    velocity: np.ndarray = field(default_factory=lambda: np.zeros(2))
    absent: int = 0

    def see(self, region: np.ndarray, points: np.ndarray, look: np.ndarray) -> None:
        """Take in the face as it is in the next frame."""
        moved = (region[:2] - self.region[:2]) / (self.absent + 1)
        self.velocity = _VELOCITY_MEMORY * self.velocity + (1 - _VELOCITY_MEMORY) * moved
        self.look = self.look + _LEARN * (look - self.look)
        self.region, self.points, self.absent = region, points, 0

    def predict(self, count: int) -> np.ndarray:
        """Regions in the next ``count`` frames, moving on at the present velocity: float64 ``[count,4]``."""
        regions = np.repeat(self.region[None], count, 0)
        regions[:, :2] += self.velocity * (self.absent + np.arange(1, count + 1))[:, None]
        return regions

    def same_limit(self, fps: float) -> float:
        """Appearance distance still taken for the same person; wider the longer it was away."""
        return _SAME + (_SAME_LATER - _SAME) * min(self.absent / fps, 1.0)


def choose_first(found: Candidates, rule: str, index: int, frame_size: tuple[int, int]) -> int | None:
    """The face to follow, by rule; ``None`` when there is no such face.

    Args:
        found: the faces.
        rule: one of :data:`FACES`; ``index`` counts from left to right.
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
    """The face that was followed before, nearest in place, size and looks; ``None`` when none of these is it.

    Args:
        found: the faces.
        memory: the face as it was last.
        fps: frames a second.
        moved_on: the picture has changed (perhaps a cut), so place and size say nothing.
    """
    if not len(found.regions):
        return None
    looks = look_distance(found.looks, memory.look)
    expected = memory.region
    away = np.linalg.norm(found.regions[:, :2] - expected[:2], axis=1) / expected[2]
    resized = np.abs(np.log(found.regions[:, 2] / expected[2]))
    cost = looks if moved_on else looks + 0.5 * (away + resized)
    cost = np.where(looks <= memory.same_limit(fps), cost, np.inf)
    return int(cost.argmin()) if np.isfinite(cost).any() else None
