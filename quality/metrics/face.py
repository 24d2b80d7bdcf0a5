"""Where face, lips and mouth lie in a batch of ROIs, as masks rasterised from the landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...blending.frame_batch import FrameBatch
from ...blending.mask.jaw import lowered_jaw
from ...blending.pixels.primitives import fill_polygon
from ...tracking.landmarks import BROWS, INNER_LIPS, JAW, NOSE_BRIDGE, OUTER_LIPS

#: Lips this many times larger are kept out of the skin: their outline is soft, and landmarks miss it by a pixel or two.
_LIPS_GROWN = 1.25
#: The mask's reach past the chin this many times larger: its rays start at another middle than the contour's.
_REACH_GROWN = 1.15
#: The forehead: the brows moved away from the nose bridge's lower end by this share of their distance to it.
_FOREHEAD = 0.6


@dataclass(frozen=True, eq=False)
class FaceParts:
    """Masks of the parts of B faces; bool ``[B,1,H,W]`` of the ROI, or ``[B,1,h,w]`` of the box around all the mouths.

    Attributes:
        face: the target's face, from jaw to forehead; of the ROI.
        border: the same, and what the mask may reach under the chin, where the generated one lies higher.
        lips_around: both mouths with their surroundings, which are not skin; of the ROI.
        box: rows and columns of the mouths.
        old_mouth: inside the target's outer lips; of the box.
        new_mouth: inside the generated outer lips, the target's where the generator gives no landmarks; of the box.
        old_lips, new_lips: the same without the inside of the inner lips.
    """

    face: torch.Tensor
    border: torch.Tensor
    lips_around: torch.Tensor
    box: tuple[slice, slice]
    old_mouth: torch.Tensor
    new_mouth: torch.Tensor
    old_lips: torch.Tensor
    new_lips: torch.Tensor

    def boxed(self, picture: torch.Tensor) -> torch.Tensor:
        """Cut the box out of a picture ``[B,C,H,W]``."""
        return picture[..., self.box[0], self.box[1]]


def face_parts(batch: FrameBatch, device: torch.device) -> FaceParts:
    """Rasterise the landmarks of one batch."""
    outer = batch.faces(OUTER_LIPS)
    middle = [points.mean(1, keepdims=True) for points in outer]
    grown = [centre + _LIPS_GROWN * (points - centre) for centre, points in zip(middle, outer, strict=True)]
    low, high = _bounds(np.concatenate(grown), batch.size)
    box, size = (slice(low[1], high[1]), slice(low[0], high[0])), (high[1] - low[1], high[0] - low[0])

    def _filled(points: list[np.ndarray]) -> tuple[torch.Tensor, ...]:
        together = (np.concatenate(points) - low).astype(np.float32)
        return fill_polygon(torch.from_numpy(together).to(device), size).chunk(len(points))

    mouths, around = _filled(outer), _filled(grown)
    lips = [mouth & ~inside for mouth, inside in zip(mouths, _filled(batch.faces(INNER_LIPS)), strict=True)]

    def _face(landmarks: np.ndarray) -> torch.Tensor:
        return fill_polygon(torch.from_numpy(face_polygon(landmarks).astype(np.float32)).to(device), batch.size)

    face = _face(batch.landmarks)
    border = face if batch.reach is None else face | _face(lowered_jaw(batch.landmarks, _REACH_GROWN * batch.reach))
    parts = FaceParts(face, border, torch.zeros_like(face), box, mouths[0], mouths[-1], lips[0], lips[-1])
    parts.boxed(parts.lips_around)[...] = around[0] | around[-1]
    return parts


def _bounds(points: np.ndarray, size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the pixels around points ``[...,2]``: first (x, y), and (x, y) past the last; at least one, in the picture."""
    limit = np.array(size[::-1])
    low = np.clip(np.floor(points.min((0, 1))), 0, limit - 1).astype(int)
    high = np.clip(np.ceil(points.max((0, 1))), low + 1, limit).astype(int)
    return (int(low[0]), int(low[1])), (int(high[0]), int(high[1]))


def face_polygon(landmarks: np.ndarray) -> np.ndarray:
    """Return the outline of a face, jaw and forehead above the brows: float32 ``[B,27,2]`` from landmarks ``[B,68,2]``."""
    brows, below = landmarks[:, BROWS[::-1]], landmarks[:, NOSE_BRIDGE[-1:]]
    return np.concatenate([landmarks[:, JAW], brows + _FOREHEAD * (brows - below)], axis=1)
