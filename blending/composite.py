"""Composite one stream of frames, from the target's to the result's, changing only the ROI.

A batch is read as YUV planes; its ROI becomes RGB, the patch is warped into it, masked, colour-matched and blended;
the *difference* to the target goes back into the planes. Samples outside alpha's support are never written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch

from ..media.clips import MouthClip
from ..media.planes import Box, add_rgb, rgb_from_planes
from ..media.video import FrameSource, PlanarFrame, VideoInfo
from ..progress import Progress, no_progress
from ..tensors import one_thread
from ..tracking.track import FaceTrack
from . import roi
from .faces import FaceReaders
from .frame_batch import FrameBatch
from .mask.front import find_occluders
from .masking import Masking
from .matching import Matching
from .methods.linear_light import LinearLight
from .methods.registry import make_blender
from .methods.result import Blender
from .patches import PatchWarp
from .plan import SeamPlan, plan_seam
from .recorder import NoRecorder, Recorder
from .result import CompositeResult
from .settings import SeamSettings

#: Frames composited together on a GPU, to fill it.
_GPU_BATCH = 16
#: On a CPU: so many pixels of ROIs, a few frames at most. Faces one by one are mostly the overhead of calls.
_CPU_BATCH, _CPU_PIXELS = 8, 400_000
STAGE = "composite"


@dataclass
class Compositor:
    """Run one set of settings over batches of frames, in order.

    Attributes:
        plan: geometry of every output frame.
        mouths: the patches.
        settings: mask, temporal, colour, blend.
        info: of the target.
        device: on which the pixels are computed.
        readers: the models that the mask needs, of :func:`~.faces.load_face_readers`.
    """

    plan: SeamPlan
    mouths: MouthClip
    settings: SeamSettings
    info: VideoInfo
    device: torch.device
    readers: FaceReaders = field(default_factory=FaceReaders)
    _last: int = field(init=False, default=-2)

    def __post_init__(self) -> None:
        blend = self.settings.blend
        self._warp = PatchWarp(self.mouths, self.settings.mask.alignment, self.device)
        self._mask = Masking(self.plan, self.settings, self.device, self.readers)
        self._match = Matching(self.settings)
        method = make_blender(blend)
        self.blender: Blender = LinearLight(method) if blend.linear_light else method

    def compose(self, indices: Sequence[int], frames: Sequence[PlanarFrame]) -> CompositeResult:
        """Composite output frames ``indices`` into ``frames``, which are changed in place.

        Args:
            indices: output frames that ``plan.compose`` marks, in order.
            frames: their target frames.
        """
        boxes = self._boxes(indices)
        y, u, v = (roi.cut(frames, boxes, which, self.device) for which in range(3))
        stored = rgb_from_planes(y, u, v, self.info.color, self.info.bit_depth)
        batch = self._frame_batch(indices, boxes)
        target = stored if batch.scale == 1 else roi.enlarge(stored, batch.scale)
        patch, batch = self._warp(batch, frames)
        alpha, front = self._mask.shape(batch, frames, target, patch)
        if front is not None:  # neither colours nor bands of the object reach the skin beside it
            patch = torch.lerp(patch, target, front)
        placed = patch
        patch, gains = self._match(target, patch, alpha, batch)
        alpha = self._mask.refine(alpha, target, batch, front)
        blended = self.blender(target, patch, alpha, batch)
        delta = blended.delta
        if batch.scale != 1:
            delta, alpha = roi.reduce_delta(delta, alpha, stored, target, batch.scale)
            size = stored.shape[-2], stored.shape[-1]
            placed = roi.reduce(placed, size, batch.scale)
            front = None if front is None else roi.reduce(front, size, batch.scale)
        changed = add_rgb(y, u, v, delta, alpha > 0, self.info.color, self.info.bit_depth)
        for which, plane in enumerate(changed):
            roi.put(frames, boxes, which, plane)
        batch = batch.unscaled((stored.shape[-2], stored.shape[-1]))
        return CompositeResult(batch, stored, delta, alpha, boxes, gains, blended.columns, placed, front)

    def _boxes(self, indices: Sequence[int]) -> list[Box]:
        """Return ROIs of one size: each grown to the largest of the batch and shifted inside the frame.

        In a frame that the chroma grid does not divide, those of a batch may reach a pixel past the border.
        """
        if len(indices) == 1:
            return [self.plan.box(indices[0])]
        boxes, grid = self.plan.boxes[list(indices)], np.array(self.info.chroma)
        size = -(-(boxes[:, 2:] - boxes[:, :2]).max(0) // grid) * grid
        frame = -(-np.array([self.info.width, self.info.height]) // grid) * grid
        low = np.minimum(boxes[:, :2], frame - size)
        return [(int(x), int(y), int(x + size[0]), int(y + size[1])) for x, y in low]

    def _frame_batch(self, indices: Sequence[int], boxes: Sequence[Box]) -> FrameBatch:
        x0, y0, x1, y1 = boxes[0]
        scale = float(self.settings.blend.supersampling)
        rows = np.asarray(indices, np.int64)
        origin = np.array([box[:2] for box in boxes], np.float64)
        scene = self.plan.scene[rows]
        before = np.concatenate([[self._last], rows[:-1]])
        fresh = (rows != before + 1) | (scene != self.plan.scene[np.maximum(before, 0)])
        self._last = int(rows[-1])
        generated = self.mouths.landmarks

        def _local(points: np.ndarray) -> np.ndarray:
            return (points - origin[:, None]) * scale

        return FrameBatch(
            indices=rows,
            scene=scene,
            fresh=fresh,
            origin=origin,
            size=roi.scaled_size((y1 - y0, x1 - x0), scale),
            scale=scale,
            face_width=self.plan.face_width(rows) * np.float32(scale),
            landmarks=_local(self.plan.landmarks(rows)).astype(np.float32),
            generated=None if generated is None else _local(generated[rows]).astype(np.float32),
            outline=_local(self.plan.outline(rows)),
            quad=_local(self.plan.quad(rows)),
            reach=self._reach(rows, scale),
        )

    def _reach(self, rows: np.ndarray, scale: float) -> np.ndarray | None:
        """Return how far the mask may reach past the target's chins, ROI pixels; None: nowhere."""
        reach = self.plan.reach[rows]
        return reach * self.plan.face_width(rows) * np.float32(scale) if reach.any() else None


def composite_frames(
    source: FrameSource,
    track: FaceTrack,
    mouths: MouthClip,
    settings: SeamSettings,
    device: torch.device,
    progress: Progress = no_progress,
    recorder: Recorder | None = None,
    readers: FaceReaders | None = None,
) -> Iterator[PlanarFrame]:
    """Yield finished frames, one an entry of ``mouths``.

    Args:
        source: the target clip.
        track: its face.
        mouths: the generated mouths.
        settings: of the seam.
        device: on which the pixels are computed.
        progress: called for every frame.
        recorder: receives the result of every batch.
        readers: the models that the mask needs, of :func:`~.faces.load_face_readers`.

    Raises:
        SeamSyncError: the parts do not belong together.
    """
    front = find_occluders(source, track, mouths, settings.mask, progress)
    plan = plan_seam(track, mouths, settings, source.info, partial(progress, STAGE, 0, len(mouths)), front)
    engine = Compositor(plan, mouths, settings, source.info, device, readers or FaceReaders())
    recorder = recorder if recorder is not None else NoRecorder()
    recorder.begin(plan, mouths, source.info)
    limit = batch_size(plan, device)
    pending: list[PlanarFrame] = []
    start = 0
    for index, frame in enumerate(source.frames(mouths.frames)):
        pending.append(frame)
        if len(pending) == limit or index + 1 == len(plan):
            wanted = [i for i in range(start, index + 1) if plan.compose[i]]
            if wanted:
                with one_thread():
                    recorder.add(wanted, engine.compose(wanted, [pending[i - start] for i in wanted]))
            for done, ready in enumerate(pending, start + 1):
                progress(STAGE, done, len(plan))
                yield ready
            pending, start = [], index + 1


def batch_size(plan: SeamPlan, device: torch.device) -> int:
    """Return how many frames to composite together."""
    if device.type != "cpu":
        return _GPU_BATCH
    sides = (plan.boxes[plan.compose, 2:] - plan.boxes[plan.compose, :2]).astype(np.int64)
    area = float(np.median(sides.prod(1))) if len(sides) else 1.0
    return int(np.clip(_CPU_PIXELS // max(area, 1.0), 1, _CPU_BATCH))
