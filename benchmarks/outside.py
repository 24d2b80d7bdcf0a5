"""Outside the mask nothing changes: stored planes of a lossless result against the source's, sample by sample."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from ..blending.composite import composite_frames
from ..blending.presets import PRESETS
from ..blending.result import CompositeResult
from ..errors import SeamSyncError
from ..media.encode import VideoWriter
from ..media.encode_options import EncodeSettings
from ..media.planes import Box
from ..media.video import PlanarFrame, VideoReader
from ..pipeline import track_video
from ..quality.recorder import ReportRecorder
from ..tracking.options import SmoothOptions
from . import row
from .mouths import simulated_mouths


class SupportLog(ReportRecorder):
    """Keeps where alpha was above 0, a packed bit a pixel of the ROI."""

    def __init__(self) -> None:
        super().__init__()
        self.support: dict[int, tuple[Box, np.ndarray]] = {}

    def add(self, indices: Sequence[int], composed: CompositeResult) -> None:
        """Keep the support of one batch."""
        super().add(indices, composed)
        for index, box, alpha in zip(indices, composed.boxes, composed.alpha[:, 0], strict=True):
            self.support[index] = box, (alpha > 0).cpu().numpy()


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """One row a clip and preset: samples that differ outside the support (goal 0) and inside it."""
    if media is None:
        raise SeamSyncError("no folder of real clips; name one with --media or SEAMSYNC_MEDIA")
    rows = []
    for clip in sorted(media.glob("*.mp4")):
        source = VideoReader(clip, duration=1 if quick else None)
        track = track_video(source, smooth=SmoothOptions())
        mouths = simulated_mouths(source, track)
        for name in ("natural",) if quick else ("natural", "baseline"):
            log = SupportLog()
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "lossless.mp4"
                settings = EncodeSettings(lossless=True, preset="ultrafast")
                with VideoWriter(path, source.info, settings=settings) as writer:
                    for frame in composite_frames(source, track, mouths, PRESETS[name], torch.device("cpu"), recorder=log):
                        writer.write(frame)
                outside, inside = changed_samples(source.frames(), VideoReader(path).frames(), log)
            rows.append(
                row(f"{clip.stem} {name}", outside, inside, "samples changed inside", 0.0, "= 0", outside == 0 < inside)
            )
    return rows


def changed_samples(target: Iterable[PlanarFrame], made: Iterable[PlanarFrame], log: SupportLog) -> tuple[int, int]:
    """Count the stored samples that differ, outside and inside the support of alpha, frame by frame; ``log`` saw ``made``."""
    outside = inside = 0
    for index, (before, after) in enumerate(zip(target, made, strict=True)):
        mask = np.zeros((before.height, before.width), np.uint8)
        if index in log.support:
            (x0, y0, x1, y1), inner = log.support[index]
            mask[y0:y1, x0:x1] = inner
        for old, new in zip(before.planes, after.planes, strict=True):
            differs = old != new[: old.shape[0], : old.shape[1]]
            held = _covered(mask, before, old.shape)
            outside += int((differs & ~held).sum())
            inside += int((differs & held).sum())
    return outside, inside


def _covered(mask: np.ndarray, frame: PlanarFrame, shape: tuple[int, ...]) -> np.ndarray:
    """Samples of a plane that cover any pixel of the mask, bool ``[h,w]``."""
    if shape == mask.shape:
        return mask.astype(bool)
    sx, sy = frame.chroma
    padded = np.pad(mask, ((0, -mask.shape[0] % sy), (0, -mask.shape[1] % sx)))
    return cv2.dilate(padded, np.ones((sy, sx), np.uint8), anchor=(0, 0))[::sy, ::sx].astype(bool)
