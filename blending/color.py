"""Colour match: the patch's skin brought to the target's, with clamped and steadied gains.

Method: per-channel mean and deviation (Reinhard et al., "Color Transfer between Images", 2001), with the statistics
taken on skin only: lips, teeth and the inside of the mouth differ between patch and target for good reason.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from .primitives import lab_to_rgb, rgb_to_lab
from .settings import ColorMatch

#: BT.601 YCbCr of gamma-coded RGB, all 0…1, chroma centred on 0.
_YCBCR = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
_FULL_SCALE = {"rgb": 1.0, "ycbcr": 1.0, "lab": 100.0}
#: Fewer skin pixels than this say nothing about colour.
_ENOUGH = 32


@dataclass(frozen=True, eq=False)
class ColorGains:
    """Per-channel affine map ``gain · (x − patch_mean) + target_mean``; float64 ``[3]`` each, in the match's space.

    ``full_scale`` is the length of that space's axes: 1, or 100 for Lab.
    """

    gain: np.ndarray
    patch_mean: np.ndarray
    target_mean: np.ndarray
    full_scale: float = 1.0

    @property
    def shift(self) -> float:
        """Largest change of a channel's mean, as a share of full scale."""
        return float(np.abs(self.target_mean - self.patch_mean).max()) / self.full_scale

    def mixed(self, past: ColorGains, beta: float) -> ColorGains:
        """These gains with the weight ``1 − beta``, the past ones with ``beta``."""
        keep = 1 - beta
        return ColorGains(
            gain=keep * self.gain + beta * past.gain,
            patch_mean=keep * self.patch_mean + beta * past.patch_mean,
            target_mean=keep * self.target_mean + beta * past.target_mean,
            full_scale=self.full_scale,
        )


def measure(target: torch.Tensor, patch: torch.Tensor, weight: torch.Tensor, settings: ColorMatch) -> list[ColorGains | None]:
    """Gains that bring each patch's skin to its target's.

    Args:
        target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB 0…1.
        weight: float32 ``[B,1,H,W]``, 1 on skin that counts, 0 elsewhere.
        settings: space, method, clamps.

    Returns:
        One entry a frame; None where too little skin is seen.
    """
    # Every second pixel is plenty for a mean and a deviation.
    target, patch = (_to_space(image[..., ::2, ::2], settings.space) for image in (target, patch))
    weight = weight[..., ::2, ::2]
    total = weight.sum((-2, -1))
    safe = total.clamp(min=1e-6)
    means, deviations = [], []
    for image in (target, patch):
        mean = (image * weight).sum((-2, -1)) / safe
        spread = (image - mean[..., None, None]) ** 2 * weight
        means.append(mean.cpu().numpy().astype(np.float64))
        deviations.append((spread.sum((-2, -1)) / safe).sqrt().cpu().numpy().astype(np.float64))
    scale = _FULL_SCALE[settings.space]
    shift = np.clip(means[0] - means[1], -settings.shift_clamp * scale, settings.shift_clamp * scale)
    if settings.method == "mean":
        gain = np.ones_like(shift)
    else:
        limit = 1 + settings.gain_clamp
        gain = np.clip((deviations[0] + 1e-3 * scale) / (deviations[1] + 1e-3 * scale), 1 / limit, limit)
    return [
        ColorGains(g, p, p + s, scale) if n >= _ENOUGH else None
        for g, p, s, n in zip(gain, means[1], shift, total.cpu().numpy()[:, 0], strict=True)
    ]


class ColorTracker:
    """Steadies the gains from frame to frame: an exponential moving average that begins anew at every cut.

    A frame that shows too little skin takes the last gains of its scene.
    """

    def __init__(self, beta: float) -> None:
        self._beta = beta
        self._scene: int | None = None
        self._last: ColorGains | None = None

    def step(self, gains: list[ColorGains | None], scenes: list[int]) -> list[ColorGains | None]:
        """Steadied gains of successive frames, in order."""
        out = []
        for now, scene in zip(gains, scenes, strict=True):
            past = self._last if scene == self._scene else None
            self._last = past if now is None else now if past is None else now.mixed(past, self._beta)
            self._scene = scene
            out.append(self._last)
        return out


def apply(patch: torch.Tensor, gains: list[ColorGains | None], settings: ColorMatch) -> torch.Tensor:
    """The patches with their gains applied, float32 ``[B,3,H,W]``; None leaves a patch as it is."""
    if settings.method == "none" or settings.strength == 0 or all(g is None for g in gains):
        return patch
    neutral = ColorGains(np.ones(3), np.zeros(3), np.zeros(3))
    filled = [g or neutral for g in gains]
    gain = np.stack([1 + settings.strength * (g.gain - 1) for g in filled])
    mean = np.stack([g.patch_mean for g in filled])
    shift = np.stack([settings.strength * (g.target_mean - g.patch_mean) for g in filled])
    offset = mean + shift - gain * mean
    if settings.space == "lab":
        lab = rgb_to_lab(patch)
        outside = patch - patch.clamp(0, 1)  # Lab knows no colours outside the gamut; they keep what they had
        return lab_to_rgb(lab * _column(gain, lab) + _column(offset, lab)) + outside
    basis = _YCBCR if settings.space == "ycbcr" else np.eye(3)
    back = np.linalg.inv(basis)
    matrix = np.einsum("ij,bj,jk->bik", back, gain, basis)
    matched = torch.einsum("bij,bjhw->bihw", torch.from_numpy(matrix).to(patch), patch)
    return matched + _column(offset @ back.T, patch)


def _column(values: np.ndarray, like: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(values).to(like)[:, :, None, None]


def _to_space(rgb: torch.Tensor, space: str) -> torch.Tensor:
    if space == "lab":
        return rgb_to_lab(rgb)
    if space == "ycbcr":
        return torch.einsum("ij,bjhw->bihw", torch.from_numpy(_YCBCR).to(rgb), rgb)
    return rgb
