"""Change the sample rate of sound that comes in blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler


def resampled_count(count: int, rate: int, new_rate: int) -> int:
    """Return how many samples ``count`` become at another rate: ``round(count · new_rate / rate)``, half rounds up."""
    return (2 * count * new_rate + rate) // (2 * rate)


def resample_blocks(blocks: Iterable[np.ndarray], count: int, rate: int, new_rate: int) -> Iterator[np.ndarray]:
    """Resample with FFmpeg's swresample (windowed sinc, zero phase). Each channel has its own, so any number of them works.

    Args:
        blocks: float32 ``[C,n]``.
        count: samples in all blocks together.
        rate: their samples a second.
        new_rate: the wanted one.

    Yields:
        float32 ``[C,n]``, together as many as :func:`resampled_count` says.
    """
    left = resampled_count(count, rate, new_rate)
    resamplers: list[AudioResampler] = []
    position = 0
    for block in blocks:
        resamplers = resamplers or [AudioResampler(format="flt", layout="mono", rate=new_rate) for _ in block]
        made = [_resample(each, channel, rate, position) for each, channel in zip(resamplers, block, strict=True)]
        position += block.shape[1]
        left -= len(made[0])
        yield np.stack(made)[:, : len(made[0]) + min(left, 0)]
    if left > 0 and resamplers:
        rest = np.stack([_joined(each.resample(None)) for each in resamplers])[:, :left]
        yield np.pad(rest, ((0, 0), (0, left - rest.shape[1])))


def _resample(resampler: AudioResampler, channel: np.ndarray, rate: int, position: int) -> np.ndarray:
    """Return what comes out for the samples ``[n]`` that begin at ``position``."""
    if not len(channel):
        return np.empty(0, np.float32)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(channel)[None], format="flt", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = rate, position, Fraction(1, rate)
    return _joined(resampler.resample(frame))


def _joined(frames: list[AudioFrame]) -> np.ndarray:
    return np.concatenate([np.empty(0, np.float32), *(frame.to_ndarray()[0] for frame in frames)])
