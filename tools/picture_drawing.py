"""What the drawn parts of pictures in help pages are made of: captions, rows, plots, waveforms; uint8 RGB ``[h,w,3]`` all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import cv2
import numpy as np
from seamsync.media.audio import Audio, to_mono

#: Width of a whole picture, pixels: a help page shows it 300 to 700 wide; its words can still be read then.
WIDTH = 676
DARK, DIM, LIGHT, RED = (26, 26, 26), (92, 92, 92), (225, 225, 225), (240, 90, 80)
#: Colours of lines, in turn.
LINES = ((235, 120, 70), (70, 190, 240), (140, 220, 110))
_BAND, _GAP, _SIZE = 30, 4, 0.6

Color = tuple[int, int, int]


def blank(height: int, width: int = WIDTH) -> np.ndarray:
    """A dark picture."""
    return np.full((height, width, 3), DARK, np.uint8)


def write(picture: np.ndarray, text: str, at: tuple[int, int], color: Color = LIGHT, *, room: int = WIDTH) -> None:
    """Put words into a picture, their lower left corner at ``at``; smaller where they would be wider than ``room`` pixels."""
    wide = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, _SIZE, 1)[0][0]
    size = _SIZE * min(1.0, room / max(wide, 1))
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, color, 1, cv2.LINE_AA)


def captioned(cells: Mapping[str, np.ndarray]) -> np.ndarray:
    """Pictures of one height side by side, each with its caption over it, and thin gaps."""
    made = []
    for text, cell in cells.items():
        band = blank(_BAND, cell.shape[1])
        write(band, text, (5, _BAND - 9), room=cell.shape[1] - 10)
        made += [np.vstack([band, cell]), blank(cell.shape[0] + _BAND, _GAP)]
    return np.hstack(made[:-1])


def stacked(*pictures: np.ndarray) -> np.ndarray:
    """Pictures one under another, the narrower ones with a dark rest."""
    width = max(picture.shape[1] for picture in pictures)
    return np.vstack([np.pad(one, ((0, 0), (0, width - one.shape[1]), (0, 0)), constant_values=DARK[0]) for one in pictures])


def cell_size(count: int, shape: float = 1.0, width: int = WIDTH) -> tuple[int, int]:
    """Width and height of each of ``count`` cells side by side in ``width`` pixels, ``shape`` times as high as wide."""
    across = (width - _GAP * (count - 1)) // count
    return across, round(across * shape)


def row(name: str, cells: Sequence[np.ndarray], left: int) -> np.ndarray:
    """Pictures of one height side by side, what they are called in ``left`` pixels beside them, on as many lines as words."""
    made = blank(cells[0].shape[0] + _GAP)
    for number, word in enumerate(name.split("\n")):
        write(made, word, (4, 20 + 20 * number), room=left - 8)
    x = left
    for cell in cells:
        made[: cell.shape[0], x : x + cell.shape[1]] = cell
        x += cell.shape[1] + _GAP
    return made


def marked(picture: np.ndarray, text: str, color: Color) -> np.ndarray:
    """The picture with a bar under it, and a word in the bar's colour under that."""
    made = np.vstack([picture, blank(24, picture.shape[1])])
    made[picture.shape[0] : picture.shape[0] + 3] = color
    write(made, text, (3, made.shape[0] - 5), color, room=picture.shape[1] - 4)
    return made


def plot(lines: Mapping[str, np.ndarray], unit: str, goal: float | None = None, height: int = 260) -> np.ndarray:
    """Curves over the frames, each with its name in its colour, and the range of the values in ``unit``.

    Args:
        goal: a level to draw in, dashed.
    """
    left, top, right, bottom = 76, 40, 10, 14
    picture = blank(height)
    values = np.concatenate([*lines.values(), [] if goal is None else [goal]])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))

    def _down(value: np.ndarray | float) -> np.ndarray:
        return np.asarray(top + (high - value) / (high - low) * (height - top - bottom))

    for level in (low, high):
        y = round(float(_down(level)))
        cv2.line(picture, (left, y), (WIDTH - right, y), (60, 60, 60), 1)
        write(picture, f"{level:.3g} {unit}", (4, y + 5), room=left - 8)
    if goal is not None:
        y = round(float(_down(goal)))
        for x in range(left, WIDTH - right, 12):
            cv2.line(picture, (x, y), (x + 6, y), LIGHT, 1)
        write(picture, "goal", (left + 4, y - 5))
    for number, (name, line) in enumerate(lines.items()):
        x = left + np.arange(len(line)) / (len(line) - 1) * (WIDTH - left - right)
        seen = np.isfinite(line)
        points = np.stack([x, _down(line)], 1)[seen].round().astype(np.int32)
        cv2.polylines(picture, [points], False, LINES[number], 2, cv2.LINE_AA)
        write(picture, name, (left + 250 * number, 24), LINES[number])
    return picture


def draw_wave(
    picture: np.ndarray, audio: Audio, span: tuple[int, int, int, int], seconds: float, color: Color = LINES[1]
) -> None:
    """Draw a waveform, of its loudest and lowest sample in every column.

    Args:
        span: left, top, right and bottom of the part of the picture that stands for ``seconds``.
    """
    left, top, right, bottom = span
    wave = to_mono(audio).samples[0]
    middle, high = (top + bottom) / 2, (bottom - top) / 2
    edges = (np.arange(right - left + 1) * seconds * audio.rate / (right - left)).round().astype(int)
    for x, (first, last) in enumerate(pairwise(edges.tolist())):
        if len(part := wave[first:last]):
            ends = middle - np.clip([part.max(), part.min()], -1, 1) * high
            cv2.line(picture, (left + x, round(float(ends[0]))), (left + x, round(float(ends[1]))), color, 1)


def draw_span(picture: np.ndarray, left: int, right: int, y: int, text: str, color: Color = LIGHT) -> None:
    """Draw a measure from ``left`` to ``right`` with ticks at its ends, and what it is above it."""
    cv2.line(picture, (left, y), (right, y), color, 1)
    for x in (left, right):
        cv2.line(picture, (x, y - 4), (x, y + 4), color, 1)
    write(picture, text, (left + 4, y - 7), color)
