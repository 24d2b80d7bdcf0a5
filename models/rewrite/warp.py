"""The layered mouth warp: upper and lower lip move apart or together, and the inside shows between them.

Backward maps, one for each layer: above the line between the lips a pixel comes from the upper layer, below it from the
lower one, and between the lips from the inside. Each layer is a thin-plate spline through the lips, the jaw and the points
that stay (Bookstein 1989), so both agree along the cheeks, where they fade into one another.

Images here are uint8 ``[h,w,3]`` patches; points are patch pixels, (0.5, 0.5) the centre of the first pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...tracking.align import dense_map, fit_thin_plate
from .lips import LOWER_INNER, LOWER_OUTER, UPPER_INNER, UPPER_OUTER, MouthAxes, mouth_axes, own_contours
from .paint import MouthLook, gap_grown, paint_inside
from .region import sample_patch

#: Smoothing of the splines: 0 passes through every point; lips keep to theirs within a tenth of a pixel.
_STIFFNESS = 2e-4
#: Width of the lips' edge towards the inside, in pixels and in face widths (the larger counts).
_EDGE_PIXELS, _EDGE = 1.2, 0.006
#: The line of closed lips: its half width in pixels and face widths (the larger counts), weight, and share of the lips' light.
_CONTACT_PIXELS, _CONTACT, _CONTACT_WEIGHT, _CONTACT_SHADE = 1.0, 0.008, 0.75, np.float32(0.7)
_NOSE = np.arange(27, 36)
_CHEEKS = ((48, 3), (54, 13))
_TABLE = 512


@dataclass(frozen=True, eq=False)
class Face:
    """A mouth in a patch: landmarks float64 ``[68,2]`` and lip contours float64 ``[4,13,2]``, patch pixels."""

    landmarks: np.ndarray
    contours: np.ndarray


@dataclass(frozen=True, eq=False)
class _Line:
    """Where each pixel stands to the lips of the target, float32 ``[h,w]`` each.

    ``x`` and ``y``: mouth's own axes, pixels from the middle of the corners; ``upper`` and ``lower``: y of the inner contours
    at that x; ``beyond``: pixels past the inner corners, 0 within the mouth.
    """

    x: np.ndarray
    y: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    beyond: np.ndarray


def warp_mouth(image: np.ndarray, source: Face, target: Face, look: MouthLook, *, own: bool) -> np.ndarray:
    """The picture with its mouth moved from ``source`` to ``target``.

    Args:
        image: uint8 ``[h,w,3]``, the patch ``source`` was measured in.
        source: where its mouth is.
        target: where it should be.
        look: what the mouth's inside looks like in ``image``.
        own: the target is the same frame: what is far from the mouth stays where it is, to the byte.

    Returns:
        uint8 ``[h,w,3]``. With ``own`` and an unmoved target, ``image`` itself.
    """
    if own and np.abs(source.contours - target.contours).max() < 1e-3:
        return image
    upper, lower = _layer_maps(image.shape[:2], source, target, own)
    line = _line(image.shape[:2], target)
    low = _lower_weight(line)[..., None]
    edge = max(_EDGE_PIXELS, _EDGE * float(mouth_axes(target.landmarks).unit))
    above, below = sample_patch(image, upper, bicubic=True), sample_patch(image, lower, bicubic=True)
    out = above + low * (below - above)
    _put_inside(out, image, upper, lower, line, edge, source, target, look)
    _shade_contact(out, line, source, target, look)
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


def _layer_points(face: Face, still: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Control points of the upper and the lower layer; the same order for every face. ``still``: extra points for both."""
    marks = face.landmarks
    cheeks = [marks[c] + f * (marks[j] - marks[c]) for c, j in _CHEEKS for f in (0.25, 0.6)]
    lips = face.contours[:, ::2]
    corners = lips[UPPER_OUTER, [0, -1]]
    shared = np.concatenate([marks[_NOSE], np.stack(cheeks), corners, still])
    upper = [shared, lips[UPPER_OUTER, 1:-1], lips[UPPER_INNER], marks[[0, 1, 2, 3, 13, 14, 15, 16]]]
    lower = [shared, lips[LOWER_INNER], lips[LOWER_OUTER, 1:-1], marks[2:15]]
    return np.concatenate(upper), np.concatenate(lower)


def _layer_maps(size: tuple[int, int], source: Face, target: Face, own: bool) -> tuple[np.ndarray, np.ndarray]:
    """Backward maps of both layers, float32 ``[h,w,2]``."""
    height, width = size
    still = np.empty((0, 2))
    if own:
        # The neck does not follow the chin.
        jaw, centre = source.landmarks[4:13], source.landmarks[33]
        still = jaw + 0.3 * (jaw - centre)
    step = max(4, height // 40)
    maps = []
    for here, there in zip(_layer_points(target, still), _layer_points(source, still), strict=True):
        positions = dense_map(fit_thin_plate(here, there, _STIFFNESS), (0, 0, width, height), step)
        maps.append(_calm_border(positions) if own else positions)
    return maps[0], maps[1]


def _calm_border(positions: np.ndarray) -> np.ndarray:
    """A backward map whose movement dies away towards the patch's border, so that the border stays as it is."""
    height, width = positions.shape[:2]
    x, y = np.arange(width, dtype=np.float32) + 0.5, np.arange(height, dtype=np.float32) + 0.5
    fade_x, fade_y = (np.clip(np.minimum(p, n - p) / (0.08 * n), 0, 1) for p, n in ((x, width), (y, height)))
    weight = (fade_x[None, :] * fade_y[:, None])[..., None]
    still = np.stack(np.broadcast_arrays(x[None, :], y[:, None]), -1)
    return still + weight * (positions - still)


def _line(size: tuple[int, int], target: Face) -> _Line:
    """Where each pixel of the patch stands to the target's inner lips."""
    axes = mouth_axes(target.landmarks)
    own = own_contours(target.contours, axes) * axes.unit
    height, width = size
    dx = np.arange(width, dtype=np.float32) + np.float32(0.5 - axes.origin[0])
    dy = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5 - axes.origin[1])
    a, b = (np.float32(v) for v in axes.along)
    x, y = dx * a + dy * b, dy * a - dx * b
    left, right = own[UPPER_INNER, 0, 0], own[UPPER_INNER, -1, 0]
    grid = np.linspace(left, right, _TABLE)
    place = np.clip((x - left) * ((_TABLE - 1) / max(right - left, 1e-3)), 0, _TABLE - 1).astype(np.int32)
    upper, lower = (
        np.interp(grid, np.maximum.accumulate(own[r, :, 0]), own[r, :, 1]).astype(np.float32)[place]
        for r in (UPPER_INNER, LOWER_INNER)
    )
    beyond = np.maximum(np.maximum(np.float32(left) - x, x - np.float32(right)), 0)
    return _Line(x, y, upper, np.maximum(lower, upper), beyond)


def _lower_weight(line: _Line) -> np.ndarray:
    """Weight of the lower layer: a sharp step at the line between the lips, ever softer beyond the corners."""
    middle = (line.upper + line.lower) / 2
    return np.clip((line.y - middle) / (1 + 1.2 * line.beyond) + 0.5, 0, 1)


def _shade_contact(out: np.ndarray, line: _Line, source: Face, target: Face, look: MouthLook) -> None:
    """Draw the line where lips that were open now touch: a shadow in the lips' own colour.

    The layers' edges bring a rim of teeth and cavity along; what is left of it between closed lips would read as a grey
    pencil line.
    """
    axes = mouth_axes(target.landmarks)
    before, after = (_gap_pixels(f) / float(axes.unit) for f in (source, target))
    strength = _CONTACT_WEIGHT * np.clip((before - after) / 0.03, 0, 1) * np.clip(1.5 - after / 0.012, 0, 1)
    if strength <= 0:
        return
    spread = max(_CONTACT_PIXELS, _CONTACT * float(axes.unit))
    away = ((line.y - (line.upper + line.lower) / 2) ** 2 + 4 * line.beyond**2) / (2 * spread**2)
    out += np.float32(strength) * np.exp(-away)[..., None] * (_CONTACT_SHADE * look.lip - out)


def _gap_pixels(face: Face) -> float:
    """Mean gap of the inner lips in pixels, without the corners."""
    return float(np.linalg.norm(face.contours[LOWER_INNER, 3:10] - face.contours[UPPER_INNER, 3:10], axis=-1).mean())


def _put_inside(
    out: np.ndarray,
    image: np.ndarray,
    upper: np.ndarray,
    lower: np.ndarray,
    line: _Line,
    edge: float,
    source: Face,
    target: Face,
    look: MouthLook,
) -> None:
    """Draw what stands between the lips into ``out``, within the box it covers."""
    depth = np.minimum(line.y - line.upper, line.lower - line.y)
    cover = np.where(line.beyond > 0, 0, np.clip(depth / edge, 0, 1))
    rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
    if not len(rows):
        return
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    gap = np.maximum(line.lower[box] - line.upper[box], 1e-3)
    down = line.y[box] - line.upper[box]
    was = _gap_along(source, line.x[box], target)
    unit = float(mouth_axes(target.landmarks).unit)
    # Upper teeth stay with the upper lip, tongue and lower teeth go with the jaw; what was darkest between them stretches.
    # A gap that grows by little stretches as a whole: no edge opens within it.
    grown = gap_grown(gap / unit, was / unit)
    apart = np.where(gap < was, 1, grown)
    top = np.minimum(look.split * was / gap, look.split) * apart
    bottom = 1 - apart * (1 - np.maximum(1 - (1 - look.split) * was / gap, look.split))
    share = np.clip((down / gap - top + 0.02) / np.maximum(bottom - top, 0.04), 0, 1)[..., None]
    own = sample_patch(image, upper[box] + share * (lower[box] - upper[box]), bicubic=True)
    along = line.x[box] / max(float(np.abs(line.x[box]).max()), 1.0)
    inside = paint_inside(own, look, along, down / unit, gap / unit, was / unit, (top, bottom))
    out[box] += cover[box][..., None] * (inside - out[box])


def _gap_along(source: Face, x: np.ndarray, target: Face) -> np.ndarray:
    """Gap of the source's inner lips in pixels at the target's ``x``, as if the corners of both coincided."""
    mine, theirs = (_own(f) for f in (source, target))
    share = (theirs[UPPER_INNER, :, 0] - theirs[UPPER_INNER, 0, 0]) / max(np.ptp(theirs[UPPER_INNER, :, 0]), 1e-3)
    at = mine[UPPER_INNER, 0, 0] + share * np.ptp(mine[UPPER_INNER, :, 0])
    gap = np.interp(at, mine[LOWER_INNER, :, 0], mine[LOWER_INNER, :, 1])
    gap = np.maximum(gap - np.interp(at, mine[UPPER_INNER, :, 0], mine[UPPER_INNER, :, 1]), 0)
    return np.interp(x, theirs[UPPER_INNER, :, 0], gap).astype(np.float32)


def _own(face: Face) -> np.ndarray:
    """Contours in the mouth's own axes, pixels."""
    axes: MouthAxes = mouth_axes(face.landmarks)
    return own_contours(face.contours, axes) * axes.unit
