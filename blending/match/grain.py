"""Measure camera noise on skin, and add grain of the same strength and size to the patch.

Noise is measured in the diagonal detail of Haar wavelets, where edges are weak (Donoho & Johnstone, "Ideal spatial adaptation
by wavelet shrinkage", 1994, take the median of its finest level). Here it is the mean square in the smoother ones of small
blocks, as the median of quantised values is coarse. Its two finest levels together give the size of the grain.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch

from ..frame_batch import FrameBatch
from ..pixels.primitives import area_mean

#: Side of the tile of noise and its seed; the same noise in every run and on every device.
_SIDE, _SEED = 512, 20071
#: Standard deviations of the blurs that split white noise into a fine and a coarse band, pixels.
_SIGMAS = (0.8, 2.0)
#: Blocks whose noise is measured: pixels of the picture; a block counts when this share of it is skin.
_BLOCK, _SKIN = 16, 0.5
#: The noise is measured in the smoothest blocks, this share of them: grain is on all skin alike, stubble and folds are not.
_CALMEST = 0.25
#: Variance that rounding to 8 bits of luma leaves in the target, and will leave in the result.
ROUNDING = (1 / 219) ** 2 / 12
#: Strongest noise ever added, each band.
_MOST = 24 / 255


#: At each level the weight of every detail ``[B,1,h,w]``, and its mean in the blocks.
Covered = list[tuple[torch.Tensor, torch.Tensor]]


def noise_levels(luma: torch.Tensor, skin: torch.Tensor | Covered) -> torch.Tensor:
    """Return the variance of the diagonal detail, finest level first; white noise has its own variance at both.

    Args:
        luma: float32 ``[B,1,H,W]``, 0…1.
        skin: float32 ``[B,1,H,W]``, weight of each pixel; or what :func:`covered_blocks` makes of it.

    Returns:
        float32 ``[B,2]``; NaN where too little skin is visible.
    """
    if min(luma.shape[-2:]) < _BLOCK:
        return torch.full((len(luma), 2), torch.nan, device=luma.device)
    levels = []
    blocks = covered_blocks(skin) if isinstance(skin, torch.Tensor) else skin
    for level, (weight, share) in enumerate(blocks, 1):
        energy = _diagonal(luma).square_().mul_(weight)
        square = area_mean(energy, _BLOCK >> level) / share.clamp(min=1e-6)
        levels.append(_low_quantile(torch.where(share >= _SKIN, square, torch.nan).flatten(1)))
        luma = area_mean(luma, 2).mul_(2)
    return torch.stack(levels, 1)


def covered_blocks(skin: torch.Tensor) -> Covered:
    """Return what :func:`noise_levels` needs of the skin ``[B,1,H,W]``, for several pictures of it."""
    blocks: Covered = []
    for level in (1, 2) if min(skin.shape[-2:]) >= _BLOCK else ():
        skin = area_mean(skin, 2)
        blocks.append((skin, area_mean(skin, _BLOCK >> level)))
    return blocks


def _low_quantile(values: torch.Tensor) -> torch.Tensor:
    """Return the quantile of the smoothest blocks of ``[B,N]`` without NaN, ``[B]`` (torch's own takes ten times as long)."""
    ordered, known = values.sort(1).values, (~values.isnan()).sum(1, keepdim=True)  # NaN comes last
    place = _CALMEST * (known - 1).clamp(min=0)
    low = place.long()
    high = torch.minimum(low + 1, (known - 1).clamp(min=0))
    return torch.lerp(ordered.gather(1, low), ordered.gather(1, high), place - low)[:, 0]


def white_noise(levels: torch.Tensor) -> torch.Tensor:
    """Return the variance of the white noise, ``[B]``, from how the levels ``[B,2]`` fall.

    White noise has the same variance at both; scale-invariant detail, as natural pictures have it (Field, "Relations between
    the statistics of natural images and the response properties of cortical cells", 1987), a quarter at the finer one.
    """
    return ((levels[:, 0] - levels[:, 1] / 4) / 0.75).clamp(min=0)


def _diagonal(luma: torch.Tensor) -> torch.Tensor:
    """Return the diagonal detail of the orthonormal Haar wavelet, ``[B,1,⌊H/2⌋,⌊W/2⌋]``."""
    height, width = luma.shape[-2] // 2 * 2, luma.shape[-1] // 2 * 2
    even, odd = luma[..., 0:height:2, :width], luma[..., 1:height:2, :width]
    rows = even - odd
    return (rows[..., ::2] - rows[..., 1::2]) / 2


class Grain:
    """Add the noise that a patch lacks.

    The noise of a frame is a fixed tile, fixed to the frame, not to the ROI, and shifted by an amount that depends only on the
    output frame's index. So it is the same on every run and device, for any batches. A mirrored clip gets other noise.
    """

    def __init__(self, device: torch.device) -> None:
        fine, coarse = np.random.default_rng(_SEED).standard_normal((2, _SIDE, _SIDE), np.float32)
        fine = fine - _blur_periodic(fine, _SIGMAS[0])
        coarse = _blur_periodic(coarse, _SIGMAS[0]) - _blur_periodic(coarse, _SIGMAS[1])
        tile = torch.from_numpy(np.stack([fine, coarse]))
        self._tile = tile.to(device)
        self._levels = noise_levels(tile[:, None], torch.ones(2, 1, _SIDE, _SIDE)).T.contiguous().to(device)  # [level,band]

    def amplitudes(self, missing: torch.Tensor) -> torch.Tensor:
        """Return deviations of the two noise bands ``[B,2]`` that raise the levels of :func:`noise_levels` by ``missing``."""
        missing = missing.clamp(min=0)
        fine, coarse = torch.linalg.solve(self._levels, missing.T)
        alone = missing.T / self._levels.diagonal()[:, None]  # where one band is too much, the other is enough
        variance = torch.stack([torch.where(coarse < 0, alone[0], fine), torch.where(fine < 0, alone[1], coarse)], 1)
        return variance.clamp(min=0).sqrt().clamp(max=_MOST)

    def noise(self, amplitudes: torch.Tensor, batch: FrameBatch) -> torch.Tensor:
        """Return the noise itself, float32 ``[B,1,H,W]``."""
        out = []
        for amplitude, index, origin in zip(amplitudes, batch.indices.tolist(), batch.origin, strict=True):
            shift = np.random.default_rng(index).integers(0, _SIDE, 2) + np.floor(origin[::-1] * batch.scale).astype(np.int64)
            rows, columns = (
                torch.from_numpy((np.arange(side) + by) % _SIDE).to(self._tile.device)
                for side, by in zip(batch.size, shift, strict=True)
            )
            fine, coarse = self._tile.index_select(1, rows).index_select(2, columns)
            out.append((amplitude[0] * fine).addcmul_(amplitude[1], coarse)[None])
        return torch.stack(out)


def _blur_periodic(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Blur a tile that repeats by a Gaussian."""
    reach = int(np.ceil(4 * sigma))
    padded = np.pad(picture, reach, mode="wrap")
    return cv2.GaussianBlur(padded, (2 * reach + 1, 2 * reach + 1), sigma)[reach:-reach, reach:-reach]
