"""Load speech, convert and level it, find its silences, and assign samples to video frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import torch

from ..arrays import runs
from ..errors import SeamSyncError, check_range
from ..tensors import check_shape
from .audio_decode import AudioSource, decode_audio
from .levels import RATE, SILENCE_FLOOR, level, loud_level, measure, noise_limits
from .loudness import LOUDNESS_RATE, LoudnessMeter
from .mixing import Mixer, power_weights
from .read_options import DEFAULT, ReadOptions
from .resampling import resample_blocks
from .samples import BLOCK, collect, release


@dataclass(frozen=True, eq=False)
class Audio:
    """Hold sound; time 0 is the first sample.

    Attributes:
        samples: float32 ``[C,N]``, nominally −1…1, finite; N may be 0. Channels are in FFmpeg's order (L R C LFE Ls Rs for
            5.1). They are not copied: do not write to them. Long sound lies in a temporary file that is mapped into memory;
            :meth:`blocks` reads it in bounded memory.
        rate: samples a second.
        warnings: what was wrong with the file it came from, though it could be read.

    Raises:
        SeamSyncError: not ``[C,N]``, no channel, NaN or infinite values (says how many), or an impossible rate.

    Example:
        >>> import numpy as np
        >>> from seamsync import Audio
        >>> Audio(np.zeros((2, 8000), np.float32), 16000).duration
        0.5
    """

    samples: np.ndarray
    rate: int
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        samples = np.asarray(self.samples, np.float32).view()
        samples.flags.writeable = False
        object.__setattr__(self, "samples", samples)
        check_shape("audio", samples, "C,N", None, None)
        check_range("audio channels", len(samples), 1, 64)
        check_range("audio rate", self.rate, 1000, 1_000_000, "Hz")
        bad = sum(int(block.size - np.isfinite(block).sum()) for block in self.blocks())
        if bad:
            raise SeamSyncError(f"audio must be finite, got {bad} NaN or infinite values of {samples.size}")

    @property
    def count(self) -> int:
        """Return the number of samples of a channel, N."""
        return self.samples.shape[1]

    @property
    def duration(self) -> float:
        """Return the length in seconds."""
        return self.count / self.rate

    def block(self, first: int, last: int) -> np.ndarray:
        """Return the samples ``first`` … ``last`` as a fresh array, float32 ``[C,last − first]``; it ends with the sound."""
        piece = np.array(self.samples[:, first:last], order="C")
        release(self.samples)
        return piece

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield all samples in order, float32 ``[C,n]`` each, in memory that does not grow with the sound."""
        return (self.block(first, first + BLOCK) for first in range(0, self.count, BLOCK))

    @property
    def speech(self) -> Audio:
        """Return the sound as whatever listens to speech hears it: one channel (:func:`to_mono`) at 16 kHz; made once."""
        return self if len(self.samples) == 1 and self.rate == RATE else self._speech

    @cached_property
    def _speech(self) -> Audio:
        blocks = _mono_blocks(self)
        if self.rate != RATE:
            blocks = resample_blocks(blocks, self.count, self.rate, RATE)
        return Audio(collect(blocks, 1), RATE)

    @classmethod
    def from_comfy(cls, audio: Mapping[str, Any] | None) -> Audio:
        """Convert ComfyUI's AUDIO, ``{"waveform": [B,C,N], "sample_rate": int}``. Of a batch, take the first.

        The mapping may be lazy (any Mapping), the tensor on any device, of any float type or an integer type (scaled).

        Raises:
            SeamSyncError: ``None`` (a clip without sound), a missing key, or a tensor of another shape.
        """
        if audio is None:
            raise SeamSyncError("audio is missing: this clip has no sound; link Load Speech Audio, or another AUDIO")
        try:
            waveform, rate = torch.as_tensor(audio["waveform"]).detach(), int(audio["sample_rate"])
        except (KeyError, TypeError) as error:
            raise SeamSyncError(f"AUDIO must have 'waveform' and 'sample_rate', got {type(audio).__name__}: {error}") from error
        while waveform.ndim < 3:
            waveform = waveform[None]
        check_shape("AUDIO waveform", waveform, "B,C,N", None, None, None)
        check_range("AUDIO batch", len(waveform), 1, 2**40)
        samples = waveform[0].float().cpu()
        if not waveform.is_floating_point():
            samples = samples / (torch.iinfo(waveform.dtype).max + 1.0)
        return cls(samples.numpy(), rate)

    def to_comfy(self) -> dict[str, Any]:
        """Return ComfyUI's AUDIO: a fresh float32 tensor ``[1,C,N]`` on the CPU, and the rate."""
        return {"waveform": torch.from_numpy(self.block(0, self.count))[None], "sample_rate": self.rate}


def load_audio(
    source: AudioSource,
    *,
    start: float = 0.0,
    duration: float | None = None,
    offset: float = 0.0,
    options: ReadOptions = DEFAULT,
) -> Audio:
    """Load the sound of any container FFmpeg reads, at its own rate and channels.

    Time 0 is the first picture where the file has pictures, else the first sample. Of a truncated file the decodable part is
    returned, with an entry in ``warnings``.

    Args:
        source: path, or a seekable binary stream.
        start: seconds into the file, ≥ 0.
        duration: seconds to take, > 0; ``None``: to the end.
        offset: seconds by which the taken piece is then shifted: positive puts silence first, negative cuts its beginning.
        options: which of several tracks is taken; by default the one marked as default, then the one with most channels.

    Raises:
        SeamSyncError: missing file, folder, not a media file, no sound in it, empty, or nothing left after the cuts.

    Example:
        >>> from seamsync import load_audio
        >>> round(load_audio("speech.wav", duration=0.25).duration, 3)
        0.25
    """
    _check_span(start, duration, offset)
    found = decode_audio(source, start, duration, options)
    return _shift(Audio(found.samples, found.rate, tuple(found.warnings)), offset)


def cut_audio(audio: Audio, *, start: float = 0.0, duration: float | None = None, offset: float = 0.0) -> Audio:
    """Return a piece of a sound in memory; arguments as in :func:`load_audio`.

    Raises:
        SeamSyncError: impossible times, or nothing left after the cuts.
    """
    _check_span(start, duration, offset)
    first = round(start * audio.rate)
    last = None if duration is None else first + max(round(duration * audio.rate), 1)
    piece = audio.samples[:, first:last]
    if not piece.shape[1]:
        raise SeamSyncError(f"start {start:g} s lies past the end of the sound, which is {audio.duration:.3f} s long")
    return _shift(replace(audio, samples=piece), offset)


def _check_span(start: float, duration: float | None, offset: float) -> None:
    check_range("start", start, 0, 1e7, "s")
    check_range("offset", offset, -1e5, 1e5, "s")
    if duration is not None and not 0 < duration <= 1e7:
        raise SeamSyncError(f"duration must be more than 0 s, got {duration:g} s; leave it out to take all of the sound")


def _shift(audio: Audio, offset: float) -> Audio:
    """Prepend silence, or cut the beginning away."""
    shift = round(offset * audio.rate)
    if -shift >= audio.count:
        raise SeamSyncError(f"offset {offset:g} s cuts away all of the sound, which is {audio.duration:.3f} s long")
    if shift > 0:
        return replace(audio, samples=collect(audio.blocks(), len(audio.samples), silence=shift))
    return replace(audio, samples=audio.samples[:, -shift:]) if shift else audio


def to_mono(audio: Audio) -> Audio:
    """Mix to one channel: average stereo; mix surround after ITU-R BS.775-3, without LFE. Weights sum to 1.

    Channels that cancel each other are mixed otherwise, see :class:`~.mixing.Mixer`.
    """
    return audio if len(audio.samples) == 1 else replace(audio, samples=collect(_mono_blocks(audio), 1))


def _mono_blocks(audio: Audio) -> Iterator[np.ndarray]:
    """Yield the mix to one channel, float32 ``[1,n]`` each."""
    mixer = Mixer(len(audio.samples), audio.rate)
    for block in audio.blocks():
        yield mixer.push(block)
    yield mixer.rest()


def resample(audio: Audio, rate: int) -> Audio:
    """Resample a sound with FFmpeg's swresample (windowed sinc, zero phase).

    Returns:
        exactly ``round(N · rate / audio.rate)`` samples (half rounds up).

    Raises:
        SeamSyncError: a rate outside 1000…1 000 000 Hz.
    """
    check_range("rate", rate, 1000, 1_000_000, "Hz")
    if rate == audio.rate:
        return audio
    blocks = resample_blocks(audio.blocks(), audio.count, audio.rate, rate)
    return replace(audio, samples=collect(blocks, len(audio.samples)), rate=rate)


def normalise_loudness(audio: Audio, lufs: float) -> Audio:
    """Scale the sound to ``lufs`` integrated loudness (ITU-R BS.1770-4), or as near as it gets without clipping.

    One gain applies to all samples. It never brings the highest sample above 1. Silence stays as it is.

    Args:
        audio: any rate and channels.
        lufs: −70…0; speech for the web is usually at −16.
    """
    check_range("lufs", lufs, -70, 0, "LUFS")
    peak = max((float(np.abs(block).max()) for block in audio.blocks()), default=0.0)
    meter = LoudnessMeter(power_weights(len(audio.samples)))
    at_rate = audio.rate == LOUDNESS_RATE
    for block in audio.blocks() if at_rate else resample_blocks(audio.blocks(), audio.count, audio.rate, LOUDNESS_RATE):
        meter.add(block)
    loudness = meter.loudness()
    if not np.isfinite(loudness) or peak == 0:
        return audio
    gain = np.float32(min(10 ** ((lufs - loudness) / 20), 1 / peak))
    return replace(audio, samples=collect((np.clip(block * gain, -1, 1) for block in audio.blocks()), len(audio.samples)))


def frame_windows(samples: int, rate: int, fps: Fraction, count: int, window_seconds: float) -> np.ndarray:
    """Return the samples of each video frame: a window centred on the middle of the frame's time, (t + ½) / fps.

    It is exact for any length: it is computed in integers of any size.

    Args:
        samples: length of the sound; windows are cut at its ends (and empty past them).
        rate: samples a second.
        fps: frames a second.
        count: number of frames T.
        window_seconds: length of a window, ≥ 0, rounded to whole samples.

    Returns:
        int64 ``[T,2]``, first sample and the one after the last, 0 ≤ first ≤ last ≤ ``samples``.
    """
    check_range("window_seconds", window_seconds, 0, 1e6, "s")
    length = round(window_seconds * rate)
    step = Fraction(rate) / Fraction(fps)
    num, den = step.numerator, 2 * step.denominator
    first = ((((2 * t + 1) * num) // den) - length // 2 for t in range(count))
    edges = ((min(max(a, 0), samples), min(max(a + length, 0), samples)) for a in first)
    return np.array(list(edges), np.int64).reshape(count, 2)


def silent_frames(audio: Audio, fps: Fraction, count: int, threshold_db: float, min_seconds: float = 0.3) -> np.ndarray:
    """Mark the video frames in which nobody speaks.

    A frame's level is the RMS of the speech over its own time (at least 40 ms), without what lies under the voice: offset,
    mains hum, rumble. The loud level is the 95th percentile of the frames above :data:`SILENCE_FLOOR`. Steady noise under the
    voice is silence too, see :func:`~.levels.noise_limits`.

    Args:
        audio: the speech; frames past its end are silent.
        fps: frames a second.
        count: number of frames T.
        threshold_db: silent means this many dB under the loud level, 0…120 (or under the floor).
        min_seconds: shorter pauses are part of a word (the closure of a p or t) and are not silence.

    Returns:
        bool ``[T]``.
    """
    check_range("threshold_db", threshold_db, 0, 120, "dB")
    wave = audio.speech.samples[0]
    windows = frame_windows(len(wave), RATE, fps, count, max(float(1 / fps), 0.04))
    levels = measure(wave, windows, level)
    loud = loud_level(levels)
    limits = np.maximum(noise_limits(wave, windows, loud), max(loud - threshold_db, SILENCE_FLOOR))
    return _long_runs(levels < limits, int(np.ceil(min_seconds * fps)))


def _long_runs(flags: np.ndarray, least: int) -> np.ndarray:
    """Return ``flags`` without the runs of True shorter than ``least``."""
    kept = np.zeros_like(flags)
    for first, last in runs(flags):
        kept[first:last] = last - first >= least
    return kept
