"""Does the face hold still? Successive pictures of it compared, its motion taken off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from ..tracking.align import apply_affine, fit_similarity
from ..tracking.landmarks import STABLE
from .chunk import Chunk
from .primitives import fill_polygon, warp

#: Mean squared error of pictures that count as the same: 100 dB.
_LEAST_ERROR = 1e-10
_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])


@dataclass
class SteadinessMeter:
    """Peak signal-to-noise ratio between successive pictures of the face (temporal PSNR).

    The frame before is moved onto this one by the similarity of the landmarks that speech does not move; what is left is
    speech, noise, and whatever trembles.
    """

    _picture: torch.Tensor | None = None
    _marks: np.ndarray | None = None

    def add(self, chunk: Chunk, luma: torch.Tensor, face: torch.Tensor, *, backend: str | None = None) -> np.ndarray:
        """Compare each frame of a chunk with the one before.

        Args:
            chunk: the frames.
            luma: of the composite, float32 ``[B,1,H,W]``, 0…1.
            face: bool ``[B,1,H,W]``, the pixels to compare, where the frame before shows them too.

        Returns:
            float64 ``[B]``, dB, at most 100; NaN where there is no frame before.
        """
        marks, size = chunk.landmarks[:, STABLE].astype(np.float64), chunk.size
        known = ~chunk.fresh
        if self._picture is None or self._marks is None:
            known = known & (np.arange(len(chunk)) > 0)
            self._picture, self._marks = luma[:1], marks[:1]
        rows, columns = self._picture.shape[-2:]
        held = F.pad(self._picture, (0, size[1] - columns, 0, size[0] - rows))
        motion = fit_similarity(np.concatenate([self._marks, marks[:-1]]), marks)
        sides = np.array([[columns, rows]] + [[size[1], size[0]]] * (len(chunk) - 1))
        shown = apply_affine(motion, _CORNERS * sides[:, None]).astype(np.float32)
        both = fill_polygon(torch.from_numpy(shown).to(luma.device), size) & face
        moved = warp(torch.cat([held, luma[:-1]]), torch.from_numpy(motion), size, backend=backend)
        error = ((moved - luma).square_() * both).sum((1, 2, 3)) / both.sum((1, 2, 3))
        self._picture, self._marks = luma[-1:], marks[-1:]
        likeness = -10 * error.clamp(min=_LEAST_ERROR).log10().double().cpu().numpy()
        return np.where(known, likeness, np.nan)
