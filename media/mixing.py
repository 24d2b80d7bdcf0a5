"""Mix channels to one, also where channels cancel each other."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

# What each channel is, in FFmpeg's order, by the number of channels: left, right, centre, LFE (F), surround, back.
_ROLES = {1: "C", 2: "LR", 3: "LRF", 4: "LRCB", 5: "LRCSS", 6: "LRCFSS", 7: "LRCFBSS", 8: "LRCFBBSS"}
_MIX = {"L": 0.5**0.5, "R": 0.5**0.5, "C": 1.0, "F": 0.0, "S": 0.5, "B": 0.5}  # ITU-R BS.775-3, table 2, row 1/0
_POWER = {"L": 1.0, "R": 1.0, "C": 1.0, "F": 0.0, "S": 1.41, "B": 1.0}  # ITU-R BS.1770-4, table 4

#: Seconds after which the weights may change, and after which what was heard counts for a third.
_SPAN, _MEMORY = 0.02, 0.5
#: Channels cancel where their mix has less than this share of the power of the loudest of them: a pair of equal level whose
#: correlation is under −0.9. The usual mix is taken again where it has more than the larger share.
_LOST, _FOUND = 0.2, 0.5
#: Samples a second, at least, in which it is looked for: the voice, with little of the hiss above it.
_LOOKED_AT = 4000


def mix_weights(channels: int) -> np.ndarray:
    """Return the weight of each channel in the usual mix: float64 ``[C]``, sum 1.

    Stereo is averaged; surround is mixed after ITU-R BS.775-3, without LFE.
    """
    weights = _by_role(channels, _MIX)
    return weights / weights.sum()


def power_weights(channels: int) -> np.ndarray:
    """Return the weight of each channel's power in the loudness: float64 ``[C]``, after ITU-R BS.1770-4."""
    return _by_role(channels, _POWER)


def _by_role(channels: int, by_role: Mapping[str, float]) -> np.ndarray:
    """Return a number for each channel. Beyond 8 channels the order is unknown, so all are taken for centre."""
    return np.array([by_role[role] for role in _ROLES.get(channels, "C" * channels)])


class Mixer:
    """Mix sound that comes in blocks to one channel; the result does not depend on how it is cut into blocks.

    The weights are the usual ones, unless channels cancel in them, as those of a balanced cable in a stereo socket do. Then the
    channels that are inverted against the loudest are turned. What was heard in the last seconds decides, so the weights stay
    the same as long as the channels do.

    Args:
        channels: number of channels C.
        rate: samples a second.
    """

    def __init__(self, channels: int, rate: int) -> None:
        self._usual = self._weights = mix_weights(channels)
        self._span = round(_SPAN * rate)
        self._group = max(rate // _LOOKED_AT, 1)
        self._keep = math.exp(-_SPAN / _MEMORY)
        self._heard = np.zeros((channels, channels))  # products of every two channels
        self._open = np.empty((channels, 0), np.float32)

    def push(self, block: np.ndarray) -> np.ndarray:
        """Take samples ``[C,n]``; return the mix of those whose weights are known now, float32 ``[1,m]``.

        At most :data:`_SPAN` seconds are left for the next call.
        """
        if len(block) == 1:
            return block
        samples = np.concatenate([self._open, block], 1) if self._open.size else block
        whole = samples.shape[1] // self._span * self._span
        self._open = samples[:, whole:].copy()
        return self._mix(samples[:, :whole])

    def rest(self) -> np.ndarray:
        """Return the mix of the samples left, float32 ``[1,m]``, as if none followed; :meth:`push` goes on with them."""
        return _weighted(self._weights, self._open)

    def _mix(self, samples: np.ndarray) -> np.ndarray:
        """Mix whole spans."""
        spans, span = samples.shape[1] // self._span, self._span
        if not spans:
            return np.zeros((1, 0), np.float32)
        heard = self._products(samples)
        for k in range(spans):
            self._heard = heard[k] = self._keep * self._heard + heard[k]
        if self._weights is self._usual and not (_share(self._usual, heard, self._usual) < _LOST).any():
            return _weighted(self._usual, samples)
        parts = [samples[:, k * span : (k + 1) * span] for k in range(spans)]
        return np.concatenate([self._mix_span(part, heard[k]) for k, part in enumerate(parts)], 1)

    def _products(self, samples: np.ndarray) -> np.ndarray:
        """Return the products of every two channels in each span, without offset, hum and hiss: float64 ``[S,C,C]``.

        A parabola fitted to each half of a span, 10 ms, takes offset and hum: 20 dB of 50 Hz.
        """
        channels, group = len(samples), self._group
        spans = samples.reshape(channels, -1, self._span)[:, :, : self._span // group * group].astype(np.float64)
        voice = spans.reshape(channels, spans.shape[1], -1, group).mean(3).transpose(1, 0, 2)
        half = voice.shape[2] // 2
        parabola = np.linalg.qr(np.vander(np.linspace(-1, 1, half), 3))[0]
        halves = voice[:, :, : 2 * half].reshape(len(voice), channels, 2, half)
        voice = (halves - halves @ parabola @ parabola.T).reshape(len(voice), channels, -1)
        return voice @ voice.transpose(0, 2, 1)

    def _mix_span(self, samples: np.ndarray, heard: np.ndarray) -> np.ndarray:
        """Mix one span; where the weights change they do so over its length."""
        before = self._weights
        if _share(self._usual, heard, self._usual) > _FOUND:
            self._weights = self._usual
        elif _share(before, heard, self._usual) < _LOST:
            loudest = int((heard.diagonal() * self._usual**2).argmax())
            self._weights = self._usual * np.where(heard[loudest] < 0, -1, 1)
        if self._weights is before:
            return _weighted(before, samples)
        ramp = np.arange(1, samples.shape[1] + 1) / samples.shape[1]
        return _weighted(before[:, None] * (1 - ramp) + self._weights[:, None] * ramp, samples)


def _share(weights: np.ndarray, products: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return the power of a mix over that of its loudest channel, 1 where there is silence.

    Args:
        weights: ``[C]`` of the mix.
        products: float64 ``[…,C,C]``.
        usual: ``[C]``, the weights of the usual mix.
    """
    mixed = np.einsum("c,...cd,d->...", weights, products, weights)
    loudest = (products.diagonal(axis1=-2, axis2=-1) * usual**2).max(-1)
    return np.where(loudest > 0, mixed / np.where(loudest > 0, loudest, 1), 1.0)


def _weighted(weights: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Return the sum of the channels times their weights, ``[C]`` or ``[C,n]``: float32 ``[1,n]``."""
    mixed = np.zeros((1, samples.shape[1]), np.float32)
    for weight, channel in zip(weights.astype(np.float32), samples, strict=True):
        mixed[0] += weight * channel
    return mixed
