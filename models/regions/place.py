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
#: A crop of a face is centred on the mouth from left to right, and about as wide as the face. A stated size, or the target's
#: own, is preferred to one that is found unless the latter is nearer to that by this share of the crop's width.
_BONUS = 0.2
#: Weight of a crop whose width is twice or half the face's, in the same unit.
_SIZE_WEIGHT = 0.1
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
    rows: np.ndarray,
    picture: tuple[int, int],
    track: FaceTrack,
    options: RegionOptions,
    size: tuple[float, float] | None = None,
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
    face = track.take(np.flatnonzero(known))
    best = min((fit for form in forms for fit in _fits(rows[known], form, picture, face, told)), key=lambda fit: fit.rank)
    if best.hits < _ENOUGH:
        raise SeamSyncError(
            f"the bounds lie on the mouth in {best.hits:.0%} of the frames (the first: {rows[known][0].tolist()}); "
            "check that they belong to this clip and begin with its first frame, bounds_form, and bounds_width"
        )
    role = USUAL_ROLES.get(picture[0], "whole") if options.region_role == "auto" else options.region_role
    rectangles = np.full((len(rows), 4), np.nan)
    rectangles[known] = _inset(best.rectangles, role)
    usable = known.copy()
    usable[known] = _inside(best.rectangles, _mouth(face))
    return Placement(rectangles, usable, _notes(best, track, role, known & ~usable))


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


@dataclass(frozen=True, eq=False)
class _Fit:
    """Hold rectangles in pixels of the target, as rows of one form in a picture of one width give them.

    Attributes:
        rectangles: float64 ``[N,4]``.
        form, width: what was assumed.
        stated: the width is the target's own, or is stated.
        hits: share of the frames in which they hold the mouth.
        offset: median distance of their centre from the mouth, from left to right, as a share of their width.
        odd: how far their shape is from the pictures', and their width from a face's, as logarithms.
    """

    rectangles: np.ndarray
    form: str
    width: float
    stated: bool
    hits: float
    offset: float
    odd: float

    @property
    def rank(self) -> tuple[bool, float]:
        """The lowest is the best: on the mouth, centred there, of the pictures' shape a face's size; a stated one counts."""
        # Rows that can be two corners are seldom a corner and a size: the mouth would be wider than it is far from the border.
        return self.hits < _ENOUGH, self.offset + self.odd - _BONUS * (self.stated + (self.form == "xyxy"))


def _fits(
    rows: np.ndarray,
    form: str,
    picture: tuple[int, int],
    face: FaceTrack,
    told: tuple[float, float] | None,
) -> list[_Fit]:
    """Return the rectangles of a form at the stated size, or else at the target's own and at likely ones.

    Args:
        rows: float64 ``[N,4…6]`` of frames that have them.
        form: what their numbers are.
        picture: width and height of the regions' pictures.
        face: the target's, in the same frames.
        told: width and height of the picture in which they were measured, where that is stated.
    """
    frame, mouth = face.frame_size, _mouth(face)
    corners, fits = _corners(rows, form), []
    likely = [] if told else _likely_sizes(corners, mouth, frame)
    for width, height in [told or (float(frame[0]), float(frame[1])), *likely]:
        rectangles = corners * ((frame[0] / width, frame[1] / height) * 2)
        sides = np.maximum(rectangles[:, 2:] - rectangles[:, :2], _TINY)
        off = np.abs((rectangles[:, 0] + rectangles[:, 2]) / 2 - mouth[:, 0]) / sides[:, 0]
        shape = np.abs(np.log(sides[:, 0] / sides[:, 1] * picture[1] / picture[0]))
        odd = float(np.median(shape + _SIZE_WEIGHT * np.abs(np.log2(sides[:, 0] / face.face_width))))
        hits = float(_inside(rectangles, mouth).mean())
        fits.append(_Fit(rectangles, form, width, not fits, hits, float(np.median(off)), odd))
    return fits


def _mouth(face: FaceTrack) -> np.ndarray:
    return face.landmarks[:, _MOUTH].mean(1, dtype=np.float64)


def _likely_sizes(corners: np.ndarray, mouth: np.ndarray, frame: tuple[int, int]) -> list[tuple[float, float]]:
    """Return usual sizes at which the rectangles' centres lie on the mouth from left to right, the nearest first."""
    centre = (corners[:, 0] + corners[:, 2]) / 2
    scale = float(centre @ mouth[:, 0]) / max(float(centre @ centre), _TINY)
    if scale <= 0:
        return []
    width = frame[0] / scale
    candidates = {side if across else side * frame[0] / frame[1] for side in _USUAL_SIZES for across in (True, False)}
    near = sorted((abs(one / width - 1), one) for one in candidates if abs(one / width - 1) <= _NEAR)
    return [(one, frame[1] * one / frame[0]) for _, one in near]


def _inside(rectangles: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.all((rectangles[:, :2] < points) & (points < rectangles[:, 2:]), axis=1)


def _inset(rectangles: np.ndarray, role: str) -> np.ndarray:
    """Return the part of the rectangles that the pictures show."""
    crop, border = ROLES[role]
    inset = (rectangles[:, 2:] - rectangles[:, :2]) * (border / crop)
    return rectangles + np.concatenate([inset, -inset], axis=1)


def _notes(fit: _Fit, track: FaceTrack, role: str, missed: np.ndarray) -> tuple[str, ...]:
    where = f"a picture {fit.width:.0f} px wide" if abs(fit.width - track.frame_size[0]) > 0.5 else "the clip"
    notes = [f"the bounds are read as {fit.form} in pixels of {where}; each picture shows {role.replace('_', ' ')} of them"]
    if missed.any():
        notes.append(f"{int(missed.sum())} regions do not lie on the mouth and keep the clip's own: {frame_numbers(missed)}")
    return tuple(notes)
