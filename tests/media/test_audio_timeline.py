"""Sound at odd times: late, with gaps, after a jump of the clock, cut at its head; and forms that change on the way."""

from __future__ import annotations

import resource
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from seamsync.media.audio import Audio, load_audio
from seamsync.media.video import VideoReader

RATE = 16_000
TONE = (0.4 * np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE)).astype(np.float32)


def write(
    path: Path,
    begins: list[float],
    *,
    codec: str = "pcm_s16le",
    seconds: float | None = 2,
    form: str | None = None,
    video: str = "mpeg4",
) -> Path:
    """A second of tone at each of the times, and pictures from 0 to ``seconds``, as they would be recorded together."""
    with av.open(str(path), "w", format=form) as container:
        sound = container.add_stream(codec, rate=RATE, layout="mono")
        packets: list[av.Packet] = []
        if seconds is not None:
            pictures = container.add_stream(video, rate=10, width=32, height=32, pix_fmt="yuv420p", options={"g": "12"})
            for k in range(round(seconds * 10)):
                frame = av.VideoFrame.from_ndarray(np.zeros((48, 32), np.uint8), format="yuv420p")
                frame.pts, frame.time_base = k, Fraction(1, 10)
                packets += pictures.encode(frame)
            packets += pictures.encode(None)
        for begin in begins:
            for k in range(0, RATE, 1024):
                piece = np.rint(TONE[None, k : k + 1024] * 32767).astype(np.int16)
                frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
                frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), round(begin * RATE) + k
                packets += sound.encode(frame)
        packets += sound.encode(None)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):  # type: ignore[operator]
            container.mux(packet)
    return path


def loud_seconds(audio: Audio) -> list[float]:
    """Where each stretch of sound begins, to 0.1 s."""
    step = audio.rate // 10
    loud = np.abs(audio.samples[0, : audio.count // step * step]).reshape(-1, step).max(1) > 0.2
    return (np.flatnonzero(np.diff(loud.astype(int), prepend=0) > 0) / 10).tolist()


def test_sound_three_hours_late(tmp_path: Path) -> None:
    """Sound far behind the last picture is put at the first, and said; nothing is allocated for the hours between."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    got = load_audio(write(tmp_path / "a.mkv", [10_800]))
    assert got.count == RATE
    assert loud_seconds(got) == [0]
    assert ["the sound begins 10800 s after the first picture" in text for text in got.warnings] == [True]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 << 10


@pytest.mark.parametrize("seconds", [2, None])
def test_a_clock_that_is_set_forward(tmp_path: Path, seconds: float | None) -> None:
    """A gap of ten hours in which no picture is shown is closed, and said once; one of five seconds is kept."""
    got = load_audio(write(tmp_path / "a.mkv", [0, 6, 36_000, 36_003], seconds=seconds))
    assert loud_seconds(got) == pytest.approx([0, 6, 10], abs=0.1)
    assert got.duration == pytest.approx(11, abs=0.1)
    assert ["jumps once" in text for text in got.warnings] == [True]


def test_a_gap_that_pictures_go_on_through(tmp_path: Path) -> None:
    """Sound that pauses or begins late while pictures are shown stays in step."""
    got = load_audio(write(tmp_path / "a.mkv", [15, 40], seconds=45))
    assert loud_seconds(got) == [15, 40]
    assert got.warnings == ()


def test_a_clock_that_restarts(tmp_path: Path) -> None:
    """Two recordings appended: the sound of the second goes on with its pictures."""
    one = write(tmp_path / "a.ts", [0.5], codec="mp2", form="mpegts").read_bytes()
    (tmp_path / "b.ts").write_bytes(one + one)
    got = load_audio(tmp_path / "b.ts")
    assert loud_seconds(got) == pytest.approx([0.5, 2.5], abs=0.15)
    sound = write(tmp_path / "c.ts", [0.5], codec="mp2", form="mpegts", seconds=None).read_bytes()
    (tmp_path / "d.ts").write_bytes(sound + sound)
    assert load_audio(tmp_path / "d.ts").duration == pytest.approx(2, abs=0.15)


def test_a_cut_head_is_not_lost(tmp_path: Path) -> None:
    """Sound before the first picture is left out without an alarm, and so is what an edit list or AAC's priming hides."""
    with (
        av.open(str(write(tmp_path / "a.mkv", [0, 1, 2], seconds=3))) as source,
        av.open(str(tmp_path / "b.mkv"), "w") as target,
    ):
        streams = [target.add_stream_from_template(stream) for stream in source.streams]
        for packet in source.demux():
            if packet.pts is None or (packet.stream.type == "video" and packet.pts * packet.time_base < 1.5):
                continue
            packet.stream = streams[packet.stream_index]
            target.mux(packet)
    got = load_audio(tmp_path / "b.mkv")
    assert got.duration == pytest.approx(1.5, abs=0.1)
    assert got.warnings == ()
    aac = write(tmp_path / "a.mp4", [0, 1, 2], codec="aac", seconds=3)
    assert load_audio(aac).warnings == ()
    content = bytearray(aac.read_bytes())
    begin = content.rfind(b"elst")
    content[begin + 12 : begin + 16] = (content[begin + 15] + 2000).to_bytes(4, "big")
    (tmp_path / "c.mp4").write_bytes(content)
    assert load_audio(tmp_path / "c.mp4").warnings == ()


def test_mu_law_and_a_rate_that_changes(tmp_path: Path) -> None:
    """Telephone sound; and two streams appended, of which the second has another rate: both play at the first one's."""
    law = load_audio(write(tmp_path / "a.wav", [0], codec="pcm_mulaw", seconds=None))
    assert np.abs(law.samples[0] - TONE).max() < 0.02
    parts = []
    for rate in (RATE, 48_000):
        with av.open(str(tmp_path / f"{rate}.aac"), "w", format="adts") as container:
            stream = container.add_stream("aac", rate=rate, layout="mono")
            wave = 0.4 * np.sin(2 * np.pi * 500 * np.arange(2 * rate) / rate)
            frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), format="flt", layout="mono")
            frame.sample_rate = rate
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        parts.append((tmp_path / f"{rate}.aac").read_bytes())
    (tmp_path / "both.aac").write_bytes(parts[0] + parts[1])
    both = load_audio(tmp_path / "both.aac")
    assert both.rate == RATE
    assert both.duration == pytest.approx(4, abs=0.3)
    for second in (1, 3):
        spectrum = np.abs(np.fft.rfft(both.samples[0, second * RATE : second * RATE + RATE // 2]))
        assert spectrum.argmax() == pytest.approx(250, abs=1)


def test_sound_of_a_broadcast_cut_between_key_frames(tmp_path: Path) -> None:
    """Sound counts from the first picture that can be decoded: a tone at 1.5 s, key frames at 0 and 1.2 s, cut at 0.5 s."""
    path = write(tmp_path / "whole.ts", [1.5], codec="mp2", seconds=4, video="libx264")
    with av.open(str(path)) as container:
        spots = [packet.pos for packet in container.demux(video=0) if packet.size]
        data = path.read_bytes()
    path = tmp_path / "cut.ts"
    path.write_bytes(data[: spots[0]] + data[spots[5] :])
    first = VideoReader(path).first_time - VideoReader(tmp_path / "whole.ts").first_time
    assert first == Fraction(6, 5)
    got = load_audio(path)
    assert abs(int(np.flatnonzero(np.abs(got.samples[0]) > 0.2)[0]) / got.rate - (1.5 - float(first))) < 0.05
