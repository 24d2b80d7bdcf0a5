"""Decode the sound of any container to float samples on one time line, with PyAV (FFmpeg)."""

from __future__ import annotations

import io
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from ..errors import SeamSyncError
from ..parsing import unreadable
from .audio_timeline import DecodedAudio, SoundTimeline
from .decode import first_shown
from .file_clock import Piece, may_jump
from .opening import check_regular, open_container, unknown_codec
from .packet_index import read_index
from .read_options import DEFAULT, ReadOptions
from .streams import choose_audio, choose_video, decodable

AudioSource = str | os.PathLike[str] | BinaryIO


def decode_audio(source: AudioSource, start: float, duration: float | None, options: ReadOptions = DEFAULT) -> DecodedAudio:
    """Decode a sound stream of a file, between ``start`` and ``start + duration`` seconds.

    Time 0 is the first frame of the picture where the file has one (sound that begins later is preceded by silence), else the
    first sample. See :class:`~.audio_timeline.SoundTimeline`. Of a truncated or damaged file the decodable part is returned,
    with a warning.

    Args:
        source: path, or a seekable binary stream.
        start: seconds, ≥ 0.
        duration: seconds, or ``None`` for the rest.
        options: which of several tracks is decoded, and which video's first frame is time 0.

    Raises:
        SeamSyncError: no such file, not a media file, no sound or no such track in it, an unknown codec, or nothing after
            ``start``.
    """
    name = _name(source)
    with _open(source, name) as container:
        chosen = choose_audio(container, name, options.audio_track)
        if chosen is None:
            raise SeamSyncError(
                f"{name} has no sound, only {_kinds(container)}; pass a sound file (wav, mp3, flac, …) or a clip with sound"
            )
        stream = container.streams[chosen.stream]
        assert isinstance(stream, av.AudioStream)
        if not decodable(stream):
            codec = unknown_codec(container, stream.index)
            raise SeamSyncError(f"{name} has sound of the codec {codec}, which this FFmpeg cannot decode; convert it to WAV")
        found = choose_video(container, name, options.video_track)
        picture = container.streams[found.stream] if found else None
        assert picture is None or isinstance(picture, VideoStream)

        pictures = _Pictures(source, name, picture)
        decoded = SoundTimeline(container, stream, pictures.begin(), name, (start, duration), pictures.pieces).read()
        decoded.warnings[:0] = [chosen.note] if chosen.note else []
        return decoded


@dataclass(frozen=True)
class _Pictures:
    """Read the times of the pictures that the sound belongs to, from the file opened a second time."""

    source: AudioSource
    name: str
    stream: VideoStream | None

    def begin(self) -> Fraction | None:
        """Return when the first picture is shown, seconds; None where there is none or the file does not say."""
        if self.stream is None:
            return None
        if may_jump(self.stream.container.format.name) and self._readable:
            with self._open() as (container, stream):
                return first_shown(container, stream)
        return None if self.stream.start_time is None else self.stream.start_time * Fraction(self.stream.time_base or 0)

    def pieces(self) -> tuple[Piece, ...]:
        """Return the stretches between jumps of the file's clock; none where the file cannot be read a second time."""
        if self.stream is None or not self._readable:
            return ()
        with self._open() as (container, stream):
            return read_index(container, stream, self.name).pieces

    @property
    def _readable(self) -> bool:
        return isinstance(self.source, str | os.PathLike | io.BytesIO)

    @contextmanager
    def _open(self) -> Generator[tuple[InputContainer, VideoStream], None, None]:
        assert self.stream is not None
        again = io.BytesIO(self.source.getvalue()) if isinstance(self.source, io.BytesIO) else self.source
        with _open(again, self.name) as container:
            stream = container.streams[self.stream.index]
            assert isinstance(stream, VideoStream)
            yield container, stream


def _name(source: AudioSource) -> str:
    """Return the source's name for messages."""
    return repr(os.fspath(source)) if isinstance(source, str | os.PathLike) else "the sound stream"


def _kinds(container: InputContainer) -> str:
    return " and ".join(sorted({stream.type for stream in container.streams})) or "an empty container"


def _open(source: AudioSource, name: str) -> InputContainer:
    """Open for reading. The path must exist first, so FFmpeg's network protocols are never used."""
    if isinstance(source, str | os.PathLike):
        if os.path.isdir(source):
            raise SeamSyncError(f"{name} is a folder; pass a sound or video file")
        if not os.path.exists(source):  # False for an impossible name too
            raise SeamSyncError(f"no such file: {name}")
        check_regular(source)
    else:
        source.seek(0)
    try:
        return open_container(source)
    except (FFmpegError, OSError, ValueError) as error:
        raise unreadable(name, "sound or video", error, "is it complete?") from error
