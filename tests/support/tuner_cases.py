"""A drawn, moving face with simulated mouths, and what the tuner and the engine make of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from drawn_mouths import draw_face
from faces import face68, track_of
from seamsync.benchmarks.mouths import simulated_mouths
from seamsync.blending.settings import ColorMatch, MouthMask, SeamBlend, SeamSettings
from seamsync.browser.tuner import Tuner
from seamsync.media.clips import MouthClip
from seamsync.media.video import FrameSource, TensorSource, VideoReader
from seamsync.pipeline import track_video
from seamsync.preview import preview_composite
from seamsync.tracking.options import SmoothOptions
from seamsync.tracking.track import FaceTrack

COUNT = 12
SIZE = (320, 240)
#: Mask and colour alone, which the browser composes exactly.
PLAIN_COLOR = ColorMatch(sharpness=0.0, grain=0.0, shading=0.0, detail=0.0, keep_mouth=0.0)
PLAIN = SeamSettings(color=PLAIN_COLOR, blend=SeamBlend(method="alpha"))


@dataclass(frozen=True, eq=False)
class Case:
    """A clip ready to be composited."""

    source: FrameSource
    track: FaceTrack
    mouths: MouthClip

    def tuned(self, settings: SeamSettings, frames: list[int]) -> Tuner:
        """What the browser would get."""
        tuner = Tuner()
        preview_composite(self.source, self.track, self.mouths, frames, settings=settings, tuner=tuner)
        return tuner

    def engine(self, settings: SeamSettings, frame: int) -> np.ndarray:
        """The engine's picture, uint8 ``[h,w,3]``."""
        return preview_composite(self.source, self.track, self.mouths, [frame], settings=settings)[0][0]

    def alpha(self, settings: SeamSettings, frame: int) -> np.ndarray:
        """The engine's mask, float32 ``[h,w]``, 0…1."""
        return preview_composite(self.source, self.track, self.mouths, [frame], settings=settings)[1][0]


@cache
def drawn_case(scale: float = 1.0) -> Case:
    """A face that talks, nods and drifts to the right over a grainy picture; ``scale`` enlarges all of it."""
    random = np.random.default_rng(5)
    pictures, marks, size = [], [], (round(SIZE[0] * scale), round(SIZE[1] * scale))
    for index in range(COUNT):
        opening = 0.04 * (1 - np.cos(index))
        centre = (150.0 + 2 * index, 90 + 3 * np.sin(index))
        points = face68(centre, 120.0, opening=opening) * scale
        picture = draw_face(points, size) + random.normal(0, 3, (size[1], size[0], 3))
        pictures.append(picture.clip(0, 255) / 255)
        marks.append(points.astype(np.float32))
    source = TensorSource(torch.from_numpy(np.stack(pictures)).float(), Fraction(25), name="drawn")
    track = track_of(np.stack(marks), size)
    return Case(source, track, simulated_mouths(source, track, size=96))


def filmed_case(path: Path, first: int = 0) -> Case:
    """A piece of a clip with simulated mouths, its face tracked."""
    reader = VideoReader(path)
    pictures = np.stack([frame.rgb() for frame in reader.frames(np.arange(first, first + COUNT))])
    source = TensorSource(torch.from_numpy(pictures).float() / 255, reader.info.fps, name=path.name)
    track = track_video(source, smooth=SmoothOptions())
    return Case(source, track, simulated_mouths(source, track, size=96, shift=2.0))


def changed(settings: SeamSettings, values: dict[str, float]) -> SeamSettings:
    """Settings with sliders moved; names as the page has them, such as ``mask.feather``."""
    rooms: dict[str, dict[str, Any]] = {"mask": {}, "color": {}}
    for name, value in values.items():
        room, field = name.split(".")
        rooms[room][field] = value
    return replace(settings, mask=replace(settings.mask, **rooms["mask"]), color=replace(settings.color, **rooms["color"]))


def masks() -> dict[str, MouthMask]:
    """Different masks to be tuned."""
    return {
        "contour": MouthMask(alignment=0.0),
        "gaussian": MouthMask(shape="wide_ellipse", falloff="gaussian", feather_top=2.0, feather_chin=0.5, alignment=0.0),
        "outward": MouthMask(shape="superellipse", feather_side="outward", scale=0.8, erosion=0.0, alignment=0.0),
        "mouth": MouthMask(shape="mouth", feather_side="centred", padding=0.03, rotation=False, alignment=0.0),
        "jaw": MouthMask(shape="jaw", feather_min=1.0, feather_max=9.0, alignment=0.0),
    }
