"""What MuseTalk hears: Whisper's hidden states, in windows of 200 ms around each video frame.

Whisper (Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022) reads 30 seconds at once and gives
a state every 20 ms. A frame is given the five states of ten steps, oldest first: 50 tokens of 384 numbers, plus the sinusoidal
positions of Vaswani et al., "Attention Is All You Need" (2017).

The published program reads the sound in pieces of 30 seconds, each alone, and pads with zeros where no sound is. Here pieces
overlap, so that every step is heard with 5 seconds around it, and silence is heard as silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import torch

from ...errors import SeamSyncError
from ...media.audio import Audio
from ..speech.mel import slaney_filters
from .layouts import BANDS, FEATURES, STATES, STEPS

RATE = 16_000
#: Steps a second, and samples of 16 kHz in one.
STEP_RATE = 50
STEP = RATE // STEP_RATE
#: Steps that a frame is given, and how many of them lie before its own time.
WINDOW, BEFORE = 10, 4
#: Tokens that a frame is given.
TOKENS = WINDOW * STATES
#: Samples that Whisper reads at once, at 16 kHz: 30 seconds.
SAMPLES = STEPS * STEP
_FFT, _HOP = 400, 160
#: Pieces of sound that are remembered; the windows at a border need two.
_KEPT = 2

#: Runs Whisper: 30 seconds of sound, float32 ``[480000]`` → states float32 ``[1500,5,384]``.
Encoder = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Pieces:
    """How sound is cut into pieces that Whisper reads.

    Attributes:
        hop: steps that are taken of each piece.
        lead: steps that are read before those.
        silent_outside: False: steps before the sound and after its end are zeros, as published.
    """

    hop: int = 1000
    lead: int = 250
    silent_outside: bool = True


OURS, PUBLISHED = Pieces(), Pieces(STEPS, 0, False)


def window_steps(fps: Fraction, count: int, offset: int = 0, first: int = 0) -> np.ndarray:
    """Return the steps that each frame hears: from ⌊50 · t / fps⌋ − 4 on, in whole numbers of any size, without drift.

    Args:
        fps: frames a second, > 0.
        count: number of frames T.
        offset: frames by which the sound is heard later (positive) or earlier.
        first: the first frame.

    Returns:
        int64 ``[T,10]``; negative before the sound.

    Raises:
        SeamSyncError: ``fps`` not above 0.
    """
    if fps <= 0:
        raise SeamSyncError(f"fps must be more than 0, got {fps}")
    starts = [STEP_RATE * (t + offset) * fps.denominator // fps.numerator - BEFORE for t in range(first, first + count)]
    return np.array(starts, np.int64).reshape(-1, 1) + np.arange(WINDOW)


def published_steps(fps: float, seconds: float) -> np.ndarray:
    """Return the steps that each frame hears in the published program, −1 for the zeros that it pads with.

    It takes the whole part of the frame rate, and pads by twice ⌈50 / fps⌉ steps on the left: below 25 frames a second the
    mouth moves late, and at 29.97 the sound drifts. It stops with an error where a window passes its padding, as at 60 frames
    a second; here such windows end with zeros.

    Args:
        fps: frames a second; less than 1 counts as 1.
        seconds: length of the sound.

    Returns:
        int64 ``[T,10]``; T is rounded down.
    """
    rate = max(int(fps), 1)
    ratio = STEP_RATE / rate
    total, count = math.floor(seconds * STEP_RATE), math.floor(seconds * rate)
    starts = np.array([math.floor(t * ratio) for t in range(count)], np.int64) - 2 * math.ceil(ratio)
    steps = starts[:, None] + np.arange(WINDOW)
    return np.where((steps >= 0) & (steps < total), steps, -1)


def log_mel(wave: np.ndarray) -> np.ndarray:
    """Return Whisper's spectrogram of 30 seconds.

    A 400-point transform every 160 samples under a periodic Hann window, centred and reflected at the ends; power; 80 bands on
    Slaney's mel scale; logarithm to base 10, at most 8 below the loudest; (x + 4) / 4.

    Args:
        wave: float32 ``[480000]`` at 16 kHz, padded with zeros.

    Returns:
        float32 ``[80,3000]``.
    """
    window = torch.hann_window(_FFT)
    spectrum = torch.stft(torch.from_numpy(wave), _FFT, _HOP, window=window, center=True, return_complex=True)
    power = _filters() @ spectrum[:, :-1].abs().square()
    logarithm = power.clamp_(min=1e-10).log10_()
    return torch.maximum(logarithm, logarithm.max() - 8).add_(4).div_(4).numpy()


@cache
def _filters() -> torch.Tensor:
    return torch.from_numpy(slaney_filters(BANDS, _FFT // 2 + 1, 0.0, RATE / 2).astype(np.float32))


@cache
def positions() -> np.ndarray:
    """Return what is added to the tokens: sines and cosines of their index, float32 ``[50,384]``, read-only."""
    index = torch.arange(TOKENS, dtype=torch.float32)[:, None]
    angle = index * torch.exp(torch.arange(0, FEATURES, 2, dtype=torch.float32) * (-math.log(10000.0) / FEATURES))
    table = torch.stack([angle.sin(), angle.cos()], -1).flatten(1).numpy()
    table.flags.writeable = False
    return table


class Hearing:
    """Turn sound into tokens, a piece at a time, in memory that does not grow with the sound.

    Args:
        audio: the sound.
        encode: runs Whisper.
        pieces: how the sound is cut.
        first: step at which the sound begins.
    """

    def __init__(self, audio: Audio, encode: Encoder, pieces: Pieces = OURS, first: int = 0) -> None:
        self._wave, self._encode, self._pieces, self._first = audio.speech, encode, pieces, first
        self._heard: dict[int, np.ndarray] = {}

    def tokens(self, steps: np.ndarray) -> np.ndarray:
        """Return the tokens of some frames, without their positions.

        Args:
            steps: int ``[B,10]`` as :func:`window_steps` gives.

        Returns:
            float32 ``[B,50,384]``.
        """
        steps = steps - self._first
        found = np.zeros((*steps.shape, STATES, FEATURES), np.float32)
        number = steps // self._pieces.hop
        inside = (steps >= 0) & (steps < self._wave.count * STEP_RATE // RATE) | self._pieces.silent_outside
        for piece in np.unique(number[inside]):
            here = (number == piece) & inside
            found[here] = self._piece(int(piece))[steps[here] - piece * self._pieces.hop]
        return found.reshape(len(steps), TOKENS, FEATURES)

    def _piece(self, number: int) -> np.ndarray:
        """Return the states of one piece's own steps, float32 ``[hop,5,384]``."""
        if number not in self._heard:
            while len(self._heard) >= _KEPT:
                del self._heard[min(self._heard)]
            begin = (number * self._pieces.hop - self._pieces.lead) * STEP
            wave = np.zeros(SAMPLES, np.float32)
            at, end = max(begin, 0), min(begin + SAMPLES, self._wave.count)
            if at < end:
                wave[at - begin : end - begin] = self._wave.block(at, end)[0]
            states = self._encode(wave)
            self._heard[number] = states[self._pieces.lead : self._pieces.lead + self._pieces.hop]
        return self._heard[number]


def silent_tokens(encode: Encoder) -> np.ndarray:
    """Return the tokens of silence, from the middle of 30 seconds of it: float32 ``[50,384]``."""
    middle = STEPS // 2
    return encode(np.zeros(SAMPLES, np.float32))[middle : middle + WINDOW].reshape(TOKENS, FEATURES)
