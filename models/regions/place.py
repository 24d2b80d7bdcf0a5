"""Find where in the target each mouth region lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...arrays import frame_numbers
from ...errors import SeamSyncError
from ...tracking.track import FaceTrack
from .options import ROLES, USUAL_ROLES, RegionOptions

#: Widths and heights of pictures that people measure bounds in, beside the target's own.
_USUAL_SIZES = (256, 320, 384, 426, 480, 512, 540, 576, 640, 720, 768, 854, 960, 1024, 1080, 1280, 1440, 1920, 2160, 2560, 3840)
#: A usual size is believed when the size that the face tells is so near, as a share.
_NEAR = 0.06
#: Share of the frames in which the mouth's centre must lie in the rectangle.
_ENOUGH = 0.5
#: Landmarks of the mouth.
_MOUTH = slice(48, 68)
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Placement:
    """Hold where the pictures of regions lie.

    Attributes:
        rectangles: float64 ``[N,4]``, left, top, right, bottom of each picture in pixels of the target; NaN: unknown.
        usable: bool ``[N]``, whether the rectangle lies on the mouth of a visible face.
        notes: how the bounds were understood, in words for the user.
    """

    rectangles: np.ndarray
    usable: np.ndarray
    notes: tuple[str, ...]


def place_regions(
    rows: np.ndarray, picture: tuple[int, int], track: FaceTrack, options: RegionOptions, size: tuple[float, float] | None = None
) -> Placement:
    """Turn the bounds of regions into rectangles of the target.

    Rows of six may name the size of the picture that the bounds were measured in, and rows of five its width. Where nothing
    names it, and the rectangles miss the mouth, it is found by the face.

    Args:
        rows: float64 ``[N,4…6]``, one an output frame; NaN: no region.
        picture: width and height of the regions' pictures.
        track: the target's face, one entry an output frame, length N.
        options: how the bounds are read.
        size: width and height of the picture that the bounds were measured in, where their file says so.

    Raises:
        SeamSyncError: the rectangles are on the mouth in less than half of the frames.
    """
    known = np.isfinite(rows).all(1) & track.visible
    if not known.any():
        raise SeamSyncError("no frame has both a mouth region and a visible face; check the numbers of the frames")
    told = _told_size(rows, track.frame_size, options, size)
    forms = ("xyxy", "xywh") if options.bounds_form == "auto" else (options.bounds_form,)
    mouth = track.landmarks[:, _MOUTH].mean(1, dtype=np.float64)
    found = [_fitted(_corners(rows, form), form, mouth, known, track.frame_size, told) for form in forms]
    rectangles, hits, form, width = max(found, key=lambda one: one[1])  # the first of equals
    if hits < _ENOUGH:
        raise SeamSyncError(
            f"the bounds lie on the mouth in {hits:.0%} of the frames (the first: {rows[known][0].tolist()}); "
            "check that they belong to this clip and begin with its first frame, bounds_form, and bounds_width"
        )
    role = USUAL_ROLES.get(picture[0], "whole") if options.region_role == "auto" else options.region_role
    with np.errstate(invalid="ignore"):
        usable = known & _inside(rectangles, mouth)
    return Placement(_inset(rectangles, role), usable, _notes(form, width, track, role, known & ~usable))


def _told_size(
    rows: np.ndarray, frame: tuple[int, int], options: RegionOptions, size: tuple[float, float] | None
) -> tuple[float, float] | None:
    """Return the size of the picture that the bounds were measured in, if it is stated."""
    if options.bounds_width:
        return options.bounds_width, frame[1] * options.bounds_width / frame[0]
    if size is not None or rows.shape[1] == 4:
        return size
    widths = rows[:, 4]
    sides = (rows[:, 2] - rows[:, 0], rows[:, 2])
    if any(np.nanmax(np.abs(widths - side)) <= 1 for side in sides):  # the rectangle's own width
        return None
    width = float(np.nanmedian(widths))
    return width, float(np.nanmedian(rows[:, 5])) if rows.shape[1] > 5 else frame[1] * width / frame[0]


def _corners(rows: np.ndarray, form: str) -> np.ndarray:
    """Return left, top, right, bottom, float64 ``[N,4]``."""
    corners = rows[:, :4].copy()
    if form == "xywh":
        corners[:, 2:] += corners[:, :2]
    return corners


def _fitted(
    corners: np.ndarray,
    form: str,
    mouth: np.ndarray,
    known: np.ndarray,
    frame: tuple[int, int],
    told: tuple[float, float] | None,
) -> tuple[np.ndarray, float, str, float]:
    """Return the corners in pixels of the target, the share of frames in which they hold the mouth, form, and width."""
    sizes = [told] if told else [(float(frame[0]), float(frame[1])), *_likely_sizes(corners, mouth, known, frame)]
    best = (corners, -1.0, form, float(frame[0]))
    for width, height in sizes:
        scaled = corners * ((frame[0] / width, frame[1] / height) * 2)
        hits = float(_inside(scaled[known], mouth[known]).mean())
        if hits > best[1] + _TINY:
            best = (scaled, hits, form, width)
        if best[1] >= _ENOUGH:  # the target's own size goes first
            break
    return best


def _likely_sizes(
    corners: np.ndarray, mouth: np.ndarray, known: np.ndarray, frame: tuple[int, int]
) -> list[tuple[float, float]]:
    """Return usual sizes at which the rectangles' centres lie on the mouth from left to right, the nearest first."""
    centre = (corners[known, 0] + corners[known, 2]) / 2
    scale = float(centre @ mouth[known, 0]) / max(float(centre @ centre), _TINY)
    if scale <= 0:
        return []
    width = frame[0] / scale
    candidates = {side if across else side * frame[0] / frame[1] for side in _USUAL_SIZES for across in (True, False)}
    near = sorted((abs(one / width - 1), one) for one in candidates if abs(one / width - 1) <= _NEAR)
    return [(one, frame[1] * one / frame[0]) for _, one in near]


def _inside(rectangles: np.ndarray, points: np.ndarray) -> np.ndarray:
    return ((rectangles[:, :2] < points) & (points < rectangles[:, 2:])).all(1)


def _inset(rectangles: np.ndarray, role: str) -> np.ndarray:
    """Return the part of the rectangles that the pictures show."""
    crop, border = ROLES[role]
    inset = (rectangles[:, 2:] - rectangles[:, :2]) * (border / crop)
    return rectangles + np.concatenate([inset, -inset], axis=1)


def _notes(form: str, width: float, track: FaceTrack, role: str, missed: np.ndarray) -> tuple[str, ...]:
    where = f"a picture {width:.0f} px wide" if abs(width - track.frame_size[0]) > 0.5 else "the clip"
    notes = [f"the bounds are read as {form} in pixels of {where}; each picture shows {role.replace('_', ' ')} of them"]
    if missed.any():
        notes.append(f"{int(missed.sum())} regions do not lie on the mouth and keep the clip's own: {frame_numbers(missed)}")
    return tuple(notes)
