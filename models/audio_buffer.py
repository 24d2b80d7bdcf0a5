"""Speech that arrives in pieces, counted in whole samples, so that sound and picture never drift apart."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..errors import SeamSyncError
from ..media.audio import Audio


class AudioBuffer:
    """Samples pushed one piece after another; the oldest can be dropped.

    Positions are Python integers: exact for a stream of any length.

    Attributes:
        count: samples pushed since the beginning, dropped ones included.
        rate: samples a second; 0 before the first piece.
    """

    def __init__(self) -> None:
        self.count, self.rate = 0, 0
        self._pieces: list[np.ndarray] = []
        self._first = 0

    def push(self, samples: np.ndarray, rate: int) -> None:
        """Append a piece.

        Args:
            samples: float32 ``[C,N]``, nominally −1…1; N may be 0. They are not copied: do not write to them afterwards.
            rate: samples a second.

        Raises:
            SeamSyncError: not ``[C,N]``, NaN or infinite values, or another rate or number of channels than before.
        """
        piece = Audio(samples, rate).samples
        channels = len(self._pieces[0]) if self._pieces else len(piece)
        if self._pieces and (rate, len(piece)) != (self.rate, channels):
            raise SeamSyncError(
                f"audio must stay at {channels} channels and {self.rate} Hz within one utterance, got {len(piece)} channels "
                f"and {rate} Hz; call clear() before another kind of sound"
            )
        self._pieces.append(piece)
        self.rate = rate
        self.count += piece.shape[1]

    def since(self, first: int) -> Audio:
        """Return the sound from sample ``first`` to the last one pushed.

        Raises:
            SeamSyncError: nothing was pushed, or ``first`` was dropped.
        """
        if not self._pieces or first < self._first:
            kept = f"samples {self._first}…{self.count}" if self._pieces else "nothing"
            raise SeamSyncError(f"sample {first} is asked for, but {kept} can be had")
        if len(self._pieces) > 1:
            self._pieces = [np.concatenate(self._pieces, 1)]
        return Audio(self._pieces[0][:, first - self._first :], self.rate)

    def drop(self, before: int) -> None:
        """Forget the samples before ``before``."""
        if before > self._first and self._pieces:
            kept = self.since(self._first).samples[:, before - self._first :]
            self._pieces, self._first = [kept.copy()], min(before, self.count)

    def frames(self, fps: Fraction) -> int:
        """Return how many whole video frames the pushed sound lasts."""
        return self.count * fps.numerator // (fps.denominator * self.rate) if self.rate else 0

    def sample_of(self, frame: int, fps: Fraction) -> int:
        """Return the sample at which a video frame begins, rounded down."""
        return frame * fps.denominator * self.rate // fps.numerator
