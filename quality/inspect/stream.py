"""The stream behind an inspection: both clips read once, frame by frame, and measured with the composite's own meter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import repeat

import numpy as np
import torch

from ...blending.frame_batch import FrameBatch
from ...blending.mask.front import front_weight
from ...media.planes import Box
from ...media.video import FrameSource, PlanarFrame
from ...progress import Progress
from ...tensors import one_thread
from ...tracking.front.find import find_front
from ...tracking.jitter import jitter_over_time
from ...tracking.landmarks import LIPS, lip_opening
from ...tracking.options import SmoothOptions
from ...tracking.smooth import smooth_track
from ...tracking.track import FaceTrack
from ..kept_masks import MaskKeeper
from ..metrics.coverage import fold
from ..metrics.face import face_parts
from ..metrics.meter import SeamMeter
from ..sync import SyncRecorder
from ..worst import Shot, WorstFrames, severity
from .change import difference, outside_changed
from .mask import MaskFrames, View, cut_planes, with_found_alpha
from .pairs import Pair
from .region import grid_scale, lower_face, surely_inside

#: What a frame can be.
STATUS = ("measured", "no face", "unchanged")
STAGE = "inspect"
#: Margin around the landmarks beside and above, and below, where mouths open; face widths.
_BESIDE, _BELOW = 0.3, 0.4
#: Pixels around the user's mask that the metrics look at.
_MARGIN = 10
#: Points whose jitter counts: not the lips, which move fast on their own.
_STEADY = np.setdiff1d(np.arange(68), LIPS)


@dataclass
class InspectStream:
    """One run over a pair of clips.

    Attributes:
        pair: the clips.
        track: smoothed face of the original, an entry a frame of the pair.
        seen: face of the result as measured, the same.
        mask: the user's, None: it is found.
        sync: sees every frame of the result that shows the face, if given.
        columns: a row a frame of the pair.
        masks: alpha of some frames.
    """

    pair: Pair
    track: FaceTrack
    seen: FaceTrack
    mask: FrameSource | None = None
    sync: SyncRecorder | None = None
    columns: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count, fps, shown = len(self.pair), self.pair.result.info.fps, self.pair.result.picked
        self._meter, self._shots, self.masks = SeamMeter(fps), WorstFrames(count), MaskKeeper(count)
        self._last = -2, False
        self._unchanged = np.zeros(count, bool)
        self.columns = {
            "frame": shown,
            "target_frame": self.pair.original.picked,
            "time": np.array([float(i / fps) for i in shown.tolist()]),
            "scene": self.track.scene,
            "face_width": self.track.face_width,
            "landmark_jitter": jitter_over_time(self.seen, _STEADY),
            "lip_opening": np.full(count, np.nan),
        }
        self.columns["lip_opening"][self.seen.visible] = lip_opening(self.seen.landmarks[self.seen.visible].astype(np.float64))

    def run(self, progress: Progress) -> tuple[Shot, ...]:
        """Measure all, filling ``columns``; pictures of the worst frames come back.

        Frames without a change are not measured. Where no frame has one, the numbers are those of the original's lower face
        against itself: what the encoder did to it is not the seam's.
        """
        check = partial(progress, STAGE, 0, len(self.pair))
        self._front = find_front(self.pair.original, self.track, np.arange(len(self.pair)), progress)
        self._generated = smooth_track(self.seen, SmoothOptions(), check).landmarks
        self.seen = replace(self.seen, mesh=None)  # as of the original's track, see :mod:`.inspect`
        width = float(np.median(self.track.face_width[self.track.visible]))
        with one_thread():
            for view, alpha in with_found_alpha(self._views(), grid_scale(width)):
                self._measure(view, alpha)
                progress(STAGE, view.index + 1, len(self.pair))
        progress(STAGE, len(self.pair), len(self.pair))
        flicker = self._meter.finish()
        if self.mask is None:  # what flickers there is where the edge was found, not the mask
            flicker["alpha_flicker"][:] = np.nan
        self._enter(self._meter.indices, flicker)
        status = np.select([~self.track.visible, self._unchanged], [STATUS[1], STATUS[2]], STATUS[0])
        if (status == STATUS[0]).any():
            for name in self._seam_columns():
                self.columns[name][self._unchanged] = np.nan
        self.columns["status"] = status
        return self._shots.chosen(self.columns["severity"])

    def _seam_columns(self) -> list[str]:
        known = ("frame", "target_frame", "time", "scene", "face_width", "landmark_jitter", "lip_opening")
        return [name for name in self.columns if name not in (*known, "outside_changed", "codec_noise")]

    def _views(self) -> Iterator[View]:
        """Frames with a face, cut around it."""
        masks = repeat(None) if self.mask is None else MaskFrames(self.mask, self.pair)
        clips = zip(self.pair.original.frames(), self.pair.result.frames(), masks, strict=False)
        for index, (one, two, weights) in enumerate(clips):
            if self.track.visible[index]:
                if self.sync is not None:
                    self.sync.add(index, two)
                yield self._view(index, one, two, weights)

    def _view(self, index: int, one: PlanarFrame, two: PlanarFrame, weights: np.ndarray | None) -> View:
        box = _face_box(self.track.landmarks[index], float(self.track.face_width[index]), weights, one)
        x0, y0, x1, y1 = box
        pad = (0, max(y1 - one.height, 0)), (0, max(x1 - one.width, 0))
        alpha = None if weights is None else torch.from_numpy(np.pad(weights[y0:y1, x0:x1], pad, mode="edge"))[None, None]
        return View(
            batch=self._chunk(index, box),
            box=box,
            planes=(cut_planes(one, box), cut_planes(two, box)),
            colors=((one.color, one.bit_depth), (two.color, two.bit_depth)),
            difference=difference(one, two, box),
            alpha=alpha,
        )

    def _chunk(self, index: int, box: Box) -> FrameBatch:
        origin = np.array([box[:2]], np.float64)
        shows = bool(self.seen.visible[index])
        return FrameBatch(
            indices=np.array([index]),
            scene=self.track.scene[index : index + 1],
            fresh=np.zeros(1, bool),  # known when it is measured
            origin=origin,
            size=(box[3] - box[1], box[2] - box[0]),
            scale=1.0,
            face_width=self.track.face_width[index : index + 1],
            landmarks=(self.track.landmarks[index : index + 1] - origin).astype(np.float32),
            generated=(self._generated[index : index + 1] - origin).astype(np.float32) if shows else None,
            outline=np.zeros((1, 0, 2)),
            quad=np.zeros((1, 0, 2)),
        )

    def _measure(self, view: View, alpha: torch.Tensor) -> None:
        index, scene = view.index, self.track.scene
        outside = outside_changed(view.difference, alpha[0, 0].numpy(), view.box)
        self._enter([index], {"outside_changed": np.array([outside]), "codec_noise": np.array([view.difference.noise])})
        changed = bool((alpha > 0.5).any())
        self._unchanged[index] = not changed
        alpha = alpha if changed else lower_face(view.batch)
        before, was_changed = self._last
        fresh = index != before + 1 or scene[index] != scene[before] or changed != was_changed
        self._last = index, changed
        view.batch.fresh[:] = fresh
        original, result = view.pictures()
        if not changed:
            result = original.clone()
        front = front_weight(self._front, np.array([index]), view.batch, alpha.device)
        numbers = self._meter.add(view.batch, original, result, alpha, front=front)
        if self.mask is None:
            parts = face_parts(view.batch, alpha.device)
            numbers["fold"] = fold(surely_inside(alpha, float(view.batch.face_width[0])), parts).double().numpy()
        scores = severity(numbers)
        self._shots.add([index], scores, original, result, alpha, view.batch.face_width, [view.box])
        self.masks.add([index], [view.box], alpha)
        self._enter([index], {**numbers, "severity": scores})

    def _enter(self, rows: list[int], numbers: dict[str, np.ndarray]) -> None:
        for name, values in numbers.items():
            self.columns.setdefault(name, np.full(len(self.pair), np.nan))[rows] = values


def _face_box(landmarks: np.ndarray, width: float, weights: np.ndarray | None, frame: PlanarFrame) -> Box:
    """The face with some margin, and the user's mask; edges even, so that every chroma grid fits, at most a pixel past the
    frame."""
    low, high = landmarks.min(0) - _BESIDE * width, landmarks.max(0) + (_BESIDE * width, _BELOW * width)
    if weights is not None and (weights > 0).any():
        rows, columns = (np.flatnonzero((weights > 0).any(axis)) for axis in (1, 0))
        low = np.minimum(low, (columns[0] - _MARGIN, rows[0] - _MARGIN))
        high = np.maximum(high, (columns[-1] + 1 + _MARGIN, rows[-1] + 1 + _MARGIN))
    size = np.array([frame.width, frame.height])
    low = np.clip(np.floor(low), 0, size - 2)
    high = np.clip(np.ceil(high), low + 2, size)
    x0, y0 = (int(side) // 2 * 2 for side in low)
    x1, y1 = (-(-int(side) // 2) * 2 for side in high)
    return x0, y0, x1, y1
