"""A face for the tests of occlusion: shaded skin and lips in the target, other lips in the patch, and things in front."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from faces import face68
from seamsync.blending.frame_batch import FrameBatch
from seamsync.blending.pixels.primitives import fill_polygon, gaussian_blur
from seamsync.tracking.landmarks import INNER_LIPS, JAW, OUTER_LIPS

SIZE, WIDTH, CENTRE = (132, 170), 110.0, (85.0, 20.0)
SKIN, LIPS, DARK = (0.78, 0.58, 0.48), (0.7, 0.38, 0.38), (0.12, 0.06, 0.06)


@dataclass(frozen=True, eq=False)
class Scene:
    """What the compositor hands over, of one frame."""

    alpha: torch.Tensor
    target: torch.Tensor
    patch: torch.Tensor
    batch: FrameBatch

    def behind(self, mask: torch.Tensor, color: tuple[float, float, float]) -> Scene:
        """The same with something of one colour in front, bool ``[1,1,H,W]``."""
        soft = gaussian_blur(mask.float(), 0.7)
        return replace(self, target=self.target * (1 - soft) + torch.tensor(color).view(1, 3, 1, 1) * soft)


def place() -> tuple[torch.Tensor, torch.Tensor]:
    """x and y of every pixel's centre, ``[1,1,H,W]`` each, in face widths from the middle of the eyes."""
    x, y = torch.arange(SIZE[1]) + 0.5, torch.arange(SIZE[0]) + 0.5
    return ((x - CENTRE[0]) / WIDTH).expand(1, 1, *SIZE), ((y - CENTRE[1]) / WIDTH)[:, None].expand(1, 1, *SIZE)


def disc(x: float, y: float, radius: float) -> torch.Tensor:
    """A disc in face widths from the middle of the eyes: bool ``[1,1,H,W]``."""
    across, down = place()
    return (across - x) ** 2 + (down - y) ** 2 < radius**2


def paint(points: np.ndarray, seed: int) -> torch.Tensor:
    """A face with these landmarks on a dark background: float32 ``[1,3,H,W]``."""

    def _fill(which: np.ndarray) -> torch.Tensor:
        return fill_polygon(torch.from_numpy(points[None, which]), SIZE).float()

    across, down = place()
    noise = torch.randn(1, 1, *SIZE, generator=torch.Generator().manual_seed(seed))
    shade = 1 + 0.25 * across - 0.15 * down + 0.05 * gaussian_blur(noise, 1.0)
    image = torch.tensor((0.1, 0.12, 0.15)).view(1, 3, 1, 1).expand(1, 3, *SIZE)
    # The jaw closed far above the eyes: the brows lie outside the picture.
    for color, area in ((SKIN, _fill(JAW)), (LIPS, _fill(OUTER_LIPS)), (DARK, _fill(INNER_LIPS))):
        image = torch.where(area > 0, torch.tensor(color).view(1, 3, 1, 1) * shade, image)
    return gaussian_blur(image, 0.6)


def scene(*, cast: tuple[float, float, float] = (1, 1, 1), blur: float = 1.5, shift: int = 0, known: bool = True) -> Scene:
    """A closed mouth in the target; in the patch an open one, blurred, cast in colour and moved aside."""
    closed, opened = face68(CENTRE, WIDTH), face68(CENTRE, WIDTH, opening=0.12)
    made = gaussian_blur(paint(opened, 2), blur).roll((shift, shift), (2, 3)) * torch.tensor(cast).view(1, 3, 1, 1)
    across, down = place()
    far = torch.sqrt((across / 0.46) ** 2 + ((down - 0.58) / 0.36) ** 2)
    batch = FrameBatch(
        indices=np.array([0]),
        scene=np.zeros(1, np.int32),
        fresh=np.ones(1, bool),
        origin=np.zeros((1, 2)),
        size=SIZE,
        scale=1.0,
        face_width=np.array([WIDTH], np.float32),
        landmarks=closed[None],
        generated=opened[None] if known else None,
        outline=np.zeros((1, 8, 2)),
        quad=np.array([[[0.0, 0.0], [SIZE[1], 0.0], [SIZE[1], SIZE[0]], [0.0, SIZE[0]]]]),
    )
    return Scene(((1 - far) * 4).clamp(0, 1), paint(closed, 1), made.clamp(0, 1), batch)
