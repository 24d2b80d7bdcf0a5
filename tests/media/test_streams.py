"""Which of several tracks is used."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition
from seamsync.errors import SeamSyncError
from seamsync.media.audio import load_audio
from seamsync.media.read_options import ReadOptions
from seamsync.media.video import VideoReader

#: Sides of the videos, in pixels.
SMALL, MIDDLE, LARGE = 32, 80, 96


def write_tracks(path: Path, videos: list[int], sounds: list[tuple[str, float]], default: tuple[int, int]) -> Path:
    """Write a file with several tracks.

    Args:
        path: target, ``.mkv`` (every track is marked or not as asked).
        videos: side of each square video.
        sounds: layout and amplitude of each sound.
        default: video and sound marked as default; −1: none.
    """
    with av.open(str(path), "w", options={"default_mode": "passthrough"}) as container:
        pictures = [container.add_stream("libx264", rate=25) for _ in videos]
        for number, (stream, side) in enumerate(zip(pictures, videos, strict=True)):
            stream.width = stream.height = side
            stream.pix_fmt = "yuv420p"
            stream.disposition = Disposition.default if number == default[0] else Disposition(0)
        tracks = [container.add_stream("pcm_s16le", rate=8000, layout=layout) for layout, _ in sounds]
        for number, stream in enumerate(tracks):
            stream.disposition = Disposition.default if number == default[1] else Disposition(0)
        for stream, side in zip(pictures, videos, strict=True):
            for number in range(3):
                frame = av.VideoFrame(side, side, "yuv420p")
                frame.pts, frame.time_base = number, Fraction(1, 25)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        for stream, (layout, amplitude) in zip(tracks, sounds, strict=True):
            count = 960 * (1 if layout == "mono" else 2)
            samples = np.full((1, count), round(32767 * amplitude), np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
            container.mux(stream.encode(frame))
    return path


@pytest.mark.parametrize(
    ("videos", "default", "taken"),
    [
        ([MIDDLE, LARGE], -1, 2),
        ([LARGE, MIDDLE], 1, 2),
        ([SMALL, LARGE], 0, 2),
        ([LARGE, LARGE], -1, 1),
    ],
)
def test_video(tmp_path: Path, videos: list[int], default: int, taken: int) -> None:
    """Default first, then the largest, then the first; never a preview; and the note says which."""
    reader = VideoReader(write_tracks(tmp_path / "clip.mkv", videos, [], (default, -1)))
    assert reader.info.width == videos[taken - 1] == next(reader.frames()).width
    assert f"track {taken} is used, --video-track" in reader.warnings[0]


@pytest.mark.parametrize(
    ("layouts", "default", "taken"),
    [(["mono", "mono"], 1, 2), (["mono", "stereo"], -1, 2), (["mono", "stereo"], 0, 1), (["mono", "mono"], -1, 1)],
)
def test_audio(tmp_path: Path, layouts: list[str], default: int, taken: int) -> None:
    """Default first, then most channels, then the first; and the note says which."""
    sounds = [(layout, 0.1 * number) for number, layout in enumerate(layouts, 1)]
    audio = load_audio(write_tracks(tmp_path / "clip.mkv", [SMALL], sounds, (0, default)))
    assert audio.samples.max() == pytest.approx(0.1 * taken, abs=1e-3)
    assert f"track {taken} is used, --audio-track" in audio.warnings[0]


def test_wanted_tracks(tmp_path: Path) -> None:
    """A number chooses any track, without a note; a number too high is refused."""
    path = write_tracks(tmp_path / "clip.mkv", [SMALL, LARGE], [("mono", 0.1), ("mono", 0.2)], (1, 1))
    reader = VideoReader(path, options=ReadOptions(video_track=1))
    assert (reader.info.width, reader.warnings) == (SMALL, [])
    audio = load_audio(path, options=ReadOptions(audio_track=1))
    assert audio.samples.max() == pytest.approx(0.1, abs=1e-3)
    assert not audio.warnings
    with pytest.raises(SeamSyncError, match=r"clip\.mkv has 2 video tracks, got video_track 3"):
        VideoReader(path, options=ReadOptions(video_track=3))
    with pytest.raises(SeamSyncError, match=r"clip\.mkv.* has 2 sound tracks, got audio_track 3"):
        load_audio(path, options=ReadOptions(audio_track=3))
