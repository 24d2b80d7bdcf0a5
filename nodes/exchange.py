"""VIDEO, AUDIO and IMAGE of the host ↔ frames, sound and pictures of the library."""

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
from . import host
from .progress import NodeProgress

#: Quality of a temporary file for a VIDEO whose edits only the host can carry out, where the host lets us choose.
_TEMP_CRF = 8.0


def watched(video: Any, progress: NodeProgress) -> FrameSource:
    """Frames of a VIDEO as :func:`frame_source` has them; they become thumbnails, and the stop button is felt at each."""
    return progress.watch(frame_source(video, progress.stop))


def frame_source(video: Any, check: Check = no_check) -> FrameSource:
    """Frames of a VIDEO, one at a time: trims, crops and in-memory clips included, and never all of them in memory.

    Args:
        video: the host's.
        check: called for every picture decoded from a file.

    Raises:
        SeamSyncError: the file behind the VIDEO is gone or broken.
    """
    if (parts := host.components(video)) is not None:
        return TensorSource(*parts)
    stream = video.get_stream_source()
    if has_unseen_edits(video, stream):
        path = host.temp_clip(source_name(stream))
        host.known(video.save_to, str(path), crf=_TEMP_CRF)
        return VideoReader(path, check=check)
    return _trimmed(stream, check, *getattr(video, "get_active_trim_window", lambda: (0.0, 0.0))())


def _trimmed(stream: str | io.BytesIO, check: Check, start: float, duration: float) -> VideoReader:
    """The stream from ``start`` on, for ``duration`` (0: to the end): seconds of the file's own clock, as the host counts."""
    reader = VideoReader(stream, check=check)
    if not start and not duration:
        return reader
    first = float(reader.first_time)
    begin = max(start - first, 0.0)
    return VideoReader(stream, start=begin, duration=start + duration - first - begin if duration else None, check=check)


def has_unseen_edits(video: Any, stream: str | io.BytesIO) -> bool:
    """Whether the VIDEO differs from its stream in ways that the stream and the trim window do not tell.

    Newer hosts say so; those between 0.14 and 0.22 trim without a way to ask, so that only the length gives it away.
    """
    if getattr(video, "has_pending_frame_edits", bool)():
        return True
    with open_video(stream) as container:
        coded = container.streams.video[0].width, container.streams.video[0].height
        seconds = (container.duration or 0) / av.time_base
    if sorted(video.get_dimensions()) != sorted(coded):
        return True
    trims_silently = hasattr(video, "as_trimmed") and not hasattr(video, "get_active_trim_window")
    return trims_silently and abs(video.get_duration() - seconds) * float(video.get_frame_rate()) > 1


def audio_or_none(audio: Any) -> Audio | None:
    """AUDIO as the library's, ``None`` where nothing is linked or the clip has no sound."""
    return None if audio is None else Audio.from_comfy(audio)


def image_batch(pictures: np.ndarray) -> torch.Tensor:
    """IMAGE, float32 ``[B,H,W,3]`` 0…1, of uint8 ``[B,H,W,3]``."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).float().div_(255.0)
