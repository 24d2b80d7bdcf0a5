"""Keep the contrast of lower lip and chin: find how much of the match either can take.

Matching brings the chin under the lip to the target's light, but the lips keep the generator's. Where the target's chin is
shaded otherwise (another expression, a tuft of beard), lips would come out pale or dark against it. Colours are compared by
the formula CIE94 (McDonald & Smith, "CIE94: a new colour-difference formula", 1995).
"""

from __future__ import annotations

import numpy as np
import torch

from ...tracking.landmarks import MOUTH_CORNERS
from ..pixels.primitives import fill_polygon, rgb_to_lab

#: The chin that the lower lip is compared with: distances below the lip's outer contour, face widths.
CHIN_FROM, CHIN_TO = 0.04, 0.12
#: The lower lip: its outer contour from corner to corner, and its inner one.
_OUTER, _INNER = np.array([54, 55, 56, 57, 58, 59, 48]), np.array([64, 65, 66, 67, 60])
#: The middle of the lower lip's outer contour, without the corners.
_MIDDLE = np.array([55, 56, 57, 58, 59])
#: Contrast may change by this share, or by this ΔE where lips are pale.
_SHARE, _LEAST = 0.07, 0.3
#: Shares that are tried, of the mouth's gains the best first, and of the match for the chin.
_MOUTH = (0.9, 1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0)
_CHIN = tuple(step / 20 for step in range(21))


def lower_lip(landmarks: np.ndarray) -> np.ndarray:
    """Return the outline of the lower lip: ``[B,12,2]`` from landmarks ``[B,68,2]``."""
    return np.concatenate([landmarks[:, _OUTER], landmarks[:, _INNER[::-1]]], axis=1)


def below_lip(landmarks: np.ndarray, face_width: np.ndarray, depth: float) -> np.ndarray:
    """Return the middle of the lower lip's outer contour moved down by ``depth`` face widths: ``[B,5,2]``, pixels.

    Args:
        landmarks: ``[B,68,2]``, pixels.
        face_width: ``[B]``, pixels.
        depth: distance, at right angles to the line of the mouth corners.
    """
    left, right = (landmarks[:, [corner]] for corner in MOUTH_CORNERS)
    across = (right - left) / np.maximum(np.linalg.norm(right - left, axis=-1, keepdims=True), 1e-6)
    down = np.stack([-across[..., 1], across[..., 0]], -1) * face_width[:, None, None]
    return landmarks[:, _MIDDLE] + depth * down


def chin(landmarks: np.ndarray, face_width: np.ndarray) -> np.ndarray:
    """Return the outline of the chin under the lower lip: ``[B,10,2]`` from landmarks ``[B,68,2]`` and face widths ``[B]``."""
    top, bottom = (below_lip(landmarks, face_width, depth) for depth in (CHIN_FROM, CHIN_TO))
    return np.concatenate([top, bottom[:, ::-1]], axis=1)


def contrast_shares(
    generated: torch.Tensor,
    kept: torch.Tensor,
    matched: torch.Tensor,
    target: torch.Tensor,
    alpha: torch.Tensor,
    face: np.ndarray,
    face_width: np.ndarray,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return how much of its gains the mouth takes, and how much of the match the chin, for their contrast to stay.

    The mouth takes nine tenths: the last one is not seen. Then the chin takes as much of the match as leaves the contrast.
    Where alpha is partial, the target's chin shows, and the contrast may differ even if the chin takes nothing. Then the mouth
    takes more or less, until it does not; or the two that change it least are returned.

    Args:
        generated, kept, matched, target: float32 ``[B,3,H,W]``, gamma-coded RGB: the patch as it was generated, with the
            mouth's own gains, after the whole match; and what is behind it.
        alpha: float32 ``[B,1,H,W]``.
        face: landmarks of the generated face, float32 ``[B,68,2]``, pixels of these pictures.
        face_width: float32 ``[B]``, pixels.

    Returns:
        Two of float32 ``[B,1,1,1]``, 0…1: of the mouth from ``generated`` to ``kept``, of the chin from the mouth's to
        ``matched``. 1 and 1 where lips or chin are not in the picture.
    """
    size = (alpha.shape[-2], alpha.shape[-1])
    # All pixels count: of every second one, those taken would depend on the batch, whose pictures share a size.
    lip, under = (
        fill_polygon(torch.from_numpy(points.astype(np.float32)).to(alpha.device), size)
        for points in (lower_lip(face), chin(face, face_width))
    )
    means = _means([generated, kept, *(target.lerp(image, alpha) for image in (generated, kept, matched))], [lip, under & ~lip])
    lips, under_lips, chins = means[:2, 0], means[0, 1], means[2:, 1]
    mouth_share, chin_share = (torch.tensor(shares, device=alpha.device) for shares in (_MOUTH, _CHIN))
    mouth = lips[0] + mouth_share[:, None, None, None] * (lips[1] - lips[0])
    plain = chins[0] + mouth_share[:, None, None, None] * (chins[1] - chins[0])
    made = plain + chin_share[:, None, None] * (chins[2] - plain)
    before = _apart(lips[0], under_lips)
    change = (_apart(mouth, made) - before).abs()  # mouth's shares, chin's shares, frames
    first, second = _best(change, (_SHARE * before).clamp(min=_LEAST))
    seen = before.isfinite()
    mouth_share, chin_share = torch.where(seen, mouth_share[first], 1.0), torch.where(seen, chin_share[second], 1.0)
    return mouth_share[:, None, None, None], chin_share[:, None, None, None]


def _best(change: torch.Tensor, limit: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the indices ``[B]`` of the best shares of mouth and chin.

    Args:
        change: of the contrast, ``[M,C,B]``, for the mouth's shares, best first, and the chin's, ascending.
        limit: allowed change ``[B]``.
    """
    most = (change <= limit).int().cumprod(1).sum(1)  # how many of the chin's shares are allowed, counted from none
    best, allowed = most.bool().int().argmax(0), most.amax(0) > 0
    closest, steps = change.flatten(0, 1).argmin(0), change.shape[1]
    chins = most.gather(0, best[None])[0] - 1
    return torch.where(allowed, best, closest // steps), torch.where(allowed, chins, closest % steps)


def _means(images: list[torch.Tensor], masks: list[torch.Tensor]) -> torch.Tensor:
    """Return the mean Lab of RGB images ``[B,3,H,W]`` over masks ``[B,1,H,W]``: ``[images,masks,B,3]``, NaN of empty ones."""
    lab = torch.stack([rgb_to_lab(image).flatten(2) for image in images])
    weight = torch.stack(masks).flatten(3).float()
    return (lab @ weight.permute(1, 3, 0, 2)[..., 0] / weight.sum(-1)[..., 0].T[:, None]).permute(0, 3, 1, 2)


def _apart(one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    """Return the CIE94 difference of Lab colours ``[...,3]``: float32 ``[...]``."""
    light, a, b = (one - two).unbind(-1)
    chroma, other = (lab[..., 1:].norm(dim=-1) for lab in (one, two))
    colourful, usual = chroma - other, (chroma * other).sqrt()
    hue = (a**2 + b**2 - colourful**2).clamp(min=0)
    return (light**2 + (colourful / (1 + 0.045 * usual)) ** 2 + hue / (1 + 0.015 * usual) ** 2).sqrt()
