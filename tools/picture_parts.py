"""Parts of the pictures in help pages and templates: the sample clip with mouths, crops of it, seams, the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from seamsync.benchmarks.mouths import simulated_mouths
from seamsync.blending.presets import PRESETS
from seamsync.media.audio import load_audio
from seamsync.media.clips import MouthClip, store_patches
from seamsync.media.video import VideoReader
from seamsync.pipeline import generate_mouths, track_video
from seamsync.preview import preview_composite
from seamsync.tracking.options import SmoothOptions
from seamsync.tracking.track import FaceTrack

ROOT = Path(__file__).resolve().parents[1]
#: Most bytes of a picture in a help page.
MOST = 60_000
SPEECH = ROOT / "sample" / "speech.wav"


@dataclass(frozen=True)
class Scene:
    """The sample clip.

    Attributes:
        source, raw, track, mouths: the clip, its face as found and smoothed, the mouths of the sample speech.
    """

    source: VideoReader
    raw: FaceTrack
    track: FaceTrack
    mouths: MouthClip

    @classmethod
    def sample(cls) -> Scene:
        """Tracked, with mouths."""
        source = VideoReader(ROOT / "sample" / "face.mp4")
        track = track_video(source, smooth=SmoothOptions())
        mouths = generate_mouths(source, track, load_audio(SPEECH))
        return cls(source, track_video(source), track, mouths)

    def simulated(self, size: float = 256) -> MouthClip:
        """Mouths with a generator's faults, ``size`` pixels a side."""
        return simulated_mouths(self.source, self.track, size=size)

    def rgb(self, index: int) -> np.ndarray:
        """A frame of the clip, uint8 ``[h,w,3]``."""
        return next(iter(self.source.frames(np.array([index])))).rgb()

    def crop(
        self, picture: np.ndarray, index: int, size: tuple[int, int], width: float, move: tuple[float, float] = (0, 0)
    ) -> np.ndarray:
        """``width`` face widths of a picture around the mouth of frame ``index``, moved by so many to the right and down.

        Args:
            size: width and height of the crop, pixels.
        """
        middle = self.track.landmarks[index, 48:68].mean(0) + np.array(move) * self.track.face_width[index]
        scale = size[0] / (width * self.track.face_width[index])
        matrix = np.array([[scale, 0, size[0] / 2 - scale * middle[0]], [0, scale, size[1] / 2 - scale * middle[1]]])
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        return cv2.warpAffine(picture, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)


def tinted(mouths: MouthClip, cast: Sequence[float], gain: float = 1.0) -> MouthClip:
    """The mouths with another contrast and a colour cast, 8-bit levels of RGB, as generators give them."""
    levels = np.array(cast, np.float32)[:, None, None]
    changed = (np.clip((patch.astype(np.float32) - 128) * gain + 128 + levels, 0, 255) for patch in mouths.patches)
    return replace(mouths, patches=store_patches(patch.astype(np.uint8)[None] for patch in changed))


def tint(picture: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The picture with alpha ``[h,w]`` over it in red."""
    weight = 0.6 * alpha[..., None]
    return (picture * (1 - weight) + np.array([255.0, 60, 60]) * weight).round().astype(np.uint8)


def two_seams(scene: Scene, at: int = 60, size: tuple[int, int] = (322, 288)) -> list[np.ndarray]:
    """The face with a coarse seam, and with none: the same mouth, whose colour is off, by two presets."""
    mouths, made = tinted(scene.simulated(), (12, -8, -10), 1.1), []
    for preset in (PRESETS["baseline"], PRESETS["natural"]):
        made.append(
            scene.crop(
                preview_composite(scene.source, scene.track, mouths, [at], settings=preset)[0][0], at, size, 1.4, (0, -0.1)
            )
        )
    return made


def save(picture: np.ndarray, path: Path, most: int) -> None:
    """Write a JPEG of at most ``most`` bytes, as fine as that allows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tries = (cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, q])[1].tobytes() for q in range(92, 30, -4))
    path.write_bytes(next(packed for packed in tries if len(packed) <= most))
