"""Does the face hold still? Successive pictures of it compared, its motion taken off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from ..tracking.align import apply_affine, fit_similarity
from ..tracking.landmarks import STABLE
from .chunk import Chunk
from .metrics_filters import squared_error
from .primitives import fill_polygon, warp

#: Mean squared error of pictures that count as the same: 100 dB.
_LEAST_ERROR = 1e-10
_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])


@dataclass
class SteadinessMeter:
    """Peak signal-to-noise ratio between successive pictures of the face (temporal PSNR).

    The frame before is moved onto this one by the similarity of the landmarks that speech does not move; what is left is
    speech, noise, turning of the head, light, and whatever trembles. The untouched target is measured the same way, in the
    same pixels: what it has of all that is not the composite's doing.
    """

    _pictures: tuple[torch.Tensor, ...] = ()
    _marks: np.ndarray | None = None

    def add(
        self, chunk: Chunk, target: torch.Tensor, composite: torch.Tensor, face: torch.Tensor, *, backend: str | None = None
    ) -> dict[str, np.ndarray]:
        """Compare each frame of a chunk with the one before.

        Args:
            chunk: the frames.
            target, composite: luma, float32 ``[B,1,H,W]``, 0…1.
            face: bool ``[B,1,H,W]``, the pixels to compare, where the frame before shows them too.

        Returns:
            ``tpsnr`` of the composite and ``tpsnr_target``, float64 ``[B]``, dB, at most 100; NaN where there is no frame
            before.
        """
        marks, size = chunk.landmarks[:, STABLE].astype(np.float64), chunk.size
        known, pictures = ~chunk.fresh, (composite, target)
        if self._marks is None:
            known = known & (np.arange(len(chunk)) > 0)
            self._pictures, self._marks = tuple(luma[:1] for luma in pictures), marks[:1]
        rows, columns = self._pictures[0].shape[-2:]
        motion = fit_similarity(np.concatenate([self._marks, marks[:-1]]), marks)
        sides = np.array([[columns, rows]] + [[size[1], size[0]]] * (len(chunk) - 1))
        shown = apply_affine(motion, _CORNERS * sides[:, None]).astype(np.float32)
        both = fill_polygon(torch.from_numpy(shown).to(face.device), size) & face
        found = []
        for last, luma in zip(self._pictures, pictures, strict=True):
            held = last if (rows, columns) == size else F.pad(last, (0, size[1] - columns, 0, size[0] - rows))
            before = held if len(luma) == 1 else torch.cat([held, luma[:-1]])
            moved = warp(before, torch.from_numpy(motion), size, backend=backend)
            error = squared_error(moved, luma, both, backend=backend) / both.sum((1, 2, 3))
            likeness = -10 * error.clamp(min=_LEAST_ERROR).log10().double().cpu().numpy()
            found.append(np.where(known, likeness, np.nan))
        self._pictures, self._marks = tuple(luma[-1:] for luma in pictures), marks[-1:]
        return dict(zip(("tpsnr", "tpsnr_target"), found, strict=True))
