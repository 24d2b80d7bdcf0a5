"""Filter rows of numbers over time: zero-phase, adaptive exponential average, One-Euro.

All take float64 ``[T,K]``, one column a quantity, and ``amount``, how much each column is smoothed: 0 leaves it as it is, 1 is
the full filter. All adapt to motion: they smooth what rests more than what moves.

Sources: Fan and Gijbels, "Local Polynomial Modelling and Its Applications" (1996), for the local parabola and the choice of
its bandwidth; Casiez et al., "1€ Filter" (2012).
"""

from __future__ import annotations

import numpy as np

#: Bandwidth (standard deviation) of the zero-phase filter at amount 1, in seconds.
_SECONDS = 0.16
#: The narrower bandwidths it may fall back to where something moves, as shares of that one.
_LADDER = (0.6, 0.35, 0.15)
#: Averages of two bandwidths may differ by this many standard deviations of the noise before motion is assumed,
_NOISE_LIMIT = 1.0
#: and always by this much, in shares of the face width: it is not visible.
_LEAST_LIMIT = 2.2e-3
#: The exponential average follows at once when something has moved by this many of those limits within its window.
_EMA_REST = 3.5


def noise_level(values: np.ndarray) -> np.ndarray:
    """Return the standard deviation of frame-to-frame noise in each column, float64 ``[K]``.

    It comes from the median absolute fourth difference, on which smooth motion has little influence. 1.4826 times that median
    is the standard deviation of the fourth difference, √70 times that of white noise.
    """
    if len(values) < 5:
        return np.zeros(values.shape[1])
    bend = np.abs(np.diff(values, 4, axis=0))
    return 1.4826 * np.median(bend, axis=0) / np.sqrt(70.0)


def tolerance(noise: np.ndarray) -> np.ndarray:
    """Return the difference up to which each column's change counts as noise: float64 ``[K]``, from :func:`noise_level`.

    No column counts as noisier than the median one: the lips' quick motion in speech looks like noise.
    """
    return np.maximum(_NOISE_LIMIT * np.minimum(noise, np.median(noise)), _LEAST_LIMIT)


def local_quadratic(values: np.ndarray, sigma: float) -> np.ndarray:
    """Smooth without lag: fit a parabola around every frame with Gaussian weights and take its value there.

    Motion of constant velocity or acceleration passes unchanged, also at the ends. Inside a long signal the gain at a frequency
    f in cycles a frame is ``(1 + x)·exp(-x)``, ``x = (2π·f·sigma)² / 2``.

    Args:
        values: float64 ``[T,K]``.
        sigma: standard deviation of the weights in frames; below 0.1 nothing is done.
    """
    from scipy.ndimage import correlate1d  # a quarter of a second to import, and options are read without it

    if sigma < 0.1 or len(values) < 2:
        return values
    reach = max(2, int(np.ceil(4 * sigma)))
    offset = np.arange(-reach, reach + 1)
    weight, own = np.exp(-0.5 * (offset / sigma) ** 2), offset / sigma
    ones = np.ones(len(values))
    moments = np.stack([correlate1d(ones, weight * own**k, mode="constant") for k in range(5)], -1)
    normal = moments[:, np.add.outer(np.arange(3), np.arange(3))]
    at_zero = np.linalg.pinv(normal, rcond=1e-9, hermitian=True)[:, 0]
    fits = (correlate1d(values, weight * own**k, axis=0, mode="constant") for k in range(3))
    return np.sum([c[:, None] * y for c, y in zip(at_zero.T, fits, strict=True)], axis=0)


def zero_phase(values: np.ndarray, amount: np.ndarray, fps: float, limits: np.ndarray | None = None) -> np.ndarray:
    """Smooth without lag, from frames before and after.

    Each frame takes the widest of a few bandwidths that agrees with the next narrower one within the noise. Near the limit the
    two are mixed.

    Args:
        values: float64 ``[T,K]``, shares of the face width.
        amount: float ``[K]``, ≥ 0.
        fps: frames a second.
        limits: float ``[K]``, the :func:`tolerance` of each column; None: of these columns.

    Returns:
        float64 ``[T,K]``.
    """
    out, limits = values.copy(), tolerance(noise_level(values)) if limits is None else limits
    for level in np.unique(amount[amount > 0]):
        columns = np.flatnonzero(amount == level)
        part, limit, sigma = values[:, columns], limits[columns], float(level) * _SECONDS * fps
        wide, trust = local_quadratic(part, sigma), np.ones_like(part)
        mixed = np.zeros_like(part)
        for share in _LADDER:
            narrow = local_quadratic(part, share * sigma)
            agrees = local_quadratic(1.0 / (1.0 + ((wide - narrow) / limit) ** 4), 1.0).clip(0, 1)
            mixed += trust * agrees * wide
            trust, wide = trust * (1 - agrees), narrow
        out[:, columns] = mixed + trust * wide
    return out


def adaptive_ema(
    values: np.ndarray, amount: np.ndarray, window: int, weight: float, limits: np.ndarray | None = None
) -> np.ndarray:
    """Average exponentially over the past, with more weight for the newest frame during motion. It lags by a frame or two.

    Motion is judged by the noise of the whole stretch.

    Args:
        values: float64 ``[T,K]``, shares of the face width.
        amount: float ``[K]``, ≥ 0; the weight of the newest frame is ``1 - (1 - weight) · amount`` at rest, at least 0.
        window: frames over which motion is measured.
        weight: weight of the newest frame at rest, 0…1.
        limits: as in :func:`zero_phase`.

    Returns:
        float64 ``[T,K]``.
    """
    kept = np.clip(1.0 - (1.0 - weight) * amount, 0.0, 1.0)
    limits = tolerance(noise_level(values)) if limits is None else limits
    out = values.copy()
    for t in range(1, len(values)):
        recent = values[max(0, t - window + 1) : t + 1]
        motion = np.abs(recent[-1] - recent[0]) / (_EMA_REST * limits)
        follow = 1.0 - 1.0 / (1.0 + motion**4)
        out[t] = out[t - 1] + (kept + (1 - kept) * follow) * (values[t] - out[t - 1])
    return out


def _newest_share(cutoff: np.ndarray | float, fps: float) -> np.ndarray:
    """Return the weight of the newest frame in a first-order low-pass of that cutoff in Hz."""
    step = 2 * np.pi * np.asarray(cutoff) / fps
    return step / (step + 1)


def one_euro(values: np.ndarray, amount: np.ndarray, fps: float, cutoff: float, reaction: float) -> np.ndarray:
    """Apply the 1€ filter: a first-order low-pass whose cutoff rises with speed. It uses past frames only, so it lags.

    Args:
        values: float64 ``[T,K]``, shares of the face width.
        amount: float ``[K]``, ≥ 0; columns of amount 0 pass, others have their cutoff divided by it.
        fps: frames a second.
        cutoff: Hz at rest, > 0.
        reaction: Hz added for a speed of one face width a second.

    Returns:
        float64 ``[T,K]``.
    """
    passing = amount <= 0
    divisor = np.where(passing, 1.0, amount)
    out, speed = values.copy(), np.zeros(values.shape[1])
    for t in range(1, len(values)):
        speed = speed + _newest_share(1.0, fps) * ((values[t] - values[t - 1]) * fps - speed)
        keep = _newest_share((cutoff + reaction * np.abs(speed)) / divisor, fps)
        out[t] = np.where(passing, values[t], out[t - 1] + keep * (values[t] - out[t - 1]))
    return out
