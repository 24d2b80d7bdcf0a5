"""The bundled sample is small, moves smoothly, and its speech has the pause the demo shows."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
from paths import SAMPLE
from seamsync.media.audio import load_audio, silent_frames


def test_small() -> None:
    """Both files together stay under 1.5 MB."""
    assert sum((SAMPLE / name).stat().st_size for name in ("face.mp4", "speech.wav")) < 1_500_000


def test_face_moves_without_jumps() -> None:
    """7 s of 512×512 at 25 fps, tagged BT.709; every frame differs a little from the last, none by much."""
    with av.open(str(SAMPLE / "face.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (512, 512, 25)
        assert (int(stream.codec_context.colorspace), int(stream.codec_context.color_range)) == (1, 1)
        frames = [cv2.resize(frame.to_ndarray(format="gray"), (128, 128)) for frame in container.decode(stream)]
    assert len(frames) == 175
    steps = np.abs(np.diff(np.stack(frames).astype(np.float32), axis=0)).mean((1, 2))
    assert steps.min() > 0.02
    assert steps.max() < 2


def test_speech_has_a_pause() -> None:
    """Mono speech of 6 to 7 s with one pause of at least 0.6 s between its words."""
    audio = load_audio(SAMPLE / "speech.wav")
    assert (audio.rate, len(audio.samples)) == (22050, 1)
    assert 6 < audio.duration < 7
    silent = silent_frames(audio, Fraction(25), int(audio.duration * 25), 35, min_seconds=0.6)
    assert not silent[:25].any()
    assert silent[25:125].sum() >= 15
