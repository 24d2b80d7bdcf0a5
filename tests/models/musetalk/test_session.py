"""MuseTalk on a clip: sound and picture together at every rate, whose mouth each frame has, silences, streams."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from drawn_mouths import drawn_clip, speech
from musetalk_stubs import SIZE, Copy, Ears, Eyes, Listen, stub_network
from seamsync.media.audio import Audio
from seamsync.media.clips import MouthClip
from seamsync.media.sources import TensorSource
from seamsync.models.musetalk.generator import MuseTalkGenerator
from seamsync.models.musetalk.hearing import window_steps
from seamsync.models.options import GenerateOptions
from seamsync.tracking.track import FaceTrack

RATES = [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50), Fraction(60)]
ALWAYS = GenerateOptions(silence="generate")


def numbered_clip(count: int, fps: Fraction = Fraction(25)) -> tuple[TensorSource, FaceTrack]:
    """A clip whose frame k has the level 40 + 4·k everywhere, and the track of a face at rest."""
    _, track = drawn_clip(np.zeros(count), fps=fps)
    width, height = track.frame_size
    levels = (40 + 4 * torch.arange(count)) / 255
    pictures = levels[:, None, None, None].expand(count, height, width, 3)
    return TensorSource(pictures, fps, name="numbered"), track


def levels(clip: MouthClip) -> list[int]:
    """Which frame of :func:`numbered_clip` each mouth was made of; −1 for those left alone."""
    middle = np.asarray(clip.patches)[:, 1, SIZE // 2, SIZE // 2]
    found = np.rint((middle.astype(float) - 40) / 4).astype(int)
    return np.where(clip.active, found, -1).tolist()


def clicks(times: list[float], seconds: float, rate: int = 16_000) -> Audio:
    """Clicks of 2 ms at these seconds in silence."""
    wave = np.zeros((1, round(seconds * rate)), np.float32)
    for time in times:
        begin = round(time * rate)
        wave[:, begin : begin + rate // 500] = 0.9 * np.sign(np.sin(np.arange(rate // 500) * 2.0))
    return Audio(wave, rate)


@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("fps", RATES)
def test_clicks_move_the_right_frames(fps: Fraction, rate: int) -> None:
    """The mouths that move are those whose 200 ms hold the click: from 120 ms before it to 80 ms after it."""
    count = round(2 * fps)
    source, track = drawn_clip(np.zeros(count), fps=fps)
    moments = [0.51, 1.33]
    clip = MuseTalkGenerator(stub_network(Listen(), batch=32)).generate(source, track, clicks(moments, 2.0, rate), ALWAYS)
    assert len(clip) == count
    bright = np.asarray(clip.patches)[:, 0].max((1, 2)) > 200
    begin = np.arange(count) / float(fps)
    for moment in moments:
        sure = (begin > moment - 0.09) & (begin < moment + 0.03)
        possible = (begin > moment - 0.16) & (begin < moment + 0.12)
        assert bright[sure].all()
        bright = bright & ~possible
    assert not bright.any()
    assert abs(float(np.diff(window_steps(fps, 2)[:, 0])[0]) - 50 / float(fps)) < 1


def test_every_frame_keeps_its_own_mouth() -> None:
    """Frames without a face are left alone, and those behind them are not moved."""
    source, track = numbered_clip(12)
    visible = np.ones(12, bool)
    visible[[0, 4, 5, 11]] = False
    track = replace(track, visible=visible)
    clip = MuseTalkGenerator(stub_network(batch=5)).generate(source, track, speech([(0, 0.48)], 0.48), ALWAYS)
    assert levels(clip) == [-1, 1, 2, 3, -1, -1, 6, 7, 8, 9, 10, -1]
    assert clip.source["frames_generated"] == 8


@pytest.mark.parametrize(
    ("loop", "expected"),
    [("ping_pong", [0, 1, 2, 3, 2, 1, 0, 1, 2, 3]), ("hold", [0, 1, 2, 3, 3, 3, 3, 3, 3, 3])],
)
def test_a_face_is_encoded_once(loop: str, expected: list[int]) -> None:
    """A clip that is shown again is not encoded again."""
    source, track = numbered_clip(4)
    eyes = Eyes()
    generator = MuseTalkGenerator(stub_network(eyes=eyes, batch=3))
    clip = generator.generate(source, track, speech([(0, 0.4)], 0.4), replace(ALWAYS, loop=loop))
    assert levels(clip) == expected
    assert eyes.seen == 4


def test_silence_is_heard_as_silence() -> None:
    """In a pause the network hears the same silence in every frame, so the mouth does not chatter; noise does not count."""
    source, track = drawn_clip(np.full(50, 0.2))  # open lips: the clip's own are no closed mouth
    audio = speech([(0.0, 0.6), (1.6, 2.0)], 2.0)
    noise = 0.002 * np.random.default_rng(1).standard_normal(audio.samples.shape)
    noisy = Audio((audio.samples + noise).astype(np.float32), 16_000)
    unet = Listen()
    clip = MuseTalkGenerator(stub_network(unet, batch=8)).generate(source, track, noisy, GenerateOptions(silence="closed"))
    pause = clip.curves["silent"]
    assert pause[20:35].all()
    tokens = torch.cat(unet.heard)
    assert len(tokens) == 50
    still = tokens[20:35]
    assert (still == still[:1]).all()
    free = Listen()
    MuseTalkGenerator(stub_network(free, batch=8)).generate(source, track, noisy, ALWAYS)
    moving = torch.cat(free.heard)[20:35]
    assert not (moving == moving[:1]).all()


def test_silence_keeps_the_clips_mouth() -> None:
    """The policy ``keep`` fades to the clip's own mouth; no network runs there."""
    source, track = drawn_clip(np.zeros(50))
    audio = speech([(0.0, 0.5), (1.6, 2.0)], 2.0)
    clip = MuseTalkGenerator(stub_network(batch=8)).generate(source, track, audio, GenerateOptions(silence="keep"))
    assert not clip.active[20:35].any()
    assert clip.opacity is not None
    assert clip.source["frames_skipped"] == int((clip.opacity == 0).sum()) > 10
    assert any("keep the clip's own mouth" in note for note in clip.notes)
    quiet = MuseTalkGenerator(stub_network()).generate(source, track, Audio(np.zeros((1, 32_000), np.float32), 16_000))
    assert quiet.notes == ("no speech was heard in the audio",)


def test_strength() -> None:
    """How wide the mouth opens scales what is heard over silence; 0 is silence."""
    source, track = drawn_clip(np.zeros(10))
    audio = speech([(0, 0.4)], 0.4)
    found = {}
    for strength in (0.0, 0.5, 1.0):
        unet = Listen()
        MuseTalkGenerator(stub_network(unet)).generate(source, track, audio, replace(ALWAYS, mouth_amplitude=strength))
        found[strength] = torch.cat(unet.heard)
    assert (found[0.0] == found[0.0][:1]).all()
    torch.testing.assert_close(found[0.5], (found[0.0] + found[1.0]) / 2)


def test_a_stream_gives_the_same_mouths() -> None:
    """Speech in pieces: as many frames, nothing late, near the whole clip's; a mouth comes out 120 ms after its sound."""
    source, track = numbered_clip(20)
    audio = clicks([0.02, 0.52, 1.1], 1.6)
    generator = MuseTalkGenerator(stub_network(Listen(), batch=4))
    whole = generator.generate(source, track, audio, ALWAYS)
    session = generator.prepare(source, track, ALWAYS)
    parts: list[Any] = []
    for number, piece in enumerate(np.array_split(audio.samples, 16, axis=1)):
        session.push(piece, audio.rate)
        parts += [batch.patches for batch in session.patches()]
        heard = (number + 1) * 0.1
        last = (sum(map(len, parts)) - 1) / 25
        assert heard - 0.2 <= last <= heard - 0.12 or heard < 0.15
    session.finish()
    parts += [batch.patches for batch in session.patches()]
    np.testing.assert_array_equal(np.concatenate(parts), np.asarray(whole.patches))


def test_a_long_stream_encodes_and_hears_in_bounds() -> None:
    """The sound behind is dropped, and each face was encoded once when the stream began."""
    source, track = numbered_clip(5)
    eyes, ears = Eyes(), Ears()
    generator = MuseTalkGenerator(stub_network(eyes=eyes, ears=ears, batch=64))
    session = generator.prepare(source, track, ALWAYS)
    made = 0
    for _ in range(20):
        session.push(np.zeros((1, 16_000 * 2), np.float32), 16_000)
        made += sum(len(batch) for batch in session.patches())
    assert made == 20 * 50 - 3
    assert eyes.seen == 5
    assert session.audio.since(session.audio.count - 1).count == 1
    assert ears.calls <= 21


def test_offset() -> None:
    """The sound is heard later by whole frames."""
    source, track = drawn_clip(np.zeros(30))
    audio = clicks([0.5], 1.2)
    plain = MuseTalkGenerator(stub_network(Listen())).generate(source, track, audio, ALWAYS)
    later = MuseTalkGenerator(stub_network(Listen()), offset_frames=2).generate(source, track, audio, ALWAYS)
    np.testing.assert_array_equal(np.asarray(later.patches)[5:20], np.asarray(plain.patches)[7:22])


def test_half_precision_is_told() -> None:
    """Frames that had to be made again, and those that were lost, are in the clip's notes; lost ones keep their own mouth."""
    source, track = numbered_clip(6)
    audio = speech([(0, 0.24)], 0.24)
    unet = Copy(broken=(torch.bfloat16,))
    clip = MuseTalkGenerator(stub_network(unet, precision="bfloat16")).generate(source, track, audio, ALWAYS)
    assert clip.active.all()
    assert clip.notes == ("6 frames came out black or without numbers in bfloat16 and were generated again in float32",)
    lost = MuseTalkGenerator(stub_network(Copy(broken=(torch.float32,)))).generate(source, track, audio, ALWAYS)
    assert not lost.active.any()
    assert lost.notes[0].startswith("6 frames came out black in float32 too")


@pytest.mark.parametrize("shift", [(-140, 0), (140, 0), (0, -90), (0, 110)])
@pytest.mark.parametrize("published", [False, True])
def test_faces_at_the_border(shift: tuple[int, int], published: bool) -> None:
    """A face that leaves the picture gives mouths of numbers, placed where the face is."""
    source, track = drawn_clip(np.zeros(5))
    track = replace(track, landmarks=track.landmarks + np.array(shift, np.float32))
    generator = MuseTalkGenerator(stub_network(), published=published)
    clip = generator.generate(source, track, speech([(0, 0.2)], 0.2), ALWAYS)
    assert len(clip) == 5
    assert np.isfinite(clip.to_frame).all()
    assert (np.abs(np.linalg.det(clip.to_frame[:, :, :2])) > 0).all()
