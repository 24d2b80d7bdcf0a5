"""A landmark network for tests: a face of fixed shape around the middle of what is bright."""

from __future__ import annotations

import numpy as np
from faces import face68
from seamsync.media.frame import PlanarFrame
from seamsync.media.tags import ColorTags
from seamsync.tracking.networks import FoundFaces
from seamsync.tracking.refit import face_regions

#: Landmarks around the middle of the lips.
TEMPLATE = face68((0.0, -57.0), 100.0).astype(np.float64)


def bright_frame(middle: np.ndarray, size: tuple[int, int] = (320, 240), luma: int = 235) -> PlanarFrame:
    """A black frame with a bright disc of 12 px around a point."""
    frame = PlanarFrame.blank(*size, (2, 2), 8, ColorTags())
    y, x = np.mgrid[: size[1], : size[0]] + 0.5
    frame.y[...] = np.where(np.hypot(x - middle[0], y - middle[1]) < 12, luma, 16)
    frame.u[...] = frame.v[...] = 128
    return frame


class BrightFace:
    """Implements :class:`~seamsync.tracking.networks.FaceNetworks`; the scale is that of the regions it asks for."""

    crop_size = 96

    def find_faces(self, image: np.ndarray) -> FoundFaces:
        """Never asked."""
        raise AssertionError

    def fit_landmarks(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the bright pixels; a crop without any shows no face."""
        out = np.zeros((len(crops), 68, 2), np.float32)
        found = np.zeros(len(crops), np.float32)
        scale = self.crop_size / face_regions(TEMPLATE[None])[0, 2]
        for row, crop in enumerate(crops):
            y, x = np.nonzero(crop[..., 1] > 128)
            found[row] = len(x) > 0
            out[row] = TEMPLATE * scale + (np.array([x.mean(), y.mean()]) + 0.5 if len(x) else self.crop_size / 2)
        return out, found

    def crop_regions(self, points: np.ndarray) -> np.ndarray:
        """As for landmarks that are known."""
        return face_regions(points)
