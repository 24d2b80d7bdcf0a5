"""Where a finished result differs from its original: the changed region, found without knowing its mask.

Encoding leaves a small change everywhere. How small is seen far from the face; what lies above it near the face is the
tool's own work.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from ...blending import roi
from ...media.planes import Box
from ...media.video import PlanarFrame

_CPU = torch.device("cpu")
#: Pixels of blur over squared differences, and over the texture that codec noise follows.
_BLUR, _TEXTURE = 1.0, 2.5
#: The surroundings reach so far past the ROI, as a share of it, and are told apart by texture into so many classes.
_AROUND, _CLASSES = 0.6, 8
#: Codec noise: all but this share of the surroundings change by less; and the least that counts as a change, 8-bit levels.
_TAIL, _LEAST = 98.0, 0.5
#: How the logarithm of noise's energy grows with that of the texture's, where no surroundings tell.
_GROWTH = 1.0
#: Side of the blocks whose mean tells a change of the picture from noise, pixels, and the least such change, 8-bit levels.
_BLOCK, _BLOCK_LEAST = 8, 2.0


@dataclass(frozen=True, eq=False)
class Difference:
    """Result less original in one frame.

    Attributes:
        energy: squared change of Y, Cb and Cr together, blurred by a pixel, over what noise reaches in such texture; above 1
            it is more than noise: float32 ``[h,w]`` of the ROI.
        noise: root mean square of the change around the ROI, 8-bit levels.
        blocks: bool ``[⌈H/8⌉,⌈W/8⌉]`` of the whole frame, blocks whose mean has changed.
    """

    energy: np.ndarray
    noise: float
    blocks: np.ndarray


def difference(original: PlanarFrame, result: PlanarFrame, box: Box) -> Difference:
    """Compare two frames of one size.

    Codec noise grows with texture: what it reaches is read, texture class by texture class, from the surroundings of the
    ROI (from the ROI itself where it fills the frame).

    Args:
        original, result: the frames.
        box: the ROI; the face lies well inside.
    """
    around, (rows, columns) = _surroundings(box, original.width, original.height)
    far = np.ones((around[3] - around[1], around[2] - around[0]), bool)
    far[rows, columns] = False
    far = far if far.mean() > 0.05 else np.ones_like(far)
    before, after = (_levels(frame, around) for frame in (original, result))
    changes = after - before
    changes -= np.median(changes[:, far][:, ::7], axis=1)[:, None, None]  # other colours all over are no seam
    energy = cv2.GaussianBlur((changes**2).sum(0), (0, 0), _BLUR)
    limit = _noise_limit(energy, before[0], far)
    return Difference(
        energy=(energy / limit)[rows, columns],
        noise=float(np.sqrt(np.mean((after - before)[:, far] ** 2))),
        blocks=_changed_blocks(original, result),
    )


def _surroundings(box: Box, width: int, height: int) -> tuple[Box, tuple[slice, slice]]:
    """The ROI and what is around it, edges even, and the ROI's rows and columns in that."""
    x0, y0, x1, y1 = box
    across, down = (int(_AROUND * side) // 2 * 2 for side in (x1 - x0, y1 - y0))
    left, top = max(x0 - across, 0), max(y0 - down, 0)
    around = left, top, min(x1 + across, width + width % 2), min(y1 + down, height + height % 2)
    return around, (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))


def _levels(frame: PlanarFrame, box: Box) -> np.ndarray:
    """Y, Cb, Cr under a box of even edges in 8-bit levels, float32 ``[3,h,w]``; past the frame its border is repeated.

    Chroma is taken at half size whatever its own, so that a 4:4:4 original and a 4:2:0 result of it are alike.
    """
    size, unit = (box[2] - box[0], box[3] - box[1]), np.float32(1 / (1 << (frame.bit_depth - 8)))
    y, u, v = (roi.cut([frame], [box], which, _CPU)[0].numpy().astype(np.float32) * unit for which in range(3))
    half = size[0] // 2, size[1] // 2
    return np.stack([y, *(cv2.resize(cv2.resize(plane, half, interpolation=cv2.INTER_AREA), size) for plane in (u, v))])


def _noise_limit(energy: np.ndarray, luma: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Energy that codec noise reaches at every pixel, by its texture: float32 ``[h,w]``.

    Classes of texture have equal shares of the far pixels; a class with more texture is never less noisy. Past the last
    class, noise is taken to grow as the slopes do.
    """
    slopes = cv2.Sobel(luma, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(luma, cv2.CV_32F, 0, 1) ** 2
    texture = np.log1p(cv2.GaussianBlur(slopes, (0, 0), _TEXTURE))
    known, seen = texture[far][::3], energy[far][::3]
    edges = np.quantile(known, np.linspace(0, 1, _CLASSES + 1))
    kind = np.searchsorted(edges[1:-1], known)
    parts = [(known[kind == k], seen[kind == k]) for k in range(_CLASSES) if (kind == k).sum() > 50]
    middles = [float(np.median(one)) for one, _ in parts]
    limits = np.maximum.accumulate([max(float(np.percentile(two, _TAIL)), _LEAST**2) for _, two in parts])
    beyond = np.exp(_GROWTH * np.maximum(texture - middles[-1], 0))
    return (np.interp(texture, middles, limits) * beyond).astype(np.float32)


def _changed_blocks(original: PlanarFrame, result: PlanarFrame) -> np.ndarray:
    """Blocks of 8×8 pixels whose mean differs: bool ``[⌈H/8⌉,⌈W/8⌉]``."""
    size = -(-original.width // _BLOCK), -(-original.height // _BLOCK)
    changed = np.zeros(size[::-1], bool)
    for which in range(3):
        one, two = (_block_means(frame, which, size) for frame in (original, result))
        changed |= np.abs(two - one) > _BLOCK_LEAST
    return changed


def _block_means(frame: PlanarFrame, which: int, size: tuple[int, int]) -> np.ndarray:
    plane, step = frame.planes[which], np.array([_BLOCK, _BLOCK])
    step = step // frame.chroma if which else step
    below, right = size[1] * step[1] - plane.shape[0], size[0] * step[0] - plane.shape[1]
    whole = plane.astype(np.float32) * np.float32(1 / (1 << (frame.bit_depth - 8)))
    if below or right:
        whole = cv2.copyMakeBorder(whole, 0, int(below), 0, int(right), cv2.BORDER_REPLICATE)
    return cv2.resize(whole, size, interpolation=cv2.INTER_AREA)


def outside_changed(found: Difference, alpha: np.ndarray, box: Box) -> float:
    """Share of the frame outside the mask that has changed by more than noise: its blocks of 8×8 pixels whose mean differs
    by over 2 levels of 255 in Y, Cb or Cr. Blocks that the mask touches, or that are next to such, do not count.

    Args:
        found: of this frame.
        alpha: float32 ``[h,w]`` of the ROI.
        box: the ROI.

    Returns:
        0…1, NaN where the mask leaves nothing.
    """
    masked = np.zeros(found.blocks.shape, np.uint8)
    rows, columns = np.nonzero(alpha > 0)
    masked[(rows + box[1]) // _BLOCK, (columns + box[0]) // _BLOCK] = 1
    outside = cv2.dilate(masked, np.ones((3, 3), np.uint8)) == 0
    return float(found.blocks[outside].mean()) if outside.any() else float("nan")
