"""Every real clip to the end: faces tracked, output as long as the speech, time a frame; contact sheets to look at.

Outputs and sheets lie in the folder ``seamsync-bench`` of the working directory.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..errors import SeamSyncError
from ..media.audio import Audio, load_audio
from ..media.video import VideoReader
from ..pipeline import lipsync
from . import row, write_picture

#: Clip → its own speech file, where there is one.
OWN_SPEECH = {"garden_1080x1920": "garden_speech.wav", "presenter_576x768": "presenter_speech.wav"}
FOLDER = Path("seamsync-bench")


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Two or three rows a clip and speech: frames, visible share, and seconds a second of video."""
    if media is None:
        raise SeamSyncError("no folder of real clips; name one with --media or SEAMSYNC_MEDIA")
    FOLDER.mkdir(exist_ok=True)
    rows = []
    for clip in sorted(media.glob("*.mp4")):
        jobs = {"english": load_audio(media / "english_60s.wav", duration=3 if quick else 10)}
        if clip.stem in OWN_SPEECH and not quick:
            jobs["own"] = load_audio(media / OWN_SPEECH[clip.stem])
        for name, speech in jobs.items():
            rows += _one(clip, speech, f"{clip.stem} {name}")
    return rows


def _one(clip: Path, speech: Audio, case: str) -> list[dict[str, Any]]:
    out = FOLDER / f"{case.replace(' ', '_')}.mp4"
    start = time.perf_counter()
    result = lipsync(clip, speech, out)
    seconds = time.perf_counter() - start
    made, source = VideoReader(out), VideoReader(clip)
    contact_sheet(source, made, result.mouths.frames, out.with_suffix(".png"))
    frames = speech.duration * float(made.info.fps)
    visible = float(result.track.visible.mean())
    late = abs(made.info.frame_count - frames)
    return [
        row(f"{case}: frames", made.info.frame_count, frames, "speech", made.info.frame_count / frames, "within 1", late <= 1),
        row(f"{case}: visible", visible, 1.0, "all frames", visible, "= 1", visible == 1.0),
        row(f"{case}: seconds", seconds, speech.duration, "speech", seconds / speech.duration, "", None),
    ]


def contact_sheet(source: VideoReader, made: VideoReader, frames: np.ndarray, path: Path, *, columns: int = 8) -> None:
    """Faces of the original above those of the result, at even times.

    Args:
        source: the target clip.
        made: the result.
        frames: int ``[T]``, the target frame of each result frame.
        path: PNG to write.
        columns: how many times.
    """
    picks = np.linspace(0, made.info.frame_count - 1, columns).astype(int)
    rows = []
    for clip, order in ((source, frames[picks]), (made, picks)):
        pictures = [f.rgb() for f in clip.frames(order)]
        rows.append(np.hstack([cv2.resize(p, (round(480 * p.shape[1] / p.shape[0]), 480)) for p in pictures]))
    write_picture(path, np.vstack(rows))
