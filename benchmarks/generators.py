"""Every generator whose weights are here, on the same clip and speech: seam, sharpness, lip-sync, seconds; a contact sheet.

The sheet lies in the folder ``seamsync-bench`` of the working directory: a column a generator, the target first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SeamSyncError
from ..media.audio import Audio, load_audio
from ..media.video import VideoReader
from ..models import generators, weights
from ..models.base import Generator
from ..models.generators import load_generator
from ..pipeline import LipSyncOptions, lipsync, track_video
from ..runtime import Runtime
from ..tracking.options import SmoothOptions
from ..tracking.track import FaceTrack
from . import row
from .harness.sheets import Mouth, write_sheet

FOLDER = Path("seamsync-bench")
CLIP, SPEECH, SECONDS, QUICK_SECONDS = "presenter_576x768.mp4", "english_60s.wav", 8.0, 1.0
#: Numbers of a report that are compared, as far as a report has them.
NUMBERS = ("gradient_mismatch", "seam_step", "sharpness_ratio", "mouth_sharpness_ratio", "photo_flicker", "lse_c", "lse_d")
#: Frames on the sheet.
SHOWN = 4


@dataclass(frozen=True, eq=False)
class Result:
    """What one generator gave.

    Attributes:
        seconds: of the job, its model loaded and the face known.
        numbers: of its report.
        pictures: frame → RGB, for the sheet.
    """

    seconds: float
    numbers: dict[str, float]
    pictures: dict[int, np.ndarray] = field(default_factory=dict)


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """A line for every number of every generator, beside that of the built-in one."""
    if media is None:
        raise SeamSyncError("no folder of real clips; name one with --media or SEAMSYNC_MEDIA")
    if not (media / CLIP).is_file():
        return []
    speech = load_audio(media / SPEECH, duration=QUICK_SECONDS if quick else SECONDS)
    return compare(media / CLIP, speech, present(), FOLDER)


def present(load: Callable[..., Generator] = load_generator) -> dict[str, Generator]:
    """The generators that need no weights, and those whose weights are on disk; missing ones are left out."""
    found: dict[str, Generator] = {}
    for name in generators.generator_names():
        if not generators.get(name).needs_file or weights.status(name)[0] == "present":
            found[name] = load(name)
    return found


def compare(clip: Path, speech: Audio, made: dict[str, Generator], folder: Path) -> list[dict[str, Any]]:
    """Run generators on a clip, write ``generators.png`` into a folder, and return the benchmark's lines."""
    folder.mkdir(parents=True, exist_ok=True)
    source = VideoReader(clip, duration=speech.duration + 0.5)
    track = track_video(source, smooth=SmoothOptions())
    results = {name: _run(source, track, speech, generator, folder / f"{name}.mp4") for name, generator in made.items()}
    _sheet(source, track, results, folder / "generators.png")
    return [line for name, result in results.items() for line in _lines(name, result, results[generators.DEFAULT_GENERATOR])]


def _run(source: VideoReader, track: FaceTrack, speech: Audio, generator: Generator, out: Path) -> Result:
    start = time.perf_counter()
    made = lipsync(source, speech, out, options=LipSyncOptions(generator=generator), track=track, runtime=Runtime())
    seconds = time.perf_counter() - start
    known = made.report.numbers()
    numbers = {name: float(known[name]) for name in NUMBERS if known.get(name) is not None}
    wanted = {int(k) for k in np.linspace(0, len(made.mouths) - 1, SHOWN + 2)[1:-1]}
    pictures = {index: picture for index, picture in enumerate(made.frames()) if index in wanted}
    return Result(seconds, numbers, pictures)


def _lines(name: str, result: Result, plain: Result) -> list[dict[str, Any]]:
    lines = [row(f"{name}: seconds", result.seconds, plain.seconds, "rewrite", result.seconds / plain.seconds, "", None)]
    for number, value in result.numbers.items():
        other = plain.numbers.get(number, float("nan"))
        ratio = value / other if other else float("nan")
        lines.append(row(f"{name}: {number}", value, other, "rewrite", ratio, "", None))
    return lines


def _sheet(source: VideoReader, track: FaceTrack, results: dict[str, Result], path: Path) -> None:
    frames = sorted(next(iter(results.values())).pictures)
    targets = dict(zip(frames, (frame.rgb() for frame in source.frames(np.array(frames))), strict=True))
    columns = {"target": targets} | {name: result.pictures for name, result in results.items()}
    width = np.linalg.norm(track.landmarks[:, 16] - track.landmarks[:, 0], axis=-1)
    mouths = {k: Mouth(track.landmarks[k, 48:60].mean(0), float(width[k])) for k in frames}
    write_sheet(columns, mouths, path)
