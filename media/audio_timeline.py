"""Place decoded sound at its time stamps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.stream import Stream

from ..errors import SeamSyncError
from .file_clock import FileClock, Piece
from .samples import SampleStore

#: FFmpeg's usual layout for each number of channels; files with another order are brought to it.
_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}

#: Time stamps that stray less than this many seconds from the count of samples are rounding, not a gap.
_JITTER = 0.05

#: Seconds that time stamps may step forward where no picture is shown, and step back: more is a clock that was set.
_LONGEST_GAP, _BACK = 10, Fraction(1, 2)

#: Streams without a container: time stamps are counted from the first one's form.
_BARE = {"aac", "ac3", "eac3", "dts", "mp3"}
#: Containers without a header: their length is a guess, so that nothing can be said to be missing.
_GUESSED = {"aac", "ac3", "eac3", "dts", "mpeg", "mpegts"}


@dataclass
class DecodedAudio:
    """Hold decoded sound.

    Attributes:
        samples: float32 ``[C,N]``, nominally −1…1 (float codecs may overshoot a little).
        rate: samples a second.
        warnings: what was wrong with the file, though it could be read.
    """

    samples: np.ndarray
    rate: int
    warnings: list[str] = field(default_factory=list)


class SoundTimeline:
    """Decode a sound stream, put its blocks at their time stamps, and keep those inside the requested span.

    Time 0 is the first picture where there is one, else the first sample. Gaps in the time stamps become silence, so the sound
    stays in step with the picture; silence takes no memory. Where the clock of the file jumps, sound follows the pictures
    (:class:`~.file_clock.FileClock`); a gap of more than 10 s without pictures is closed. Sound that shares no moment with the
    pictures begins with the first of them. Each is said once.

    Args:
        container: freshly opened; it is read to the end of the span.
        stream: the sound.
        begin: when the first picture that the sound belongs to is shown, in the file's own time, seconds; None: no picture.
        name: of the file, for messages.
        span: seconds, ≥ 0, at which to begin, and how many to take; ``None`` for the rest.
        pieces: returns the stretches of the pictures between jumps of the clock; called only when time stamps are odd.
    """

    def __init__(
        self,
        container: InputContainer,
        stream: AudioStream,
        begin: Fraction | None,
        name: str,
        span: tuple[float, float | None],
        pieces: Callable[[], tuple[Piece, ...]],
    ) -> None:
        self._container, self._stream, self._name, self._pieces = container, stream, name, pieces
        self._start, self._stop = span[0], None if span[1] is None else span[0] + span[1]
        self._blocks = _FloatBlocks()
        self._origin = begin
        self._pictures: FileClock | None = None
        self._has_pictures = self._origin is not None
        self._shown_until: Fraction | None = None  # the end of the last picture, corrected, when it is known
        self._shift = Fraction(0)
        self._closed = 0
        self._cursor: int | None = None  # the sample after the last one placed
        self._end: Fraction | None = None  # the latest time stamp heard, uncorrected
        self._last: Fraction | None = None  # the end of the last block, corrected
        self._warnings: list[str] = []

    def read(self) -> DecodedAudio:
        """Decode and join the blocks.

        Raises:
            SeamSyncError: no sample at all, or none after the beginning of the span.
        """
        store: SampleStore | None = None
        first = stop = 0
        for frame in self._frames():
            for position, block in self._place(frame):
                if store is None:
                    first, stop = self._wanted()
                    store = SampleStore(len(block))
                low, high = max(position, first), min(position + block.shape[1], stop)
                if high > low:
                    store.skip(low - first - store.count)
                    store.append(block[:, low - position : high - position])
            if self._cursor is not None and self._cursor >= self._wanted()[1]:
                break
        else:
            self._check_complete()
        self._check_span(first)
        assert store is not None
        if self._closed:
            times = "once" if self._closed == 1 else f"{self._closed} times"
            self._warnings.append(f"the clock of {self._name} jumps {times} in the sound, which goes on there without a gap")
        return DecodedAudio(store.finish(), self._blocks.rate, self._warnings)

    def _wanted(self) -> tuple[int, int]:
        """Return the first requested sample and the one after the last; a very large number when there is no end."""
        rate = self._blocks.rate
        return round(self._start * rate), 2**62 if self._stop is None else round(self._stop * rate)

    def _check_span(self, first: int) -> None:
        if not self._cursor or self._cursor <= 0:
            raise SeamSyncError(f"{self._name} has a sound stream without a single sample; record or export it again")
        if self._cursor <= first:
            seconds = self._cursor / self._blocks.rate
            raise SeamSyncError(f"start is {self._start:g} s, but the sound of {self._name} ends at {seconds:.3f} s")

    def _check_complete(self) -> None:
        """Warn where the header promises sound behind what was heard. What an edit list or a player cuts off is not missed."""
        tick, begin = Fraction(self._stream.time_base or 0), self._stream.start_time
        declared = (self._stream.duration or 0) * tick
        guessed = self._container.format.name in _GUESSED or self._closed or self._pictures is not None
        if self._end is None or begin is None or not declared or guessed:
            return
        missing = begin * tick + declared - self._end
        if missing > max(0.5, 0.01 * float(declared)):
            heard = f"{float(declared - missing):.2f} s of {float(declared):.2f} s"
            self._warnings.append(f"{self._name} is cut off: {heard} of sound could be read")

    def _frames(self) -> Iterator[AudioFrame]:
        """Yield all frames that decode; count damaged packets and leave them out."""
        damaged = 0
        packets = self._container.demux(self._stream)
        while True:
            try:
                yield from next(packets).decode()
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
        """Yield (sample position, float32 ``[C,n]``) of a decoded frame."""
        for block in self._blocks.convert(frame):
            rate = self._blocks.rate
            stamped = None
            if frame.pts is not None and frame.time_base and not self._counts():
                seconds, length = frame.pts * frame.time_base, Fraction(block.shape[1], rate)
                self._end = max(seconds + length, self._end or seconds + length)
                stamped = round(self._corrected(seconds, length) * rate)
            if self._cursor is None:
                self._cursor = stamped or 0
            elif stamped is not None and self._is_gap(stamped - self._cursor):
                self._cursor = stamped
            yield self._cursor, block
            self._cursor += block.shape[1]

    def _counts(self) -> bool:
        """Say whether time stamps mean nothing, as the sample rate of a bare stream has changed."""
        return self._blocks.changed and self._container.format.name in _BARE

    def _corrected(self, seconds: Fraction, length: Fraction) -> Fraction:
        """Return the time of a block on the time line."""
        time = seconds if self._pictures is None else self._pictures.correct(seconds)
        if self._origin is None:
            self._origin = time
        last = self._origin if self._last is None else self._last
        if self._is_odd(time + self._shift, last):
            time = self._follow_pictures(seconds, time)
        if self._last is None:
            last = time
            if self._is_apart(time, self._origin):
                self._origin = time
        elif self._is_odd(time + self._shift, last) and not self._is_shown(time + self._shift):
            self._shift, self._closed = last - time, self._closed + 1
        time += self._shift
        self._last = max(time + length, last)
        return time - self._origin

    @staticmethod
    def _is_odd(time: Fraction, last: Fraction) -> bool:
        return not -_BACK <= time - last <= _LONGEST_GAP

    def _is_shown(self, time: Fraction) -> bool:
        """Say whether pictures go on up to a time that lies behind a gap in the sound."""
        ahead = self._last is None or time > self._last
        return ahead and self._shown_until is not None and time <= self._shown_until + _LONGEST_GAP

    def _follow_pictures(self, seconds: Fraction, time: Fraction) -> Fraction:
        """Read when pictures are shown, as a time stamp is odd for the first time; return the corrected time of ``seconds``."""
        if self._pictures is not None or not self._has_pictures:
            return time
        pieces = self._pieces()
        if not pieces:
            return time
        self._pictures = FileClock(pieces)
        self._shown_until = max(piece.end + piece.shift for piece in pieces)
        if self._last is not None:
            self._pictures.correct(self._last - self._shift)
        return self._pictures.correct(seconds)

    def _is_apart(self, time: Fraction, origin: Fraction) -> bool:
        """Say whether pictures and sound, which begins at ``time``, share no moment; say so to the user."""
        if not self._is_odd(time, origin):
            return False
        if time > origin:
            apart = not self._is_shown(time)
        else:
            end = _end_time(self._stream)
            apart = end is not None and end <= origin
        if apart:
            order = "after" if time > origin else "before"
            self._warnings.append(
                f"{self._name}: the sound begins {abs(float(time - origin)):.0f} s {order} the first picture, when no "
                f"picture is shown; it is played from the first one on"
            )
        return apart

    def _is_gap(self, missing: int) -> bool:
        """Say whether that many samples are missing. A jump past the file's own length is a broken time stamp."""
        length = (self._container.duration or 0) / av.time_base
        return _JITTER < missing / self._blocks.rate <= length


class _FloatBlocks:
    """Convert decoded frames to float32 ``[C,n]`` in the rate and layout of the first one.

    The resampler is asked for packed samples, as PyAV 18 crashes on planar frames of 8 channels.
    """

    def __init__(self) -> None:
        self.rate, self.changed = 0, False
        self._layout = ""
        self._form: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def convert(self, frame: AudioFrame) -> list[np.ndarray]:
        """Return the frame's samples; where its form is another than that of the one before, also what was still to come."""
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        rest: list[AudioFrame] = []
        if form != self._form:
            if self._form is None:
                self.rate, self._layout = frame.sample_rate, _usual_layout(frame)
            elif self._resampler is not None and self._form[2] != self.rate:
                rest = self._resampler.resample(None)
            self.changed = self.changed or frame.sample_rate != self.rate
            self._form = form
            self._resampler = AudioResampler(format="flt", layout=self._layout, rate=self.rate)
        assert self._resampler is not None
        channels = frame.layout.nb_channels
        made = [*rest, *self._resampler.resample(frame)]
        return [part.to_ndarray().reshape(-1, part.layout.nb_channels or channels).T for part in made]


def _usual_layout(frame: AudioFrame) -> str:
    """Return the layout to convert a frame to. An unnamed order of channels ("6 channels") is kept."""
    name = frame.layout.name
    return name if name.endswith("channels") else _LAYOUTS.get(frame.layout.nb_channels, name)


def _start_time(stream: Stream) -> Fraction | None:
    """Return the time of the first picture or sample in seconds, where it is known."""
    return None if stream.start_time is None or not stream.time_base else stream.start_time * stream.time_base


def _end_time(stream: Stream) -> Fraction | None:
    """Return the time at which a stream ends by its header, where that says so."""
    start = _start_time(stream)
    return None if start is None or not stream.duration else start + stream.duration * Fraction(stream.time_base or 0)
