"""Speech that arrives in pieces, counted in whole samples, so that sound and picture never drift apart."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..errors import SeamSyncError
from ..media.audio import Audio
from ..media.mixing import Mixer
from ..media.samples import collect


class AudioBuffer:
    """Samples pushed one piece after another, mixed to one channel; the oldest can be dropped.

    Positions are Python integers: exact for a stream of any length.

    Attributes:
        count: samples pushed since the beginning, dropped ones included.
        rate: samples a second; 0 before the first piece.
    """

    def __init__(self) -> None:
        self.count, self.rate = 0, 0
        self._whole: Audio | None = None  # all sound, when it came in one piece
        self._channels = 0
        self._mixer: Mixer | None = None
        self._mixed: list[np.ndarray] = []  # [1,n] each
        self._first = 0

    def push(self, samples: np.ndarray, rate: int) -> None:
        """Append a piece.

        Args:
            samples: float32 ``[C,N]``, nominally −1…1; N may be 0. They are not copied: do not write to them afterwards.
            rate: samples a second.

        Raises:
            SeamSyncError: not ``[C,N]``, NaN or infinite values, or another rate or number of channels than before.
        """
        self.append(Audio(samples, rate))

    def append(self, piece: Audio) -> None:
        """Append a piece; errors as in :meth:`push`. Sound appended whole is given back by ``since(0)`` as it is."""
        channels = len(piece.samples)
        if self.rate and (piece.rate, channels) != (self.rate, self._channels):
            raise SeamSyncError(
                f"audio must stay at {self._channels} channels and {self.rate} Hz within one utterance, got {channels} "
                f"channels and {piece.rate} Hz; call clear() before another kind of sound"
            )
        if self.rate:
            self._mix_whole()
            self._mix(piece)
        else:
            self.rate, self._channels, self._whole = piece.rate, channels, piece
        self.count += piece.count

    def settled(self) -> int:
        """Return how many samples, from the first, do not change when more are pushed: mixing looks 20 ms ahead."""
        if self._channels <= 1:
            return self.count
        self._mix_whole()
        return self._first + sum(block.shape[1] for block in self._mixed)

    def since(self, first: int) -> Audio:
        """Return the sound from sample ``first`` to the last one pushed.

        Raises:
            SeamSyncError: nothing was pushed, or ``first`` was dropped.
        """
        if not self.rate or first < self._first:
            kept = f"samples {self._first}…{self.count}" if self.rate else "nothing"
            raise SeamSyncError(f"sample {first} is asked for, but {kept} can be had")
        if self._whole is not None and first == 0:
            return self._whole
        self._mix_whole()
        (mixed,) = self._mixed = [collect(self._mixed, 1)]
        assert self._mixer is not None
        return Audio(collect([mixed[:, first - self._first :], self._mixer.rest()], 1), self.rate)

    def drop(self, before: int) -> None:
        """Forget the samples before ``before``."""
        if before <= self._first or not self.rate:
            return
        self._mix_whole()
        mixed = collect(self._mixed, 1)[:, min(before, self.count) - self._first :].copy()
        self._first += sum(block.shape[1] for block in self._mixed) - mixed.shape[1]
        self._mixed = [mixed]

    def _mix_whole(self) -> None:
        """Mix the first piece, as others follow it or a part of it is wanted."""
        if self._whole is not None:
            whole, self._whole = self._whole, None
            self._mix(whole)

    def _mix(self, piece: Audio) -> None:
        self._mixer = self._mixer or Mixer(self._channels, self.rate)
        self._mixed += [self._mixer.push(block) for block in piece.blocks()]

    def frames(self, fps: Fraction) -> int:
        """Return how many whole video frames the pushed sound lasts."""
        return self.count * fps.numerator // (fps.denominator * self.rate) if self.rate else 0

    def sample_of(self, frame: int, fps: Fraction) -> int:
        """Return the sample at which a video frame begins, rounded down."""
        return frame * fps.denominator * self.rate // fps.numerator
