"""Composites of one clip by several methods, all judged alike: on a common piece of every frame, by the same meter.

A method is judged on its own seam, as its report would. As seams lie in different places, so that none can win by taking
its seam where little moves or nothing is measured, three more things are told: the method on the baseline's seam, the
baseline's picture on the method's seam, and the step of colour at the two ends of the method's soft edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import torch

from ..blending.composite import composite_frames
from ..blending.frame_batch import FrameBatch
from ..blending.pixels.primitives import warp
from ..blending.plan import plan_seam
from ..blending.result import CompositeResult
from ..blending.settings import SeamSettings
from ..media.clips import MouthClip
from ..media.planes import Box, chroma_box, rgb_from_planes
from ..media.video import FrameSource, PlanarFrame
from ..quality.metrics.meter import SeamMeter, summary
from ..quality.metrics.picture import luma_chroma
from ..quality.metrics.ring import seam_ring
from ..quality.metrics.seam import seam_step
from ..quality.recorder import ReportRecorder
from ..tensors import one_thread
from ..tracking.align import compose_affine
from ..tracking.landmarks import face_width
from ..tracking.track import FaceTrack

CPU = torch.device("cpu")
#: Where a peer's mask is 1: inside this much of the alpha it is given.
INSIDE = 0.5
#: Ends of a soft edge: what has alpha above these has its contour there.
ENDS = (0.1, 0.9)
#: Luma that differs by more than this has changed: less than one 8-bit level, more than the rounding of RGB.
LEVEL = 0.8 / 255
#: The columns that the place of the seam decides; on another seam the others mean nothing.
ON_THE_SEAM = ("gradient_mismatch", "seam_step", "ring_ssim", "photo_flicker")


@dataclass(frozen=True, eq=False)
class Stage:
    """One clip with its mouths, and the piece of every frame that is looked at.

    Attributes:
        source, track, mouths: as for the compositor; ``mouths`` has one entry a frame.
        boxes: int ``[T,4]``, x0, y0, x1, y1 on the chroma grid, around all that any method may change.
        frames: frames that every method composites.
        targets: float32 ``[1,3,h,w]`` RGB of those frames' pieces.
    """

    source: FrameSource
    track: FaceTrack
    mouths: MouthClip
    boxes: np.ndarray
    frames: np.ndarray
    targets: dict[int, torch.Tensor]

    def box(self, index: int) -> Box:
        """The piece of one frame."""
        x0, y0, x1, y1 = self.boxes[index].tolist()
        return x0, y0, x1, y1

    def batch(self, index: int) -> FrameBatch:
        """What is known of one frame, in pixels of its piece."""
        x0, y0, x1, y1 = self.box(index)
        origin = np.array([[x0, y0]], np.float64)
        marks, generated = self.track.landmarks[index : index + 1], self.mouths.landmarks
        fresh = index == 0 or index - 1 not in self.targets or self.track.scene[index] != self.track.scene[index - 1]
        return FrameBatch(
            indices=np.array([index]),
            scene=self.track.scene[index : index + 1],
            fresh=np.array([fresh]),
            origin=origin,
            size=(y1 - y0, x1 - x0),
            scale=1.0,
            face_width=face_width(marks).astype(np.float32),
            landmarks=(marks - origin[:, None]).astype(np.float32),
            generated=None if generated is None else (generated[index : index + 1] - origin[:, None]).astype(np.float32),
            outline=np.zeros((1, 4, 2)),
            quad=np.zeros((1, 4, 2)),
        )

    def patch(self, index: int) -> torch.Tensor:
        """The generated mouth in the piece of one frame, float32 ``[1,3,h,w]``."""
        batch = self.batch(index)
        shift = np.tile(np.eye(2, 3), (1, 1, 1))
        shift[:, :, 2] = -batch.origin
        to_piece = compose_affine(shift, self.mouths.to_frame[index : index + 1])
        patches = torch.from_numpy(np.array(self.mouths.patches[np.array([index])]))
        return warp(patches, torch.from_numpy(to_piece), batch.size)


@dataclass
class Judged:
    """One method on one clip.

    Attributes:
        own: summary on its own seam.
        common: those of :data:`ON_THE_SEAM` on the first method's seam,
        rival: and of the first method's picture on this one's seam.
        ends: mean ``seam_step`` along the contours of :data:`ENDS`, the larger of the two.
        outside: pixels whose luma changed by a level or more where alpha is 0.
        pictures: some frames' pieces, uint8 ``[h,w,3]``.
    """

    own: dict[str, float] = field(default_factory=dict)
    common: dict[str, float] = field(default_factory=dict)
    rival: dict[str, float] = field(default_factory=dict)
    ends: float = np.nan
    outside: int = 0
    pictures: dict[int, np.ndarray] = field(default_factory=dict)


def set_stage(source: FrameSource, track: FaceTrack, mouths: MouthClip, methods: Iterable[SeamSettings]) -> Stage:
    """Lay out the pieces and read them."""
    plans = [plan_seam(track, mouths, settings, source.info) for settings in methods]
    boxes = np.concatenate(
        [np.stack([p.boxes[:, :2] for p in plans]).min(0), np.stack([p.boxes[:, 2:] for p in plans]).max(0)], 1
    )
    frames = np.flatnonzero(np.logical_and.reduce([plan.compose for plan in plans]))
    wanted = set(frames.tolist())
    read = ((i, frame) for i, frame in enumerate(source.frames()) if i in wanted)
    stage = Stage(source, track, mouths, boxes, frames, {})
    stage.targets.update({i: _rgb(frame, stage.box(i), source) for i, frame in read})
    return stage


def _rgb(frame: PlanarFrame, box: Box, source: FrameSource) -> torch.Tensor:
    planes = []
    for which, plane in enumerate(frame.planes):
        x0, y0, x1, y1 = box if which == 0 else chroma_box(box, frame.chroma)
        planes.append(torch.from_numpy(plane[y0:y1, x0:x1].copy())[None])
    return rgb_from_planes(planes[0], planes[1], planes[2], source.info.color, source.info.bit_depth)


class _Alphas(ReportRecorder):
    """Keeps every frame's alpha, set into the stage's pieces."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(measure=False)
        self.stage = stage
        self.alphas: dict[int, torch.Tensor] = {}

    def add(self, indices: Sequence[int], composed: CompositeResult) -> None:
        """Keep one batch."""
        super().add(indices, composed)
        for row, (index, box) in enumerate(zip(indices, composed.boxes, strict=True)):
            self.alphas[index] = self._set(composed.alpha[row], box, index)

    def _set(self, picture: torch.Tensor, box: Box, index: int) -> torch.Tensor:
        x0, y0, x1, y1 = self.stage.box(index)
        out = torch.zeros(1, picture.shape[0], y1 - y0, x1 - x0)
        left, top, right, bottom = max(box[0], x0), max(box[1], y0), min(box[2], x1), min(box[3], y1)
        inner = picture[:, top - box[1] : bottom - box[1], left - box[0] : right - box[0]]
        out[0, :, top - y0 : bottom - y0, left - x0 : right - x0] = inner
        return out


#: Makes a frame of another tool from target, patch and alpha, float32 ``[1,C,h,w]`` each.
Peer = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


#: Of every frame the composite and alpha.
Made = tuple[Mapping[int, torch.Tensor], Mapping[int, torch.Tensor]]


def judge(
    stage: Stage, methods: Mapping[str, SeamSettings], peers: Mapping[str, tuple[str, Peer]], shown: Sequence[int] = ()
) -> dict[str, Judged]:
    """Composite the clip by every method and measure all of them.

    Args:
        stage: the clip.
        methods: name → settings; the first one's alpha is the seam that all are also judged on.
        peers: name → (the method whose mask it gets, what makes its frames).
        shown: frames to keep pictures of.

    Returns:
        One entry a method, then one a peer.
    """
    out: dict[str, Judged] = {}
    first: Made | None = None
    for name, settings in methods.items():
        made = _composite(stage, settings)
        first = first or made
        out[name] = _measure(stage, made, first, shown)
        for peer, (mask, make) in peers.items():
            if mask == name:
                hard = {i: (alpha > INSIDE).float() for i, alpha in made[1].items()}
                theirs = {i: make(target, stage.patch(i), hard[i]) for i, target in stage.targets.items()}
                out[peer] = _measure(stage, (theirs, hard), first, shown)
    return {name: out[name] for name in (*methods, *peers)}


def _composite(stage: Stage, settings: SeamSettings) -> Made:
    """The stored result, rounded to the clip's own planes: the target is, and rounding is a good part of smooth skin's
    texture."""
    log, made = _Alphas(stage), {}
    frames = composite_frames(stage.source, stage.track, stage.mouths, settings, CPU, recorder=log)
    for index, frame in enumerate(frames):
        if index in stage.targets:
            made[index] = _rgb(frame, stage.box(index), stage.source)
    return made, log.alphas


def _measure(stage: Stage, made: Made, first: Made, shown: Sequence[int]) -> Judged:
    judged = Judged()
    with one_thread():
        judged.own = _summary(stage, made)
        for name, mixed in {"common": (made[0], first[1]), "rival": (first[0], made[1])}.items():
            numbers = _summary(stage, mixed)
            setattr(judged, name, {key: numbers[key] for key in ON_THE_SEAM})
        judged.ends = max(_step_at(stage, made, level) for level in ENDS)
    for index, target in stage.targets.items():
        change = (luma_chroma(made[0][index])[0] - luma_chroma(target)[0]).abs()
        judged.outside += int(((change > LEVEL) & (made[1][index] == 0)).sum())
        if index in shown:
            judged.pictures[index] = picture(made[0][index])
    return judged


def _summary(stage: Stage, made: Made) -> dict[str, float]:
    meter = SeamMeter(stage.source.info.fps)
    rows = [meter.add(stage.batch(i), t, made[0][i], made[1][i], stage.patch(i)) for i, t in stage.targets.items()]
    return summary({key: np.concatenate([row[key] for row in rows]) for key in rows[0]} | meter.finish())


def _step_at(stage: Stage, made: Made, level: float) -> float:
    """Mean step of colour along the contour where alpha passes ``level``."""
    steps = []
    for index, target in stage.targets.items():
        moved = (made[1][index] - level + 0.5).clamp(0, 1)
        steps.append(float(seam_step(target, made[0][index], seam_ring(moved, stage.batch(index)))))
    return float(np.nanmean(steps)) if np.isfinite(steps).any() else np.nan


def picture(rgb: torch.Tensor) -> np.ndarray:
    """8-bit picture ``[h,w,3]`` of float RGB ``[1,3,h,w]``."""
    return np.ascontiguousarray((rgb[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy())


def seamless_clone(target: torch.Tensor, patch: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """OpenCV's ``seamlessClone`` (Pérez et al., "Poisson Image Editing", 2003), on 8-bit pictures as it asks for.

    The outermost pixels of the picture are kept out of the mask, as OpenCV cannot have it there.
    """
    inner = torch.zeros_like(mask)
    inner[..., 2:-2, 2:-2] = mask[..., 2:-2, 2:-2]
    area = (inner[0, 0].numpy() * 255).astype(np.uint8)
    if not area.any():
        return target.clone()
    x, y, width, height = cv2.boundingRect(area)
    centre = (x + width // 2, y + height // 2)
    made = cv2.seamlessClone(picture(patch), picture(target), area, centre, cv2.NORMAL_CLONE)
    return torch.from_numpy(made).permute(2, 0, 1)[None].float() / 255


def hard_edged(settings: SeamSettings) -> SeamSettings:
    """The same settings without any soft edge: a plain paste."""
    mask = replace(settings.mask, feather=0.0, feather_min=0.0, feather_side="centred", falloff="distance")
    return replace(settings, mask=mask)
