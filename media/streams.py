"""Choose which video and sound stream of a file is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import av
from av.container import InputContainer
from av.stream import Disposition

from ..errors import SeamSyncError

S = TypeVar("S", av.VideoStream, av.AudioStream)

#: Streams that belong to another one: covers, thumbnails on a time line, tiles and gain maps of a photo.
_PART = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.dependent

#: A video with less than this share of the largest one's pixels is a preview of it.
_PREVIEW = 0.25


@dataclass(frozen=True)
class Choice:
    """Hold what was chosen of one kind.

    Attributes:
        stream: index of the stream in its container.
        note: which one was taken and how to choose, for the user; None where there was only one.
    """

    stream: int
    note: str | None = None


def video_streams(container: InputContainer) -> list[av.VideoStream]:
    """Return the videos of a file, in which a video track is counted.

    Cover pictures, thumbnails, tiles and gain maps are none, nor is a single picture beside a video (animated AVIF has one).
    """
    streams = [stream for stream in container.streams.video if not stream.disposition & _PART]
    return [stream for stream in streams if stream.frames != 1] or streams


def choose_video(container: InputContainer, name: str, track: int = 0) -> Choice | None:
    """Choose the video of a file: the default one, then the largest, then the first.

    Previews (less than a quarter of the largest one's pixels) and videos of a codec that FFmpeg cannot decode are taken only
    where nothing else is left, or where they are asked for.

    Args:
        container: opened for reading.
        name: of the file, for messages.
        track: the video track wanted, counted from 1; 0 chooses.

    Returns:
        the choice; None where the file has no video.

    Raises:
        SeamSyncError: the file has no such track.
    """
    streams = video_streams(container)
    largest = max((_area(stream) for stream in streams), default=0)
    return _choose(streams, partial(_video_rank, largest), _size_text, (name, "video", "video_track"), track)


def choose_audio(container: InputContainer, name: str, track: int = 0) -> Choice | None:
    """Choose the sound of a file: the default one, then the one with most channels, then the first.

    Sound of a codec that FFmpeg cannot decode is taken only where nothing else is left, or where it is asked for. Arguments,
    result and errors are as in :func:`choose_video`.
    """
    return _choose(list(container.streams.audio), _audio_rank, _sound_text, (name, "sound", "audio_track"), track)


def _choose(
    streams: Sequence[S],
    rank: Callable[[S], tuple[int, ...]],
    describe: Callable[[S], str],
    words: tuple[str, str, str],
    track: int,
) -> Choice | None:
    name, kind, setting = words
    if not streams and not track:
        return None
    if track > len(streams):
        raise SeamSyncError(f"{name} has {len(streams)} {kind} tracks, got {setting} {track}; 0 chooses one")
    if len(streams) == 1 or track:
        return Choice(streams[max(track - 1, 0)].index)
    best = max(range(len(streams)), key=lambda k: (*rank(streams[k]), -k))
    known = ", ".join(f"{number} {describe(stream)}" for number, stream in enumerate(streams, 1))
    flag = f"--{setting.replace('_', '-')}"
    note = f"{name} has {len(streams)} {kind} tracks ({known}); track {best + 1} is used, {flag} or {setting} chooses another"
    return Choice(streams[best].index, note)


def _video_rank(largest: int, stream: av.VideoStream) -> tuple[int, ...]:
    area = _area(stream)
    return decodable(stream), area >= _PREVIEW * largest, bool(stream.disposition & Disposition.default), area


def _audio_rank(stream: av.AudioStream) -> tuple[int, ...]:
    return decodable(stream), bool(stream.disposition & Disposition.default), _channels(stream)


def decodable(stream: av.VideoStream | av.AudioStream) -> bool:
    """Say whether FFmpeg has a decoder for the stream's codec."""
    return getattr(stream, "codec_context", None) is not None


def _area(stream: av.VideoStream) -> int:
    return stream.codec_context.width * stream.codec_context.height if decodable(stream) else 0


def _channels(stream: av.AudioStream) -> int:
    return stream.codec_context.channels if decodable(stream) else 0


def _size_text(stream: av.VideoStream) -> str:
    context = stream.codec_context
    return f"{context.width}x{context.height}" if decodable(stream) else "of an unknown codec"


def _sound_text(stream: av.AudioStream) -> str:
    language = stream.metadata.get("language", "")
    word = f" {language}" if language not in ("", "und") else ""
    return f"{stream.codec_context.layout.name}{word}" if decodable(stream) else "of an unknown codec"
