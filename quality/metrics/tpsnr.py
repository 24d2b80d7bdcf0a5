"""Does the face hold still? Successive pictures of it compared, its motion taken off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from ...blending.frame_batch import FrameBatch
from ...tracking.align import fit_similarity, invert_affine
from ...tracking.landmarks import STABLE
from .picture import samples

#: Mean squared error of pictures that count as the same: 100 dB.
_LEAST_ERROR = 1e-10
#: Rows and columns that are compared, about: a mean over thousands of pixels needs no more.
_LINES = 72


@dataclass
class TemporalPsnr:
    """Peak signal-to-noise ratio between successive pictures of the face (temporal PSNR).

    The frame before is moved onto this one by the similarity of the landmarks that speech does not move; what is left is
    speech, noise, turning of the head, light, and whatever trembles. The untouched target is measured the same way, in the
    same pixels: what it has of all that is not the composite's doing.
    """

    _pictures: tuple[torch.Tensor, ...] = ()
    _marks: np.ndarray | None = None

    def add(
        self, batch: FrameBatch, target: torch.Tensor, composite: torch.Tensor, face: torch.Tensor
    ) -> dict[str, np.ndarray]:
        """Compare each frame of a batch with the one before; of large pictures in every second, third … row and column.

        Args:
            batch: the frames.
            target, composite: luma, float32 ``[B,1,H,W]``, 0…1.
            face: bool ``[B,1,H,W]``, the pixels to compare, where the frame before shows them too.

        Returns:
            ``tpsnr`` of the composite and ``tpsnr_target``, float64 ``[B]``, dB, at most 100; NaN where there is no frame
            before.
        """
        marks, size = batch.landmarks[:, STABLE].astype(np.float64), batch.size
        known, pictures = ~batch.fresh, (composite, target)
        if self._marks is None:
            known = known & (np.arange(len(batch)) > 0)
            self._pictures, self._marks = tuple(luma[:1] for luma in pictures), marks[:1]
        rows, columns = self._pictures[0].shape[-2:]
        sides = np.array([[columns, rows]] + [[size[1], size[0]]] * (len(batch) - 1))
        motion = fit_similarity(np.concatenate([self._marks, marks[:-1]]), marks)
        step = max(1, round(min(size) / _LINES))
        points = _origins(motion, size, step).to(face.device)
        ends = torch.from_numpy(sides.astype(np.float32)).to(face.device)[:, None]
        both = ((points >= 0) & (points <= ends)).all(-1) & face[..., ::step, ::step].flatten(1)
        before = [_earlier(last, luma) for last, luma in zip(self._pictures, pictures, strict=True)]
        found = []
        for moved, luma in zip(samples(before, points), pictures, strict=True):
            apart = moved[:, 0] - luma[..., ::step, ::step].flatten(1)
            error = (apart.square_() * both).sum(1) / both.sum(1)
            likeness = -10 * error.clamp(min=_LEAST_ERROR).log10().double().cpu().numpy()
            found.append(np.where(known, likeness, np.nan))
        self._pictures, self._marks = tuple(luma[-1:] for luma in pictures), marks[-1:]
        return dict(zip(("tpsnr", "tpsnr_target"), found, strict=True))


def _origins(motion: np.ndarray, size: tuple[int, int], step: int) -> torch.Tensor:
    """Where the pixels of evenly spread rows and columns were before a motion ``[B,2,3]``: float32 ``[B,N,2]``."""
    back = torch.from_numpy(invert_affine(motion).astype(np.float32))[..., None, None, :]
    y, x = (torch.arange(0, side, step) + 0.5 for side in size)
    places = back[..., 0] * x + (back[..., 1] * y[:, None] + back[..., 2])
    return places.flatten(2).transpose(1, 2)


def _earlier(last: torch.Tensor, luma: torch.Tensor) -> torch.Tensor:
    """The frame before each of a batch, ``[B,1,h,w]``: ``last`` and all but the newest, brought to one size."""
    if len(luma) == 1:
        return last
    size = [max(sides) for sides in zip(last.shape[-2:], luma.shape[-2:], strict=True)]
    return torch.cat([F.pad(p, (0, size[1] - p.shape[-1], 0, size[0] - p.shape[-2])) for p in (last, luma[:-1])])
