"""What the face of one clip looks like: a low-rank model of its small pictures, learned from frames that nothing covers.

Light, turns of the head, expressions and the opening mouth are few directions in which a face's picture changes (Turk and
Pentland, "Eigenfaces for Recognition", 1991). An object in front is none of them. It must not be learned, so pixels that the
model does not explain are left out of the fit (iteratively reweighted least squares) and of the next model (imputation), as in
robust principal component analysis (De la Torre and Black, "A Framework for Robust Subspace Learning", 2003).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from .small_faces import SIZE

#: Least deviation that is counted as one, of luma and of both colour differences, full scale 1.
_NOISE = (0.03, 0.007, 0.007)
#: Rounds of the robust fit, and from how many squared deviations on a pixel loses weight in it.
_ROUNDS, _OUTLIER = 5, 6.0
#: Directions lie within this many deviations of what was seen.
_REACH = 3.0
#: Of a normal distribution: deviation over median absolute deviation, and over the 90th percentile of absolute values.
_MEDIAN, _MOST = 1.4826, 1 / 1.645


@dataclass(frozen=True, eq=False)
class FaceAppearance:
    """Hold the model. Pictures are float32 ``[N,3,h,w]`` of :func:`pictures`.

    Attributes:
        mean: ``[3,h,w]``.
        basis: ``[K,3,h,w]``, orthonormal.
        spread: ``[K]``, deviation along each direction.
        noise: ``[3,h,w]``, ordinary deviation of a pixel from the model.
    """

    mean: torch.Tensor
    basis: torch.Tensor
    spread: torch.Tensor
    noise: torch.Tensor

    def explain(self, pictures: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
        """Return what the face looks like in these frames, by the pixels that fit: like ``pictures``.

        Args:
            pictures: float32 ``[N,3,h,w]``.
            where: bool ``[N,h,w]``, the face.
        """
        count, rank = len(pictures), len(self.basis)
        weighted = self.basis / self.noise.square()
        products = torch.einsum("kcp,lcp->klp", weighted.flatten(2), self.basis.flatten(2)).reshape(rank * rank, -1)
        prior = torch.diag(0.3 / self.spread.square())
        away = (pictures - self.mean).flatten(2)
        explained = self.mean.expand_as(pictures)
        for round_ in range(_ROUNDS):
            misses = ((pictures - explained) / self.noise).square().sum(1).flatten(1)
            power = 0.5 if round_ < 2 else 1.0
            weight = where.flatten(1) / (misses / _OUTLIER).clamp(min=1) ** power
            left = (weight @ products.T).view(count, rank, rank) + prior
            right = (weight[:, None] * away).flatten(1) @ weighted.flatten(1).T
            found = torch.linalg.solve(left, right[..., None])[..., 0]
            found = torch.minimum(torch.maximum(found, -_REACH * self.spread), _REACH * self.spread)
            explained = self.mean + (found @ self.basis.flatten(1)).view_as(pictures)
        return explained

    def misses(self, pictures: torch.Tensor, explained: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
        """Return how far each pixel is from what the face has within a pixel of it, in deviations: ``[N,h,w]``, 0 outside."""
        high, low = _around(explained, cv2.dilate), _around(explained, cv2.erode)
        off = torch.maximum(low - pictures, pictures - high).clamp(min=0)
        return (off / self.noise).square().sum(1).sqrt() * where


def pictures(small: np.ndarray) -> torch.Tensor:
    """Return small pictures, uint8 ``[N,3,h,w]``, as float32 about 0."""
    return torch.from_numpy(small).float().div_(255).sub_(torch.tensor([0, 0.5, 0.5])[:, None, None])


def learn_light(seen: torch.Tensor, where: torch.Tensor) -> FaceAppearance:
    """Return the first model: the median picture, made brighter or darker.

    Args:
        seen: float32 ``[N,3,h,w]``.
        where: bool ``[N,h,w]``, the face.
    """
    known = _known(seen, ~where)
    mean = _usual(known, seen)
    ever = where.any(0)
    brighter = torch.zeros(2, *mean.shape)
    brighter[0, 0], brighter[1, 1:] = mean[0] * ever, mean[1:] * ever
    basis = brighter / brighter.flatten(1).norm(dim=1).clamp(min=1e-6)[:, None, None, None]
    along = (torch.where(known.isnan(), mean, known) - mean).flatten(1) @ basis.flatten(1).T
    spread = _MEDIAN * along.abs().median(0).values + 1e-4
    along = torch.minimum(torch.maximum(along, -_REACH * spread), _REACH * spread)
    return FaceAppearance(mean, basis, spread, _noise(known - mean - (along @ basis.flatten(1)).view_as(seen), most=False))


def learn(seen: torch.Tensor, left_out: torch.Tensor, rank: int) -> FaceAppearance:
    """Return a model of pictures that nothing covers.

    Args:
        seen: float32 ``[N,3,h,w]``.
        left_out: bool ``[N,h,w]``, pixels that are not the face.
        rank: directions, at most N − 1.
    """
    known = _known(seen, left_out)
    missing = known.isnan()
    mean = _usual(known, seen)
    ever = ~missing.all(0)
    explained, basis, along = mean.expand_as(seen), mean[None], torch.zeros(len(seen), 1)
    for _ in range(3):
        filled = torch.where(missing, explained, seen)
        mean = filled.mean(0)
        away = ((filled - mean) * ever).flatten(1)
        vectors = torch.linalg.eigh(away @ away.T).eigenvectors.flip(1)[:, :rank]
        directions = vectors.T @ away
        basis = directions / directions.norm(dim=1, keepdim=True).clamp(min=1e-6)
        along = away @ basis.T
        explained = mean + (along @ basis).view_as(seen)
    basis = basis.view(-1, *mean.shape)
    return FaceAppearance(mean, basis, along.std(0, correction=0) + 1e-4, _noise(known - explained, most=True))


def _around(images: torch.Tensor, function: Callable[..., np.ndarray]) -> torch.Tensor:
    """Run OpenCV's dilation or erosion by 3×3 pixels over planes ``[N,C,h,w]``: a tenth of the time of torch's pooling."""
    out, square = torch.empty_like(images, memory_format=torch.contiguous_format), np.ones((3, 3), np.uint8)
    for plane, result in zip(images.flatten(0, 1).numpy(), out.flatten(0, 1).numpy(), strict=True):
        function(plane, square, dst=result)
    return out


def _known(seen: torch.Tensor, left_out: torch.Tensor) -> torch.Tensor:
    """Return pictures with NaN where they are left out."""
    return torch.where(left_out[:, None], float("nan"), seen)


def _usual(known: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """Return the median picture ``[3,h,w]`` of ``[N,3,h,w]`` without NaN; where all are NaN, that of ``seen``."""
    values, last = _ordered(known)
    median = values.gather(1, last // 2).view(seen.shape[1:])
    never = median.isnan()
    values, last = _ordered(seen[:, never])
    median[never] = values.gather(1, last // 2)[:, 0]
    return median


def _ordered(pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Sort each pixel's values: ``[P,N]`` from ``[N,...]``, NaN last, and the place of the last number (or 0), ``[P,1]``.

    One sort along contiguous memory takes a fraction of the time of torch's medians and quantiles along the first axis.
    """
    values = pictures.flatten(1).T.contiguous().sort(1).values
    return values, (~values.isnan()).sum(1, keepdim=True).sub_(1).clamp_(min=0)


def _noise(off: torch.Tensor, *, most: bool) -> torch.Tensor:
    """Return the deviation of every pixel, ``[3,h,w]``, the largest within a pixel of it, of differences with NaN.

    Args:
        off: ``[N,3,h,w]``.
        most: consider nine in ten frames instead of half of them; what covers the face must be left out then.
    """
    size, last = _ordered(off.abs())
    noise = _MEDIAN * size.gather(1, last // 2)
    if most:  # the quantile by interpolation
        place = 0.9 * last
        low = place.long()
        high = torch.lerp(size.gather(1, low), size.gather(1, torch.minimum(low + 1, last)), place - low)
        noise = torch.maximum(noise, _MOST * high)
    noise = noise.view(off.shape[1:])
    noise = torch.maximum(noise.nan_to_num(0.05), torch.tensor(_NOISE)[:, None, None])
    return F.avg_pool2d(F.max_pool2d(noise[None], 3, 1, 1), 3, 1, 1, count_include_pad=False)[0].view(3, *SIZE)
