"""Small composites for the tests of the seam's metrics: a face on a soft picture, an elliptic mask, a batch around them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np
import torch
from faces import face68
from scipy import ndimage
from seamsync.blending.frame_batch import FrameBatch
from seamsync.media.video import PlanarFrame, VideoInfo

SIZE = (176, 170)
WIDTH = 130.0
CENTRE = (85.0, 40.0)
#: Middle of the mouth and of the masks below.
MOUTH = (85.0, 40.0 + 0.57 * WIDTH)


def chunk_of(count: int = 1, *, first: int = 0, scale: float = 1.0, **changes: object) -> FrameBatch:
    """Frames ``first …`` of one scene with a still face; ``changes`` replace fields."""
    points = np.repeat(face68(CENTRE, WIDTH)[None], count, 0)
    indices = np.arange(first, first + count)
    fields: dict[str, object] = {
        "indices": indices,
        "scene": np.zeros(count, np.int32),
        "fresh": indices == 0,
        "origin": np.zeros((count, 2)),
        "size": SIZE,
        "scale": scale,
        "face_width": np.full(count, WIDTH, np.float32),
        "landmarks": points,
        "generated": points.copy(),
        "outline": np.zeros((count, 4, 2)),
        "quad": np.zeros((count, 4, 2)),
    }
    return FrameBatch(**{**fields, **changes})  # type: ignore[arg-type]


def picture(seed: int = 0, *, detail: float = 0.05, size: tuple[int, int] = SIZE) -> torch.Tensor:
    """Skin-coloured, softly lit, with texture of that deviation: float32 ``[1,3,H,W]``."""
    random = np.random.default_rng(seed)
    light = cv2.resize(random.normal(0, 0.06, (5, 5, 3)).astype(np.float32), size[::-1], interpolation=cv2.INTER_CUBIC)
    texture = cv2.GaussianBlur(random.normal(0, 1, (*size, 1)).astype(np.float32), (0, 0), 1.2)
    texture = texture / texture.std() * detail
    rgb = np.array([0.72, 0.55, 0.47], np.float32) + light + texture.reshape(*size, 1)
    return torch.from_numpy(rgb.clip(0.02, 0.98).astype(np.float32)).permute(2, 0, 1)[None].contiguous()


def ellipse(
    feather: float = 12.0,
    *,
    half: tuple[float, float] = (48.0, 38.0),
    centre: tuple[float, float] = MOUTH,
    size: tuple[int, int] = SIZE,
) -> torch.Tensor:
    """Alpha that falls from 1 to 0 over about ``feather`` pixels around an ellipse: float32 ``[1,1,H,W]``."""
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    away = np.hypot((x - centre[0]) / half[0], (y - centre[1]) / half[1])
    alpha = np.clip((1 - away) * min(half) / max(feather, 1e-3) + 0.5, 0, 1)
    return torch.from_numpy(alpha.astype(np.float32))[None, None]


def composite(target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """Plain cross-fade."""
    return target + (patch - target) * alpha


class HeldClip:
    """Gray 8-bit frames in memory as a FrameSource."""

    def __init__(self, pictures: list[np.ndarray]) -> None:
        height, width = pictures[0].shape
        self.info = VideoInfo("held", width, height, Fraction(25), len(pictures))
        self.warnings: list[str] = []
        self._pictures = pictures

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Fresh frames in ``order``, their luma as given."""
        for index in range(len(self._pictures)) if order is None else order:
            info = self.info
            frame = PlanarFrame.blank(info.width, info.height, info.chroma, info.bit_depth, info.color)
            for plane, values in zip(frame.planes, (self._pictures[int(index)], 128, 128), strict=True):
                plane[...] = values
            yield frame


def band_of(alpha: np.ndarray, reach: float) -> np.ndarray:
    """The seam ring of a single alpha ``[H,W]`` by SciPy's distance transform: bool ``[H,W]``."""
    sides = [np.asarray(ndimage.distance_transform_edt(side)) for side in (alpha > 0.5, alpha <= 0.5)]
    return np.maximum(*sides) - 0.5 <= reach
