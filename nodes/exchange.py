"""Convert VIDEO, AUDIO and IMAGE of the host to frames, sound and pictures of the library, and back."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np
import torch

from ..media.audio import Audio
from ..media.opening import open_video, source_name
from ..media.video import FrameSource, TensorSource, VideoReader
from ..progress import Check, no_check
from . import host, temporary
from .clip import viewed
from .progress import NodeProgress
from .versions import known

#: Quality of a temporary file for a VIDEO whose edits only the host can apply, where the host has the setting.
_TEMP_CRF = 8.0


def watched(video: Any, progress: NodeProgress) -> FrameSource:
    """Return frames of a VIDEO as :func:`frame_source` does, with thumbnails, and a check of the stop button at each."""
    return progress.watch(frame_source(video, progress.stop))


def frame_source(video: Any, check: Check = no_check) -> FrameSource:
    """Return frames of a VIDEO, one at a time: trims, crops and in-memory clips included.

    Args:
        video: the host's.
        check: called for every picture decoded from a file.

    Raises:
        SeamSyncError: the file behind the VIDEO is gone or broken.
    """
    if (source := viewed(video)) is not None:
        return source
    if (parts := host.components(video)) is not None:
        return TensorSource(*parts)
    stream = video.get_stream_source()
    if has_hidden_edits(video, stream):
        path = host.temp_clip(source_name(stream))
        known(video.save_to, str(path), crf=_TEMP_CRF)
        reader = VideoReader(path, check=check)
        temporary.keep_while_played(path, reader)
        return reader
    return _trimmed(stream, check, *getattr(video, "get_active_trim_window", lambda: (0.0, 0.0))())


def _trimmed(stream: str | io.BytesIO, check: Check, start: float, duration: float) -> VideoReader:
    """Open the stream from ``start`` on, for ``duration`` (0: to the end): seconds of the file's own clock."""
    reader = VideoReader(stream, check=check)
    if not start and not duration:
        return reader
    first = float(reader.first_time)
    begin, lost = max(start - first, 0.0), max(first - start, 0.0)
    return VideoReader(stream, start=begin, duration=duration - lost if duration else None, check=check)


def has_hidden_edits(video: Any, stream: str | io.BytesIO) -> bool:
    """Say whether the VIDEO has edits that neither its stream nor the trim window show.

    Newer hosts have a method for it. Those between 0.14 and 0.22 have none, so the length is compared.
    """
    if getattr(video, "has_pending_frame_edits", bool)():
        return True
    with open_video(stream) as file:
        host_stream = file.container.streams.video[0]  # which need not be the one that is used
        coded = host_stream.codec_context.width, host_stream.codec_context.height
        seconds = (file.container.duration or 0) / av.time_base
    if sorted(video.get_dimensions()) != sorted(coded):
        return True
    trims_silently = hasattr(video, "as_trimmed") and not hasattr(video, "get_active_trim_window")
    return trims_silently and abs(video.get_duration() - seconds) * float(video.get_frame_rate()) > 1


def audio_or_none(audio: Any) -> Audio | None:
    """Return AUDIO as the library's, ``None`` where nothing is linked or the clip has no sound."""
    return None if audio is None else Audio.from_comfy(audio)


def image_batch(pictures: np.ndarray) -> torch.Tensor:
    """Return IMAGE, float32 ``[B,H,W,3]`` 0…1, of uint8 ``[B,H,W,3]``."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).float().div_(255.0)
