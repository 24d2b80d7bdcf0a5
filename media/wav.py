"""Write WAV files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..files import replacing
from .audio import Audio


def write_wav(audio: Audio, path: Path) -> Path:
    """Write 16-bit PCM; return the path."""
    from scipy.io import wavfile

    with replacing(path) as part:
        wavfile.write(part, audio.rate, np.rint(audio.samples.T * 32767).astype(np.int16))
    return path
