"""Sound of written clips: any rate and channels, in step with the picture, interleaved."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from seamsync.media.audio import Audio, load_audio
from seamsync.media.encode import VideoWriter
from seamsync.media.encode_audio import AAC_RATES, LAYOUTS
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.frame import PlanarFrame, VideoInfo
from seamsync.media.tags import ColorTags

INFO = VideoInfo("clip", 48, 32, Fraction(25), 1)


def write(path: Path, audio: Audio, frames: int = 50, bitrate: int = 192_000) -> Path:
    """A grey clip with sound."""
    grey = PlanarFrame.blank(48, 32, (2, 2), 8, ColorTags())
    for plane in grey.planes:
        plane[...] = 128
    with VideoWriter(path, INFO, audio=audio, settings=EncodeSettings(preset="ultrafast", audio_bitrate=bitrate)) as writer:
        for _ in range(frames):
            writer.write(grey)
    return path


def tone(rate: int, channels: int = 1, seconds: float = 2.0) -> Audio:
    """A sine a channel, 300 Hz and its multiples, at a third of full scale."""
    time = np.arange(round(rate * seconds)) / rate
    return Audio(np.stack([np.sin(2 * np.pi * 300 * (k + 1) * time) / 3 for k in range(channels)]).astype(np.float32), rate)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000, 96000, 10000, 37800, 192000, 4000])
def test_rates(tmp_path: Path, rate: int) -> None:
    """AAC's own rates are kept, others become the next one up; the length stays, to a block."""
    sound = load_audio(write(tmp_path / "out.mp4", tone(rate)))
    assert sound.rate == (rate if rate in AAC_RATES else min((r for r in AAC_RATES if r >= rate), default=48000))
    assert -0.002 <= sound.duration - 2 <= 1024 / sound.rate + 0.002  # a decoder gives whole blocks


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6, 7, 8, 12])
def test_channels(tmp_path: Path, channels: int) -> None:
    """Up to six are kept, mono and stereo checked sample by sample; more become mono."""
    source = tone(48000, channels)
    sound = load_audio(write(tmp_path / "out.mp4", source, bitrate=640_000))
    assert len(sound.samples) == (channels if channels in LAYOUTS else 1)
    if channels in (1, 2):
        middle = slice(20_000, 60_000)
        assert np.abs(sound.samples[:, middle] - source.samples[:, middle]).max() < 0.02


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_sound_is_in_step(tmp_path: Path, suffix: str) -> None:
    """A click stays where it was, within a millisecond, though AAC begins with a block of its own."""
    samples = np.zeros((1, 96_000), np.float32)
    samples[0, 48_000:48_010] = 0.9
    sound = load_audio(write(tmp_path / f"out{suffix}", Audio(samples, 48_000)))
    assert abs(int(np.abs(sound.samples[0]).argmax()) - 48_005) <= 48


def test_longer_sound_is_cut_at_the_last_frame(tmp_path: Path) -> None:
    """Players would freeze the picture otherwise."""
    with av.open(str(write(tmp_path / "out.mp4", tone(44100, seconds=10), frames=25)), "r") as container:
        stream = container.streams.audio[0]
        assert float(stream.duration * stream.time_base) == pytest.approx(1, abs=0.024)  # type: ignore[operator]


@pytest.mark.parametrize("count", [0, 1, 1023, 1024, 1025])
def test_short_sound(tmp_path: Path, count: int) -> None:
    """Less than a block, or nothing at all, is written without harm."""
    path = write(tmp_path / "out.mp4", Audio(np.full((1, count), 0.1, np.float32), 44100), frames=5)
    with av.open(str(path), "r") as container:
        assert len(list(container.decode(video=0))) == 5


def test_loud_sound_is_clipped(tmp_path: Path) -> None:
    """Samples past full scale do not wrap."""
    sound = load_audio(write(tmp_path / "out.mp4", Audio(tone(48000).samples * 12, 48000)))
    assert np.abs(sound.samples).max() < 1.5


def test_packets_are_interleaved(tmp_path: Path) -> None:
    """In the file, sound never lies more than half a second away from its picture, so writing and playing need no memory."""
    path = write(tmp_path / "out.mp4", tone(48000, seconds=8), frames=200)
    with av.open(str(path), "r") as container:
        packets = sorted((p.pos, p.stream.type, float(p.dts * p.time_base)) for p in container.demux() if p.size)  # type: ignore[operator]
    latest = {"video": 0.0, "audio": 0.0}
    for _, kind, time in packets:
        latest[kind] = time
        if time < 7:
            assert abs(latest["video"] - latest["audio"]) < 1.1
