"""Warp the generated patches into the ROI."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ..media.clips import MouthClip
from ..media.frame import PlanarFrame
from ..media.planes import Box
from ..tracking.align import compose_affine, invert_affine
from .alignment import PatchAlignment, measured_boxes
from .frame_batch import FrameBatch
from .mask.regions import frame_to_roi
from .pixels.primitives import warp
from .pixels.srgb import luma


class PatchWarp:
    """Warp the patches of one clip, in order.

    Args:
        mouths: the clip.
        alignment: 0…1, how far a patch that sits askew is brought onto the target; see :mod:`.alignment`.
        device: of the warped patches.
    """

    def __init__(self, mouths: MouthClip, alignment: float, device: torch.device) -> None:
        self._mouths, self._device = mouths, device
        self._align = PatchAlignment(alignment) if alignment else None

    def __call__(
        self, batch: FrameBatch, frames: Sequence[PlanarFrame], over: Box | None = None
    ) -> tuple[torch.Tensor, FrameBatch]:
        """Warp the patches into the ROI, resampled once. With alignment, measure first how far nose and mouth are shifted.

        Args:
            batch: B frames.
            frames: the target's, unchanged as yet.
            over: box to warp into, whole ROI pixels; the ROI by default.

        Returns:
            float32 ``[B,3,H,W]`` of that box, gamma-coded RGB; beyond a patch its border is repeated. And the batch, with the
            generated landmarks moved by the alignment.
        """
        to_roi = compose_affine(frame_to_roi(batch), self._mouths.to_frame[batch.indices])
        patches = torch.from_numpy(np.array(self._mouths.patches[batch.indices]))
        if self._align is not None:
            motion, batch = self._align(*_measured_pictures(batch, frames, patches, self._mouths.to_frame[batch.indices]))
            to_roi = compose_affine(invert_affine(motion), to_roi)
        x0, y0, x1, y1 = over or (0, 0, batch.size[1], batch.size[0])
        shifted = torch.from_numpy(to_roi - [[0, 0, x0], [0, 0, y0]])
        return warp(patches.to(self._device), shifted, (y1 - y0, x1 - x0)), batch


def _measured_pictures(
    batch: FrameBatch, frames: Sequence[PlanarFrame], patches: torch.Tensor, to_frame: np.ndarray
) -> tuple[list[torch.Tensor], list[torch.Tensor], FrameBatch, np.ndarray]:
    """Return luma of target and patch in the measured boxes, ``[1,h,w]`` a frame on the host, and the place of these."""
    boxes = measured_boxes(batch)
    boxes = boxes.clip(0, np.array([frames[0].width, frames[0].height] * 2))
    gray, targets, patched = luma(patches.float() / 255), [], []
    for index, (x0, y0, x1, y1) in enumerate(boxes.tolist()):
        stored = frames[index].y[y0:y1, x0:x1].astype(np.float32) / ((1 << frames[index].bit_depth) - 1)
        targets.append(torch.from_numpy(stored)[None])
        shifted = torch.from_numpy(to_frame[[index]] - [[0, 0, x0], [0, 0, y0]])
        patched.append(warp(gray[[index]], shifted, stored.shape)[0] if stored.size else targets[-1])
    return targets, patched, batch, boxes[:, :2] - batch.origin
