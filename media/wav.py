"""Write WAV files."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from ..files import replacing
from .audio import Audio


def write_wav(audio: Audio, path: Path) -> Path:
    """Write 16-bit PCM a block at a time; samples past −1…1 are clipped. Return the path."""
    with replacing(path) as part, wave.open(str(part), "wb") as file:
        file.setparams((len(audio.samples), 2, audio.rate, audio.count, "NONE", ""))
        for block in audio.blocks():
            file.writeframes(np.rint(np.clip(block.T, -1, 1) * 32767).astype("<i2").tobytes())
    return path
