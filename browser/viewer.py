"""What the Seam Debug Viewer shows of a finished clip: small pictures of some of its frames, and the metrics over time.

A folder with contact sheets of the window around the mask (``original_0.jpg``, ``result_0.jpg`` …) and ``view.json``, which
says what is where. The clips are read a frame at a time, and only the frames shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..errors import SeamSyncError, cause_of, check_range
from ..files import write_file
from ..media.planes import Box
from ..media.video import FrameSource
from ..media.views import ResizedSource
from ..progress import Progress, no_progress
from ..quality.report.pictures import seam_heat
from ..quality.report.report import SeamReport
from ..quality.worst import Shot
from ..tracking.landmarks import LIPS
from ..tracking.track import FaceTrack
from .advice import explain
from .viewer_bounds import FRAMES, PIXELS, SIDES
from .viewer_crop import Crop, crop_windows, mouth_window
from .viewer_numbers import shown_rows, timelines, worst_words
from .viewer_sheets import ACROSS, DOWN, SheetWriter

#: Kinds of pictures.
VIEWS = ("original", "result", "alpha", "seam", "difference")
#: What differences are multiplied by.
GAIN = 8
STAGE = "view"
#: File of the report's own page.
REPORT = "report.html"
#: Margin around the landmarks where no mask says where to look, a share of their extent.
_MARGIN = 0.05


@dataclass(frozen=True, eq=False)
class _Look:
    """What is shown of which frames.

    Attributes:
        rows: of the report, int64 ``[N]``.
        before, after: their frames in the original and in the result.
        masks: alpha and where it lies, by row.
        crop: the window.
        face_width: shown pixels, ``[N]``.
    """

    rows: np.ndarray
    before: np.ndarray
    after: np.ndarray
    masks: dict[int, tuple[np.ndarray, Box]]
    crop: Crop
    face_width: np.ndarray

    def pictures(self, original: FrameSource, result: FrameSource) -> Iterator[dict[str, np.ndarray]]:
        """Of every shown frame, a picture of each of :data:`VIEWS`."""
        clips = zip(original.frames(self.before), result.frames(self.after), strict=True)
        for index, (one, two) in enumerate(clips):
            box, show = self.crop.box(index), self.crop.show
            before, after = one.rgb(box), two.rgb(box)
            difference = cv2.convertScaleAbs(cv2.absdiff(before, after), alpha=GAIN)
            alpha, small = self.alpha(index), (show(before), show(after))
            heat = seam_heat(Shot(int(self.rows[index]), 0.0, *small, alpha, float(self.face_width[index])))
            yield dict(zip(VIEWS, (*small, alpha, heat, show(difference)), strict=True))

    def alpha(self, index: int) -> np.ndarray:
        """The mask of a shown frame, uint8 ``[h,w]``; 0 where it was not kept."""
        kept = self.masks.get(int(self.rows[index]))
        return np.zeros(self.crop.cell[::-1], np.uint8) if kept is None else self.crop.place(index, *kept)


def write_view(
    report: SeamReport,
    original: FrameSource,
    result: FrameSource,
    folder: Path,
    *,
    track: FaceTrack | None = None,
    frames: int = 144,
    side: int = 384,
    labels: tuple[str, str] = ("original", "result"),
    progress: Progress = no_progress,
) -> Path:
    """Write the sheets, the report's page and ``view.json``.

    Args:
        report: of the result.
        original, result: the clips, before and after; a result of another size is resampled. The clip before may be another
            result of the same target: one as long as the result is shown frame by frame.
        folder: of the files; it exists, and is empty.
        track: the target's face, for the landmarks.
        frames: to show at most, 32…240; fewer where the pictures are so large that they would fill a browser's memory.
        side: longer side of the pictures, pixels, 128…640; a smaller window is not enlarged.
        labels: what the clips before and after are called.
        progress: called for every frame.

    Returns:
        Path of ``view.json``.

    Raises:
        SeamSyncError: the report is not of these clips, or the folder cannot be written.
    """
    check_range("frames", frames, *FRAMES)
    check_range("picture size", side, *SIDES, "px")
    if track is not None:
        track = _played(track, report, original, result)
        track.check_clip(original.info)
    look = _look(report, original, result, track, min(frames, max(FRAMES[0], PIXELS // side**2)), side)
    sheets, masks = _sheets(look, original, result, folder, progress)
    faces = [] if track is None else _faces(track, look)
    mouths = [points[LIPS] for points in faces if points is not None] or masks
    body = {
        **_words(report, look, original.info.fps),
        "labels": labels,
        "sheets": sheets,
        "mouth": mouth_window(mouths, look.crop.cell),
        "landmarks": [None if points is None else points.round(1).ravel().tolist() for points in faces],
    }
    _write(folder / REPORT, report.to_html(original.info.name))
    return _write(folder / "view.json", json.dumps(body, allow_nan=False, separators=(",", ":")))


def _sheets(
    look: _Look, original: FrameSource, result: FrameSource, folder: Path, progress: Progress
) -> tuple[dict[str, list[str]], list[np.ndarray]]:
    """Write the sheets: their names by view, and two corners ``[2,2]`` around each mask there is, in shown pixels."""
    size = original.info.width, original.info.height
    clip = result if size == (result.info.width, result.info.height) else ResizedSource(result, size)
    writers, masks = {name: SheetWriter(folder, name) for name in VIEWS}, []
    for index, pictures in enumerate(look.pictures(original, clip)):
        for name, picture in pictures.items():
            writers[name].add(picture)
        x, y, width, height = cv2.boundingRect((pictures["alpha"] > 127).astype(np.uint8))
        masks += [np.array([[x, y], [x + width, y + height]])] if width else []
        progress(STAGE, index + 1, len(look.rows))
    return {name: writer.finish() for name, writer in writers.items()}, masks


def _look(
    report: SeamReport, original: FrameSource, result: FrameSource, track: FaceTrack | None, most: int, side: int
) -> _Look:
    """Choose frames and window."""
    before, after = _frame_numbers(report, original, result)
    rows, masks = shown_rows(report, most), _masks(report)
    boxes = {row: box for row, (_, box) in masks.items()} or _face_boxes(track, before, rows)
    size = original.info.width, original.info.height
    crop = crop_windows(boxes, rows, report.columns["scene"], size, side)
    width = np.nan_to_num(report.columns["face_width"][rows]) * crop.scale[0]
    return _Look(rows, before[rows], after[rows], masks, crop, width)


def _write(path: Path, text: str) -> Path:
    try:
        write_file(path, text)
    except OSError as error:
        raise SeamSyncError(f"cannot write {path}: {cause_of(error)}") from error
    return path


def _frame_numbers(report: SeamReport, original: FrameSource, result: FrameSource) -> tuple[np.ndarray, np.ndarray]:
    """Frame of the original and of the result for every row of the report."""
    if not len(report):
        raise SeamSyncError("the report has no frames; link the report that came with the result")
    after = report.columns["frame"].astype(np.int64)
    before = after if _as_long(original, result) else report.columns["target_frame"].astype(np.int64)
    numbers = before, after
    for clip, wanted, role in zip((original, result), numbers, ("before", "after"), strict=True):
        if wanted.max() >= clip.info.frame_count:
            raise SeamSyncError(
                f"the report speaks of {wanted.max() + 1} frames, the clip {role} ({clip.info.name}) has "
                f"{clip.info.frame_count}; link the clips that the report was made of"
            )
    return numbers


def _as_long(original: FrameSource, result: FrameSource) -> bool:
    """Whether the clips go frame by frame: a target that was not looped, or another result of the same target."""
    return original.info.frame_count == result.info.frame_count


def _played(track: FaceTrack, report: SeamReport, original: FrameSource, result: FrameSource) -> FaceTrack:
    """The track as it goes with the original: where that is another result of the tracked clip, in the order it was played."""
    order = report.columns["target_frame"].astype(np.int64)
    looped = _as_long(original, result) and len(track) != len(order) == original.info.frame_count
    return track.take(order) if looped and order.max() < len(track) else track


def _masks(report: SeamReport) -> dict[int, tuple[np.ndarray, Box]]:
    """Alpha and its place by frame: kept ones, and those of the worst frames, which are finer."""
    kept = {mask.frame: (mask.alpha(), mask.box) for mask in report.masks}
    return kept | {shot.frame: (shot.alpha, shot.box) for shot in report.shots if shot.box is not None}


def _face_boxes(track: FaceTrack | None, before: np.ndarray, rows: np.ndarray) -> dict[int, Box]:
    """Around the landmarks of the shown frames with a face."""
    boxes = {}
    for row in rows.tolist() if track is not None else ():
        if track is not None and track.visible[before[row]]:
            points = track.landmarks[before[row]]
            low, high = points.min(0), points.max(0)
            margin = _MARGIN * (high - low)
            boxes[row] = tuple(int(value) for value in (*(low - margin), *(high + margin)))
    return boxes


def _faces(track: FaceTrack, look: _Look) -> list[np.ndarray | None]:
    """Landmarks ``[68,2]`` of each shown frame in shown pixels; None where there is no face."""
    return [
        look.crop.points(index, track.landmarks[number]) if track.visible[number] else None
        for index, number in enumerate(look.before.tolist())
    ]


def _words(report: SeamReport, look: _Look, fps: Fraction) -> dict[str, Any]:
    """The words and figures that are shown, and how the sheets are laid out."""
    return {
        "fps": round(float(fps), 6),
        "count": len(report),
        "frames": look.rows.tolist(),
        "masked": [row in look.masks for row in look.rows.tolist()],
        "cuts": (np.flatnonzero(np.diff(report.columns["scene"])) + 1).tolist(),
        "cell": look.crop.cell,
        "across": ACROSS,
        "down": DOWN,
        "verdict": report.verdict(),
        "metrics": timelines(report),
        "worst": worst_words(report),
        "advice": explain(report),
        "report": REPORT,
    }
