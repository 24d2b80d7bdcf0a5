"""Make masks of a face's regions: from a parser's classes in aligned crops to soft weights on the ROI, and combine masks.

Soft masks follow the algebra of fuzzy sets with minimum and maximum (Zadeh, 1965): the combination of a mask with itself is
that mask, so two soft edges along one line (outline and region at the jaw) stay one soft edge of the same width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from ...errors import check_choice
from ...media.frame import PlanarFrame
from ...models.faces.regions import REGIONS, class_mask
from ...options import split_names
from ...tensors import check_shape
from ...tracking.align import compose_affine, fit_similarity, invert_affine
from ...tracking.crops import cut_crop, region_to_crop
from ...tracking.landmarks import EYE_LEFT_OF_IMAGE, EYE_RIGHT_OF_IMAGE, MOUTH_CORNERS
from ..frame_batch import FrameBatch
from ..pixels.primitives import gaussian_blur, warp
from ..settings import MASK_MODES, MouthMask
from .feather import OUTSIDE_SHARE, feather_width, quad_distance, smoothstep

#: Eyes, nose tip and mouth corners in a crop framed as FFHQ and CelebA-HQ are, in shares of its side.
_TEMPLATE = np.array([(0.377, 0.469), (0.623, 0.469), (0.5, 0.613), (0.391, 0.725), (0.609, 0.725)])
_NOSE_TIP = 30


class Parser(Protocol):
    """Define what is needed of a face parser; :class:`~seamsync.models.faces.face_parser.FaceParser` is one."""

    size: int

    def parse(self, images: torch.Tensor) -> torch.Tensor:
        """Return probabilities float32 ``[B,19,size,size]`` for float32 ``[B,3,size,size]`` RGB 0…1."""
        ...


@dataclass(frozen=True, eq=False)
class ParsedFaces:
    """Hold the classes of B faces.

    Attributes:
        probabilities: float32 ``[B,19,h,w]``, 0…1, on the parser's device.
        to_frame: float64 ``[B,2,3]``, parser pixel → frame pixel.
    """

    probabilities: torch.Tensor
    to_frame: np.ndarray

    def weights(self, regions: Sequence[str], to_roi: np.ndarray, size: tuple[int, int]) -> torch.Tensor:
        """Return how much of every ROI pixel belongs to the named regions.

        Args:
            regions: of :data:`~seamsync.models.faces.regions.REGIONS`.
            to_roi: float64 ``[B,2,3]``, frame pixel → ROI pixel, of :func:`frame_to_roi`.
            size: (height, width) of the ROI.

        Returns:
            float32 ``[B,1,H,W]``, 0…1; beyond the parsed crop its border is repeated.
        """
        for region in regions:
            check_choice("region", region, REGIONS)
        chosen = torch.from_numpy(np.flatnonzero(class_mask(list(regions)))).to(self.probabilities.device)
        wanted = self.probabilities.index_select(1, chosen).sum(1, keepdim=True)
        return warp(wanted, torch.from_numpy(compose_affine(to_roi, self.to_frame)), size).clamp(0, 1)


def face_crops(frames: Sequence[PlanarFrame], landmarks: np.ndarray, size: int) -> tuple[torch.Tensor, np.ndarray]:
    """Crop faces, framed as FFHQ and CelebA-HQ are; only the pixels under them are converted.

    Args:
        frames: B frames.
        landmarks: float32 ``[B,68,2]``, frame pixels.
        size: side of the crops, pixels.

    Returns:
        float32 ``[B,3,size,size]`` RGB 0…1 (black past the frame), and float64 ``[B,2,3]``, crop pixel → frame pixel.
    """
    check_shape("landmarks", landmarks, "B,68,2", len(frames), 68, 2)
    eyes = [landmarks[:, which].mean(1) for which in (EYE_LEFT_OF_IMAGE, EYE_RIGHT_OF_IMAGE)]
    points = np.stack([*eyes, landmarks[:, _NOSE_TIP], *landmarks[:, MOUTH_CORNERS].transpose(1, 0, 2)], axis=1)
    fitted = fit_similarity(_TEMPLATE - 0.5, points)
    side, roll = np.hypot(fitted[:, 0, 0], fitted[:, 1, 0]), np.arctan2(fitted[:, 1, 0], fitted[:, 0, 0])
    regions = np.column_stack([fitted[:, :, 2], np.maximum(side, 1.0), roll])
    crops = [cut_crop(frame, region, size) for frame, region in zip(frames, regions, strict=True)]
    pictures = np.stack(crops) if crops else np.empty((0, size, size, 3), np.uint8)
    images = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div_(255)
    return images, invert_affine(region_to_crop(regions, size))


def parse_faces(parser: Parser, frames: Sequence[PlanarFrame], landmarks: np.ndarray) -> ParsedFaces:
    """Return the classes of the faces in frames, all parsed at once.

    Args:
        parser: of :func:`~seamsync.models.faces.face_parser.load_face_parser`.
        frames: B frames, unchanged as yet.
        landmarks: float32 ``[B,68,2]``, frame pixels.
    """
    images, to_frame = face_crops(frames, landmarks, parser.size)
    return ParsedFaces(parser.parse(images), to_frame)


def frame_to_roi(batch: FrameBatch) -> np.ndarray:
    """Return affines from frame pixels to the batch's ROI pixels: float64 ``[B,2,3]``."""
    matrix = np.tile(batch.scale * np.eye(2, 3), (len(batch), 1, 1))
    matrix[:, :, 2] = -batch.scale * batch.origin
    return matrix


def feather_weights(weights: torch.Tensor, face_width: np.ndarray, settings: MouthMask) -> torch.Tensor:
    """Give region weights a soft edge, as wide and on the same side as the outline's.

    A straight edge blurred by a Gaussian has the profile of the normal distribution. Its inverse gives the distance to the
    edge, to a fraction of a pixel, without a distance transform. Specks much smaller than the feather vanish on the inward
    side.

    Args:
        weights: float32 ``[B,1,H,W]``, 0…1, edges where they cross 0.5.
        face_width: float ``[B]``, ROI pixels.
        settings: feather, its limits and side.

    Returns:
        float32 ``[B,1,H,W]``, 0…1.
    """
    widths = feather_width(face_width, settings)
    pairs = zip(weights.split(1), widths, strict=True)
    blurred = torch.cat([gaussian_blur(one, float(width) / 2) for one, width in pairs])
    depth = torch.special.ndtri(blurred.clamp(1e-3, 1 - 1e-3)) / 2  # in feathers, of which 1 is two deviations
    return smoothstep((depth + OUTSIDE_SHARE[settings.feather_side]).clamp(0, 1) ** settings.falloff_gamma)


def combine(alpha: torch.Tensor, other: torch.Tensor, mode: str) -> torch.Tensor:
    """Combine two masks.

    Args:
        alpha: float32 ``[B,1,H,W]``, 0…1, the outline's.
        other: the same shape: regions, or the user's mask.
        mode: ``intersect`` min(a, b); ``union`` max(a, b); ``minus`` min(a, 1 - b): the first without the second;
            ``replace`` b.

    Raises:
        SeamSyncError: another mode.
    """
    check_choice("mode", mode, MASK_MODES)
    if mode == "intersect":
        return torch.minimum(alpha, other)
    if mode == "union":
        return torch.maximum(alpha, other)
    return torch.minimum(alpha, 1 - other) if mode == "minus" else other


def join_mask(alpha: torch.Tensor, other: torch.Tensor, mode: str, batch: FrameBatch, settings: MouthMask) -> torch.Tensor:
    """Join the outline's alpha with another mask, inside the patch and the ROI.

    A union or replacement could extend past the patch. It falls to 0 over the feather towards the border of the patch's usable
    part and of the ROI.

    Args:
        alpha: float32 ``[B,1,H,W]``.
        other: the same shape and device, 0…1.
        mode: see :func:`combine`.
        batch: the frames.
        settings: feather and opacity.
    """
    if mode in ("intersect", "minus"):
        return combine(alpha, other, mode)
    height, width = batch.size
    border = np.tile([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]], (len(batch), 1, 1))
    inside = torch.minimum(_depth(batch.quad, batch, settings), _depth(border, batch, settings)).to(alpha.device)
    return torch.minimum(combine(alpha, settings.opacity * other, mode), settings.opacity * smoothstep(inside))


def apply_regions(alpha: torch.Tensor, parsed: ParsedFaces, batch: FrameBatch, settings: MouthMask) -> torch.Tensor:
    """Join alpha with the regions that the settings name, softened. Return float32 ``[B,1,H,W]``.

    Args:
        alpha: float32 ``[B,1,H,W]``.
        parsed: the batch's faces.
        batch: the frames.
        settings: regions, their mode, and the feather.
    """
    weights = parsed.weights(split_names(settings.regions), frame_to_roi(batch), batch.size).to(alpha.device)
    return join_mask(alpha, feather_weights(weights, batch.face_width, settings), settings.region_mode, batch, settings)


def apply_external(
    alpha: torch.Tensor, frames: np.ndarray, frame_size: tuple[int, int], batch: FrameBatch, settings: MouthMask
) -> torch.Tensor:
    """Join alpha with the user's own mask, as it is. Return float32 ``[B,1,H,W]``; without one, alpha.

    Args:
        alpha: float32 ``[B,1,H,W]``.
        frames: int ``[B]``, target frames of the batch.
        frame_size: (width, height) of the target.
        batch: the frames.
        settings: the mask and its mode.
    """
    if settings.external is None:
        return alpha
    weights = settings.external.on_roi(frames, batch.origin, batch.size, batch.scale, frame_size)
    return join_mask(alpha, weights.to(alpha.device), settings.external_mode, batch, settings)


def _depth(quad: np.ndarray, batch: FrameBatch, settings: MouthMask) -> torch.Tensor:
    """Return how deep inside quadrangles ``[B,4,2]`` each pixel lies, in feathers, 0…1: float32 ``[B,1,H,W]``."""
    soft = torch.from_numpy(np.maximum(feather_width(batch.face_width, settings), 1e-3).astype(np.float32))
    return (quad_distance(torch.from_numpy(quad), batch.size) / soft[:, None, None, None]).clamp(0, 1)
