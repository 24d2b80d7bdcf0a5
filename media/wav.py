"""Writes WAV files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .audio import Audio


def write_wav(audio: Audio, path: Path) -> Path:
    """16-bit PCM."""
    from scipy.io import wavfile

    wavfile.write(path, audio.rate, np.rint(audio.samples.T * 32767).astype(np.int16))
    return path
