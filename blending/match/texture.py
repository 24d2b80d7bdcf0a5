"""Match sharpness and grain of the patch to the target's, so that the mouth is no softer than the face."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch

from ..frame_batch import FrameBatch
from ..pixels.primitives import gaussian_blur
from ..pixels.srgb import luma
from ..pixels.stencils import laplacian
from ..settings import ColorMatch
from .grain import ROUNDING, Covered, Grain, covered_blocks, noise_levels, white_noise
from .pace import Pace, pick, spread

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
            A slow average is measured in every second frame, see :mod:`.pace`.
    """

    def __init__(self, settings: ColorMatch, beta: float) -> None:
        self._settings = settings
        self._pace = Pace(beta)
        self._gains, self._boost, self._missing = (_Average(self._pace.beta) for _ in range(3))
        self._grain: Grain | None = None

    def __call__(self, target: torch.Tensor, patch: torch.Tensor, skin: torch.Tensor, batch: FrameBatch) -> torch.Tensor:
        """Return the patches with the target's texture.

        Args:
            target, patch: float32 ``[B,3,H,W]``, gamma-coded RGB 0…1; or their luma ``[B,1,H,W]``.
            skin: float32 ``[B,1,H,W]``, weight of each pixel in the measurement: skin inside the mask.
            batch: the frames.

        Returns:
            Shaped like ``patch``; every channel changes by as much. Everything but the noise is the same for a mirrored clip,
            mirrored.
        """
        sharpness, grain = self._settings.sharpness, self._settings.grain
        if sharpness == 0 and grain == 0:
            return patch
        rows, gray = self._pace.rows(batch), luma(patch)
        seen = _Seen.of(pick(luma(target), rows), pick(gray, rows), pick(skin, rows)) if rows else None
        added = self._detail(gray, seen, rows, batch) if sharpness else torch.zeros_like(gray)
        if grain:
            self._grain = self._grain or Grain(patch.device)
            missing = gray.new_full((len(gray), 2), torch.nan)
            if seen is not None:
                made = noise_levels(seen.patch + pick(added, rows), seen.covered) if sharpness else seen.levels[1]
                missing = spread(seen.levels[0] - made - ROUNDING, rows, len(gray))
            added.add_(self._grain.noise(grain * self._grain.amplitudes(self._missing(missing, batch)), batch))
        return patch + added

    def _detail(self, gray: torch.Tensor, seen: _Seen | None, rows: list[int], batch: FrameBatch) -> torch.Tensor:
        """Return what is added to every channel of the patch, ``[B,1,H,W]``."""
        blurred, count = _blurred(gray, batch.scale), len(gray)
        ratio = boost = gray.new_full((count, 1), torch.nan)
        chosen = [pick(one, rows) for one in blurred]
        if seen is not None:
            of_target = _strengths(_blurred(seen.target, batch.scale), seen, seen.noises[0])
            ratio = spread(of_target / _strengths(chosen, seen, seen.noises[1]), rows, count)
        change = self._gains(ratio.expand(-1, len(_SIGMAS)).clamp(_LEAST, _MOST).log(), batch).exp() - 1
        if seen is not None:
            boost = spread(_boost(seen, _bands_times(pick(change, rows), chosen))[:, None], rows, count)
        gains = (1 + change * self._boost(boost.log(), batch).exp()).clamp(_LEAST, _MOST)
        detail = _bands_times(gains**self._settings.sharpness - 1, blurred)
        return detail.mul_(detail.square().mul_(1 / _LIMIT**2).add_(1).rsqrt_())


@dataclass(frozen=True, eq=False)
class _Seen:
    """Hold what is measured of the chosen frames of a batch.

    Attributes:
        target, patch: luma, float32 ``[B,1,H,W]``.
        skin: its weight, flattened, ``[B,N]``.
        area: its sum, ``[B]``.
        covered: of :func:`covered_blocks`.
        levels: of :func:`noise_levels`, of target and patch.
    """

    target: torch.Tensor
    patch: torch.Tensor
    skin: torch.Tensor
    area: torch.Tensor
    covered: Covered
    levels: tuple[torch.Tensor, torch.Tensor]

    @classmethod
    def of(cls, target: torch.Tensor, patch: torch.Tensor, skin: torch.Tensor) -> _Seen:
        """Measure the noise of both."""
        covered, flat = covered_blocks(skin), skin.flatten(1)
        return cls(target, patch, flat, flat.sum(1), covered, (noise_levels(target, covered), noise_levels(patch, covered)))

    @property
    def noises(self) -> list[torch.Tensor]:
        """Return the variance of white noise in target and patch, ``[B]`` each; 0 where it is unknown."""
        return [white_noise(level).nan_to_num() for level in self.levels]

    @property
    def enough(self) -> torch.Tensor:
        """Say whether enough skin is visible, bool ``[B]``."""
        return self.area >= _ENOUGH

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """Return the mean over the skin, ``[B]``."""
        return torch.linalg.vecdot(values.flatten(1), self.skin) / self.area.clamp(min=1)


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


def _blurred(gray: torch.Tensor, scale: float) -> list[torch.Tensor]:
    """Return the picture and its three blurs, ``[B,1,H,W]`` each; the bands of detail are their differences, finest first."""
    return [gray, *(gaussian_blur(gray, sigma * scale) for sigma in _SIGMAS)]


def _bands_times(weights: torch.Tensor, blurred: list[torch.Tensor]) -> torch.Tensor:
    """Return the sum of the bands times their weights ``[B,3]``: ``[B,1,H,W]``."""
    none = torch.zeros_like(weights[:, :1])
    shares = (torch.cat([weights, none], 1) - torch.cat([none, weights], 1))[..., None, None, None]  # of each picture
    total = blurred[0] * shares[:, 0]
    for level, picture in enumerate(blurred[1:], 1):
        total.addcmul_(picture, shares[:, level])
    return total


def _strengths(blurred: list[torch.Tensor], seen: _Seen, noise: torch.Tensor) -> torch.Tensor:
    """Return the standard deviation of each band on skin without white noise: ``[B,3]``; NaN where there is too little skin.

    It is computed from mean absolute values, which a few strong edges change little.
    """
    sizes = [seen.mean((fine - coarse).abs_()) for fine, coarse in pairwise(blurred)]
    passed = noise[:, None] * torch.tensor(_PASSED, device=noise.device)
    texture = ((_GAUSSIAN * torch.stack(sizes, 1)) ** 2 - passed).clamp(min=0) + _FLOOR**2
    return torch.where(seen.enough[:, None], texture.sqrt(), torch.nan)


def _boost(seen: _Seen, detail: torch.Tensor) -> torch.Tensor:
    """Return how many times ``detail`` is added for the patch to have the target's Laplacian energy, 1…2: ``[B]``.

    The bands overlap and each is dominated by its coarser half, so their ratios alone leave the finest detail too weak.
    """
    wanted, given, added = (laplacian(picture) for picture in (seen.target, seen.patch, detail))
    half = seen.mean(given * added)
    energies = [seen.mean(picture.square_()) for picture in (wanted, given, added)]
    noises = seen.noises
    noise = noises[0].clamp(min=ROUNDING) - noises[1]
    missing, square = energies[0] - energies[1] - _LAPLACIAN * noise, energies[2]
    root = (half**2 + square * missing).clamp(min=0).sqrt()
    boost = ((root - half) / square.clamp(min=1e-12)).clamp(1.0, _MOST_BOOST)
    return torch.where(seen.enough, boost, torch.nan)
