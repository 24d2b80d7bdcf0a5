"""The scene that speed is measured on: 1080p frames of the bundled sample with a face of a given width, and soft mouths.

Real pictures, but the same everywhere, so that figures of different machines can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import torch

from ..blending.plan import SeamPlan, plan_seam
from ..blending.settings import SeamSettings
from ..media.clips import MouthClip
from ..media.planes import halve_chroma, planes_from_rgb
from ..media.video import PlanarFrame, VideoInfo, VideoReader
from ..pipeline import track_video
from ..tracking.align import apply_affine
from ..tracking.options import SmoothOptions
from ..tracking.track import FaceTrack
from .mouths import simulated_mouths

#: Face widths of docs/architecture.md §9.
FACES = {"S": 300, "L": 600}
WIDTH, HEIGHT = 1920, 1080
_SAMPLE = Path(__file__).resolve().parents[1] / "sample" / "face.mp4"


@dataclass(frozen=True, eq=False)
class Scene:
    """A few successive frames with everything a compositor needs.

    Attributes:
        info: 1080p, 4:2:0, 8 bit.
        stored: the frames as YUV planes.
        rgb: the same frames as uint8 ``[T,1080,1920,3]``.
        track: of the face.
        mouths: simulated, 256 px.
    """

    info: VideoInfo
    stored: list[PlanarFrame]
    rgb: np.ndarray
    track: FaceTrack
    mouths: MouthClip

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Fresh copies, as a :class:`~seamsync.media.video.FrameSource` gives them."""
        for index in range(len(self.stored)) if order is None else order:
            yield self.stored[int(index)].copy()

    @property
    def warnings(self) -> list[str]:
        """None."""
        return []

    def plan(self, settings: SeamSettings) -> SeamPlan:
        """Layout of the seam."""
        return plan_seam(self.track, self.mouths, settings, self.info)


def make_scene(face_width: float, count: int = 16) -> Scene:
    """The first ``count`` frames of the sample, scaled so that the face is ``face_width`` pixels wide, on a 1080p canvas."""
    reader = VideoReader(_SAMPLE, duration=(count + 1) / 25)
    track = track_video(reader, smooth=SmoothOptions())
    scale = face_width / float(np.median(track.face_width))
    middle = track.landmarks.mean((0, 1)).astype(np.float64)
    place = np.array([[scale, 0, WIDTH / 2 - scale * middle[0]], [0, scale, HEIGHT / 2 - scale * middle[1]]])
    centred = place.copy()
    centred[:, 2] += place[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts pixel centres from 0
    rgb = np.stack(
        [
            cv2.warpAffine(frame.rgb(), centred, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
            for frame, _ in zip(reader.frames(), range(count), strict=False)
        ]
    )
    count = len(rgb)
    track = FaceTrack(
        landmarks=apply_affine(place, track.landmarks[:count]).astype(np.float32),
        confidence=track.confidence[:count],
        visible=track.visible[:count],
        scene=track.scene[:count],
        frame_size=(WIDTH, HEIGHT),
        fps=Fraction(25),
    )
    info = VideoInfo("scene", WIDTH, HEIGHT, Fraction(25), count)
    scene = Scene(info, [_planes(picture, info) for picture in rgb], rgb, track, _NO_MOUTHS)
    return replace(scene, mouths=simulated_mouths(scene, track))


def _planes(rgb: np.ndarray, info: VideoInfo) -> PlanarFrame:
    picture = torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255
    y, u, v = planes_from_rgb(picture, info.color, info.bit_depth)
    frame = PlanarFrame.blank(info.width, info.height, info.chroma, info.bit_depth, info.color)
    for plane, values in zip(frame.planes, (y, halve_chroma(u, info.color), halve_chroma(v, info.color)), strict=True):
        plane[...] = values[0].numpy()
    return frame


_NO_MOUTHS = MouthClip(np.empty((0, 3, 1, 1), np.uint8), np.empty((0, 2, 3)), np.empty(0, bool), np.empty(0, np.int64))
