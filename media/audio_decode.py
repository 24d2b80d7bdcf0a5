"""Decode the sound of any container to float samples on one time line, with PyAV (FFmpeg)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.stream import Stream

from ..errors import SeamSyncError
from ..parsing import unreadable
from .opening import open_container, unknown_codec
from .read_options import DEFAULT, ReadOptions
from .streams import choose_audio, choose_video, decodable

AudioSource = str | os.PathLike[str] | BinaryIO

#: FFmpeg's usual layout for each number of channels; files with another order are brought to it.
_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}

#: Time stamps that stray less than this many seconds from the count of samples are rounding, not a gap.
_JITTER = 0.05


@dataclass
class DecodedAudio:
    """Hold what :func:`decode_audio` decoded.

    Attributes:
        samples: float32 ``[C,N]``, nominally −1…1 (float codecs may overshoot a little).
        rate: samples a second.
        warnings: what was wrong with the file, though it could be read.
    """

    samples: np.ndarray
    rate: int
    warnings: list[str] = field(default_factory=list)


def decode_audio(source: AudioSource, start: float, duration: float | None, options: ReadOptions = DEFAULT) -> DecodedAudio:
    """Decode a sound stream of a file, between ``start`` and ``start + duration`` seconds.

    Time 0 is the first frame of the picture where the file has one (sound that begins later is preceded by silence), else the
    first sample. Gaps in the time stamps become silence, so the sound stays in step with the picture. Of a truncated or damaged
    file the decodable part is returned, with a warning.

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
        picture = choose_video(container, name, options.video_track)
        origin = container.streams[picture.stream] if picture else None
        decoded = _Timeline(container, stream, origin, name, start, duration).read()
        decoded.warnings[:0] = [chosen.note] if chosen.note else []
        return decoded


def _name(source: AudioSource) -> str:
    """Return the source's name for messages."""
    return repr(os.fspath(source)) if isinstance(source, str | os.PathLike) else "the sound stream"


def _kinds(container: InputContainer) -> str:
    return " and ".join(sorted({stream.type for stream in container.streams})) or "an empty container"


def _open(source: AudioSource, name: str) -> InputContainer:
    """Open for reading. The path must exist first, so FFmpeg's network protocols are never used."""
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        if path.is_dir():
            raise SeamSyncError(f"{name} is a folder; pass a sound or video file")
        if not path.exists():
            raise SeamSyncError(f"no such file: {name}")
    else:
        source.seek(0)
    try:
        return open_container(source)
    except (FFmpegError, OSError, ValueError) as error:
        raise unreadable(name, "sound or video", error, "is it complete?") from error


class _Timeline:
    """Place decoded blocks at their time stamps, and keep those inside the requested span."""

    def __init__(
        self,
        container: InputContainer,
        stream: av.AudioStream,
        picture: Stream | None,
        name: str,
        start: float,
        duration: float | None,
    ) -> None:
        self._container = container
        self._stream = stream
        self._name = name
        self._span = (start, None if duration is None else start + duration)
        self._resampler: AudioResampler | None = None
        self._form: tuple[str, str, int] | None = None
        self._rate = 0
        self._layout = ""
        self._origin: Fraction | None = _start_time(picture)
        self._cursor: int | None = None  # the sample after the last one placed
        self._warnings: list[str] = []

    def read(self) -> DecodedAudio:
        """Decode and join the blocks; see :func:`decode_audio`."""
        kept: list[tuple[int, np.ndarray]] = []
        for frame in self._frames():
            kept += [(position, block) for position, block in self._place(frame) if position + len(block) > self._wanted()[0]]
            if self._cursor is not None and self._cursor >= self._wanted()[1]:
                break
        first, stop = self._wanted()
        end = min(self._cursor or 0, stop)
        self._check_span(first, end)
        samples = np.zeros((kept[0][1].shape[1] if kept else 1, end - first), np.float32)
        for position, block in kept:
            low, high = max(position, first), min(position + len(block), end)
            samples[:, low - first : max(high, low) - first] = block[low - position : max(high, low) - position].T
        return DecodedAudio(samples, self._rate, self._warnings)

    def _wanted(self) -> tuple[int, int]:
        """Return the first requested sample and the one after the last; a very large number when there is no end."""
        start, stop = self._span
        return round(start * self._rate), 2**62 if stop is None else round(stop * self._rate)

    def _check_span(self, first: int, end: int) -> None:
        if not self._cursor or self._cursor <= 0:
            raise SeamSyncError(f"{self._name} has a sound stream without a single sample; record or export it again")
        if end <= first:
            seconds = self._cursor / self._rate
            raise SeamSyncError(f"start is {self._span[0]:g} s, but the sound of {self._name} ends at {seconds:.3f} s")
        declared = (self._stream.duration or 0) * float(self._stream.time_base or 0)
        seconds = self._cursor / self._rate
        if end == self._cursor and declared - seconds > max(0.5, 0.01 * declared):
            self._warnings.append(f"{self._name} is cut off: {seconds:.2f} s of {declared:.2f} s of sound could be read")

    def _frames(self) -> Iterator[AudioFrame]:
        """Yield all frames that decode; count damaged packets and leave them out."""
        damaged = 0
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
                yield from packet.decode()
            except StopIteration:
                break
            except InvalidDataError:
                damaged += 1
            except (FFmpegError, OSError):
                damaged += 1
                break
        if damaged:
            self._warnings.append(f"{self._name}: {damaged} damaged packets of sound were left out")

    def _place(self, frame: AudioFrame) -> Iterator[tuple[int, np.ndarray]]:
        """Return (sample position, float32 ``[n,C]``) of a decoded frame."""
        for block in self._float_blocks(frame):
            seconds = frame.pts * frame.time_base if frame.pts is not None and frame.time_base else None
            if self._origin is None:
                self._origin = seconds or Fraction(0)
            stamped = None if seconds is None else round((seconds - self._origin) * self._rate)
            if self._cursor is None:
                self._cursor = stamped or 0
            elif stamped is not None and self._is_gap(stamped - self._cursor):
                self._cursor = stamped
            yield self._cursor, block
            self._cursor += len(block)

    def _is_gap(self, missing: int) -> bool:
        """Say whether that many samples are missing. A jump past the file's own length is a broken time stamp."""
        length = (self._container.duration or 0) / av.time_base
        return _JITTER < missing / self._rate <= length

    def _float_blocks(self, frame: AudioFrame) -> list[np.ndarray]:
        """Yield the frame as float32 ``[n,C]`` in the rate and layout of the first one.

        The resampler is asked for packed samples, as PyAV 18 crashes on planar frames of 8 channels.
        """
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != self._form:
            if self._form is None:
                self._rate = frame.sample_rate
                self._layout = _usual_layout(frame)
            self._form = form
            self._resampler = AudioResampler(format="flt", layout=self._layout, rate=self._rate)
        assert self._resampler is not None
        channels = frame.layout.nb_channels
        return [f.to_ndarray().reshape(-1, f.layout.nb_channels or channels) for f in self._resampler.resample(frame)]


def _usual_layout(frame: AudioFrame) -> str:
    """Return the layout to convert a frame to. An unnamed order of channels ("6 channels") is kept."""
    name = frame.layout.name
    return name if name.endswith("channels") else _LAYOUTS.get(frame.layout.nb_channels, name)


def _start_time(picture: Stream | None) -> Fraction | None:
    """Return the time of the first picture of a video stream in seconds."""
    if picture is None or picture.start_time is None or not picture.time_base:
        return None
    return picture.start_time * picture.time_base
