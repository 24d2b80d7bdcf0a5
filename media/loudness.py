"""Measure loudness after ITU-R BS.1770-4."""

from __future__ import annotations

import numpy as np

from ..errors import SeamSyncError
from ..tensors import check_shape

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
    power = _block_powers(samples, weights)
    power = power[_lufs(power) > _ABSOLUTE_GATE]
    if not len(power):
        return -np.inf
    power = power[_lufs(power) > _lufs(power.mean()) + _RELATIVE_GATE]
    return float(_lufs(power.mean()))


def _lufs(power: np.ndarray | np.floating) -> np.ndarray:
    """Convert K-weighted mean square to LUFS."""
    return _OFFSET + 10 * np.log10(np.maximum(power, 1e-20))


def _block_powers(samples: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted mean square of each 400 ms block, ``[blocks]``."""
    count = samples.shape[1]
    steps = count // _STEP
    step, length = (_STEP, 4) if steps >= 4 else (max(count, 1), 1)
    energy = np.zeros(count // step)
    for channel, weight in zip(samples, weights, strict=True):
        if weight:
            energy += weight * _step_energies(channel, step)
    sums = np.concatenate([[0.0], np.cumsum(energy)])
    return (sums[length:] - sums[:-length]) / (length * step)


def _step_energies(channel: np.ndarray, step: int) -> np.ndarray:
    """Return the K-weighted energy of each whole step of ``[N]``, computed ten seconds or so at a time, to limit memory."""
    from scipy.signal import sosfilt  # a second to import, and few levels are measured

    state = np.zeros((len(_K_WEIGHTING), 2))
    energies = [np.empty(0)]
    piece = step * max(1, 10 * LOUDNESS_RATE // step)
    for start in range(0, len(channel) // step * step, piece):
        part = channel[start : start + piece]
        filtered, state = sosfilt(_K_WEIGHTING, part[: len(part) // step * step].astype(np.float64), zi=state)
        energies.append(np.square(filtered).reshape(-1, step).sum(1))
    return np.concatenate(energies)
