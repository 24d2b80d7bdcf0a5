"""Check that landmarks can be a face, and that a face can have moved so from one frame to the next."""

from __future__ import annotations

import numpy as np

from ..arrays import frame_numbers
from ..errors import SeamSyncError
from ..progress import Warn
from .align import apply_affine, fit_similarity

#: A face smaller than this (pixels across its points) carries no usable mouth.
_LEAST_SIZE = 8.0
#: A point of a track lies at most this many times the frame's longer side from the frame's corner.
_FARTHEST = 8
#: Share of the points that must lie in the frame.
_LEAST_INSIDE = 0.4
#: Between two frames the crop's centre moves at most this share of its side,
_MOST_STEP = 0.25
#: its side changes at most by this factor,
_MOST_GROWTH = 1.35
#: and the shape, laid on the last one, differs at most by this share of its size (root mean square).
_MOST_BEND = 0.12


def _size(points: np.ndarray) -> np.ndarray:
    """Return the root-mean-square distance of the points ``[...,P,2]`` from their centre: ``[...]``."""
    return np.sqrt(((points - points.mean(-2, keepdims=True)) ** 2).sum(-1).mean(-1))


def plausible_faces(points: np.ndarray, frame_size: tuple[int, int]) -> np.ndarray:
    """Mark faces that are finite, large enough and mostly inside the frame.

    Args:
        points: float ``[B,P,2 or 3]`` frame pixels.
        frame_size: width, height in pixels.

    Returns:
        bool ``[B]``.
    """
    flat = points[..., :2]
    finite = np.isfinite(flat).all(axis=(1, 2))
    inside = ((flat >= 0) & (flat <= np.array(frame_size))).all(-1).mean(-1) >= _LEAST_INSIDE
    return finite & inside & (2 * _size(flat) >= _LEAST_SIZE)


def plausible_step(before: np.ndarray, after: np.ndarray, region_before: np.ndarray, region_after: np.ndarray) -> bool:
    """Say whether one face can have moved from ``before`` to ``after`` within a frame.

    Args:
        before: float ``[P,2 or 3]`` frame pixels.
        after: the same a frame later.
        region_before: float ``[4]``: centre x, y, side, roll.
        region_after: the same a frame later.
    """
    moved = np.linalg.norm(region_after[:2] - region_before[:2]) / region_before[2]
    grown = abs(np.log(region_after[2] / region_before[2]))
    source, target = before[:, :2], after[:, :2]
    bent = apply_affine(fit_similarity(source, target), source) - target
    bend = np.sqrt((bent**2).sum(-1).mean()) / max(float(_size(target)), 1e-6)
    return bool(moved <= _MOST_STEP and grown <= np.log(_MOST_GROWTH) and bend <= _MOST_BEND)


def usable_frames(points: np.ndarray, frame_size: tuple[int, int]) -> np.ndarray:
    """Mark frames whose points are finite, and not farther from the frame than a face can be: bool ``[T]``.

    Args:
        points: float ``[T,P,2 or 3]``, frame pixels.
        frame_size: (width, height) in pixels.
    """
    return np.asarray((np.abs(points) <= _FARTHEST * max(frame_size)).all(axis=(1, 2)))


def without_bad_frames(
    arrays: dict[str, np.ndarray], frame_size: tuple[int, int], name: str, warn: Warn
) -> dict[str, np.ndarray]:
    """Return a track's arrays with frames of unusable points as frames without a face, at the nearest frame's points."""
    good = np.isfinite(arrays["confidence"])
    for key in ("landmarks", "mesh"):
        if key in arrays:
            good = good & usable_frames(arrays[key], frame_size) & (np.ptp(arrays[key], axis=1).max(1) >= 1)  # no mere dot
    if good.all():
        return arrays
    if not good.any():
        raise SeamSyncError("no frame has points of a face; track the clip again")
    bad, known = np.flatnonzero(~good), np.flatnonzero(good)
    warn(f"{name}: {len(bad)} of {len(good)} frames have unusable points and keep their picture: {frame_numbers(~good)}")
    nearest = np.arange(len(good))
    nearest[bad] = known[np.abs(known - bad[:, None]).argmin(1)]
    arrays |= {key: arrays[key][nearest] for key in ("landmarks", "mesh") if key in arrays}
    return arrays | {"visible": arrays["visible"] & good, "confidence": np.where(good, arrays["confidence"], 0)}
