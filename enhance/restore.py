"""Restore mouths by a model of the user's own, without its flicker."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from ..media.clips import MouthClip
from ..models.restoration import FACE_SIDE, Restorer
from ..tracking.align import compose_affine, invert_affine
from ..tracking.framing import ffhq_framing

#: Successive patches that differ by more than this (mean, levels of 255) show another scene or take.
_JUMP = 24.0
#: Change of a pixel (levels) at which the average over time drops the past, and blur of that change (shares of the side).
_MOVING, _REACH = 5.0, 0.015


class MouthRestorer:
    """Restore the patches of one clip, in order.

    The residual (restored − own picture) of a model flickers, as its detail is new in every frame. It is averaged over time,
    pixel by pixel, only where the patch itself is constant. The patch is each frame's own, so the timing of the mouth stays.
    The average starts anew where the patches jump.

    A face restorer gets the patch on a canvas framed as its training faces were (FFHQ), by the generated landmarks; around
    the patch its border is continued. Without landmarks the patch itself is taken for such a face, as Wav2Lip's are.

    Args:
        restorer: the model.
        mouths: the clip; its patches are the generator's own.
        scale: output pixels a patch pixel.
        fidelity: 1 keeps the generator's picture, 0 takes the restored one.
        steadiness: weight of the past in the residual's average where nothing moves, 0…1.
    """

    def __init__(self, restorer: Restorer, mouths: MouthClip, *, scale: int, fidelity: float, steadiness: float) -> None:
        self._restorer, self._mouths = restorer, mouths
        height, width = mouths.patches.shape[2:]
        self._size = (width * scale, height * scale)
        self._share, self._steadiness = 1 - fidelity, steadiness
        self._before: tuple[np.ndarray, np.ndarray] | None = None
        self._to_canvas = self._canvases(width, height) if restorer.face else None

    def _canvases(self, width: int, height: int) -> np.ndarray:
        """Return affines from patch pixels to canvas pixels, float64 ``[T,2,3]``."""
        mouths, count = self._mouths, len(self._mouths)
        if mouths.landmarks is None:
            side = FACE_SIDE / max(width, height)
            shift = (FACE_SIDE - side * np.array([width, height])) / 2
            return np.tile(np.array([[side, 0, shift[0]], [0, side, shift[1]]]), (count, 1, 1))
        return compose_affine(ffhq_framing(mouths.landmarks, FACE_SIDE), mouths.to_frame)

    def patches(self, start: int, stop: int) -> np.ndarray:
        """Return restored patches ``start … stop − 1``, called in order: uint8 ``[n,3,h·scale,w·scale]``."""
        own = [np.ascontiguousarray(patch.transpose(1, 2, 0)) for patch in self._mouths.patches[start:stop]]
        restored = self._run(own) if self._to_canvas is None else self._faces(own, self._to_canvas[start:stop])
        out = [self._steady(patch, made) for patch, made in zip(own, restored, strict=True)]
        return np.stack(out).transpose(0, 3, 1, 2)

    def _run(self, pictures: list[np.ndarray]) -> list[np.ndarray]:
        """Run the model: uint8 ``[h,w,3]`` → float32 levels ``[h·s,w·s,3]``."""
        images = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
        return list((self._restorer.restore(images) * 255).permute(0, 2, 3, 1).numpy())

    def _faces(self, own: list[np.ndarray], to_canvas: np.ndarray) -> list[np.ndarray]:
        """Run a face restorer: levels ``[H,W,3]`` of the output size; what the canvas cut off is the patch's."""
        back = invert_affine(to_canvas) * (self._size[0] / own[0].shape[1])
        canvases = [_warp(patch, affine, (FACE_SIDE, FACE_SIDE)) for patch, affine in zip(own, to_canvas, strict=True)]
        out = []
        for patch, made, affine in zip(own, self._run(canvases), back, strict=True):
            affine = compose_affine(affine, np.array([[1 / self._restorer.scale, 0, 0], [0, 1 / self._restorer.scale, 0]]))
            covered = _warp(np.ones(made.shape[:2], np.float32), affine, self._size, cv2.BORDER_CONSTANT)[..., None]
            large = self._enlarged(patch)
            out.append(large + covered * (_warp(made, affine, self._size) - large))
        return out

    def _enlarged(self, picture: np.ndarray) -> np.ndarray:
        """Return the output size, float32 levels."""
        kind = cv2.INTER_AREA if picture.shape[1] > self._size[0] else cv2.INTER_CUBIC
        return cv2.resize(picture.astype(np.float32), self._size, interpolation=kind)

    def _steady(self, own: np.ndarray, restored: np.ndarray) -> np.ndarray:
        """Add the averaged residual to the patch: uint8 ``[H,W,3]``."""
        large = self._enlarged(own)
        residual = self._enlarged(restored) - large
        if self._before is not None and self._steadiness:
            past, earlier = self._before
            change = np.abs(large - earlier).mean(-1)
            if change.mean() < _JUMP:
                moving = cv2.GaussianBlur(change, (0, 0), max(0.5, _REACH * self._size[0]))
                keep = self._steadiness * np.exp(-((moving / _MOVING) ** 2))[..., None]
                residual = residual + keep * (past - residual)
        self._before = residual, large
        return np.clip(np.rint(large + self._share * residual), 0, 255).astype(np.uint8)


def _warp(picture: np.ndarray, affine: np.ndarray, size: tuple[int, int], border: int = cv2.BORDER_REPLICATE) -> np.ndarray:
    """Warp cubically to (width, height) by an affine between pixel coordinates with centres at .5."""
    centred = affine.copy()
    centred[:, 2] += affine[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts pixel centres from 0
    shrink = 1 / max(float(np.sqrt(abs(np.linalg.det(affine[:, :2])))), 1e-6)
    if shrink > 1.5:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.4 * shrink, borderType=cv2.BORDER_REPLICATE)
    return cv2.warpAffine(picture, centred, size, flags=cv2.INTER_CUBIC, borderMode=border)
