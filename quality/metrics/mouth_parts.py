"""Where the parts of the generated mouth lie: lips, inside, lower lip, and the chin under it, and the pictures there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...blending.frame_batch import FrameBatch
from ...blending.match.chin import chin, lower_lip
from ...blending.pixels.primitives import fill_polygon
from ...blending.pixels.srgb import luma
from ...tracking.landmarks import INNER_LIPS, OUTER_LIPS
from .picture import Pixels, lab

#: Rows that are read of a large mouth, about.
_LINES = 40


@dataclass(frozen=True, eq=False)
class MouthView:
    """The pixels of B mouths and of the chins under them, packed; every second, third … one where they are large.

    Attributes:
        lab: float32 ``[2,B,3,N]``, Lab of the composite and of the generated mouth as it was placed.
        luma: float32 ``[2,B,N]``, luma of the same.
        mouth: float32 ``[B,N]``, 1 inside the generated outer lips, 0 elsewhere.
        lips: the same of ``mouth`` without the inside of the inner lips.
        lower_lip: the same of the lower of the lips.
        chin: the same of a strip of skin below the lower lip, as wide as the lip without its corners.
    """

    lab: torch.Tensor
    luma: torch.Tensor
    mouth: torch.Tensor
    lips: torch.Tensor
    lower_lip: torch.Tensor
    chin: torch.Tensor

    @property
    def inside(self) -> torch.Tensor:
        """``mouth`` without the lips: teeth, tongue and the dark."""
        return self.mouth - self.lips


def mouth_view(batch: FrameBatch, composite: torch.Tensor, generated: torch.Tensor) -> MouthView | None:
    """Read the mouths out of two pictures.

    Args:
        batch: geometry of the frames.
        composite, generated: gamma-coded RGB of the ROI, float32 ``[B,3,H,W]``, 0…1.

    Returns:
        None where the generator gives no landmarks.
    """
    if batch.generated is None:
        return None
    marks = batch.generated.astype(np.float64)
    polygons = [marks[:, OUTER_LIPS], marks[:, INNER_LIPS], lower_lip(marks), chin(marks, batch.face_width)]
    low, high = _bounds(np.concatenate(polygons, 1), batch.size)
    step = max(1, round(float(high[1] - low[1]) / _LINES))
    rows, columns = slice(int(low[1]), int(high[1]), step), slice(int(low[0]), int(high[0]), step)
    pictures = torch.stack([picture[..., rows, columns] for picture in (composite, generated)])
    size = (pictures.shape[-2], pictures.shape[-1])
    corner = low + 0.5 - 0.5 * step  # the centre of the first pixel stays the centre of the first one that is read
    mouth, inside, lower, below = (
        fill_polygon(torch.from_numpy(((points - corner) / step).astype(np.float32)).to(composite.device), size)
        for points in polygons
    )
    pixels = Pixels.of(mouth | below)
    weights = [pixels.take(m.float())[:, 0] * pixels.weight for m in (mouth, mouth & ~inside, lower & mouth, below & ~mouth)]
    rgb = torch.stack([pixels.take(picture) for picture in pictures])
    return MouthView(lab(rgb.flatten(0, 1)).view(rgb.shape), luma(rgb.flatten(0, 1)).view(2, len(batch), -1), *weights)


def _bounds(points: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels around points ``[B,N,2]``: first (x, y), and (x, y) past the last; at least one, in the picture."""
    limit = np.array(size[::-1])
    low = np.clip(np.floor(points.min((0, 1))), 0, limit - 1)
    return low.astype(int), np.clip(np.ceil(points.max((0, 1))), low + 1, limit).astype(int)
