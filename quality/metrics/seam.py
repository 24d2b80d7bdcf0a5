"""The visibility of the seam: what changes along the contour of alpha in slopes, steps of colour and structure."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from ...blending.pixels.primitives import gaussian_blur, on_cpu
from .metric import Goal, Metric
from .picture import Pixels, halved, lab, norm, samples, sobel
from .reductions import mean
from .ring import SeamRing

#: Pixels of the frame on each side of the contour between which a step is measured, and samples of it averaged along.
_SIDE, _ALONG = 2.0, 9
#: Wang et al., "Image quality assessment: from error visibility to structural similarity" (2004): Gaussian, constants.
_SIGMA, _C1, _C2 = 1.5, 0.01**2, 0.03**2
#: The Gaussian is cut at 3 sigma.
_KERNEL = (11, 11)


def gradient_mismatch(
    target: torch.Tensor, composite: torch.Tensor, ring: SeamRing, *, backend: str | None = None
) -> torch.Tensor:
    """Return Σ‖∇T−∇C‖ / (Σ‖∇T‖ + Σ‖∇C‖) over the ring; T is the target, C the composite.

    Args:
        target, composite: luma, float32 ``[B,1,H,W]``.
        ring: of the batch.

    Returns:
        float32 ``[B]``, 0…1: 0 the same slopes, 1 none in common; 0 where both are flat, NaN without a ring.
    """
    before, after = (ring.pixels.take(sobel(luma, backend=backend)) for luma in (target, composite))
    lengths = torch.stack([norm(before - after), norm(before) + norm(after)], 1)
    change, total = ring.pixels.sum(lengths).unbind(1)
    return torch.where(ring.pixels.count() > 0, change / total.clamp(min=1e-12), torch.nan)


def seam_step(
    target: torch.Tensor, composite: torch.Tensor, ring: SeamRing, scale: float = 1.0, *, backend: str | None = None
) -> torch.Tensor:
    """Return by how much the colour step across the contour has grown, in ΔE (CIE 1976), averaged along the contour.

    S is the Lab difference from 2 px outside to 2 px inside the contour. It is averaged as a vector over the 9 contour
    pixels around (those in a 9×9 square): texture cancels, a seam does not. The result is the mean of
    max(0, ‖S_C‖ − ‖S_T‖).

    Args:
        target, composite: gamma-coded RGB, float32 ``[B,3,H,W]``, 0…1.
        ring: of the batch.
        scale: pixels of these pictures per pixel of the frame.

    Returns:
        float32 ``[B]``, NaN without a contour.
    """
    apart = ring.outward * (_SIDE * scale)
    both = torch.cat([ring.points - apart, ring.points + apart], 1)
    inner, outer = lab(torch.cat(samples([target, composite], both), 0)).chunk(2, -1)
    steps = (inner - outer).chunk(2)
    ones = torch.ones_like(steps[0][:, :1])
    around = ring.contour.around(torch.cat([*steps, ones], 1), _ALONG // 2, backend=backend)
    lengths = [norm(around[:, start : start + 3]) for start in (0, 3)]
    longer = (lengths[1] - lengths[0]).clamp(min=0) / around[:, 6].clamp(min=1)
    return ring.contour.mean(longer[:, None])[:, 0]


def ring_ssim(
    target: tuple[torch.Tensor, torch.Tensor],
    composite: tuple[torch.Tensor, torch.Tensor],
    ring: SeamRing,
    *,
    backend: str | None = None,
) -> torch.Tensor:
    """Return the structural similarity (SSIM) in the ring: the mean of luma, Cb and Cr in the proportion 4:1:1.

    4:1:1 are the samples of the planes in 4:2:0 video. Chroma is compared at half size, in the pixels of which at least
    half lies in the ring.

    Args:
        target, composite: luma ``[B,1,H,W]`` and chroma ``[B,2,⌈H/2⌉,⌈W/2⌉]`` of
            :func:`~seamsync.quality.metrics.picture.luma_chroma`.
        ring: of the batch.

    Returns:
        float32 ``[B]``, 1 for the same pictures, NaN without a ring.
    """
    half = Pixels.of(halved(ring.band.float(), backend=backend) >= 0.5, backend=backend)
    luma = _ssim(target[0], composite[0], ring.pixels, backend)
    chroma = _ssim(target[1], composite[1], half, backend)
    return (4 * luma[:, 0] + chroma.sum(1)) / 6


def _ssim(one: torch.Tensor, two: torch.Tensor, pixels: Pixels, backend: str | None) -> torch.Tensor:
    """Return the mean SSIM of each channel over some pixels, ``[B,C]``.

    Takes four blurs a channel instead of five: with s = a + b and d = a − b, SSIM follows from the means of s, d, s², d².
    """
    s, d, ss, dd = _blurred_sums(one, two, pixels, backend)
    s, d = s.square(), d.square()
    vs, vd = ss - s, dd - d  # variances of the sum and of the difference
    light = ((s - d) / 2 + _C1) / ((s + d) / 2 + _C1)
    structure = ((vs - vd) / 2 + _C2) / ((vs + vd) / 2 + _C2)
    return pixels.mean(light * structure)


def _blurred_sums(one: torch.Tensor, two: torch.Tensor, pixels: Pixels, backend: str | None) -> list[torch.Tensor]:
    """Return the Gaussian means of s = a + b, d = a − b, s² and d² at some pixels, ``[B,C,N]`` each."""
    if not on_cpu(one, backend):
        total, apart = one + two, one - two
        fields = (total, apart, total.square(), apart.square())
        return [pixels.take(gaussian_blur(field, _SIGMA, backend=backend)) for field in fields]
    # Plane by plane in the same two buffers, which stay in the cache.
    out = torch.empty(4, *one.shape[:2], pixels.index.shape[1])
    for row, channel in np.ndindex(*one.shape[:2]):
        a, b, place = one[row, channel].numpy(), two[row, channel].numpy(), pixels.index[row].numpy()
        total, apart, blurred = cv2.add(a, b), cv2.subtract(a, b), np.empty_like(a)
        for which, field in enumerate((total, apart, total, apart)):
            squared = field if which < 2 else cv2.multiply(field, field, dst=field)
            cv2.GaussianBlur(squared, _KERNEL, _SIGMA, dst=blurred, borderType=cv2.BORDER_REFLECT_101)
            np.take(blurred.reshape(-1), place, out=out[which, row, channel].numpy())
    return list(out)


METRICS = (
    Metric(
        "gradient_mismatch",
        "slopes along the seam that differ from the target's",
        goal=Goal(high=0.12, share=0.95),
        measure=lambda m: gradient_mismatch(*m.luma, m.ring, backend=m.backend),
        reduce=mean,
    ),
    Metric(
        "seam_step",
        "step of colour across the seam that was not there, ΔE",
        "ΔE",
        goal=Goal(high=0.25),
        measure=lambda m: seam_step(m.target, m.composite, m.ring, m.batch.scale, backend=m.backend),
        reduce=mean,
    ),
    Metric(
        "ring_ssim",
        "structural similarity to the target along the seam",
        better="higher",
        goal=Goal(low=0.97, ideal=1.0),
        measure=lambda m: ring_ssim(m.target_planes, m.composite_planes, m.ring, backend=m.backend),
        reduce=mean,
    ),
)
