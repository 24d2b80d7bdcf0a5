"""Does the seam hold still? Alpha and the change of colour along it, followed at fixed places of the face."""

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
from .picture import sample, samples
from .ring import half_width

#: Directions in which the seam is followed, and places along each in which it is looked for.
DIRECTIONS, _PLACES = 64, 96
#: Samples across one sector of the ring, each way.
_GRID = 5
#: Seconds in which the followed ring settles to another contour.
_SETTLE = 0.5
#: What changes faster than this flickers, in Hz,
_CUTOFF = 5.0
#: where :func:`local_quadratic` lets half through: (1 + x²/2)·exp(−x²/2) = 1/2.
_HALF = 1.8318
#: Shorter stretches say nothing of flicker.
_SHORTEST = 5
#: Frames that there is room for at first.
_ROOM = 256
#: Columns smoothed at once.
_COLUMNS = 16


@dataclass
class FlickerMeter:
    """Follows alpha and C − T along the ring in face coordinates; some 500 bytes a frame.

    The ring is looked at in :data:`DIRECTIONS` from the middle of the mask. Its places are held in face coordinates and
    follow the contour of alpha slowly (by half a second), so that the seam may move with the jaw, but not tremble unseen.

    docs/architecture.md §7 defines ``alpha_flicker`` as the temporal deviation of the mean ring alpha over that mean. To
    the letter, over each frame's own ring, it barely changes: it moves with the contour, where alpha is a half (0.2 to 0.6 % on
    six real clips; nothing for a mask that sways). Over a ring that keeps its place in the face it counts the jaw's opening
    (2 to 12 % there). Here every direction counts for itself, so that what goes out on one side and in on the other does not
    cancel, and, as for ``photo_flicker``, only what is faster than 5 Hz. A mask that trembles reads more than to the letter;
    one that follows the jaw does not.

    Attributes:
        fps: frames a second.
    """

    fps: Fraction
    _ring: np.ndarray | None = None
    _seen: np.ndarray = field(default_factory=lambda: np.empty((_ROOM, 4, DIRECTIONS), np.float16), repr=False)
    _starts: np.ndarray = field(default_factory=lambda: np.empty(_ROOM, bool), repr=False)
    _count: int = 0

    def add(self, batch: FrameBatch, target: torch.Tensor, composite: torch.Tensor, alpha: torch.Tensor) -> None:
        """Look at one batch.

        Args:
            batch: the frames.
            target, composite: gamma-coded RGB, float32 ``[B,3,H,W]``.
            alpha: float32 ``[B,1,H,W]``.
        """
        to_roi = face_frames(batch.landmarks)
        contour, found = _contour(alpha)
        places, starts = self._follow(batch, apply_affine(invert_affine(to_roi), contour), found)
        share = half_width(batch) / np.linalg.norm(to_roi[:, :, 0], axis=-1)
        step = np.linspace(-1, 1, _GRID)
        square = np.stack(np.meshgrid(step, step), -1).reshape(-1, 2) * share[:, None, None]
        around = apply_affine(to_roi, (places[:, :, None] + square[:, None]).reshape(len(batch), -1, 2))
        points = torch.from_numpy(around.astype(np.float32)).to(alpha.device)
        after, before, weight = samples([composite, target, alpha], points)
        seen = torch.cat([after - before, weight], 1)
        seen = seen.unflatten(2, (DIRECTIONS, -1)).mean(-1)
        self._keep(np.where(found[:, None, None], seen.cpu().numpy(), np.nan), starts)

    def _keep(self, seen: np.ndarray, starts: np.ndarray) -> None:
        """Enter what was seen of a batch, C − T and alpha ``[B,4,K]``, and where the ring was found anew, bool ``[B]``.

        One array that doubles its room: many small ones, kept among large ones that are let go, leave holes all over memory.
        """
        first, self._count = self._count, self._count + len(seen)
        while self._count > len(self._seen):
            self._seen, self._starts = (np.concatenate([kept, np.empty_like(kept)]) for kept in (self._seen, self._starts))
        self._seen[first : self._count], self._starts[first : self._count] = seen, starts

    def _follow(self, batch: FrameBatch, contour: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places of the ring in face coordinates, ``[B,K,2]``, and where it is found anew, bool ``[B]``."""
        newest = 1 - np.exp(-1 / (_SETTLE * float(self.fps)))
        out, start = contour.copy(), np.zeros(len(batch), bool)
        for row, (points, fresh, known) in enumerate(zip(contour, batch.fresh, found, strict=True)):
            if fresh or not known:
                self._ring = None
            if known:
                start[row] = self._ring is None
                self._ring = points if self._ring is None else self._ring + newest * (points - self._ring)
                out[row] = self._ring
        return out, start

    def finish(self, last: int | None = None) -> dict[str, np.ndarray]:
        """What flickers, root mean square over the ring, an entry a frame added; NaN in stretches under 5 frames.

        Only what is faster than 5 Hz counts: the jaw takes the contour along at the pace of speech, and may.

        Args:
            last: look at so many frames only, the newest; None: at all.

        Returns:
            ``alpha_flicker``, alpha's as a share of its mean; ``photo_flicker``, that of C − T in 8-bit levels.
        """
        newest = slice(0 if last is None else max(self._count - last, 0), self._count)
        change, alpha, starts = self._seen[newest, :3], self._seen[newest, 3], self._starts[newest]
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
    """Root mean square over the columns of what changes quickly, float64 ``[T]`` from ``[T,K]``; some columns at a time, as
    the float64 of all would be the most that a long clip asks for."""
    total, count = np.zeros(len(values)), values.shape[1]
    for first in range(0, count, _COLUMNS):
        part = values[:, first : first + _COLUMNS].astype(np.float64)
        total += ((part - local_quadratic(part, sigma)) ** 2).sum(1)
    return np.sqrt(total / count)


def _contour(alpha: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Where alpha passes 0.5 for the last time on rays from the middle of the mask.

    Returns:
        float64 ``[B,K,2]``, ROI pixels, a ray that leaves the picture inside the mask ending at its border; and bool
        ``[B]``: whether there is a mask.
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
    """Points where values ``[B,K,N]`` along the rays fall below 0.5 for the last time, float64 ``[B,K,2]``."""
    last_step = values.shape[-1] - 1
    place = torch.arange(values.shape[-1], device=values.device)
    last = torch.where(values > 0.5, place, 0).amax(-1, keepdim=True)
    after = (last + 1).clamp(max=last_step)
    high, low = values.gather(-1, last), values.gather(-1, after)
    part = ((high - 0.5) / (high - low).clamp(min=1e-6)).clamp(0, 1) * (after - last)
    reach = (last + part)[..., 0] / last_step * length
    return (middle[:, None] + ray * reach[..., None]).double().cpu().numpy()
