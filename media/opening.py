"""Open a video file, or say why it cannot be opened."""

from __future__ import annotations

import io
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

from ..errors import SeamSyncError

#: The demuxer that takes any text file for a picture of it.
_TEXT = "tty"


def source_name(source: str | Path | io.BytesIO) -> str:
    """Return the name of a source for messages."""
    return "the clip in memory" if isinstance(source, io.BytesIO) else Path(source).name


def open_video(source: str | Path | io.BytesIO) -> InputContainer:
    """Open a file, or bytes in memory, and check that it has a video stream. Decoding uses all cores.

    Raises:
        SeamSyncError: missing, a directory, empty, truncated, no media, or sound only.
    """
    name = source_name(source)
    head = _head(source)
    try:
        # The bytes are shared, not copied; only the position is this reader's own.
        container = av.open(io.BytesIO(source.getvalue()) if isinstance(source, io.BytesIO) else str(source), "r")
    except (FFmpegError, OSError) as error:
        raise SeamSyncError(_why_not(name, head)) from error
    if container.format.name == _TEXT or not container.streams.video:
        kind = "only sound" if container.streams.audio else "no picture"
        container.close()
        raise SeamSyncError(f"{name} holds {kind}; choose a video file or a picture")
    stream = container.streams.video[0]
    if container.streams.audio and stream.disposition & Disposition.attached_pic:
        container.close()
        raise SeamSyncError(f"{name} holds only sound (and a cover picture); choose a video file or a picture")
    stream.thread_type = "AUTO"
    return container


def _head(source: str | Path | io.BytesIO) -> bytes:
    """Return the first bytes. Errors of files that cannot be read at all are raised here."""
    if isinstance(source, io.BytesIO):
        head = bytes(source.getbuffer()[:16])
    else:
        path = Path(source)
        if path.is_dir():
            raise SeamSyncError(f"{path} is a folder; name a video file in it")
        try:
            with path.open("rb") as file:
                head = file.read(16)
        except FileNotFoundError as error:
            raise SeamSyncError(f"no file at {path}; check the path") from error
        except OSError as error:
            raise SeamSyncError(f"cannot read {path}: {error.strerror}") from error
    if not head:
        raise SeamSyncError(f"{source_name(source)} is empty; copy or download it again")
    return head


def _why_not(name: str, head: bytes) -> str:
    if head[4:8] in (b"ftyp", b"moov", b"mdat"):
        return f"{name} is truncated: the index (moov) of this MP4 is missing; finish the copy or the recording and try again"
    return f"{name} is not a video or picture that FFmpeg can read; choose another file, or convert it to MP4 first"
