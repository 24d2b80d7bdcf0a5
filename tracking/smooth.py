"""Smooth a track: the head's pose most, the shape of the face less, the lips least.

Every stretch of visible frames inside a scene is split into the pose (a similarity, from points that speech hardly moves) and
the shape that remains in face coordinates. Both are filtered in shares of the face width and joined again. The mouth follows
the smoothed head, and the motion of the lips keeps its timing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..progress import Check, no_check
from .align import apply_affine, fit_similarity, invert_affine, similarity_parts
from .filters import adaptive_ema, noise_level, one_euro, tolerance, zero_phase
from .jitter import jitter_over_time, stretches
from .landmarks import EYES, LIPS, MESH_POINTS, MESH_TO_68, NOSE, STABLE, face_width
from .options import SmoothOptions
from .track import FaceTrack

#: How far around the lips their weight reaches, in face widths (Gaussian).
_LIP_REACH = 0.07
#: Points filtered at once, and points times frames: the float64 of a whole mesh over an hour would not fit in memory, and a
#: cancelling is checked between two blocks.
_BLOCK, _VALUES = 32, 1 << 18


def smooth_track(track: FaceTrack, options: SmoothOptions, check: Check = no_check) -> FaceTrack:
    """Return a smoothed track. Nothing is smoothed across a cut or a stretch without the face.

    Args:
        track: as it was measured.
        options: see :class:`SmoothOptions`.
        check: called for every few points of every stretch.

    Returns:
        A track with the same confidence, visibility and scenes, and the jitter of the measured one in ``raw_jitter``. With
        a mesh, the 68 landmarks are computed from the smoothed mesh.
    """
    if options.method == "none" or options.strength == 0:
        return track
    if track.raw_jitter is None:  # the first smoothing has the measured landmarks before it
        track = replace(track, raw_jitter=jitter_over_time(track, STABLE))
    measured = track.landmarks if track.mesh is None else track.mesh
    points = measured.copy()
    for start, stop in stretches(track):
        if stop - start >= 3:
            _smooth_stretch(measured[start:stop], points[start:stop], float(track.fps), options, check)
    return replace(track, landmarks=points) if track.mesh is None else track.with_mesh(points)


def _of_68(count: int, points: np.ndarray) -> np.ndarray:
    """Return the indices of some of the 68 points among ``count`` points (68, or those of the mesh)."""
    return MESH_TO_68[points] if count == MESH_POINTS else points


def _head_poses(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pose of every frame against a mean face: affines ``[n,2,3]`` mean → frame, and its stable points ``[S,2]``.

    Eyes and nose have weight 1, brows, which move with expression, a quarter.
    """
    stable = points[:, _of_68(points.shape[1], STABLE), :2]
    weights = np.where(np.isin(STABLE, np.concatenate([NOSE, EYES])), 1.0, 0.25)
    mean = stable[len(stable) // 2]
    for _ in range(2):
        to_mean = fit_similarity(stable, mean, weights)
        mean = apply_affine(to_mean, stable).mean(0)
    return fit_similarity(mean, stable, weights), mean


def _smooth_stretch(points: np.ndarray, out: np.ndarray, fps: float, options: SmoothOptions, check: Check) -> None:
    """Smooth the points ``[n,P,2 or 3]`` of one stretch into ``out``, a few points at a time, to limit memory."""
    poses, mean = _head_poses(points)
    to_mean, (scale, angle) = invert_affine(poses), similarity_parts(poses)
    together = min(_BLOCK, max(1, _VALUES // len(points)))
    blocks = np.array_split(np.arange(points.shape[1]), -(-points.shape[1] // together))

    def local(block: np.ndarray) -> np.ndarray:
        """Return the block in the coordinates of the mean face, float64 ``[n,len(block),2 or 3]``."""
        check()
        own = points[:, block].astype(np.float64)
        return np.concatenate([apply_affine(to_mean, own[..., :2]), own[..., 2:] / scale[:, None, None]], -1)

    typical = np.concatenate([np.median(local(block), axis=0) for block in blocks])
    width = max(float(face_width(typical[_of_68(len(typical), np.arange(68)), :2])), 1e-3)
    unit = width * float(np.median(scale))
    center = apply_affine(poses, mean.mean(0)[None])[:, 0]
    pose = np.column_stack([center / unit, np.log(scale), np.unwrap(angle)])
    pose = _filter(pose, np.ones(4), fps, options, tolerance(noise_level(pose)))
    scale_out, angle = np.exp(pose[:, 2]), pose[:, 3]
    a, b = scale_out * np.cos(angle), scale_out * np.sin(angle)
    linear = np.stack([np.stack([a, -b], -1), np.stack([b, a], -1)], -2)

    amount, depth = _shape_amounts(typical, width, options), points.shape[2]
    noise = [noise_level(local(block).reshape(len(points), -1) / width) for block in blocks]
    limits = tolerance(np.concatenate(noise)).reshape(-1, depth)
    for block in blocks:
        flat = local(block).reshape(len(points), -1) / width
        flat = _filter(flat, np.repeat(amount[block], depth), fps, options, limits[block].ravel())
        shape = flat.reshape(len(points), -1, depth) * width
        placed = (shape[..., :2] - mean.mean(0)) @ np.swapaxes(linear, -1, -2) + pose[:, None, :2] * unit
        out[:, block] = np.concatenate([placed, shape[..., 2:] * scale_out[:, None, None]], -1)


def _shape_amounts(typical: np.ndarray, width: float, options: SmoothOptions) -> np.ndarray:
    """Return how much each point's place in the face is smoothed: float64 ``[P]``, in twentieths, falling towards the lips."""
    lips = typical[_of_68(len(typical), LIPS), :2]
    away = np.linalg.norm(typical[:, None, :2] - lips, axis=-1).min(1) / width
    near = np.exp(-0.5 * (away / _LIP_REACH) ** 2)
    return np.round((options.shape + (options.lips - options.shape) * near) * 20) / 20


def _filter(values: np.ndarray, amount: np.ndarray, fps: float, options: SmoothOptions, limits: np.ndarray) -> np.ndarray:
    amount = amount * options.strength
    if options.method == "zero_phase":
        return zero_phase(values, amount, fps, limits)
    if options.method == "one_euro":
        return one_euro(values, amount, fps, options.cutoff, options.beta)
    return adaptive_ema(values, amount, options.window, options.weight, limits)
