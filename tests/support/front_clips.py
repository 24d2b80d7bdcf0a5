"""A face that talks in changing light, as a small clip, with things that pass before its mouth."""

from __future__ import annotations

import numpy as np
import torch
from faces import face68, track_of
from occluded_faces import CENTRE, SIZE, SKIN, WIDTH, paint, place
from seamsync.blending.pixels.primitives import gaussian_blur
from seamsync.media.sources import ArraySource
from seamsync.tracking.track import FaceTrack

COUNT = 32
#: Frames in which the object is there, and those in which it is over the mouth.
PRESENT, OVER = range(10, 22), range(13, 19)


def talking() -> tuple[list[torch.Tensor], np.ndarray]:
    """Pictures float32 ``[1,3,H,W]`` of a face whose mouth opens and closes, and its landmarks ``[T,68,2]``."""
    points = np.stack([face68(CENTRE, WIDTH, opening=0.05 + 0.05 * np.sin(0.9 * k)) for k in range(COUNT)])
    light = 1 + 0.08 * np.sin(0.25 * np.arange(COUNT))
    return [paint(points[k], k) * float(light[k]) for k in range(COUNT)], points


def clip_of(pictures: list[torch.Tensor], points: np.ndarray) -> tuple[ArraySource, FaceTrack]:
    """A clip and its track."""
    frames = [(255 * one[0].clamp(0, 1)).round().byte().permute(1, 2, 0).numpy() for one in pictures]
    return ArraySource(frames, 25), track_of(points.astype(np.float32), (SIZE[1], SIZE[0]))


def passing(kind: str) -> list[torch.Tensor]:
    """Where the object is in every frame, bool ``[1,1,H,W]``: it comes from below, stays, and leaves."""
    across, down = place()
    masks = []
    for frame in range(COUNT):
        away = max(OVER[0] - frame, frame - OVER[-1], 0) * 0.17
        x, y = across - 0.02 * np.sin(frame), down - away
        shapes = {
            "cup": (x.abs() < 0.2) & (y > 0.46),
            "rod": ((x - 0.1).abs() < 0.06) & (y > 0.5),
            "fingers": (torch.cos(x * 60) > -0.75) & (x.abs() < 0.16) & (y > 0.48),
        }
        masks.append(shapes[kind] if frame in PRESENT else torch.zeros_like(x, dtype=torch.bool))
    return masks


def covered(kind: str) -> tuple[ArraySource, FaceTrack, np.ndarray]:
    """The clip with an object passing, its track, and where the object is, bool ``[T,H,W]``."""
    pictures, points = talking()
    color = {"cup": (0.2, 0.3, 0.6), "rod": (0.12, 0.12, 0.13), "fingers": SKIN}[kind]
    masks = passing(kind)
    if kind == "fingers":  # dark lines between skin: an outline that is no face's
        across = place()[0]
        near = [mask if not mask.any() else (across.abs() < 0.18) & gaussian_blur(mask.float(), 2.0).gt(0.05) for mask in masks]
        pictures = [torch.where(mask, one * 0.55, one) for mask, one in zip(near, pictures, strict=True)]
    soft = [gaussian_blur(mask.float(), 0.7) for mask in masks]
    shown = [one * (1 - s) + torch.tensor(color).view(1, 3, 1, 1) * s for one, s in zip(pictures, soft, strict=True)]
    source, track = clip_of(shown, points)
    return source, track, np.concatenate([mask[:, 0].numpy() for mask in masks])
