"""Measure loudness after ITU-R BS.1770-4."""

from __future__ import annotations

import numpy as np

from ..errors import SeamSyncError
from ..tensors import check_shape
from .samples import BLOCK

#: The filters of BS.1770 are given for this rate; bring other rates to it first.
LOUDNESS_RATE = 48000

# K-weighting, BS.1770-4 annex 1, tables 1 and 2: a high shelf for the head, then a high-pass.
_K_WEIGHTING = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)
_OFFSET = -0.691  # makes a 997 Hz full-scale sine in one channel read −3.01 LUFS
_STEP = LOUDNESS_RATE // 10  # gating blocks of 400 ms start every 100 ms
_ABSOLUTE_GATE = -70.0
_RELATIVE_GATE = -10.0


def integrated_loudness(samples: np.ndarray, rate: int, weights: np.ndarray) -> float:
    """Return the gated loudness of the whole sound, after ITU-R BS.1770-4.

    Args:
        samples: float ``[C,N]``, −1…1.
        rate: must be :data:`LOUDNESS_RATE`.
        weights: float ``[C]``, weight of each channel's power (1 front, 1.41 surround, 0 LFE).

    Returns:
        LUFS; ``-inf`` when nothing is above −70 LUFS. Sound shorter than one block of 400 ms is taken as one block.

    Raises:
        SeamSyncError: another rate, or one weight too many or few.
    """
    if rate != LOUDNESS_RATE:
        raise SeamSyncError(f"loudness is measured at {LOUDNESS_RATE} Hz, got {rate} Hz; resample first")
    check_shape("weights", weights, "C", len(samples))
    meter = LoudnessMeter(weights)
    for first in range(0, samples.shape[1], BLOCK):
        meter.add(samples[:, first : first + BLOCK])
    return meter.loudness()


class LoudnessMeter:
    """Measure as :func:`integrated_loudness` does, of sound that comes in blocks.

    Args:
        weights: float ``[C]``, weight of each channel's power.
    """

    def __init__(self, weights: np.ndarray) -> None:
        self._weights = weights
        self._state = np.zeros((len(_K_WEIGHTING), len(weights), 2))
        self._energies: list[np.ndarray] = []  # of each whole step
        self._rest = np.empty(0)  # weighted squares of the samples behind the last whole step

    def add(self, block: np.ndarray) -> None:
        """Hear samples ``[C,n]``, :data:`LOUDNESS_RATE` a second."""
        from scipy.signal import sosfilt  # a second to import, and few levels are measured

        filtered, self._state = sosfilt(_K_WEIGHTING, block.astype(np.float64), zi=self._state)
        squares = np.concatenate([self._rest, self._weights @ np.square(filtered)])
        whole = len(squares) // _STEP * _STEP
        self._energies.append(squares[:whole].reshape(-1, _STEP).sum(1))
        self._rest = squares[whole:]

    def loudness(self) -> float:
        """Return the loudness of all that was heard, in LUFS; ``-inf`` when nothing is above −70 LUFS."""
        power = self._block_powers()
        power = power[_lufs(power) > _ABSOLUTE_GATE]
        if not len(power):
            return -np.inf
        power = power[_lufs(power) > _lufs(power.mean()) + _RELATIVE_GATE]
        return float(_lufs(power.mean()))

    def _block_powers(self) -> np.ndarray:
        """Return the weighted mean square of each block of 400 ms, ``[blocks]``; of less sound, one of all of it."""
        energies = np.concatenate([np.empty(0), *self._energies])
        if len(energies) >= 4:
            sums = np.concatenate([[0.0], np.cumsum(energies)])
            return (sums[4:] - sums[:-4]) / (4 * _STEP)
        samples = len(energies) * _STEP + len(self._rest)
        return np.array([(energies.sum() + self._rest.sum()) / samples] if samples else [])


def _lufs(power: np.ndarray | np.floating) -> np.ndarray:
    """Convert K-weighted mean square to LUFS."""
    return _OFFSET + 10 * np.log10(np.maximum(power, 1e-20))
