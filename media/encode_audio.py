"""Encode the sound of a written video: AAC, a block at a time, in step with the frames."""

from __future__ import annotations

import math
from fractions import Fraction

import av
import numpy as np
from av.container import OutputContainer

from .audio import Audio, resample, to_mono

#: Rates AAC knows (ISO 14496-3, table 1.18), less the oddest.
AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)

#: Channels → FFmpeg's name of their layout, in its order. (PyAV cannot fill frames of more.)
LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1"}

_BLOCK = 1024  # samples of an AAC frame


class AudioTrack:
    """Encode an AAC stream of an open container.

    Rates that AAC does not know are resampled to the next one up; more than six channels become mono.

    Args:
        container: being written, no packet yet.
        audio: the sound; samples past −1…1 are clipped.
        bitrate: bits a second.
    """

    def __init__(self, container: OutputContainer, audio: Audio, bitrate: int) -> None:
        audio = audio if len(audio.samples) in LAYOUTS else to_mono(audio)
        self._audio = audio if audio.rate in AAC_RATES else resample(audio, _nearest_rate(audio.rate))
        self._layout = LAYOUTS[len(self._audio.samples)]
        self._container = container
        self._stream = container.add_stream("aac", rate=self._audio.rate, layout=self._layout)
        self._stream.codec_context.bit_rate = bitrate
        self._done = 0
        self._limit = 0

    def write_until(self, seconds: Fraction) -> None:
        """Encode the whole blocks that end before ``seconds``. The rest is encoded by the next call."""
        self._limit = min(math.floor(seconds * self._audio.rate), self._audio.count)
        while self._done + _BLOCK <= self._limit:
            self._encode(_BLOCK)

    def finish(self) -> None:
        """Encode the rest up to the last ``write_until`` and close the stream."""
        if self._limit > self._done:
            self._encode(self._limit - self._done)
        self._container.mux(self._stream.encode(None))

    def _encode(self, count: int) -> None:
        block = np.clip(self._audio.block(self._done, self._done + count), -1, 1)
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=self._layout)
        frame.sample_rate = self._audio.rate
        frame.pts, frame.time_base = self._done, Fraction(1, self._audio.rate)
        self._container.mux(self._stream.encode(frame))
        self._done += count


def _nearest_rate(rate: int) -> int:
    return min((known for known in AAC_RATES if known >= rate), default=48000)
