"""Loading sound: containers, sample formats, channels, spans, and everything that can be wrong with a file."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from seamsync.errors import SeamSyncError
from seamsync.media.audio import load_audio

RATE = 48000


def tone(channels: int, seconds: float = 1.0, rate: int = RATE) -> np.ndarray:
    """Float32 ``[C,N]``; every channel has its own pitch and level."""
    time = np.arange(round(seconds * rate)) / rate
    return np.stack([(0.9 - 0.08 * c) * np.sin(2 * np.pi * (200 + 110 * c) * time) for c in range(channels)]).astype(np.float32)


def write_sound(
    path: Path, samples: np.ndarray, codec: str, layout: str, form: str, *, rate: int = RATE, delay: float | None = None
) -> Path:
    """Encode ``samples`` [C,N]; with ``delay``, a black picture track begins at 0 and the sound that much later."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout, format=form)
        if delay is not None:
            picture = container.add_stream("libx264", rate=25, width=32, height=32, pix_fmt="yuv420p")
            for t in range(50):
                frame = av.VideoFrame.from_ndarray(np.zeros((48, 32), np.uint8), format="yuv420p")
                frame.pts, frame.time_base = t, Fraction(1, 25)
                container.mux(picture.encode(frame))
            container.mux(picture.encode(None))
        packed = np.ascontiguousarray(samples.T.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), round((delay or 0) * rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("suffix", "codec", "form", "error"),
    [
        ("wav", "pcm_u8", "u8", 1e-2),
        ("wav", "pcm_s16le", "s16", 1e-4),
        ("wav", "pcm_s24le", "s32", 1e-6),
        ("wav", "pcm_s32le", "s32", 1e-6),
        ("wav", "pcm_f32le", "flt", 1e-7),
        ("wav", "pcm_f64le", "dbl", 1e-7),
        ("flac", "flac", "s16", 1e-4),
        ("mka", "flac", "s32", 1e-6),
    ],
)
def test_lossless_formats_are_scaled(tmp_path: Path, suffix: str, codec: str, form: str, error: float) -> None:
    """Each sample format comes back as the same float samples, to its own precision."""
    want = tone(2)
    got = load_audio(write_sound(tmp_path / f"a.{suffix}", want, codec, "stereo", form))
    assert got.rate == RATE
    assert got.samples.shape == want.shape
    assert np.abs(got.samples - want).max() < error
    assert got.warnings == ()


@pytest.mark.parametrize(
    ("suffix", "codec", "form"), [("m4a", "aac", "fltp"), ("mp3", "libmp3lame", "fltp"), ("ogg", "libopus", "flt")]
)
def test_lossy_formats_stay_in_time(tmp_path: Path, suffix: str, codec: str, form: str) -> None:
    """The encoder's delay is taken out: the sound lies within 2 ms of where it was, at about its length."""
    want = np.where(np.arange(RATE) > RATE // 2, tone(1), 0).astype(np.float32)
    got = load_audio(write_sound(tmp_path / f"a.{suffix}", want, codec, "mono", form)).samples[0]
    assert abs(len(got) - RATE) <= 0.05 * RATE
    onset = int(np.argmax(np.abs(got) > 0.2))
    assert abs(onset - RATE // 2) < 0.01 * RATE
    part = slice(int(0.6 * RATE), int(0.9 * RATE))
    lags = [float(np.dot(np.roll(got, lag)[part], want[0, part])) for lag in range(-96, 97)]
    assert abs(int(np.argmax(lags)) - 96) <= 0.002 * RATE


@pytest.mark.parametrize("layout", ["mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1"])
@pytest.mark.parametrize("codec", ["pcm_s16le", "flac"])
def test_channels_keep_their_order(tmp_path: Path, layout: str, codec: str) -> None:
    """Mono to 7.1, packed and as FFmpeg hands it out, keep each channel in its place."""
    want = tone(av.AudioLayout(layout).nb_channels, 0.2)
    got = load_audio(write_sound(tmp_path / "a.mka", want, codec, layout, "s16"))
    assert np.abs(got.samples - want).max() < 1e-4


def test_planar_surround(tmp_path: Path) -> None:
    """7.1 AAC decodes to eight planes, which PyAV cannot hand over planar."""
    got = load_audio(write_sound(tmp_path / "a.m4a", tone(8, 0.5), "aac", "7.1", "fltp"))
    assert got.samples.shape[0] == 8
    assert np.abs(got.samples).max() > 0.5


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 96000, 192000])
def test_rates(tmp_path: Path, rate: int) -> None:
    """The file's own rate is kept."""
    got = load_audio(write_sound(tmp_path / "a.wav", tone(1, 0.5, rate), "pcm_s16le", "mono", "s16", rate=rate))
    assert (got.rate, got.samples.shape) == (rate, (1, rate // 2))


def test_span_and_offset(tmp_path: Path) -> None:
    """``start`` and ``duration`` cut to the sample; ``offset`` puts silence first or cuts the beginning."""
    want = tone(1, 2)
    path = write_sound(tmp_path / "a.wav", want, "pcm_f32le", "mono", "flt")
    part = load_audio(path, start=0.5, duration=0.25)
    assert np.array_equal(part.samples, want[:, 24000:36000])
    later = load_audio(path, start=0.5, duration=0.25, offset=0.1)
    assert np.array_equal(later.samples, np.pad(part.samples, ((0, 0), (4800, 0))))
    sooner = load_audio(path, start=0.5, duration=0.25, offset=-0.1)
    assert np.array_equal(sooner.samples, part.samples[:, 4800:])
    assert load_audio(path, start=1.5, duration=9).samples.shape == (1, 24000)


def test_sound_that_begins_after_the_picture(tmp_path: Path) -> None:
    """In a clip time 0 is the first picture: sound that starts 0.4 s later is preceded by 0.4 s of silence."""
    path = write_sound(tmp_path / "a.mkv", tone(1), "flac", "mono", "s16", delay=0.4)
    got = load_audio(path)
    assert not got.samples[0, : int(0.39 * RATE)].any()
    assert np.abs(got.samples[0, int(0.41 * RATE) :]).max() > 0.5
    assert got.duration == pytest.approx(1.4, abs=0.01)


def test_from_a_stream(tmp_path: Path) -> None:
    """Bytes in memory, read from the beginning wherever the stream stands."""
    path = write_sound(tmp_path / "a.flac", tone(1), "flac", "mono", "s16")
    stream = io.BytesIO(path.read_bytes())
    stream.seek(100)
    assert np.array_equal(load_audio(stream).samples, load_audio(path).samples)


def test_truncated_file_says_so(tmp_path: Path) -> None:
    """Half a file gives the half that is there, and a warning."""
    whole = write_sound(tmp_path / "a.flac", tone(2, 4), "flac", "stereo", "s16").read_bytes()
    (tmp_path / "b.flac").write_bytes(whole[: len(whole) // 2])
    got = load_audio(tmp_path / "b.flac")
    assert 1.0 < got.duration < 3.0
    assert np.abs(got.samples[:, :RATE] - tone(2, 1)).max() < 1e-4
    assert any("cut off" in warning for warning in got.warnings)


@pytest.mark.parametrize("lost", [True, False])
def test_damaged_packets_keep_the_time(tmp_path: Path, lost: bool) -> None:
    """Packets that are missing or garbage become silence of their length, so that what follows stays in time."""
    want = tone(1, 4)
    whole = write_sound(tmp_path / "a.mka", want, "flac", "mono", "s16")
    with av.open(str(whole)) as source, av.open(str(tmp_path / "b.mka"), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.pts is None or packet.time_base is None:
                continue
            if 1 < packet.pts * packet.time_base < 2:
                if lost:
                    continue
                garbage = av.Packet(bytes(packet.size))
                garbage.pts, garbage.dts, garbage.time_base = packet.pts, packet.dts, packet.time_base
                packet = garbage
            packet.stream = stream
            target.mux(packet)
    got = load_audio(tmp_path / "b.mka")
    assert not got.samples[0, int(1.2 * RATE) : int(1.8 * RATE)].any()
    late = slice(3 * RATE, int(3.5 * RATE))
    assert np.abs(got.samples[0, late] - want[0, late]).max() < 0.05
    assert any("damaged packets" in warning for warning in got.warnings) != lost


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("no.wav", None, "no such file"), ("empty.wav", b"", "cannot be read"), ("text.wav", b"hello " * 99, "cannot be read")],
)
def test_unreadable(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    """Missing, empty and foreign files are named, with what is wrong."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SeamSyncError, match=f"{message}.*{name}|{name}.*{message}"):
        load_audio(tmp_path / name)


def test_folder(tmp_path: Path) -> None:
    """A folder is not a file."""
    with pytest.raises(SeamSyncError, match="is a folder"):
        load_audio(tmp_path)


def test_wrong_extension_is_no_matter(tmp_path: Path) -> None:
    """The content counts: a FLAC named .mp3 loads."""
    path = write_sound(tmp_path / "a.flac", tone(1), "flac", "mono", "s16").rename(tmp_path / "a.mp3")
    assert load_audio(path).duration == 1.0


def test_video_without_sound(tmp_path: Path) -> None:
    """A silent clip says that it has only pictures and what to pass."""
    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, width=32, height=32, pix_fmt="yuv420p")
        container.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        container.mux(stream.encode(None))
    with pytest.raises(SeamSyncError, match=r"silent\.mp4' has no sound, only video; pass a sound file"):
        load_audio(path)


def test_no_samples(tmp_path: Path) -> None:
    """A sound file with a header and nothing in it is an error."""
    path = write_sound(tmp_path / "a.wav", tone(1, 0.1), "pcm_s16le", "mono", "s16")
    header = path.read_bytes()
    (tmp_path / "b.wav").write_bytes(header[: header.index(b"data") + 8])
    with pytest.raises(SeamSyncError, match=r"without a single sample|cannot be read"):
        load_audio(tmp_path / "b.wav")


@pytest.mark.parametrize(
    ("start", "duration", "offset", "message"),
    [
        (5.0, None, 0.0, r"start is 5 s, but the sound .* ends at 1\.000 s"),
        (-1.0, None, 0.0, "start must be 0"),
        (0.0, 0.0, 0.0, "duration must be more than 0 s"),
        (0.0, None, -2.0, "cuts away all of the sound"),
    ],
)
def test_impossible_spans(tmp_path: Path, start: float, duration: float | None, offset: float, message: str) -> None:
    """A span that leaves nothing says how long the sound is."""
    path = write_sound(tmp_path / "a.wav", tone(1), "pcm_s16le", "mono", "s16")
    with pytest.raises(SeamSyncError, match=message):
        load_audio(path, start=start, duration=duration, offset=offset)


def test_real_clips(media: Path) -> None:
    """Speech files and a talking clip load at their known rates and lengths."""
    for name, rate, seconds in (
        ("english_60s.wav", 16000, 60),
        ("presenter_speech.wav", 44100, 22.5),
        ("garden_1080x1920.mp4", 44100, 10),
    ):
        audio = load_audio(media / name)
        assert audio.rate == rate
        assert audio.duration == pytest.approx(seconds, abs=0.1)
        assert 0.05 < np.abs(audio.samples).max() <= 1.2
