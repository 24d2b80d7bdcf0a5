"""Match the patch's skin colour to the target's, with clamped and smoothed gains.

Methods: per-channel mean and deviation (Reinhard et al., "Color Transfer between Images", 2001), or the linear
Monge-Kantorovich map of the covariances (Pitié & Kokaram, "The linear Monge-Kantorovitch linear colour mapping for
example-based colour transfer", 2007). The statistics are taken on skin only: lips, teeth and the inside of the mouth should
differ between patch and target.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..pixels.primitives import area_mean, lab_to_rgb, on_cpu, rgb_to_lab
from ..settings import ColorMatch

#: BT.601 YCbCr of gamma-coded RGB, all 0…1, chroma centred on 0.
YCBCR = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
FULL_SCALE = {"rgb": 1.0, "ycbcr": 1.0, "lab": 100.0}
#: Statistics need no more pixels than this; means of 2 × 2 or 4 × 4 pixels also keep grain and sharpness out of contrast.
PIXELS = 24_000
#: With fewer skin pixels than this no colour is measured.
ENOUGH = 32
#: Shares of inside and ring in the statistics.
SHARES = {"inside": (1.0, 0.0), "ring": (0.0, 1.0), "both": (0.5, 0.5)}
#: Added to every deviation, as a share of full scale, so that the contrast of nearly flat skin is left alone.
DEVIATION_FLOOR = 0.005
#: What differs by more than this many deviations, and this share of full scale, is not the same skin (for example a hand).
OUTLIER, ALIKE = 4.0, 0.06
#: Pixels whose weight as skin is above this count as skin.
SKIN = 0.999
#: Standard deviation of a normal distribution, in median absolute deviations.
DEVIATION_OF_MAD = 1.4826
#: Every so many-th pixel is enough for a median.
MEDIAN_STRIDE = 3
#: Skin's colours lie about this far from their mean, as a share of full scale.
_SPREAD = 0.08


@dataclass(frozen=True, eq=False)
class ColorGains:
    """Map colours by the affine ``gain @ (x − patch_mean) + target_mean``, in the match's space.

    Attributes:
        gain: float64 ``[3,3]``; diagonal for 'mean and deviation', the identity for 'mean'.
        patch_mean: float64 ``[3]``.
        target_mean: float64 ``[3]``.
        full_scale: length of that space's axes: 1, or 100 for Lab.
    """

    gain: np.ndarray
    patch_mean: np.ndarray
    target_mean: np.ndarray
    full_scale: float = 1.0

    @property
    def shift(self) -> float:
        """Return the largest change of a channel's mean, as a share of full scale."""
        return float(np.abs(self.target_mean - self.patch_mean).max()) / self.full_scale

    def lerp(self, past: ColorGains, beta: float) -> ColorGains:
        """Mix these gains with weight ``1 − beta`` and the past ones with ``beta``."""
        keep = 1 - beta
        return ColorGains(
            gain=keep * self.gain + beta * past.gain,
            patch_mean=keep * self.patch_mean + beta * past.patch_mean,
            target_mean=keep * self.target_mean + beta * past.target_mean,
            full_scale=self.full_scale,
        )

    def distance_to(self, other: ColorGains) -> float:
        """Return the difference of the two maps on this one's skin: its mean colour, and colours around it; full scale 1."""
        moved = other.gain @ (self.patch_mean - other.patch_mean) + other.target_mean
        mean = np.abs(self.target_mean - moved) / self.full_scale
        return float((mean + _SPREAD * np.abs(self.gain - other.gain).max(-1)).max())


def measure(
    target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, skin: torch.Tensor, settings: ColorMatch
) -> list[ColorGains | None]:
    """Return gains that map each patch's skin to its target's.

    ``inside`` weighs every pixel by alpha, ``ring`` by 4 · alpha · (1 − alpha), which is largest on the contour. A mask without
    a soft edge has no ring and takes the inside instead. Pixels where patch and target differ far more than elsewhere (a hand
    in front of the mouth) are left out.

    Args:
        target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB 0…1.
        alpha: float32 ``[B,1,H,W]``, 0…1.
        skin: float32 ``[B,1,H,W]``, 1 on skin, 0 on what should differ: lips, teeth, the inside of the mouth.
        settings: space, method, statistics, clamps.

    Returns:
        One entry a frame; None where too little skin is visible.
    """
    step = 1
    while target.shape[-1] * target.shape[-2] > PIXELS * step**2:
        step *= 2
    full_scale = FULL_SCALE[settings.space]
    pictures = [_to_space(area_mean(image, step), settings.space).flatten(2) for image in (target, patch)]
    weight, count = _weights(area_mean(alpha, step).flatten(2), area_mean(skin, step).flatten(2), settings.sample_region)
    weight = weight * _alike(pictures[0] - pictures[1], weight > 0, full_scale)
    moments = torch.stack([_moments(picture, weight) for picture in pictures], 1).cpu().numpy().astype(np.float64)
    return [
        _gains(row[0], row[1], settings, full_scale) if seen else None
        for row, seen in zip(moments, (count >= ENOUGH).tolist(), strict=True)
    ]


def _weights(alpha: torch.Tensor, skin: torch.Tensor, statistics: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the weight of every pixel ``[B,1,N]``, and how many count ``[B]``."""
    inside = alpha * (skin > SKIN)
    parts = torch.stack([inside, 4 * inside * (1 - alpha)], 1)  # [B,2,1,N]
    count = parts.sum((-2, -1))
    share = torch.tensor(SHARES[statistics], device=alpha.device) * (count >= ENOUGH)
    share[:, 0] += share.sum(1) == 0
    return (parts * (share / count.clamp(min=1))[..., None, None]).sum(1), count[:, 0]


def _alike(difference: torch.Tensor, counts: torch.Tensor, full_scale: float) -> torch.Tensor:
    """Mark where patch and target show the same thing, bool ``[B,1,N]``, from their difference ``[B,3,N]``.

    Median and median absolute deviation allow up to half of the pixels to be wrong.
    """
    some = torch.where(counts, difference, torch.nan)[..., ::MEDIAN_STRIDE]
    middle = some.nanmedian(-1, keepdim=True).values.nan_to_num()
    deviation = DEVIATION_OF_MAD * (some - middle).abs().nanmedian(-1, keepdim=True).values.nan_to_num()
    limit = (OUTLIER * deviation).clamp(min=ALIKE * full_scale)
    return ((difference - middle).abs() <= limit).all(1, keepdim=True)


def _moments(picture: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Return weighted mean (row 0) and covariance (rows 1…3) of ``[B,3,N]``: ``[B,4,3]``."""
    weight = weight / weight.sum(-1, keepdim=True).clamp(min=1e-12)
    mean = (picture * weight).sum(-1)
    apart = (picture - mean[..., None]) * weight.sqrt()
    return torch.cat([mean[:, None], apart @ apart.transpose(1, 2)], 1)


def _gains(target: np.ndarray, patch: np.ndarray, settings: ColorMatch, full_scale: float) -> ColorGains:
    """Return the gains from the moments ``[4,3]`` of one frame."""
    limit = settings.shift_clamp * full_scale
    shift = np.clip(target[0] - patch[0], -limit, limit)
    floor = (DEVIATION_FLOOR * full_scale) ** 2 * np.eye(3)
    wanted, given = target[1:] + floor, patch[1:] + floor
    most = 1 + settings.gain_clamp
    if settings.method == "covariance":
        gain = _monge_kantorovich(given, wanted, most)
    elif settings.method == "mean_and_deviation":
        gain = np.diag(np.clip(np.sqrt(np.diag(wanted) / np.diag(given)), 1 / most, most))
    else:
        gain = np.eye(3)
    return ColorGains(gain, patch[0], patch[0] + shift, full_scale)


def _monge_kantorovich(given: np.ndarray, wanted: np.ndarray, most: float) -> np.ndarray:
    """Return the symmetric map G with G·given·G = wanted that moves colours least; its eigenvalues are kept in 1/most…most."""
    root = _power(given, 0.5)
    back = _power(given, -0.5)
    gain = back @ _power(root @ wanted @ root, 0.5) @ back
    stretch, axes = np.linalg.eigh((gain + gain.T) / 2)
    return (axes * np.clip(stretch, 1 / most, most)) @ axes.T


def _power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    """Return the power of a symmetric positive definite matrix."""
    values, axes = np.linalg.eigh(matrix)
    return (axes * values**exponent) @ axes.T


class ColorTracker:
    """Smooth the gains from frame to frame: an exponential moving average with ``hysteresis``.

    The gains in force change only as far as needed to stay within ``hysteresis`` of the average. Inside that distance they are
    constant. At its limit they begin to move without a jump. A frame with too little skin takes the last gains of its scene.
    Everything starts anew at a cut.

    Args:
        beta: weight of the past in the average, 0…1.
        hysteresis: that distance, as a share of full scale of the resulting colours; 0 gives the average itself.
    """

    def __init__(self, beta: float, hysteresis: float = 0.0) -> None:
        self._beta, self._hysteresis = beta, hysteresis
        self._scene: int | None = None
        self._average: ColorGains | None = None
        self._current: ColorGains | None = None

    def step(self, gains: list[ColorGains | None], scenes: list[int]) -> list[ColorGains | None]:
        """Return smoothed gains of successive frames, in order."""
        out = []
        for now, scene in zip(gains, scenes, strict=True):
            if scene != self._scene:
                self._scene, self._average, self._current = scene, None, None
            if now is not None:
                self._take(now)
            out.append(self._current)
        return out

    def _take(self, now: ColorGains) -> None:
        if self._average is None or self._current is None:
            self._average = self._current = now
            return
        self._average = now.lerp(self._average, self._beta)
        apart = self._average.distance_to(self._current)
        if apart > self._hysteresis:
            self._current = self._average.lerp(self._current, self._hysteresis / apart)


def apply(patch: torch.Tensor, gains: list[ColorGains | None], settings: ColorMatch) -> torch.Tensor:
    """Apply the gains to the patches, float32 ``[B,3,H,W]``; None leaves a patch as it is."""
    if settings.method == "none" or settings.strength == 0 or all(g is None for g in gains):
        return patch
    neutral = ColorGains(np.eye(3), np.zeros(3), np.zeros(3))
    filled = [g or neutral for g in gains]
    gain = np.stack([np.eye(3) + settings.strength * (g.gain - np.eye(3)) for g in filled])
    mean = np.stack([g.patch_mean for g in filled])
    moved = mean + settings.strength * np.stack([g.target_mean - g.patch_mean for g in filled])
    offset = moved - np.einsum("bij,bj->bi", gain, mean)
    if settings.space == "lab":
        outside = patch - patch.clamp(0, 1)  # Lab knows no colours outside the gamut; they keep what they had
        return lab_to_rgb(_affine(rgb_to_lab(patch), gain, offset)) + outside
    basis = YCBCR if settings.space == "ycbcr" else np.eye(3)
    back = np.linalg.inv(basis)
    return _affine(patch, back @ gain @ basis, offset @ back.T)


def _affine(images: torch.Tensor, matrix: np.ndarray, offset: np.ndarray) -> torch.Tensor:
    """Compute ``matrix @ x + offset`` of every pixel; matrix ``[B,3,3]``, offset ``[B,3]``."""
    rows, shift = torch.from_numpy(matrix).to(images), torch.from_numpy(offset).to(images)[..., None]
    if on_cpu(images):
        return torch.baddbmm(shift, rows, images.flatten(2)).view(images.shape)
    out = shift[..., None].expand_as(images)
    for channel in range(3):  # no matrix product on a GPU: hosts let those round to TF32
        out = torch.addcmul(out, rows[:, :, channel, None, None], images[:, channel, None])
    return out


def _to_space(rgb: torch.Tensor, space: str) -> torch.Tensor:
    if space == "lab":
        return rgb_to_lab(rgb)
    return _affine(rgb, np.tile(YCBCR, (len(rgb), 1, 1)), np.zeros((len(rgb), 3))) if space == "ycbcr" else rgb
