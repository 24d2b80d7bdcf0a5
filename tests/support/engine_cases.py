"""Every method and option of the engine as settings, small clips in memory, and a recorder, for tests of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import torch
from faces import face68, track_of
from scipy import ndimage
from seamsync.blending.composite import composite_frames
from seamsync.blending.external import ExternalMask
from seamsync.blending.pixels.primitives import fill_polygon
from seamsync.blending.result import CompositeResult
from seamsync.blending.settings import ColorMatch, MouthMask, SeamBlend, SeamSettings, SeamTemporal
from seamsync.media.clips import MouthClip
from seamsync.media.video import PlanarFrame, VideoInfo
from seamsync.quality.recorder import ReportRecorder
from seamsync.tracking.landmarks import OUTER_LIPS, face_width
from seamsync.tracking.track import FaceTrack

CPU = torch.device("cpu")
WIDTH, HEIGHT = 320, 240
INFO = VideoInfo("test", WIDTH, HEIGHT, Fraction(25), 8, chroma=(1, 1))
HALF = ExternalMask(np.repeat(np.linspace(0, 255, WIDTH).astype(np.uint8)[None], HEIGHT, 0)[None])


def _blend(method: str, **options: object) -> SeamSettings:
    return SeamSettings(blend=SeamBlend(method=method, **options))  # type: ignore[arg-type]


def _mask(**options: object) -> SeamSettings:
    return SeamSettings(mask=MouthMask(**options))  # type: ignore[arg-type]


#: One entry for every method and option that touches pixels.
VARIANTS: dict[str, SeamSettings] = {
    "alpha": _blend("alpha"),
    "guided": _blend("guided"),
    "multiband 3": _blend("multiband", levels=3),
    "multiband 5": _blend("multiband", levels=5, fine_width=4.0),
    **{
        f"poisson {domain} {gradients}": _blend("poisson", domain=domain, gradients=gradients)
        for domain in ("ring", "mask")
        for gradients in ("source", "mixed", "target")
    },
    "poisson without time": _blend("poisson", iterations=1),
    "linear light": _blend("multiband", linear_light=True),
    "supersampled 1.5": _blend("multiband", supersampling=1.5),
    "supersampled 2": _blend("alpha", supersampling=2.0),
    "edge-aware": _mask(edge_aware=1.0),
    "edge-aware, guided": _mask(edge_aware=1.0, edge_guide="guided_filter"),
    "occlusion": _mask(occlusion="disagreement"),
    "hard edge": _mask(feather=0.0, feather_min=0.0),
    "Gaussian, outward": _mask(falloff="gaussian", feather_side="outward", erosion=0.01, dilation=0.01),
    "sides": _mask(feather_top=0.5, feather_sides=2.0, feather_chin=0.25),
    "external": _mask(external=HALF),
    "external replaces": _mask(external=HALF, external_mode="replace"),
    "external is added": _mask(external=HALF, external_mode="union"),
    "motion and flow": SeamSettings(temporal=SeamTemporal(motion_widening=2.0, flow_average=0.8)),
    "covariance": SeamSettings(color=ColorMatch(method="covariance", space="rgb", sample_region="ring")),
    "shading": SeamSettings(color=ColorMatch(method="none", shading=1.0, shading_scale=0.03)),
    "detail": SeamSettings(color=ColorMatch(detail=0.5, sharpness=0.0)),
}
#: These take a constant difference away: matched colours, or the target's colours around the mask.
CONSTANT = [name for name, s in VARIANTS.items() if s.color.method != "none" or s.color.shading]
#: These leave the patch as it is where alpha is 1 (given no colour match); gradients carried over the whole mask, and
#: enlarging and reducing, do not.
_OTHERS = ("poisson mask", "poisson without", "supersampled", "covariance")
KEEP_PATCH = [name for name in VARIANTS if not name.startswith(_OTHERS)]


class Memory:
    """Frames held in memory."""

    def __init__(self, frames: list[PlanarFrame], info: VideoInfo = INFO) -> None:
        self.info = replace(info, frame_count=len(frames))
        self.warnings: list[str] = []
        self.kept = frames

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Fresh copies in ``order``."""
        for index in range(len(self.kept)) if order is None else order:
            yield self.kept[int(index)].copy()


class Kept(ReportRecorder):
    """Keeps what the compositor made of every frame."""

    def __init__(self) -> None:
        super().__init__(measure=False)
        self.made: list[CompositeResult] = []

    def add(self, indices: object, composed: CompositeResult) -> None:
        """Keep one batch."""
        self.made.append(composed)


def picture(seed: int, size: tuple[int, int] = (HEIGHT, WIDTH)) -> np.ndarray:
    """Smooth colours with some detail, uint8 ``[h,w,3]``."""
    rng = np.random.default_rng(seed)
    coarse, fine = (ndimage.gaussian_filter(rng.standard_normal((*size, 3)), (s, s, 0)) * s for s in (9, 1.5))
    return np.clip(140 + 90 * coarse + 8 * fine, 40, 215).astype(np.uint8)


def frame_of(rgb: np.ndarray, info: VideoInfo = INFO) -> PlanarFrame:
    """The picture as a stored frame, 4:4:4, so that colours are exact."""
    from seamsync.media.planes import planes_from_rgb

    frame = PlanarFrame.blank(info.width, info.height, info.chroma, info.bit_depth, info.color)
    planes = planes_from_rgb(torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255, info.color, info.bit_depth)
    for plane, values in zip(frame.planes, planes, strict=True):
        plane[...] = values[0].numpy()
    return frame


def mouths_of(pictures: list[np.ndarray], corner: tuple[int, int] = (60, 80)) -> MouthClip:
    """Patches whose pixels lie on the frame's."""
    patches = np.stack([p.transpose(2, 0, 1) for p in pictures])
    to_frame = np.tile(np.array([[1.0, 0, corner[0]], [0, 1.0, corner[1]]]), (len(patches), 1, 1))
    return MouthClip(patches=patches, to_frame=to_frame, active=np.ones(len(patches), bool), frames=np.arange(len(patches)))


def cut(rgb: np.ndarray, add: int = 0) -> np.ndarray:
    """What lies under the patches, a constant brighter."""
    return np.clip(rgb[80:236, 60:264].astype(int) + add, 0, 255).astype(np.uint8)


def run(clip: Memory, mouths: MouthClip, name: str, track: FaceTrack | None = None) -> tuple[list[PlanarFrame], Kept]:
    """All frames by one variant, and what was made of them."""
    settings, log = VARIANTS[name], Kept()
    if settings.mask.external is not None and clip.info.width != WIDTH:
        settings = replace(settings, mask=replace(settings.mask, external=ExternalMask(HALF.weights.repeat(2, 1).repeat(2, 2))))
    track = track or track_of(np.stack([face68()] * clip.info.frame_count), (clip.info.width, clip.info.height))
    return list(composite_frames(clip, track, mouths, settings, CPU, recorder=log)), log


def apart(one: PlanarFrame, two: PlanarFrame) -> int:
    """Largest difference of a stored sample."""
    return max(int(np.abs(a.astype(int) - b.astype(int)).max()) for a, b in zip(one.planes, two.planes, strict=True))


def away_from_mouth(face: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Pixels that a match of the skin reaches whole: bool ``[H,W]`` of a face ``[68,2]`` and (height, width)."""
    mouth = fill_polygon(torch.from_numpy(face[None, OUTER_LIPS].astype(np.float32)), size)[0, 0].numpy()
    return np.asarray(ndimage.distance_transform_edt(~mouth)) > 0.1 * float(face_width(face)) + 2
