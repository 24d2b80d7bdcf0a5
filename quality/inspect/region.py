"""The region of a face that a finished result has changed, in face coordinates, and the frames that it has changed in.

How far a found region can be trusted, on six real clips with simulated mouths (96 pixels, H.264 at CRF 16), as median
intersection over union with the half-way contour of the true mask: hard pastes 0.95…0.98, the plain feather 0.91…0.96. An
edge within what the encoder does is not seen at all: with matched colours (the preset ``natural``) it is 0.21…0.86, the
region ends inside the true one, and the seam's numbers are read where lips and chin differ anyway. Steps of hard pastes are
read 10…60 % low, as the contour is off by a pixel or two. Who has the mask should give it.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch

from ...blending.frame_batch import FrameBatch
from ...blending.mask.shapes import face_frames
from ...blending.pixels.primitives import fill_polygon, warp
from ...tracking.align import apply_affine, compose_affine, invert_affine
from ..metrics.face import face_polygon

#: The grid in face coordinates: left, top, right, bottom in face widths from the middle of the eyes; most pixels a face width.
_GRID, _FINEST = (-0.95, -0.75, 0.95, 1.45), 320.0
#: Times the noise's reach, averaged over frames, from which a change is clear, and as far as a clear one goes on.
_CLEAR, _WEAK = 1.6, 1.3
#: The region ends at this share of its median energy: half of the change, where a soft edge has half its weight.
_FOOT = 0.25
#: A frame is changed by this much energy, a pixel counting as so much at most. Frames encoded again have 0.3…0.8 inside the
#: mouth, on six real clips at CRF 16; those with another mouth 0.8…9, nine in ten more than 1.9.
_CHANGED, _MOST = 1.0, 9.0
#: Specks are what fills less than this share of its surroundings (blur, face widths); patches joined, face widths; the least
#: region, face widths squared.
_DENSE, _SPARSE, _APART, _SMALLEST = 0.5, 0.03, 0.06, 0.004
#: Pixels of blur that make a weight of a region; how far its edge may be off, face widths.
_SOFT, _UNSURE = 0.8, 0.03


def grid_scale(face_width: float) -> float:
    """Pixels a face width of the grid on which regions are found: as fine as the face, within reason."""
    return float(np.clip(face_width, 32.0, _FINEST))


def to_grid(batch: FrameBatch, scale: float) -> np.ndarray:
    """ROI pixels of one frame → pixels of its grid, float64 ``[1,2,3]``."""
    face_to_grid = np.array([[[scale, 0, -_GRID[0] * scale], [0, scale, -_GRID[1] * scale]]])
    return compose_affine(face_to_grid, invert_affine(face_frames(batch.landmarks)))


def on_grid(energy: np.ndarray, matrix: np.ndarray, scale: float) -> np.ndarray:
    """Energy ``[h,w]`` of an ROI in face coordinates, where it can be averaged over frames: float32 ``[H,W]``, 0 outside."""
    size = round((_GRID[3] - _GRID[1]) * scale), round((_GRID[2] - _GRID[0]) * scale)
    image = torch.zeros(1, 1, *energy.shape)  # its rim stays 0, as warping repeats it
    image[0, 0, 1:-1, 1:-1] = torch.from_numpy(energy[1:-1, 1:-1])
    return warp(image, torch.from_numpy(matrix), size)[0, 0].numpy()


def changed_region(energy: np.ndarray, near: np.ndarray, scale: float) -> np.ndarray:
    """The one region that has changed: bool ``[H,W]``.

    A pixel counts where its energy is above the noise. Specks go; of the patches, those that lie near each other and
    together changed most stay, and their convex hull is the region: a mask's inside is never changed all over. Where most
    of that has clearly changed, it ends where the change falls to half of its median inside.

    Args:
        energy: float32 ``[H,W]`` of the grid, averaged over many frames, which shows weak changes; noise ends at 1.
        near: the same over few frames, which shows where strong changes end while the face turns.
        scale: grid pixels a face width.
    """
    region = _hull(energy, _CLEAR, scale)
    if region.any():
        region = _hull(energy, _WEAK, scale)
        limit = _FOOT * float(np.median(near[region]))
        region = _hull(near, limit, scale) if limit > _CLEAR else region
    return region


def is_changed(energies: Sequence[np.ndarray], region: np.ndarray) -> bool:
    """Whether one frame itself has changed in the region that was found around it: whether two of three frames have.

    An average over time spills into frames that a tool has left alone; a single frame's evidence does not. One frame whose
    new mouth happens to be the old one is no gap.

    Args:
        energies: float32 ``[H,W]`` each, of the frame before, the frame and the next; of the frame alone where one of them
            is not there.
        region: of :func:`changed_region`.
    """
    if not region.any():
        return False
    return float(np.median([np.minimum(energy[region], _MOST).mean() for energy in energies])) >= _CHANGED


def _hull(energy: np.ndarray, limit: float, scale: float) -> np.ndarray:
    patches = (energy > limit).astype(np.uint8)
    patches &= cv2.GaussianBlur(patches.astype(np.float32), (0, 0), _SPARSE * scale) > _DENSE
    _, groups = cv2.connectedComponents(cv2.dilate(patches, _disc(_APART * scale)))
    sizes = np.bincount(groups[patches > 0], minlength=2)
    sums = np.bincount(groups[patches > 0], energy[patches > 0], minlength=2) * (sizes >= _SMALLEST * scale**2)
    region = np.zeros(energy.shape, np.uint8)
    if sums.max() > 0:
        rows, columns = np.nonzero((groups == sums.argmax()) & (patches > 0))
        cv2.fillConvexPoly(region, cv2.convexHull(np.stack([columns, rows], -1).astype(np.int32)), 1)
    return region > 0


def _disc(radius: float) -> np.ndarray:
    side = 2 * max(round(radius), 1) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def region_alpha(region: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> torch.Tensor:
    """Weight of the change in an ROI: 1 inside, 0 outside, 0.5 on the region's edge.

    Args:
        region: of :func:`changed_region`.
        matrix: of :func:`to_grid`.
        size: (height, width) of the ROI.

    Returns:
        float32 ``[1,1,h,w]``, exact zeros away from the region.
    """
    weight = cv2.GaussianBlur(region.astype(np.float32), (0, 0), _SOFT)
    alpha = warp(torch.from_numpy(weight)[None, None], torch.from_numpy(invert_affine(matrix)), size)
    return torch.where(alpha > 1e-3, alpha, 0.0).clamp_(0, 1)


def surely_inside(alpha: torch.Tensor, face_width: float) -> torch.Tensor:
    """A found weight without the rim of 0.03 face widths where its edge may be wrong: float32 like ``alpha`` ``[1,1,h,w]``."""
    reach = max(round(_UNSURE * face_width), 1)
    return -torch.nn.functional.max_pool2d(-alpha, 2 * reach + 1, stride=1, padding=reach)


def lower_face(batch: FrameBatch) -> torch.Tensor:
    """A stand-in where nothing has changed: the face below the middle of the nose, float32 ``[B,1,H,W]``, 0 or 1."""
    to_face = face_frames(batch.landmarks)
    points = apply_affine(invert_affine(to_face), face_polygon(batch.landmarks))
    points[..., 1] = np.maximum(points[..., 1], 0.25)
    return fill_polygon(torch.from_numpy(apply_affine(to_face, points).astype(np.float32)), batch.size).float()
