"""Match sharpness and grain of the patch to the target's, so that the mouth is no softer than the face."""

from __future__ import annotations

from itertools import pairwise

import torch

from ..frame_batch import FrameBatch
from ..pixels.primitives import gaussian_blur
from ..pixels.srgb import luma
from ..pixels.stencils import laplacian
from ..settings import ColorMatch
from .grain import ROUNDING, Grain, noise_levels, white_noise

#: Standard deviations of the blurs that split the picture into three bands of detail, pixels of the frame.
_SIGMAS = (0.8, 1.6, 3.2)
#: Share of white noise's variance that passes each band (of the last two: (1/s² + 1/t² − 4/(s² + t²)) / 4π for blurs s and t).
_PASSED = (0.628, 0.057, 0.0142)
#: A band is never made weaker or stronger than this.
_LEAST, _MOST = 0.7, 2.5
#: … and the Laplacian.
_LAPLACIAN = 20.0
#: The bands' changes are made at most this many times larger, together.
_MOST_BOOST = 2.0
#: Detail with a smaller standard deviation is a rounding error and is ignored.
_FLOOR = 0.1 / 255
#: Detail added to or taken from a pixel stays below this, so that lip lines and teeth get no halo.
_LIMIT = 0.06
#: Gaussian deviation / mean absolute value.
_GAUSSIAN = 1.2533
#: With less skin than this (pixels) nothing is measured.
_ENOUGH = 64


class TextureMatch:
    """Match sharpness, then grain, of successive patches to the target's, measured on skin.

    Sharpness: luma in three bands of detail (differences of Gaussians, Burt & Adelson 1983); each band of the patch is
    multiplied by the ratio of its strengths in target and patch, both without noise, limited to 0.7…2.5. The energy of the
    Laplacian then equals the target's where the limits allow it. Grain: the noise that the patch then lacks is added, see
    :class:`.grain.Grain`. Chroma stays as it is.

    Args:
        settings: 'sharpness' and 'grain' are used.
        beta: weight of the past, 0…1, in the exponential moving average of the measurements; it starts anew at every cut.
    """

    def __init__(self, settings: ColorMatch, beta: float) -> None:
        self._settings = settings
        self._gains, self._boost, self._missing = _Average(beta), _Average(beta), _Average(beta)
        self._grain: Grain | None = None

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, skin: torch.Tensor, batch: FrameBatch) -> torch.Tensor:
        """Return the patches with the target's texture.

        Args:
            target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB 0…1.
            skin: float32 ``[B,1,H,W]``, weight of each pixel in the measurement: skin inside the mask.
            batch: the frames.

        Returns:
            float32 ``[B,3,H,W]``. Everything but the noise is the same for a mirrored clip, mirrored.
        """
        sharpness, grain = self._settings.sharpness, self._settings.grain
        if sharpness == 0 and grain == 0:
            return patch
        lumas = [luma(picture) for picture in (target, patch)]
        levels = [noise_levels(gray, skin) for gray in lumas]
        if sharpness:
            detail = self._detail(lumas, skin, levels, batch)
            patch = patch + detail
            levels[1] = noise_levels(lumas[1] + detail, skin) if grain else levels[1]
        if grain:
            self._grain = self._grain or Grain(patch.device)
            missing = self._missing(levels[0] - levels[1] - ROUNDING, batch)
            patch = patch + self._grain.noise(grain * self._grain.amplitudes(missing), batch)
        return patch

    def _detail(
        self, lumas: list[torch.Tensor], skin: torch.Tensor, levels: list[torch.Tensor], batch: FrameBatch
    ) -> torch.Tensor:
        """Return what is added to every channel of the patch, ``[B,1,H,W]``."""
        noises = [white_noise(level).nan_to_num() for level in levels]
        target, patch = (_blurred(gray, batch.scale) for gray in lumas)
        ratio = _strengths(target, skin, noises[0]) / _strengths(patch, skin, noises[1])
        change = self._gains(ratio.clamp(_LEAST, _MOST).log(), batch).exp() - 1
        boost = _boost(lumas, _bands_times(change, patch), skin, noises)
        gains = (1 + change * self._boost(boost.log()[:, None], batch).exp()).clamp(_LEAST, _MOST)
        detail = _bands_times(gains**self._settings.sharpness - 1, patch)
        return detail.mul_(detail.square().mul_(1 / _LIMIT**2).add_(1).rsqrt_())


class _Average:
    """Average a few numbers a frame exponentially; NaN repeats the scene's last value, 0 where there is none."""

    def __init__(self, beta: float) -> None:
        self._beta = beta
        self._scene: int | None = None
        self._past: torch.Tensor | None = None

    def __call__(self, values: torch.Tensor, batch: FrameBatch) -> torch.Tensor:
        """Average ``[B,n]`` of successive frames on its device."""
        out = []
        for now, scene in zip(values, batch.scene.tolist(), strict=True):
            if scene != self._scene:
                self._scene, self._past = scene, torch.full_like(now, torch.nan)
            assert self._past is not None
            mixed = torch.where(self._past.isnan(), now, (1 - self._beta) * now + self._beta * self._past)
            self._past = torch.where(now.isnan(), self._past, mixed)
            out.append(self._past.nan_to_num())
        return torch.stack(out)


def _blurred(gray: torch.Tensor, scale: float) -> torch.Tensor:
    """Return the picture and its three blurs, ``[B,4,H,W]``; the bands of detail are their differences, finest first."""
    return torch.cat([gray, *(gaussian_blur(gray, sigma * scale) for sigma in _SIGMAS)], 1)


def _bands_times(weights: torch.Tensor, blurred: torch.Tensor) -> torch.Tensor:
    """Return the sum of the bands times their weights ``[B,3]``: ``[B,1,H,W]``."""
    none = torch.zeros_like(weights[:, :1])
    shares = torch.cat([weights, none], 1) - torch.cat([none, weights], 1)  # of the picture and each blur
    total = blurred[:, :1] * shares[:, :1, None, None]
    for level in range(1, shares.shape[1]):
        total.addcmul_(blurred[:, level : level + 1], shares[:, level : level + 1, None, None])
    return total


def _mean(values: torch.Tensor, skin: torch.Tensor) -> torch.Tensor:
    """Return the mean over the skin, ``[B]``."""
    return torch.linalg.vecdot(values.flatten(1), skin.flatten(1)) / skin.sum((1, 2, 3)).clamp(min=1)


def _enough(skin: torch.Tensor) -> torch.Tensor:
    """Say whether enough skin is visible, bool ``[B]``."""
    return skin.sum((1, 2, 3)) >= _ENOUGH


def _strengths(blurred: torch.Tensor, skin: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Return the standard deviation of each band on skin without white noise: ``[B,3]``; NaN where there is too little skin.

    It is computed from mean absolute values, which a few strong edges change little.
    """
    sizes = [_mean((fine - coarse).abs_(), skin) for fine, coarse in pairwise(blurred.unbind(1))]
    passed = noise[:, None] * torch.tensor(_PASSED, device=noise.device)
    texture = ((_GAUSSIAN * torch.stack(sizes, 1)) ** 2 - passed).clamp(min=0) + _FLOOR**2
    return torch.where(_enough(skin)[:, None], texture.sqrt(), torch.nan)


def _boost(lumas: list[torch.Tensor], detail: torch.Tensor, skin: torch.Tensor, noises: list[torch.Tensor]) -> torch.Tensor:
    """Return how many times ``detail`` is added for the patch to have the target's Laplacian energy, 1…2: ``[B]``.

    The bands overlap and each is dominated by its coarser half, so their ratios alone leave the finest detail too weak.
    """
    wanted, given, added = (laplacian(picture) for picture in (*lumas, detail))
    half = _mean(given * added, skin)
    energies = [_mean(picture.square_(), skin) for picture in (wanted, given, added)]
    noise = noises[0].clamp(min=ROUNDING) - noises[1]
    missing, square = energies[0] - energies[1] - _LAPLACIAN * noise, energies[2]
    root = (half**2 + square * missing).clamp(min=0).sqrt()
    boost = ((root - half) / square.clamp(min=1e-12)).clamp(1.0, _MOST_BOOST)
    return torch.where(_enough(skin), boost, torch.nan)
