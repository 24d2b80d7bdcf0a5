"""What a mouth looks like in the picture: where its lips really end, its colours, and a thumbnail to tell mouths apart.

Face meshes put the inner lips a few hundredths of the face width off, which is as much as a tooth. The lips are found again
on the picture: each inner contour moves to where the lip's colour ends, as the cheapest path across the mouth (Amini,
Weymouth and Jain, "Using dynamic programming for solving variational problems in vision", 1990).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .lips import INNER_SMOOTH, LOWER_INNER, LOWER_OUTER, UPPER_INNER, UPPER_OUTER, MouthAxes
from .paint import MouthLook
from .region import sample_patch

#: The strip of the mouth that is looked at: from the upper to the lower end in face widths, and its step.
_TOP, _BOTTOM, _STEP = -0.16, 0.24, 0.004
#: How far an inner contour may move, and over which length its two sides are compared, in steps.
_REACH, _SIDE = 9, 4
#: Price of a contour's move, per step and per step of difference between neighbouring columns.
_STAY, _BEND = 0.012, 0.12
_THUMB = (12, 8)
#: Gap (face widths) that closed lips are given: the dark line between them.
CONTACT = 0.008
#: How far inside the lip's colour its contour is put on an open mouth, face widths.
_INSET = 0.003


@dataclass(frozen=True, eq=False)
class MouthAppearance:
    """What was seen of one mouth.

    Attributes:
        moves: float64 ``[2,13]``, how far down the upper and the lower inner contour really lie, face widths.
        look: colours and split.
        light: float64 ``[4]``, log of the mean R, G, B of the lower face, and log of its left over its right half.
        thumb: float32 ``[96]``, the mouth as a small picture, 0…1 about its mean.
    """

    moves: np.ndarray
    look: MouthLook
    light: np.ndarray
    thumb: np.ndarray


def measure(image: np.ndarray, own: np.ndarray, axes: MouthAxes) -> MouthAppearance:
    """Look at one mouth.

    Args:
        image: uint8 ``[h,w,3]``, patch.
        own: float64 ``[4,13,2]``, lip contours in their own coordinates, from the landmarks.
        axes: the mouth's axes in patch pixels.
    """
    x = own[UPPER_INNER, :, 0]
    rows = np.arange(_TOP, _BOTTOM, _STEP)
    strip = _strip(image, x, rows, axes)
    upper, lower = own[UPPER_INNER, :, 1], np.interp(x, own[LOWER_INNER, :, 0], own[LOWER_INNER, :, 1])
    top = np.interp(x, own[UPPER_OUTER, :, 0], own[UPPER_OUTER, :, 1])
    bottom = np.interp(x, own[LOWER_OUTER, :, 0], own[LOWER_OUTER, :, 1])
    up, down = _edge(strip, rows, upper, (top + upper) / 2, 1), _edge(strip, rows, lower, (bottom + lower) / 2, -1)
    line = (upper + lower) / 2 + _contact(strip, rows, (upper + lower) / 2)
    shut = np.stack([line - CONTACT / 2 - upper, line + CONTACT / 2 - lower])
    open_ = np.clip(((lower - upper)[3:10].mean() - 0.02) / 0.03, 0, 1)
    moves = (open_ * np.stack([up, down]) + (1 - open_) * shut) * np.sin(np.pi * np.arange(len(x)) / (len(x) - 1)) ** 0.5
    moves = moves @ INNER_SMOOTH
    # A little into the lip, past the pixels that it shares with the teeth.
    inset = open_ * max(_INSET, 0.6 / float(axes.unit))
    moves += np.array([[-inset], [inset]])
    crossed = np.minimum(lower + moves[1] - upper - moves[0], 0) / 2
    moves += np.stack([crossed, -crossed])
    look = _look(strip, rows, upper + moves[0], lower + moves[1], top, bottom)
    return MouthAppearance(moves, look, _light(image, axes), _thumb(image, axes))


def move_inner(own: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Own contours ``[..., 4, 13, 2]`` with the inner ones moved down by ``[..., 2, 13]`` face widths: a copy."""
    moved = np.array(own)
    moved[..., UPPER_INNER, :, 1] += moves[..., 0, :]
    moved[..., LOWER_INNER, :, 1] += moves[..., 1, :]
    return moved


def _strip(image: np.ndarray, x: np.ndarray, rows: np.ndarray, axes: MouthAxes) -> np.ndarray:
    """The mouth unrolled: float32 ``[rows, columns, 3]`` at own coordinates, smoothed over a step."""
    points = np.stack(np.broadcast_arrays(x[None, :], rows[:, None]), -1).reshape(-1, 2)
    at = axes.outward(points).reshape(len(rows), len(x), 2)
    strip = sample_patch(image, at)
    return cv2.blur(strip, (1, 3))


def _at(strip: np.ndarray, rows: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Colours of the strip at one height a column: ``[columns, 3]``."""
    index = np.clip(np.rint((y - rows[0]) / _STEP), 0, len(rows) - 1).astype(int)
    return strip[index, np.arange(strip.shape[1])]


def _unlike(strip: np.ndarray, lip: np.ndarray) -> np.ndarray:
    """0…1.5, how little each pixel ``[r,c,3]`` looks like lip of colour ``[3]``: by brightness and by redness."""

    def _measures(colour: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total = colour.sum(-1) + 12
        return np.log(total), (colour[..., 0] - colour[..., 1]) / total

    light, red = _measures(strip)
    lip_light, lip_red = _measures(lip)
    return np.clip(np.abs(light - lip_light) / 0.5 + np.abs(red - lip_red) / 0.1, 0, 1.5)


def _edge(strip: np.ndarray, rows: np.ndarray, contour: np.ndarray, within: np.ndarray, inward: int) -> np.ndarray:
    """How far (face widths, downwards) the end of the lip lies from ``contour`` ``[columns]``.

    Args:
        strip, rows: the unrolled mouth.
        contour: where the landmarks put it.
        within: heights inside the lip, to learn its colour from.
        inward: +1 when the mouth's inside lies below the contour, -1 when above.
    """
    lip = np.median(_at(strip, rows, within)[2:-2], 0)
    total = np.concatenate([np.zeros((1, strip.shape[1])), np.cumsum(_unlike(strip, lip), 0)])
    shifts = np.arange(-_REACH, _REACH + 1)
    # total[i] ends before row i: half a step above its middle.
    at = np.clip(np.rint((contour - rows[0]) / _STEP + 0.5).astype(int)[None] + shifts[:, None], _SIDE, len(rows) - _SIDE)
    column = np.arange(strip.shape[1])
    step = (total[at + _SIDE, column] - 2 * total[at, column] + total[at - _SIDE, column]) / _SIDE
    cost = _STAY * np.abs(shifts)[:, None] - inward * step
    return shifts[_smoothest(cost)] * _STEP


def _contact(strip: np.ndarray, rows: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """How far (face widths, downwards) the dark line of closed lips lies from ``middle`` ``[columns]``."""
    shifts = np.arange(-_REACH // 2, _REACH // 2 + 1)
    at = np.clip(np.rint((middle - rows[0]) / _STEP).astype(int)[None] + shifts[:, None], 0, len(rows) - 1)
    dark = np.log(strip.sum(-1) + 12)[at, np.arange(strip.shape[1])]
    return shifts[_smoothest(_STAY * np.abs(shifts)[:, None] + dark)] * _STEP


def _smoothest(cost: np.ndarray) -> np.ndarray:
    """Row of each column on the cheapest path through ``cost`` ``[rows, columns]``, with :data:`_BEND` a row of change."""
    count, columns = cost.shape
    bend = _BEND * np.abs(np.arange(count)[:, None] - np.arange(count))
    best, back = cost[:, 0], np.zeros((columns, count), int)
    for column in range(1, columns):
        ways = best[:, None] + bend
        back[column] = ways.argmin(0)
        best = ways[back[column], np.arange(count)] + cost[:, column]
    path = [int(best.argmin())]
    for column in range(columns - 1, 0, -1):
        path.append(int(back[column][path[-1]]))
    return np.array(path[::-1])


def _look(
    strip: np.ndarray, rows: np.ndarray, upper: np.ndarray, lower: np.ndarray, top: np.ndarray, bottom: np.ndarray
) -> MouthLook:
    """Colours of lips, skin and inside, from the middle columns."""
    middle = slice(3, 10)
    lip = np.concatenate([_at(strip, rows, (top + upper) / 2)[middle], _at(strip, rows, (bottom + lower) / 2)[middle]])
    skin = np.concatenate([_at(strip, rows, top - 0.03)[middle], _at(strip, rows, bottom + 0.03)[middle]])
    shares = np.linspace(0.12, 0.88, 12)
    inside = np.stack([_at(strip, rows, upper + s * (lower - upper))[middle].mean(0) for s in shares])
    bright = inside.sum(-1)
    darkest = int(bright.argmin())
    lip, skin = np.median(lip, 0), np.median(skin, 0)
    gap = float((lower - upper)[middle].mean())
    hollow = np.clip((0.75 - bright[darkest] / max(lip.sum(), 1.0)) / 0.25, 0, 1) * np.clip((gap - 0.02) / 0.03, 0, 1)
    # Nothing dark between the lips: a row of teeth, which belongs to the upper jaw.
    split = float(hollow * shares[darkest] + (1 - hollow))
    lip, skin, dark = (c.astype(np.float32) for c in (lip, skin, inside[darkest]))
    return MouthLook(lip, skin, dark, split, float(hollow))


def _light(image: np.ndarray, axes: MouthAxes) -> np.ndarray:
    """Log of the mean colour of the lower face, and of its left half's brightness over the right's."""
    grid = np.stack(np.meshgrid(np.linspace(-0.3, 0.3, 12), np.linspace(-0.15, 0.25, 8)), -1).reshape(-1, 2)
    at = axes.outward(grid).reshape(8, 12, 2)
    picture = sample_patch(image, at) + 4
    halves = np.log(picture[:, :6].mean()) - np.log(picture[:, 6:].mean())
    return np.append(np.log(picture.mean((0, 1))), halves)


def _thumb(image: np.ndarray, axes: MouthAxes) -> np.ndarray:
    """The mouth at 12×8 pixels, grey, 0…1 about its mean."""
    columns, rows = _THUMB
    grid = np.stack(np.meshgrid(np.linspace(-0.26, 0.26, columns * 3), np.linspace(-0.13, 0.2, rows * 3)), -1)
    at = axes.outward(grid.reshape(-1, 2)).reshape(rows * 3, columns * 3, 2)
    picture = sample_patch(image, at).mean(-1) / 255
    small = cv2.resize(picture.astype(np.float32), _THUMB, interpolation=cv2.INTER_AREA)
    return (small - small.mean()).ravel()
