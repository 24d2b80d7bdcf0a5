"""Describe frames that are composited together: everything but their pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class FrameBatch:
    """Hold the geometry of B frames whose ROIs have one size, on the host.

    ROI pixels are frame pixels minus ``origin``, times ``scale`` (1 unless the composite is supersampled).

    Attributes:
        indices: int64 ``[B]``, output frames, ascending.
        scene: int32 ``[B]``.
        fresh: bool ``[B]``; True where there is no past to smooth with: the first frame of a scene, or the frame before was
            not composited.
        origin: float64 ``[B,2]``, frame pixel of the ROI's top left corner.
        size: (height, width) of the ROI in ROI pixels.
        scale: ROI pixels a frame pixel.
        face_width: float32 ``[B]``, ROI pixels.
        landmarks: float32 ``[B,68,2]`` of the target, ROI pixels.
        generated: the same of the generated face, or None.
        outline: float64 ``[B,N,2]``, the mask's outline, ROI pixels.
        quad: float64 ``[B,4,2]``, corners of the patch's usable part, ROI pixels.
        reach: float32 ``[B]``, how far the mask may reach past the target's chin, ROI pixels; None: nowhere.
    """

    indices: np.ndarray
    scene: np.ndarray
    fresh: np.ndarray
    origin: np.ndarray
    size: tuple[int, int]
    scale: float
    face_width: np.ndarray
    landmarks: np.ndarray
    generated: np.ndarray | None
    outline: np.ndarray
    quad: np.ndarray
    reach: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.indices)

    def faces(self, which: np.ndarray) -> list[np.ndarray]:
        """Return some landmarks of the target's face and, where it is known, of the generated one: float32 ``[B,n,2]`` each."""
        return [face[:, which] for face in (self.landmarks, self.generated) if face is not None]

    def unscaled(self, size: tuple[int, int]) -> FrameBatch:
        """Return the same frames in frame pixels, with an ROI of ``size`` (height, width)."""
        if self.scale == 1:
            return self
        generated = None if self.generated is None else self.generated / np.float32(self.scale)
        return replace(
            self,
            size=size,
            scale=1.0,
            face_width=self.face_width / np.float32(self.scale),
            landmarks=self.landmarks / np.float32(self.scale),
            generated=generated,
            outline=self.outline / self.scale,
            quad=self.quad / self.scale,
            reach=None if self.reach is None else self.reach / np.float32(self.scale),
        )
