"""What is said of files that are not clips."""

from __future__ import annotations

import io
import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from seamsync.errors import SeamSyncError
from seamsync.media.audio import load_audio
from seamsync.media.opening import open_container, open_video, source_name
from videos import write_clip


def test_missing_file(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(SeamSyncError, match=r"no file at .*gone\.mp4"):
        open_video(tmp_path / "gone.mp4")


def test_directory(tmp_path: Path) -> None:
    """A folder is not a clip."""
    with pytest.raises(SeamSyncError, match="is a folder; name a video file"):
        open_video(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Media are read more than once."""
    os.mkfifo(tmp_path / "clip.mp4")
    for read in (open_video, load_audio):
        with pytest.raises(SeamSyncError, match="is a pipe or a device"):
            read(tmp_path / "clip.mp4")


def test_impossible_names(tmp_path: Path) -> None:
    """A NUL, and more characters than a name may have."""
    for name in ("nul\0.mp4", "x" * 5000 + ".mp4"):
        for read in (open_video, load_audio):
            with pytest.raises(SeamSyncError, match=r"cannot read|no such file"):
                read(tmp_path / name)


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
    with open_video(path) as file:
        assert "matroska" in file.container.format.name
    picture = tmp_path / "photo.mp4"
    picture.write_bytes(cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes())
    with open_video(picture) as file:
        assert file.container.streams.video


def test_bytes_keep_their_position(tmp_path: Path) -> None:
    """Reading does not move the caller's BytesIO, and two readers do not disturb each other."""
    data = io.BytesIO(write_clip(tmp_path / "clip.mp4", 3).read_bytes())
    data.seek(7)
    with open_video(data) as first, open_video(data) as second:
        assert len(list(first.container.decode(video=0))) == len(list(second.container.decode(video=0))) == 3
    assert data.tell() == 7
    assert source_name(data) == "the clip in memory"


LISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile {}\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "dash": '<?xml version="1.0"?>\n<MPD profiles="urn:mpeg:dash:profile:isoff-live:2011"><Period/></MPD>',
    "drawing": '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("suffix", [".mp4", ".m3u8"])
def test_lists_of_other_files(tmp_path: Path, kind: str, suffix: str) -> None:
    """A playlist is refused whatever it is called, on disk and in memory, for pictures and for sound."""
    path = tmp_path / f"list{suffix}"
    path.write_text(LISTS[kind].format(write_clip(tmp_path / "other.mp4", 3).name))
    words = "is an SVG drawing; save it as PNG" if kind == "drawing" else "leads to other files"
    for source in (path, io.BytesIO(path.read_bytes())):
        with pytest.raises(SeamSyncError, match=words):
            open_video(source)
    with pytest.raises(SeamSyncError, match=words):
        load_audio(path)


@pytest.mark.parametrize("name", ["9:16.mp4", "http:x.mp4", "50%.mp4", "a%03d.mp4", "-i.mp4", "a?*[b].mp4", "é\u3042.mp4"])
def test_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Names that FFmpeg takes for an address, an option or a pattern, also relative ones."""
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "clip.mp4", 3, sound=True).rename(name)
    with open_video(name) as file:
        assert len(list(file.container.decode(video=0))) == 3
    assert load_audio(name).samples.size


def test_still_with_a_pattern_for_a_name(tmp_path: Path) -> None:
    """``a%03d.png`` is that file, though ``a001.png`` lies beside it."""
    for name, grey in (("a%03d.png", 200), ("a001.png", 20), ("a%%.png", 100)):
        (tmp_path / name).write_bytes(cv2.imencode(".png", np.full((8, 8, 3), grey, np.uint8))[1].tobytes())
    for name, grey in (("a%03d.png", 200), ("a001.png", 20), ("a%%.png", 100)):
        with open_video(tmp_path / name) as file:
            (picture,) = file.container.decode(file.stream)
            assert picture.to_ndarray(format="rgb24").max() == grey  # type: ignore[union-attr]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".avi"])
def test_texts_of_any_encoding(tmp_path: Path, suffix: str) -> None:
    """A title in Latin-1 is no reason to refuse a clip."""
    path = tmp_path / f"clip{suffix}"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "Z" * 6
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for packet in [*stream.encode(av.VideoFrame(32, 32, "yuv420p")), *stream.encode(None)]:
            container.mux(packet)
    content = path.read_bytes()
    assert b"ZZZZZZ" in content
    path.write_bytes(content.replace(b"ZZZZZZ", "Mädél".encode("latin-1") + b"\xff"))
    for source in (path, io.BytesIO(path.read_bytes())):
        with open_video(source) as file:
            assert file.container.metadata["title"].startswith("M")


def test_unknown_codec(tmp_path: Path) -> None:
    """The four letters of a codec without decoder are in the message."""
    path = write_clip(tmp_path / "clip.mp4", 3, sound=True)
    content = path.read_bytes()
    object_type = b"\x40\x15\0"  # of AAC, in the elementary stream descriptor
    assert content.count(object_type) == 1
    path.write_bytes(content.replace(b"avc1", b"dvh9").replace(b"mp4a", b"zz4a").replace(object_type, b"\x02\x15\0"))
    with pytest.raises(SeamSyncError, match=r"clip\.mp4 is video of the codec dvh9.*convert it to H\.264"):
        open_video(path)
    with pytest.raises(SeamSyncError, match=r"has sound of the codec zz4a.*convert it to WAV"):
        load_audio(path)
    matroska = write_clip(tmp_path / "clip.mkv", 3)
    matroska.write_bytes(matroska.read_bytes().replace(b"V_MPEG4/ISO/AVC", b"V_UNKNO/ISO/AVC"))
    with pytest.raises(SeamSyncError, match=r"clip\.mkv is video of the codec unknown"):
        open_video(matroska)


def test_every_reading_uses_the_helper() -> None:
    """No module but media/opening.py opens a file for reading by itself."""
    root = Path(open_container.__code__.co_filename).parents[1]
    calls = [
        f"{path.relative_to(root)}:{number}"
        for path in root.rglob("*.py")
        if not {"tests", ".git"} & set(path.relative_to(root).parts)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "av.open(" in line and '"w"' not in line
    ]
    assert [call.split(":")[0] for call in calls] == [str(Path("media") / "opening.py")]
