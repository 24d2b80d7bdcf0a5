"""Load speech, convert and level it, find its silences, and assign samples to video frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from ..arrays import runs
from ..errors import SeamSyncError, check_range
from ..tensors import check_finite, check_shape, frozen_array
from .audio_decode import AudioSource, decode_audio
from .loudness import LOUDNESS_RATE, integrated_loudness
from .read_options import DEFAULT, ReadOptions

#: Sound below this many dB of full scale is silence, however quiet the rest is.
SILENCE_FLOOR = -70.0

# What each channel is, in FFmpeg's order, by the number of channels: left, right, centre, LFE (F), surround, back.
_ROLES = {1: "C", 2: "LR", 3: "LRF", 4: "LRCB", 5: "LRCSS", 6: "LRCFSS", 7: "LRCFBSS", 8: "LRCFBBSS"}
_MIX = {"L": 0.5**0.5, "R": 0.5**0.5, "C": 1.0, "F": 0.0, "S": 0.5, "B": 0.5}  # ITU-R BS.775-3, table 2, row 1/0
_POWER = {"L": 1.0, "R": 1.0, "C": 1.0, "F": 0.0, "S": 1.41, "B": 1.0}  # ITU-R BS.1770-4, table 4
_CHUNK = 1 << 18  # samples resampled at once


@dataclass(frozen=True, eq=False)
class Audio:
    """Hold sound in memory; time 0 is the first sample.

    Attributes:
        samples: float32 ``[C,N]``, nominally −1…1, finite; N may be 0. Channels are in FFmpeg's order (L R C LFE Ls Rs for
            5.1).
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
        object.__setattr__(self, "samples", frozen_array(self.samples, np.float32))
        check_shape("audio", self.samples, "C,N", None, None)
        check_range("audio channels", len(self.samples), 1, 64)
        check_range("audio rate", self.rate, 1000, 1_000_000, "Hz")
        check_finite("audio", self.samples)

    @property
    def duration(self) -> float:
        """Return the length in seconds."""
        return self.samples.shape[1] / self.rate

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
        scale = 1.0 if waveform.is_floating_point() else 1.0 / (torch.iinfo(waveform.dtype).max + 1.0)
        return cls((waveform[0].float() * scale).cpu().numpy(), rate)

    def to_comfy(self) -> dict[str, Any]:
        """Return ComfyUI's AUDIO: a fresh float32 tensor ``[1,C,N]`` on the CPU, and the rate."""
        return {"waveform": torch.from_numpy(self.samples.copy())[None], "sample_rate": self.rate}


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
    samples = audio.samples[:, max(-shift, 0) :]
    if not samples.shape[1]:
        raise SeamSyncError(f"offset {offset:g} s cuts away all of the sound, which is {audio.duration:.3f} s long")
    return replace(audio, samples=np.pad(samples, ((0, 0), (shift, 0)))) if shift > 0 else replace(audio, samples=samples)


def to_mono(audio: Audio) -> Audio:
    """Mix to one channel: average stereo; mix surround after ITU-R BS.775-3, without LFE. Weights sum to 1."""
    if len(audio.samples) == 1:
        return audio
    weights = _channel_weights(len(audio.samples), _MIX)
    return replace(audio, samples=(weights / weights.sum())[None].astype(np.float32) @ audio.samples)


def _channel_weights(channels: int, by_role: Mapping[str, float]) -> np.ndarray:
    """Return the weight of each channel, float64 ``[C]``. Beyond 8 channels the order is unknown, so all weights are equal."""
    return np.array([by_role[role] for role in _ROLES.get(channels, "C" * channels)])


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
    count = (2 * audio.samples.shape[1] * rate + audio.rate) // (2 * audio.rate)
    samples = np.zeros((len(audio.samples), count), np.float32)
    for channel, out in zip(audio.samples, samples, strict=True):
        _resample_channel(channel, audio.rate, rate, out)
    return replace(audio, samples=samples, rate=rate)


def _resample_channel(channel: np.ndarray, rate: int, new_rate: int, out: np.ndarray) -> None:
    """Fill ``out`` from ``channel``, both ``[n]``; a channel at a time works for any number of channels."""
    resampler = AudioResampler(format="flt", layout="mono", rate=new_rate)
    filled = 0
    for begin in [*range(0, len(channel), _CHUNK), None]:
        frame = None
        if begin is not None:
            frame = AudioFrame.from_ndarray(channel[None, begin : begin + _CHUNK], format="flt", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
        for done in resampler.resample(frame) if len(channel) else ():
            block = done.to_ndarray()[0][: len(out) - filled]
            out[filled : filled + len(block)] = block
            filled += len(block)


def normalise_loudness(audio: Audio, lufs: float) -> Audio:
    """Scale the sound to ``lufs`` integrated loudness (ITU-R BS.1770-4), or as near as it gets without clipping.

    One gain applies to all samples. It never brings the highest sample above 1. Silence stays as it is.

    Args:
        audio: any rate and channels.
        lufs: −70…0; speech for the web is usually at −16.
    """
    check_range("lufs", lufs, -70, 0, "LUFS")
    peak = float(np.abs(audio.samples).max(initial=0.0))
    weights = _channel_weights(len(audio.samples), _POWER)
    loudness = integrated_loudness(resample(audio, LOUDNESS_RATE).samples, LOUDNESS_RATE, weights)
    if not np.isfinite(loudness) or peak == 0:
        return audio
    gain = min(10 ** ((lufs - loudness) / 20), 1 / peak)
    return replace(audio, samples=np.clip(audio.samples * np.float32(gain), -1, 1))


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

    A frame's level is the RMS of the mono sound over its own time (at least 40 ms). The loud level is the 95th percentile
    of the frames above :data:`SILENCE_FLOOR`.

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
    mono = to_mono(audio).samples[0]
    windows = frame_windows(len(mono), audio.rate, fps, count, max(float(1 / fps), 0.04))
    energy = np.array([np.dot(block, block) for block in (mono[a:b].astype(np.float64) for a, b in windows)])
    level = 10 * np.log10(np.maximum(energy / np.maximum(windows[:, 1] - windows[:, 0], 1), 1e-20))
    audible = level[level > SILENCE_FLOOR]
    loud = np.percentile(audible, 95) if len(audible) else 0.0
    return _long_runs(level < max(loud - threshold_db, SILENCE_FLOOR), int(np.ceil(min_seconds * fps)))


def _long_runs(flags: np.ndarray, least: int) -> np.ndarray:
    """Return ``flags`` without the runs of True shorter than ``least``."""
    kept = np.zeros_like(flags)
    for first, last in runs(flags):
        kept[first:last] = last - first >= least
    return kept
