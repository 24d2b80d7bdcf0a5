"""What is said of files that are not clips."""

from __future__ import annotations

import io
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from seamsync.errors import SeamSyncError
from seamsync.media.opening import open_video, source_name
from videos import write_clip


def test_missing_file(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(SeamSyncError, match=r"no file at .*gone\.mp4"):
        open_video(tmp_path / "gone.mp4")


def test_directory(tmp_path: Path) -> None:
    """A folder is not a clip."""
    with pytest.raises(SeamSyncError, match="is a folder; name a video file"):
        open_video(tmp_path)


def test_empty_file(tmp_path: Path) -> None:
    """Zero bytes, on disk and in memory."""
    path = tmp_path / "clip.mp4"
    path.touch()
    with pytest.raises(SeamSyncError, match=r"clip\.mp4 is empty"):
        open_video(path)
    with pytest.raises(SeamSyncError, match="the clip in memory is empty"):
        open_video(io.BytesIO())


@pytest.mark.parametrize("name", ["notes.mp4", "notes.txt"])
def test_not_media(tmp_path: Path, name: str) -> None:
    """Text, whatever it is called (FFmpeg would render a .txt as a picture)."""
    path = tmp_path / name
    path.write_text("hello, this is no film\n" * 50)
    with pytest.raises(SeamSyncError, match=r"notes.* (is not a video or picture|holds no picture)"):
        open_video(path)


def test_truncated_before_the_index(tmp_path: Path) -> None:
    """An MP4 whose moov, at the end, is missing."""
    whole = write_clip(tmp_path / "whole.mp4", 60).read_bytes()
    path = tmp_path / "clip.mp4"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SeamSyncError, match=r"clip\.mp4 is truncated"):
        open_video(path)


def test_sound_only(tmp_path: Path) -> None:
    """The message says that there is sound."""
    path = tmp_path / "speech.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1600), np.int16), format="s16", layout="mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
    with pytest.raises(SeamSyncError, match=r"speech\.wav holds only sound"):
        open_video(path)


def test_song_with_a_cover(tmp_path: Path) -> None:
    """The picture in an MP3's tag is no video."""
    silence = tmp_path / "silence.mp3"
    with av.open(str(silence), "w") as container:
        stream = container.add_stream("libmp3lame", rate=44100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4410), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    picture = b"\0image/png\0\3\0" + cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    tag = b"APIC" + len(picture).to_bytes(4, "big") + b"\0\0" + picture
    size = bytes(len(tag) >> shift & 127 for shift in (21, 14, 7, 0))  # ID3v2's seven-bit bytes
    song = tmp_path / "song.mp3"
    song.write_bytes(b"ID3\3\0\0" + size + tag + silence.read_bytes())
    with pytest.raises(SeamSyncError, match=r"song\.mp3 holds only sound \(and a cover picture\)"):
        open_video(song)


def test_wrong_extension_is_fine(tmp_path: Path) -> None:
    """The content decides."""
    path = write_clip(tmp_path / "clip.mkv", 3).rename(tmp_path / "clip.mp4")
    with open_video(path) as container:
        assert "matroska" in container.format.name
    picture = tmp_path / "photo.mp4"
    picture.write_bytes(cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes())
    with open_video(picture) as container:
        assert container.streams.video


def test_bytes_keep_their_position(tmp_path: Path) -> None:
    """Reading does not move the caller's BytesIO, and two readers do not disturb each other."""
    data = io.BytesIO(write_clip(tmp_path / "clip.mp4", 3).read_bytes())
    data.seek(7)
    with open_video(data) as first, open_video(data) as second:
        assert len(list(first.decode(video=0))) == len(list(second.decode(video=0))) == 3
    assert data.tell() == 7
    assert source_name(data) == "the clip in memory"
