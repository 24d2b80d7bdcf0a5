"""Clips and sound in any form a caller has them: files, arrays, objects of the library."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ..errors import SeamSyncError
from .audio import Audio, load_audio
from .sources import ArraySource
from .video import FrameSource, VideoReader

#: RGB frames in memory: uint8 ``[T,H,W,3]``, or a list of uint8 ``[H,W,3]``.
Frames: TypeAlias = np.ndarray | Sequence[np.ndarray]
#: A file, an opened clip, or ``(frames, frames a second)``.
VideoInput: TypeAlias = str | Path | FrameSource | tuple[Frames, float | Fraction]
#: A file, sound of the library, or ``(samples, samples a second)`` with samples ``[N]`` or ``[C,N]``, −1…1.
AudioInput: TypeAlias = str | Path | Audio | tuple[np.ndarray, int]

_FULL_SCALE = {"int16": 2.0**15, "int32": 2.0**31}


def open_source(value: VideoInput) -> FrameSource:
    """Open a clip.

    Args:
        value: path of a video, an animation or a picture; a :class:`~seamsync.media.video.FrameSource`, returned as it is; or
            ``(frames, fps)`` with RGB frames in memory, uint8 ``[T,H,W,3]`` or a list of uint8 ``[H,W,3]``.

    Raises:
        SeamSyncError: the file cannot be read, or the value has another form; the message names the expected one.

    Example:
        >>> import numpy as np
        >>> from seamsync import open_source
        >>> open_source((np.zeros((2, 48, 64, 3), np.uint8), 25)).info.frame_count
        2
    """
    if isinstance(value, str | Path):
        return VideoReader(value)
    if isinstance(value, tuple):
        if len(value) != 2:
            raise SeamSyncError(f"a clip in memory must be (frames, fps), got a tuple of {len(value)}")
        frames, fps = value
        return ArraySource(frames, fps)
    if isinstance(value, np.ndarray | list):
        raise SeamSyncError("frames in memory need a frame rate: give (frames, fps), for example (frames, 25)")
    if not (hasattr(value, "info") and hasattr(value, "frames")):
        raise SeamSyncError(f"a clip must be a path, (frames, fps) or a FrameSource, got {type(value).__name__}")
    return value


def open_audio(value: AudioInput) -> Audio:
    """Open sound.

    Args:
        value: path of a file with sound; an :class:`~seamsync.media.audio.Audio`, returned as it is; or ``(samples, rate)``:
            float samples −1…1, or int16 or int32, ``[N]`` or ``[C,N]``.

    Raises:
        SeamSyncError: the file has no sound, or the value has another form; the message names the expected one.

    Example:
        >>> import numpy as np
        >>> from seamsync import open_audio
        >>> open_audio((np.zeros(8000), 16000)).duration
        0.5
    """
    if isinstance(value, str | Path):
        return load_audio(value)
    if isinstance(value, Audio):
        return value
    pair: Any = value  # callers without a type checker pass anything
    if not (isinstance(pair, tuple) and len(pair) == 2):
        raise SeamSyncError(f"audio must be a path, (samples, rate) or an Audio, got {type(value).__name__}")
    samples, rate = np.asarray(pair[0]), pair[1]
    scale = 1.0 if samples.dtype.kind == "f" else _FULL_SCALE.get(samples.dtype.name)
    if scale is None or samples.ndim not in (1, 2):
        got = f"{samples.dtype} {list(samples.shape)}"
        raise SeamSyncError(f"audio samples must be float −1…1, int16 or int32, [N] or [C,N], got {got}")
    samples = np.atleast_2d(samples).astype(np.float32, copy=False)
    return Audio(samples if scale == 1 else samples / np.float32(scale), rate)
