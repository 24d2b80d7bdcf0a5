"""Pictures of what goes in: speech, clips, folders."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from picture_drawing import (
    DIM,
    LIGHT,
    LINES,
    RED,
    WIDTH,
    blank,
    captioned,
    cell_size,
    draw_span,
    draw_wave,
    marked,
    row,
    stacked,
    write,
)
from picture_parts import SPEECH, Scene
from seamsync.media.audio import Audio, cut_audio, load_audio
from seamsync.media.loops import LOOPS, play_order
from seamsync.models.speech.curves import speech_curves

#: What is cut out of the speech, and how far it is shifted, seconds; the time that the picture spans; where it lies in it.
_START, _DURATION, _OFFSET, _SECONDS = 0.6, 4.0, 1.0, 7.0
_LEFT, _RIGHT = 112, WIDTH - 8
#: Frames of the clip for the loops: so many of the file, the first and last taken; cells of the loop.
_FILE, _FIRST, _LAST, _CELLS = 10, 3, 6, 10


def _x(seconds: float) -> int:
    return round(_LEFT + seconds / _SECONDS * (_RIGHT - _LEFT))


def speech(scene: Scene) -> np.ndarray:
    """What start, duration and offset do, and how the mouth will open to it."""
    made, whole = blank(330), load_audio(SPEECH)
    taken = load_audio(SPEECH, start=_START, duration=_DURATION, offset=_OFFSET)
    draw_wave(made, whole, (_LEFT, 34, _RIGHT, 124), _SECONDS, DIM)
    inside = cut_audio(whole, start=_START, duration=_DURATION)
    draw_wave(made, inside, (_x(_START), 34, _x(_START + _DURATION), 124), _DURATION)
    draw_span(made, _x(0), _x(_START), 30, "start")
    draw_span(made, _x(_START), _x(_START + _DURATION), 30, f"duration {_DURATION:g} s", LINES[1])
    made[150:240, _x(0) : _x(_OFFSET)] = (48, 48, 48)
    draw_wave(made, taken, (_LEFT, 150, _RIGHT, 240), _SECONDS)
    draw_span(made, _x(0), _x(_OFFSET), 146, f"offset {_OFFSET:g} s")
    count = round(_SECONDS * 25)
    opening = speech_curves(taken, Fraction(25), count).opening
    line = np.stack([np.linspace(_LEFT, _RIGHT, count), 318 - 60 * opening], 1).round().astype(np.int32)
    cv2.fillPoly(made, [np.vstack([line, [[_RIGHT, 318], [_LEFT, 318]]])], (92, 56, 40))
    cv2.polylines(made, [line], False, LINES[0], 2, cv2.LINE_AA)
    for text, y in (("the file", 84), ("the output", 200), ("how far the", 284), ("mouth opens", 304)):
        write(made, text, (4, y), LINES[0] if y > 240 else LIGHT, room=_LEFT - 10)
    return made


def _frames(scene: Scene, size: tuple[int, int]) -> list[np.ndarray]:
    """Pictures of the clip, far enough apart that they differ."""
    return [scene.crop(scene.rgb(at), at, size, 1.6, (0, -0.2)) for at in range(0, 16 * _FILE, 16)]


def loops(scene: Scene) -> np.ndarray:
    """Which frames of the file are taken, and in which order the loops show them."""
    left = 92
    size = cell_size(_CELLS, 1.25, WIDTH - left)
    frames = _frames(scene, size)
    file = [
        marked(frame if _FIRST <= index <= _LAST else frame // 3, str(index), LINES[1] if _FIRST <= index <= _LAST else DIM)
        for index, frame in enumerate(frames)
    ]
    head, across = blank(28), size[0] + 4
    middle = left + _FIRST * across
    draw_span(head, left, middle - 4, 22, "start")
    draw_span(head, middle, left + (_LAST + 1) * across - 4, 22, "duration", LINES[1])
    rows = [head, row("the file", file, left), blank(4)]
    length = blank(28)
    draw_span(length, left, WIDTH - 4, 22, "length")
    rows.append(length)
    for loop in LOOPS[:-1]:
        order = _FIRST + play_order(_LAST - _FIRST + 1, _CELLS, loop=loop)
        cells = [marked(frames[at], str(at), LINES[1] if n <= _LAST - _FIRST else LINES[0]) for n, at in enumerate(order)]
        rows.append(row(loop, cells, left))
    return stacked(*rows)


def _runs(cells: list[np.ndarray], names: list[str], last: str) -> np.ndarray:
    """A column for every run: its number, its index, the file, its name; a run without a file is refused."""
    width, columns = cells[0].shape[1], {}
    for number, (cell, name) in enumerate(zip(cells, names, strict=True)):
        words = blank(28, width)
        write(words, name or "refused", (5, 19), LINES[1] if name else RED, room=width - 10)
        columns[f"run {number + 1}: index {number}"] = np.vstack([cell, words])
    note = blank(30)
    write(note, last, (5, 18))
    return stacked(captioned(columns), note)


def clips(scene: Scene) -> np.ndarray:
    """Four runs over a folder of three clips."""
    size = cell_size(4, 0.95)
    faces = [scene.crop(scene.rgb(at), at, size, width, (0, -0.15)) for at, width in ((0, 1.5), (100, 1.5), (58, 1.1))]
    gray = cv2.cvtColor(cv2.cvtColor(faces[2], cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    shown = [faces[0], faces[1][:, ::-1], gray, faces[0]]
    names = [f"clips/{name}.mp4" for name in ("clip1", "clip2", "clip10", "clip1")]
    return _runs(shown, names, "After the last file, 'begin again' takes the first.")


def speeches(scene: Scene) -> np.ndarray:
    """Four runs over a folder of three speeches."""
    size, whole = cell_size(4, 0.6), load_audio(SPEECH)
    pieces = [cut_audio(whole, start=start, duration=seconds) for start, seconds in ((0.0, 2.4), (2.2, 1.6), (4.0, 2.8))]
    names = [f"lines/{name}.wav" for name in ("line1", "line2", "line10")]
    cells = [*(_sound(piece, *size) for piece in pieces), _crossed(*size)]
    return _runs(cells, [*names, ""], "After the last file, 'stop' refuses, before anything is computed.")


def _crossed(width: int, height: int) -> np.ndarray:
    made, x, y = blank(height, width), width // 2, height // 2
    for way in (-24, 24):
        cv2.line(made, (x - 24, y - way), (x + 24, y + way), RED, 4, cv2.LINE_AA)
    return made


def _sound(audio: Audio, width: int, height: int) -> np.ndarray:
    made = blank(height, width)
    draw_wave(made, audio, (8, 6, width - 8, height - 6), 3.0)
    return made
