"""What the load nodes show of a chosen file: its facts, a thumbnail, and the waveform of its sound with the silences."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..arrays import runs
from ..media.audio import Audio, load_audio, silent_frames
from ..media.read_options import DEFAULT, ReadOptions
from ..media.thumbnail import thumbnail
from ..media.video import VideoReader
from ..models.options import GenerateOptions

#: Seconds of sound that are read for a waveform, and its columns.
LONGEST, COLUMNS = 600.0, 1200
#: Longer side of a thumbnail, pixels.
SIDE = 384
#: Silences are found in steps of this many a second.
_STEPS = Fraction(25)


def file_facts(path: Path, options: ReadOptions = DEFAULT) -> dict[str, Any]:
    """Return what a clip or picture is: ``width``, ``height``, ``fps``, ``seconds``, ``still``, ``sound``; for JSON.

    ``seconds`` of a still picture is 0.

    Raises:
        SeamSyncError: the file cannot be read.
    """
    info = VideoReader(path, options=options).info
    still = info.frame_count == 1
    return {
        "width": info.width,
        "height": info.height,
        "fps": round(float(info.fps), 3),
        "seconds": 0.0 if still else round(float(info.duration), 3),
        "still": still,
        "sound": info.has_audio,
    }


def thumbnail_jpeg(path: Path, options: ReadOptions = DEFAULT) -> bytes:
    """Return the first picture of a clip as a JPEG file, its longer side at most :data:`SIDE` pixels.

    Raises:
        SeamSyncError: the file cannot be read.
    """
    frame = next(iter(VideoReader(path, options=options).frames(np.zeros(1, np.int64))))
    picture = cv2.cvtColor(thumbnail(frame, SIDE), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 85))[1].tobytes()


def waveform(path: Path, options: ReadOptions = DEFAULT) -> dict[str, Any]:
    """Return the waveform of a file's sound, for JSON.

    Only the first :data:`LONGEST` seconds are read. Silences are those that *Generate Mouths* finds with its default
    threshold, measured on that part.

    Returns:
        ``seconds``: length of what was read. ``more``: the sound is longer. ``peaks``: at most :data:`COLUMNS` largest
        amplitudes, evenly spaced, in whole percent of full scale. ``silences``: begin and end of each, in seconds.

    Raises:
        SeamSyncError: the file cannot be read, or has no sound.
    """
    sound = load_audio(path, duration=LONGEST, options=options)
    count = max(1, round(sound.duration * _STEPS))
    silent = silent_frames(sound, _STEPS, count, GenerateOptions.silence_threshold)
    return {
        "seconds": round(sound.duration, 3),
        "more": sound.duration >= LONGEST - 0.01,
        "peaks": _peaks(sound, COLUMNS),
        "silences": [[float(first / _STEPS), float(last / _STEPS)] for first, last in runs(silent)],
    }


def _peaks(sound: Audio, columns: int) -> list[int]:
    """Return the largest amplitude of the speech in each of ``columns`` equal parts, 0…100."""
    speech = np.abs(sound.speech.samples[0])
    starts = np.linspace(0, len(speech), min(columns, max(len(speech), 1)), endpoint=False).astype(np.int64)
    highest = np.maximum.reduceat(speech, starts) if len(speech) else np.zeros(1)
    return np.minimum(np.rint(100 * highest), 100).astype(int).tolist()
