"""Sessions of both generators: pieces of any size, interruptions, and the whole clip written on top of them."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
import torch
from drawn_mouths import drawn_clip, speech
from hypothesis import given, settings
from hypothesis import strategies as st
from lip_stubs import Listener, lip_network
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio
from seamsync.media.clips import store_patches
from seamsync.models.audio_buffer import AudioBuffer
from seamsync.models.base import Generator
from seamsync.models.options import GenerateOptions
from seamsync.models.rewrite.generator import Rewrite
from seamsync.models.session import MouthBatch, Session, Summary, join_batches
from seamsync.models.wav2lip.generator import Wav2LipGenerator
from seamsync.models.wav2lip.network import Wav2Lip
from seamsync.models.wav2lip.run import LipNetwork

SPOKEN = [(0.2, 0.9), (1.3, 1.6), (2.0, 2.6)]
TALKING = 0.02 + 0.06 * np.abs(np.sin(2 * np.pi * 1.7 * np.arange(70) / 25))
EVERY = GenerateOptions(silence="generate")
GENERATORS: list[Generator] = [Rewrite(), Rewrite("warp"), Wav2LipGenerator(lip_network(Listener(16)))]


def _take(session: Session) -> list[tuple[int, np.ndarray]]:
    return [(frame, patch.copy()) for batch in session.patches() for frame, patch in batch]


def _stream(session: Session, audio: Audio, cuts: list[int], take: bool = True) -> list[tuple[int, np.ndarray]]:
    """Push the pieces between the cuts, take what is ready after each, then the rest."""
    got: list[tuple[int, np.ndarray]] = []
    for piece in np.split(audio.samples, sorted(cuts), axis=1):
        session.push(piece, audio.rate)
        got += _take(session) if take else []
    session.finish()
    return got + _take(session)


def _stack(taken: list[tuple[int, np.ndarray]]) -> np.ndarray:
    """The patches, once their frames are counted without a gap."""
    assert [frame for frame, _ in taken] == list(range(taken[0][0], taken[0][0] + len(taken)))
    return np.stack([patch for _, patch in taken])


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("loop", ["ping_pong", "restart"])
def test_pieces_taken_at_the_end_are_the_whole_clip(generator: Generator, loop: str) -> None:
    """However the speech is cut, and wherever the taking is interrupted."""
    audio, options = speech(SPOKEN, 3.0), GenerateOptions(loop=loop)
    source, track = drawn_clip(TALKING)
    whole = generator.generate(source, track, audio, options)
    session = generator.prepare(source, track, options)
    for piece in np.split(audio.samples, [1, 7, 20_000, 20_000], axis=1):
        session.push(piece, audio.rate)
    session.finish()
    batches: list[MouthBatch] = []
    for batch in session.patches():
        batches.append(batch)
        break
    batches += session.patches()
    assert [batch.first for batch in batches] == list(np.cumsum([0, *map(len, batches[:-1])]))
    np.testing.assert_array_equal(np.concatenate([batch.patches for batch in batches]), np.asarray(whole.patches))
    np.testing.assert_array_equal(np.concatenate([batch.to_frame for batch in batches]), whole.to_frame)
    np.testing.assert_array_equal(np.concatenate([batch.frames for batch in batches]), whole.frames)
    assert session.summary().source == whole.source
    assert not list(session.patches())


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.integers(0, 44_100 * 3), max_size=9),
    st.sampled_from([(16_000, 1), (44_100, 2), (48_000, 1), (8_000, 2)]),
    st.sampled_from([Fraction(25), Fraction(30_000, 1001), Fraction(60)]),
    st.sampled_from([-1, 0, 2]),
)
def test_wav2lip_does_not_depend_on_the_pieces(cuts: list[int], kind: tuple[int, int], fps: Fraction, offset: int) -> None:
    """The network hears the same in every frame, at any sample rate, whenever patches are taken."""
    rate, channels = kind
    mono = speech(SPOKEN, 2.9, rate)
    audio = Audio(np.concatenate([mono.samples, mono.samples[:, ::-1]][:channels]), rate)
    generator = Wav2LipGenerator(lip_network(Listener(16)), offset_frames=offset)
    source, track = drawn_clip(TALKING[:20], fps=fps)
    whole = np.asarray(generator.generate(source, track, audio, EVERY).patches)
    cuts = [min(cut, audio.samples.shape[1]) for cut in cuts]
    taken = _stack(_stream(generator.prepare(source, track, EVERY), audio, cuts))
    np.testing.assert_array_equal(taken, whole)


def test_a_network_with_weights_does_not_depend_on_the_pieces() -> None:
    """The published layout, random weights: the same bytes in batches of four and of one."""
    torch.manual_seed(1)
    network = Wav2Lip(96).eval()
    source, track = drawn_clip(TALKING[:10])
    audio = speech([(0.0, 0.6)], 0.6)
    generator = Wav2LipGenerator(LipNetwork(network, torch.device("cpu")))
    whole = np.asarray(generator.generate(source, track, audio, EVERY).patches)
    taken = _stack(_stream(generator.prepare(source, track, EVERY), audio, list(range(0, 9600, 640))))
    assert np.abs(taken.astype(int) - whole).max() <= 1


@pytest.mark.parametrize("generator", GENERATORS)
def test_mouths_come_as_soon_as_their_sound_is_complete(generator: Generator) -> None:
    """Not later than 240 ms after a frame's own sound began, and never before it is complete."""
    source, track = drawn_clip(TALKING)
    session, audio = generator.prepare(source, track, GenerateOptions()), speech(SPOKEN, 3.0)
    assert _take(session) == []
    count = 0
    for step in range(75):
        session.push(audio.samples[:, 640 * step : 640 * (step + 1)], audio.rate)
        count += len(_take(session))
        assert step + 1 - 6 <= count <= step + 1
    session.finish()
    assert count + len(_take(session)) == 75


def test_streamed_rewrite_moves_as_the_whole_does() -> None:
    """The window sees what the plan over everything sees: lips follow the same curve."""
    source, track = drawn_clip(TALKING)
    audio = speech(SPOKEN, 3.0)
    whole = np.asarray(Rewrite("warp").generate(source, track, audio).patches).astype(float)
    taken = _stack(_stream(Rewrite("warp").prepare(source, track, GenerateOptions()), audio, list(range(0, 48_000, 1600))))
    still = np.asarray(Rewrite("warp").generate(source, track, Audio(audio.samples * 0, 16_000)).patches).astype(float)
    moved, wrong = np.abs(whole - still).mean((1, 2, 3)), np.abs(whole - taken).mean((1, 2, 3))
    assert wrong[8:].mean() < 0.25 * moved[8:].mean()


def test_streamed_search_goes_on_from_what_was_shown() -> None:
    """Mouths already shown are the start of the path, so that runs of the clip's own frames are not broken by every take."""
    source, track = drawn_clip(TALKING)
    session = Rewrite("search").prepare(source, track, GenerateOptions())
    audio = speech(SPOKEN, 3.0)
    _stack(_stream(session, audio, list(range(0, 48_000, 1600))))
    whole = Rewrite("search").prepare(source, track, GenerateOptions())
    _stream(whole, audio, [], take=False)
    jumps = int((np.diff(session._shown) != 1).sum())  # type: ignore[attr-defined]
    assert len(session._shown) == 75  # type: ignore[attr-defined]
    assert jumps <= 2 * int((np.diff(whole._plan.mouth) != 1).sum()) + 4  # type: ignore[attr-defined]


@pytest.mark.parametrize("generator", GENERATORS)
def test_an_interruption(generator: Generator) -> None:
    """What was pending is gone, output frames are counted on, and the next utterance begins at its own first sample."""
    source, track = drawn_clip(TALKING)
    session, audio = generator.prepare(source, track, EVERY), speech(SPOKEN, 3.0)
    session.push(audio.samples[:, :20_000], audio.rate)
    before = _take(session)
    session.clear()
    assert _take(session) == []
    after = _stream(session, speech([(0.1, 0.4)], 0.6), [4000])
    assert [frame for frame, _ in before + after] == list(range(len(before) + 15))
    session.clear()
    session.push(audio.samples[:, :16_000], 16_000)
    session.finish()
    batches = list(session.patches())
    assert sum(map(len, batches)) == 25
    assert batches[0].first == len(before) + 15
    assert batches[0].frames[0] == len(before) + 15


def test_the_target_s_rest_and_end() -> None:
    """keep_rest: inactive frames follow; loop 'end': no mouths past the clip."""
    source, track = drawn_clip(np.full(30, 0.1))
    generator = GENERATORS[-1]
    keep = _stream(generator.prepare(source, track, GenerateOptions(keep_rest=True)), speech([(0, 0.4)], 0.4), [3200])
    assert len(keep) == 30
    assert not keep[-1][1].any()
    end = _stream(generator.prepare(source, track, GenerateOptions(loop="end")), speech([(0, 1.4)], 2.4), [30_000])
    assert len(end) == 30


def test_a_pause_that_is_noticed_late_fades() -> None:
    """While streaming a silence is seen after 300 ms; the new mouth then fades as ever, and speech is whole."""
    source, track = drawn_clip(np.zeros(50))
    session = GENERATORS[-1].prepare(source, track, GenerateOptions(silence="keep"))
    audio = speech([(0.0, 1.0), (2.4, 3.0)], 3.2)
    batches = []
    for step in range(80):
        session.push(audio.samples[:, 640 * step : 640 * (step + 1)], audio.rate)
        batches += list(session.patches())
    session.finish()
    batches += list(session.patches())
    opacity = np.concatenate([batch.opacity for batch in batches if batch.opacity is not None])
    assert len(opacity) == 80
    assert (opacity[:24] == 1).all()
    assert (opacity[40:55] == 0).all()
    assert (opacity[61:74] == 1).all()
    assert np.diff(opacity).min() > -0.31


def test_what_a_session_refuses() -> None:
    """Another rate, sound after the end, an utterance without samples."""
    session = Rewrite("warp").prepare(*drawn_clip(np.full(4, 0.03)), GenerateOptions())
    session.push(np.zeros((1, 10), np.float32), 16_000)
    with pytest.raises(
        SeamSyncError, match="must stay at 1 channels and 16000 Hz within one utterance, got 2 channels and 8000 Hz"
    ):
        session.push(np.zeros((2, 10), np.float32), 8000)
    session.finish()
    with pytest.raises(SeamSyncError, match=r"finished; call clear\(\)"):
        session.push(np.zeros((1, 10), np.float32), 16_000)
    session.clear()
    session.finish()
    with pytest.raises(SeamSyncError, match=r"audio is empty \(0 samples\)"):
        list(session.patches())


def test_the_clock_is_exact_after_a_day() -> None:
    """Whole samples and exact fractions: a day of NTSC video at 44.1 kHz is right to the sample, in little memory."""
    buffer, fps = AudioBuffer(), Fraction(30_000, 1001)
    buffer.push(np.zeros((1, 44_100), np.float32), 44_100)
    buffer.count = 44_100 * 86_400
    assert buffer.frames(fps) == 86_400 * 30_000 // 1001
    assert buffer.sample_of(2**40, fps) == 2**40 * 1001 * 44_100 // 30_000
    small = AudioBuffer()
    for number in range(100):
        small.push(np.full((1, 50), number, np.float32), 1000)
        small.drop(50 * number - 75)
    assert small.count == 5000
    assert small.since(4950).samples.tolist() == [[99.0] * 50]
    with pytest.raises(SeamSyncError, match=r"sample 4000 is asked for, but samples 4875…5000"):
        small.since(4000)


def test_patches_in_a_file_are_not_kept_in_memory_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patches of a batch are gone when the one after the next is made."""
    monkeypatch.setattr("seamsync.models.session.store_patches", partial(store_patches, limit=0))
    made: list[weakref.ref[np.ndarray]] = []

    def batches() -> Iterator[MouthBatch]:
        """Yield batches of one mouth."""
        for number in range(6):
            assert all(patches() is None for patches in made[:-2])
            patches = np.zeros((1, 3, 8, 8), np.uint8)
            made.append(weakref.ref(patches))
            yield MouthBatch(number, patches, np.array([number]), np.zeros((1, 2, 3)), np.ones(1, bool))

    assert len(join_batches(batches(), lambda: Summary({}))) == 6
