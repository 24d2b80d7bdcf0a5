"""Average alpha with the last frame's, moved along with face or picture.

This removes flicker of the mask without a lag in motion. The outline moves with the face, which the landmarks give best. An
occluder moves with the picture, which optical flow gives. So there are two predictions of the last alpha. A pixel takes the
picture's where that is clearly nearer to its present alpha. (Flow alone makes a steady outline flicker: skin moves under it in
speech.)

Flow is OpenCV's DIS (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", 2016) between the lumas of two ROIs. They
are first aligned by the landmarks, so the remaining flow is small.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from ...tracking.align import compose_affine, invert_affine
from ..frame_batch import FrameBatch
from ..pixels.primitives import remap, upsample
from ..pixels.srgb import LUMA
from .feather import quad_distance
from .shapes import face_frames

#: Longest side of the pictures that flow is measured on, pixels.
_SIDE = 256
#: Smaller ones move with the landmarks only: OpenCV finds no flow in them.
_LEAST_SIDE = 16
#: The picture's prediction must be nearer by this much.
_DOUBT = 0.1
#: Alpha below this that only the past has becomes 0: else the support would grow without end.
_LEAST = 1e-3


@dataclass(frozen=True, eq=False)
class _Past:
    """Remember of the last frame: alpha ``[1,1,H,W]``, small luma, its reduction, face → ROI pixels ``[2,3]``."""

    alpha: torch.Tensor
    luma: np.ndarray
    reduction: int
    face: np.ndarray


class FlowAverage:
    """Average alpha exponentially over one clip's frames, in order; start anew at every cut."""

    def __init__(self, beta: float) -> None:
        """Take ``beta``: weight of the past, 0…1; 0 leaves alpha as it is."""
        self.beta = beta
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._past: _Past | None = None

    def __call__(self, alpha: torch.Tensor, target: torch.Tensor, batch: FrameBatch) -> torch.Tensor:
        """Average one batch.

        Args:
            alpha: float32 ``[B,1,H,W]``, 0…1.
            target: float32 ``[B,3,H,W]``, RGB 0…1.
            batch: the frames; where it is ``fresh``, alpha stays as it is.

        Returns:
            float32 ``[B,1,H,W]``, 0…1; 0 outside the patch, 1 where alpha was 1 and stays so.
        """
        if self.beta == 0:
            return alpha
        lumas, reduction = _small_lumas(target)
        faces = face_frames(batch.landmarks)
        inside = quad_distance(torch.from_numpy(batch.quad).to(alpha), batch.size).clamp_(0, 1)
        out = []
        for index, one in enumerate(alpha.split(1)):
            if self._past is not None and not batch.fresh[index]:
                with_face, with_picture = self._moved(self._past, lumas[index], reduction, faces[index], batch.size)
                nearer = (with_picture - one).abs() + _DOUBT < (with_face - one).abs()
                moved = torch.where(nearer, with_picture, with_face)
                moved = torch.where((one > 0) | (moved > _LEAST), moved, 0.0)
                one = torch.minimum(torch.lerp(one, moved, self.beta), inside[index])
            self._past = _Past(one, lumas[index], reduction, faces[index])
            out.append(one)
        return torch.cat(out)

    def _moved(self, past: _Past, luma: np.ndarray, reduction: int, face: np.ndarray, size: tuple[int, int]) -> torch.Tensor:
        """Return the last alpha moved by the face, and moved by the picture, ``[2,1,H,W]``."""
        back = compose_affine(past.face, invert_affine(face))  # from this ROI to the same place of the face in the last
        flow = np.zeros((*luma.shape, 2), np.float32)
        if min(luma.shape) >= _LEAST_SIDE:
            small = compose_affine(_to_index(past.reduction), compose_affine(back, invert_affine(_to_index(reduction))))
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            before = cv2.warpAffine(past.luma, small, luma.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
            flow = self._flow.calc(luma, before, flow)
        motion = upsample(torch.from_numpy(flow).permute(2, 0, 1)[None].to(past.alpha), (reduction, reduction))
        y, x = (torch.arange(length, device=motion.device) + 0.5 for length in size)
        here = torch.stack([x.expand(*size), y[:, None].expand(*size)], dim=-1)
        there = here + reduction * motion[0, :, : size[0], : size[1]].permute(1, 2, 0)
        turn, shift = (torch.from_numpy(part.astype(np.float32)).to(here) for part in (back[:, :2], back[:, 2]))
        return remap(past.alpha.expand(2, -1, -1, -1), torch.stack([here, there]) @ turn.T + shift)


def _to_index(reduction: int) -> np.ndarray:
    """Return the affine ``[2,3]`` from ROI pixels to OpenCV's indices of the small picture."""
    return np.array([[1 / reduction, 0, -0.5], [0, 1 / reduction, -0.5]])


def _small_lumas(target: torch.Tensor) -> tuple[list[np.ndarray], int]:
    """Return luma of each frame on the host, uint8 ``[h,w]``, averaged down by a whole factor, and that factor."""
    reduction = -(-max(target.shape[-2:]) // _SIDE)
    luma = torch.einsum("c,bchw->bhw", torch.tensor(LUMA).to(target), target)[:, None]
    small = F.avg_pool2d(luma, reduction, ceil_mode=True) if reduction > 1 else luma
    return list((small[:, 0].clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()), reduction
