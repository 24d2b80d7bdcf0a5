"""The generated patches, warped into the ROI."""

from __future__ import annotations

import numpy as np
import torch

from ..media.clips import MouthClip
from ..media.planes import Box
from ..tracking.align import compose_affine, dense_map, invert_affine
from .alignment import PatchAlignment
from .chunk import Chunk
from .primitives import remap, warp
from .regions import frame_to_roi

#: Pixels between the nodes at which the spline is evaluated; it bends over a good part of the face.
_GRID = 16


class PatchWarp:
    """Warps the patches of one clip, in order.

    Args:
        mouths: the clip.
        alignment: 0…1, how far a patch that sits askew is brought onto the target; see :mod:`.alignment`.
        device: where they are wanted.
    """

    def __init__(self, mouths: MouthClip, alignment: float, device: torch.device) -> None:
        self._mouths, self._device = mouths, device
        self._align = PatchAlignment(alignment) if alignment else None

    def __call__(self, chunk: Chunk, target: torch.Tensor, over: Box | None = None) -> tuple[torch.Tensor, Chunk]:
        """The patches in the ROI, resampled once; first by their affine alone to see how far they are off, if asked for.

        Args:
            chunk: B frames.
            target: float32 ``[B,3,H,W]``.
            over: where the patches are wanted, whole ROI pixels; the ROI by default.

        Returns:
            float32 ``[B,3,H,W]`` of that box, gamma-coded RGB; beyond a patch its border is repeated. And the chunk, with the
            generated landmarks where the alignment took them.
        """
        to_roi = compose_affine(frame_to_roi(chunk), self._mouths.to_frame[chunk.indices])
        patches = torch.from_numpy(np.array(self._mouths.patches[chunk.indices])).to(self._device)
        x0, y0, x1, y1 = over or (0, 0, chunk.size[1], chunk.size[0])
        if self._align is None:
            return warp(patches, torch.from_numpy(to_roi - [[0, 0, x0], [0, 0, y0]]), (y1 - y0, x1 - x0)), chunk
        plate, moved = self._align(target, warp(patches, torch.from_numpy(to_roi), chunk.size), chunk)
        left, top = x0 % _GRID, y0 % _GRID  # the same grid whatever the box
        positions = dense_map(plate.then(invert_affine(to_roi)), (x0 - left, y0 - top, x1, y1), _GRID)[:, top:, left:]
        return remap(patches, torch.from_numpy(positions).to(self._device)), moved
