"""Flicker of the seam: alpha and the change of colour along it, followed at fixed places of the face."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np
import torch

from ...blending.frame_batch import FrameBatch
from ...blending.mask.shapes import face_frames
from ...tracking.align import apply_affine, invert_affine
from ...tracking.filters import local_quadratic
from .measurement import Measurement
from .metric import Goal, Metric
from .picture import sample, samples
from .reductions import root_mean_square
from .ring import half_width

#: Directions in which the seam is followed, and samples along each ray on which it is searched.
DIRECTIONS, _PLACES = 64, 96
#: Samples across one sector of the ring, in each direction.
_GRID = 5
#: Time constant with which the followed ring moves to a new contour, s.
_SETTLE = 0.5
#: Cut-off of the high-pass, Hz.
_CUTOFF = 5.0
#: Where :func:`local_quadratic` halves a wave, x = sigma · angular frequency: (1 + x²/2)·exp(−x²/2) = 1/2.
_HALF = 1.8318
#: Fewer successive frames than this say nothing of flicker.
_SHORTEST = 5
#: Frames that the buffer takes at first.
_FRAMES = 256
#: Columns that are filtered at once.
_COLUMNS = 16


@dataclass
class FlickerMeter:
    """Follows alpha and C − T (composite − target) along the ring in face coordinates; keeps about 500 bytes a frame.

    The ring is sampled in :data:`DIRECTIONS` from the middle of the mask. Its places are given in face coordinates. They
    follow the contour of alpha with a time constant of half a second: the seam may move with the jaw, and its jitter is
    still seen.

    docs/architecture.md §7 defines ``alpha_flicker`` as the temporal deviation of the mean ring alpha over that mean. Over
    each frame's own ring that number is nearly constant, because the ring moves with the contour, where alpha is 0.5: 0.2 to
    0.6 % on six real clips, and 0 for a mask that sways. Over a ring that is fixed in the face it counts the opening of the
    jaw: 2 to 12 % there. Here every direction counts on its own, so that motion out on one side and in on the other does not
    cancel; and only changes faster than 5 Hz count, as for ``photo_flicker``. A mask with jitter gives more than the plain
    definition, a mask that follows the jaw does not.

    Attributes:
        fps: frames a second.
    """

    fps: Fraction
    _ring: np.ndarray | None = None
    _values: np.ndarray = field(default_factory=lambda: np.empty((_FRAMES, 4, DIRECTIONS), np.float16), repr=False)
    _starts: np.ndarray = field(default_factory=lambda: np.empty(_FRAMES, bool), repr=False)
    _count: int = 0

    def update(self, measurement: Measurement) -> dict[str, np.ndarray]:
        """Sample the ring of the next batch. Return no columns: flicker needs later frames too."""
        batch, alpha = measurement.batch, measurement.alpha
        to_roi = face_frames(batch.landmarks)
        contour, found = _contour(alpha)
        places, starts = self._follow(batch, apply_affine(invert_affine(to_roi), contour), found)
        share = half_width(batch) / np.linalg.norm(to_roi[:, :, 0], axis=-1)
        step = np.linspace(-1, 1, _GRID)
        square = np.stack(np.meshgrid(step, step), -1).reshape(-1, 2) * share[:, None, None]
        around = apply_affine(to_roi, (places[:, :, None] + square[:, None]).reshape(len(batch), -1, 2))
        points = torch.from_numpy(around.astype(np.float32)).to(alpha.device)
        after, before, weight = samples([measurement.composite, measurement.target, alpha], points)
        values = torch.cat([after - before, weight], 1)
        values = values.unflatten(2, (DIRECTIONS, -1)).mean(-1)
        self._keep(np.where(found[:, None, None], values.cpu().numpy(), np.nan), starts)
        return {}

    def _keep(self, values: np.ndarray, starts: np.ndarray) -> None:
        """Store C − T and alpha of a batch, ``[B,4,K]``, and the frames in which the ring starts anew, bool ``[B]``.

        The buffer is one array that doubles: many small arrays between large ones that are freed would fragment the memory.
        """
        first, self._count = self._count, self._count + len(values)
        while self._count > len(self._values):
            self._values, self._starts = (np.concatenate([kept, np.empty_like(kept)]) for kept in (self._values, self._starts))
        self._values[first : self._count], self._starts[first : self._count] = values, starts

    def _follow(self, batch: FrameBatch, contour: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the ring in face coordinates, ``[B,K,2]``, and the frames in which it starts anew, bool ``[B]``."""
        step = 1 - np.exp(-1 / (_SETTLE * float(self.fps)))
        out, start = contour.copy(), np.zeros(len(batch), bool)
        for row, (points, fresh, known) in enumerate(zip(contour, batch.fresh, found, strict=True)):
            if fresh or not known:
                self._ring = None
            if known:
                start[row] = self._ring is None
                self._ring = points if self._ring is None else self._ring + step * (points - self._ring)
                out[row] = self._ring
        return out, start

    def compute(self, last: int | None = None) -> dict[str, np.ndarray]:
        """Return the changes faster than 5 Hz, root mean square over the ring, one value a frame.

        Slower changes do not count: the contour follows the jaw at the pace of speech.

        Args:
            last: use only this many frames, the newest; None: all.

        Returns:
            ``alpha_flicker``, of alpha, as a share of its mean; ``photo_flicker``, of C − T, in 8-bit levels. Float64, NaN in
            stretches of fewer than 5 successive frames.
        """
        newest = slice(0 if last is None else max(self._count - last, 0), self._count)
        change, alpha, starts = self._values[newest, :3], self._values[newest, 3], self._starts[newest]
        count, names = len(alpha), ("alpha_flicker", "photo_flicker")
        change, columns = change.reshape(count, 3 * DIRECTIONS), {name: np.full(count, np.nan) for name in names}
        known = ~np.isnan(alpha[:, 0])
        sigma = _HALF / (2 * np.pi * _CUTOFF) * float(self.fps)
        edges = np.flatnonzero(starts | np.diff(known, prepend=False))
        for begin, end in pairwise([*edges.tolist(), count]):
            if known[begin] and end - begin >= _SHORTEST:
                part = slice(begin, end)
                columns["alpha_flicker"][part] = _fast(alpha[part], sigma) / max(float(alpha[part].mean(dtype=float)), 1e-9)
                columns["photo_flicker"][part] = 255 * _fast(change[part], sigma)
        return columns


def _fast(values: np.ndarray, sigma: float) -> np.ndarray:
    """Return the root mean square over the columns of their fast changes, float64 ``[T]`` from ``[T,K]``.

    Takes some columns at a time: a float64 copy of all would be the largest array of a long clip.
    """
    total, count = np.zeros(len(values)), values.shape[1]
    for first in range(0, count, _COLUMNS):
        part = values[:, first : first + _COLUMNS].astype(np.float64)
        total += ((part - local_quadratic(part, sigma)) ** 2).sum(1)
    return np.sqrt(total / count)


def _contour(alpha: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Find where alpha passes 0.5 for the last time on rays from the middle of the mask.

    Returns:
        float64 ``[B,K,2]``, ROI pixels, or the picture's border if the ray leaves it inside the mask; and bool ``[B]``:
        whether there is a mask.
    """
    height, width = alpha.shape[-2:]
    inside = (alpha > 0.5)[:, 0]
    columns, rows = inside.sum(1, dtype=torch.float32), inside.sum(2, dtype=torch.float32)
    area = columns.sum(1, keepdim=True)
    x, y = (torch.arange(n, device=alpha.device) + 0.5 for n in (width, height))
    middle = torch.stack([columns @ x, rows @ y], -1) / area.clamp(min=1)
    angle = torch.arange(DIRECTIONS, device=alpha.device) * (2 * np.pi / DIRECTIONS)
    ray = torch.stack([angle.cos(), angle.sin()], -1)
    ray = torch.where(ray.abs() < 1e-6, 1e-6, ray)
    size = torch.tensor([width, height], device=alpha.device, dtype=ray.dtype)
    room = torch.where(ray > 0, size - middle[:, None], -middle[:, None])
    length = (room / ray).amin(-1)
    share = torch.linspace(0, 1, _PLACES, device=alpha.device)
    points = middle[:, None, None] + ray[:, None] * (length[..., None] * share)[..., None]
    values = sample(alpha, points.flatten(1, 2)).unflatten(2, (DIRECTIONS, _PLACES))[:, 0]
    return _crossing(values, middle, ray, length), (area[:, 0] > 0).cpu().numpy()


def _crossing(values: torch.Tensor, middle: torch.Tensor, ray: torch.Tensor, length: torch.Tensor) -> np.ndarray:
    """Return the points where values ``[B,K,N]`` along the rays fall below 0.5 for the last time, float64 ``[B,K,2]``."""
    last_step = values.shape[-1] - 1
    place = torch.arange(values.shape[-1], device=values.device)
    last = torch.where(values > 0.5, place, 0).amax(-1, keepdim=True)
    after = (last + 1).clamp(max=last_step)
    high, low = values.gather(-1, last), values.gather(-1, after)
    part = ((high - 0.5) / (high - low).clamp(min=1e-6)).clamp(0, 1) * (after - last)
    reach = (last + part)[..., 0] / last_step * length
    return (middle[:, None] + ray * reach[..., None]).double().cpu().numpy()


METRICS = (
    Metric(
        "alpha_flicker",
        "flicker of the mask, a share of its mean",
        goal=Goal(high=0.08),
        tracker=FlickerMeter,
        reduce=root_mean_square,
    ),
    Metric(
        "photo_flicker",
        "flicker of the colour along the seam, 8-bit levels; to be below the baseline's",
        "8-bit levels",
        window_goal=Goal(high=3.0),  # this much is visible
        tracker=FlickerMeter,
        reduce=root_mean_square,
    ),
)
