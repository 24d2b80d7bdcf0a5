"""The composite pass (mouths cached) against a plain decode and encode of the same clip with the same codec settings.

Judged is the processor's time of all threads, which other work on the machine moves least; the clock's ratio is told beside it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np

from ..blending.presets import PRESETS
from ..errors import SeamSyncError
from ..media.clips import MouthClip
from ..media.encode_options import EncodeSettings
from ..media.opening import open_video
from ..media.video import VideoReader
from ..pipeline import composite_video
from ..runtime import Runtime
from ..tracking.track import FaceTrack
from . import row
from .mouths import simulated_mouths
from .seams import read_clip

#: Most times a transcode, by preset: for 720p and more, and for smaller pictures.
GOALS = {"natural": (1.5, 2.0), "fast": (1.2, 1.2)}
_LARGE = 1280 * 720
FRAMES, QUICK_FRAMES = 250, 75


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Two rows a clip, for ``natural`` and ``fast``: processor ms a frame of each, and their ratio."""
    if media is None:
        raise SeamSyncError("no folder of real clips; name one with --media or SEAMSYNC_MEDIA")
    rows = []
    for clip in sorted(media.glob("*.mp4")):
        source, track = read_clip(clip, QUICK_FRAMES if quick else FRAMES)
        rows += _rows(clip, source, track, simulated_mouths(source, track), 1 if quick else 5)
    return rows


def _rows(clip: Path, source: VideoReader, track: FaceTrack, mouths: MouthClip, repeats: int) -> list[dict[str, Any]]:
    encode, count = EncodeSettings(), len(mouths)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.mp4"

        def _ours(name: str) -> Callable[[], object]:
            runtime = Runtime(device="cpu")
            return lambda: composite_video(source, track, mouths, out, settings=PRESETS[name], encode=encode, runtime=runtime)

        runs = [*(_ours(name) for name in GOALS), lambda: transcode(clip, out, encode, count)]
        times = np.array([[_timed(work) for work in runs] for _ in range(repeats)])  # [repeat, run, processor and clock]
    rows = []
    for which, (name, goals) in enumerate(GOALS.items()):
        ratio, clock = np.median(times[:, which] / times[:, -1], axis=0)
        goal = goals[source.info.width * source.info.height < _LARGE]
        ours, plain = 1e3 * np.median(times[:, [which, -1], 0], axis=0) / count
        case = f"{clip.stem} | {name} (by the clock {clock:.2f})"
        named = "plain decode + encode, processor ms a frame"
        rows.append(row(case, ours, plain, named, ratio, f"≤ {goal}", bool(ratio <= goal)))
    return rows


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds of all threads, and of the clock."""
    start = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - start[0], time.perf_counter() - start[1]


def transcode(source: Path, target: Path, settings: EncodeSettings, most: int | None = None) -> None:
    """Decode and encode with PyAV alone: the floor of the composite pass.

    Args:
        source: clip.
        target: mp4 to write.
        settings: x264's preset and quality.
        most: frames; None: all.
    """
    with open_video(source) as reader, av.open(str(target), "w") as writer:
        stream = reader.stream
        out = writer.add_stream("libx264", rate=stream.average_rate, options=settings.options)
        assert isinstance(out, av.VideoStream)
        out.width, out.height, out.pix_fmt = stream.width, stream.height, stream.pix_fmt or "yuv420p"
        for count, frame in enumerate(islice(reader.container.decode(stream), most)):
            frame.pts, frame.time_base = count, 1 / stream.average_rate  # type: ignore[operator]
            writer.mux(out.encode(frame))
        writer.mux(out.encode())
