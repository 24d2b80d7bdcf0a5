"""Crops along the seam for the detector: of composites, and of the untouched clip at the same places of the face.

All are cut out of frames of the same kind: decoded, 8-bit RGB of stored planes. So neither place nor decoding tells a
composite from an untouched frame; what does is the seam.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from ...blending.mask.shapes import face_frames
from ...blending.result import CompositeResult
from ...media.video import PlanarFrame
from ...quality.metrics.picture import sample
from ...quality.metrics.ring import seam_ring
from ...quality.recorder import ReportRecorder
from ...tensors import one_thread
from ...tracking.align import apply_affine, compose_affine, invert_affine
from ...tracking.track import FaceTrack

#: Side of a crop, pixels of the frame.
SIDE = 32
#: Crops of a frame, all round the seam; frames of a clip.
AROUND, FRAMES = 12, 20
#: Luma (BT.709), Cb and Cr of RGB; chroma half as large as it is stored.
_YCC = np.array([[0.2126, 0.7152, 0.0722], [-0.1146, -0.3854, 0.5], [0.5, -0.4542, -0.0458]], np.float32)


@dataclass(frozen=True, eq=False)
class Places:
    """Where crops are cut: float64 ``[K,2]`` points of a frame in its pixels, and unit directions out of the mask."""

    points: np.ndarray
    outward: np.ndarray

    def moved(self, affine: np.ndarray) -> Places:
        """The same places by a similarity ``[2,3]``, such as that from one frame's face to another's."""
        turned = self.outward @ affine[:, :2].T
        return Places(apply_affine(affine, self.points), turned / np.linalg.norm(turned, axis=1, keepdims=True))


@dataclass
class PlacesLog(ReportRecorder):
    """The report's log, which also notes where the seam runs.

    Attributes:
        wanted: frames whose seam is noted.
        places: of those that were composited.
    """

    wanted: frozenset[int] = frozenset()
    places: dict[int, Places] = field(default_factory=dict)

    def add(self, indices: Sequence[int], composed: CompositeResult) -> None:
        """Enter one batch."""
        super().add(indices, composed)
        rows = [row for row, index in enumerate(indices) if index in self.wanted]
        if not rows:
            return
        ring = seam_ring(composed.alpha.cpu(), composed.batch)
        for row in rows:
            used = ring.contour.weight[row] > 0
            points, outward = ring.points[row, used].double().numpy(), ring.outward[row, used].double().numpy()
            spread = _spread(points, outward)
            if spread is not None:
                origin = np.array(composed.boxes[row][:2], np.float64)
                self.places[indices[row]] = Places(spread.points + origin, spread.outward)


def _spread(points: np.ndarray, outward: np.ndarray) -> Places | None:
    """:data:`AROUND` points of a contour, each nearest to the middle of its share of the way round; None where there are
    too few."""
    known = np.hypot(*outward.T) > 0.5
    points, outward = points[known], outward[known]
    if len(points) < AROUND:
        return None
    around = np.arctan2(*(points - (points.min(0) + points.max(0)) / 2).T[::-1])
    aims = (np.arange(AROUND) + 0.5) / AROUND * 2 * np.pi - np.pi
    away = np.abs(np.angle(np.exp(1j * (around[None] - aims[:, None]))))
    chosen = away.argmin(1)
    return Places(points[chosen], outward[chosen])


def detector_frames(usable: np.ndarray, count: int = FRAMES) -> np.ndarray:
    """Frames to cut from, evenly out of those that are ``usable``, bool ``[T]``: int64 ``[n]``, n ≤ ``count``."""
    found = np.flatnonzero(usable)
    return found[np.unique(np.linspace(0, len(found) - 1, min(count, len(found))).round().astype(np.int64))]


def partners(frames: np.ndarray) -> dict[int, int]:
    """For each frame another one, half of them away, whose untouched crops stand against its composite."""
    return dict(zip(frames.tolist(), np.roll(frames, -(len(frames) // 2)).tolist(), strict=True))


def face_motion(track: FaceTrack, here: int, there: int) -> np.ndarray:
    """Similarity ``[2,3]`` that takes the face of frame ``here`` onto that of ``there``."""
    first, second = face_frames(track.landmarks[[here, there]])
    return compose_affine(second[None], invert_affine(first[None]))[0]


@one_thread()
def cut_crops(frame: PlanarFrame, places: Places) -> np.ndarray:
    """Crops of one frame.

    Args:
        frame: as it is stored.
        places: K of them.

    Returns:
        uint8 ``[K,3,SIDE,SIDE]``: luma, and Cb and Cr doubled around 128, so that rounding takes nothing from them. Rows run
        from the outside inwards, the contour in the middle, columns along it, one pixel of the frame apart.
    """
    steps = torch.arange(SIDE, dtype=torch.float64) - (SIDE - 1) / 2
    outward = torch.from_numpy(places.outward)
    along = torch.stack([-outward[:, 1], outward[:, 0]], 1)
    grid = (
        torch.from_numpy(places.points)[:, None, None]
        - steps[None, :, None, None] * outward[:, None, None]
        + steps[None, None, :, None] * along[:, None, None]
    )
    low, high = places.points.min(0) - SIDE, places.points.max(0) + SIDE
    x0, y0 = (max(0, min(int(v), limit - 2)) for v, limit in zip(low, (frame.width, frame.height), strict=True))
    x1, y1 = max(x0 + 2, int(high[0])), max(y0 + 2, int(high[1]))
    piece = torch.from_numpy(frame.rgb((x0, y0, x1, y1))).permute(2, 0, 1)[None].float()
    rgb = sample(piece, grid.reshape(1, -1, 2) - torch.tensor([x0, y0]))[0]
    planes = torch.from_numpy(_YCC) @ rgb
    planes[1:] = planes[1:] * 2 + 128
    shaped = planes.reshape(3, len(places.points), SIDE, SIDE).transpose(0, 1)
    return shaped.round().clamp(0, 255).byte().numpy()
