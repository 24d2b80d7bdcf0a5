"""Mouths by the network: the right crop, the right sound, the right place, and nothing run where nobody speaks."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from drawn_mouths import drawn_clip, speech
from faces import face68, track_of
from lip_stubs import Listener, Stub, lip_network
from scipy import ndimage
from seamsync.blending.composite import composite_frames
from seamsync.blending.settings import ColorMatch, MouthMask, SeamSettings
from seamsync.errors import Cancelled, SeamSyncError
from seamsync.media.audio import Audio
from seamsync.media.clips import SpilledArray
from seamsync.media.sources import TensorSource
from seamsync.models.options import GenerateOptions
from seamsync.models.wav2lip.generator import Wav2LipGenerator
from seamsync.tracking.align import apply_affine
from seamsync.tracking.face_box import FaceBox
from seamsync.tracking.track import FaceTrack

EVERY = GenerateOptions(silence="generate")
KEEP = GenerateOptions(silence="keep")
#: Nothing is matched or moved.
PLAIN = SeamSettings(
    mask=MouthMask(alignment=0.0), color=ColorMatch(method="none", shading=0.0, sharpness=0.0, grain=0.0, detail=0.0)
)
TALK = speech([(0.0, 0.8), (2.0, 2.4)], 3.2)


def _generator(stub: Stub | None = None, **settings: object) -> Wav2LipGenerator:
    return Wav2LipGenerator(lip_network(stub or Stub(16)), **settings)  # type: ignore[arg-type]


def _smooth_clip(count: int, landmarks: np.ndarray) -> tuple[TensorSource, FaceTrack]:
    """Soft colours that move, and a track."""
    noise = np.random.default_rng(1).standard_normal((count, 240, 320, 3))
    soft = ndimage.gaussian_filter(noise, (0, 9, 9, 0)) * 32
    return TensorSource(torch.from_numpy((0.5 + 0.15 * soft).clip(0.1, 0.9)).float(), Fraction(25)), track_of(landmarks)


def _moving(count: int) -> np.ndarray:
    """A face that moves, nears and turns by parts of a pixel."""
    marks = []
    for t in range(count):
        angle, scale = 0.15 * np.sin(t / 3), 1 + 0.1 * np.sin(t / 4)
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        marks.append(face68((0, -20), 110) @ turn.T + (160.3 + 2.7 * t, 120.6))
    return np.stack(marks).astype(np.float32)


@pytest.mark.parametrize("level", [True, False])
def test_to_frame_is_exact(level: bool) -> None:
    """A patch pixel shows what lies under it in the frame: no half pixel off, with turned boxes of any aspect ratio."""
    y, x = np.mgrid[:240, :320] + 0.5
    picture = np.stack([x / 400, y / 300, np.full_like(x, 0.5)], -1)
    source = TensorSource(torch.from_numpy(np.stack([picture] * 4)).float(), Fraction(25))
    clip = _generator(Stub(24), box=FaceBox(level=level)).generate(
        source, track_of(_moving(4)), speech([(0, 0.16)], 0.16), EVERY
    )
    columns, rows = np.meshgrid(np.arange(24) + 0.5, np.arange(24) + 0.5)
    under = apply_affine(clip.to_frame, np.stack([columns, rows], -1).reshape(1, -1, 2)).reshape(4, 24, 24, 2)
    inner = (slice(None), slice(2, -2), slice(2, -2))
    np.testing.assert_allclose(np.asarray(clip.patches)[:, 0][inner] / 255 * 400, under[..., 0][inner], atol=3.5)
    np.testing.assert_allclose(np.asarray(clip.patches)[:, 1][inner] / 255 * 300, under[..., 1][inner], atol=3.5)
    off = np.asarray(clip.patches)[:, 0][inner] / 255 * 400 - under[..., 0][inner]
    assert np.abs(off.mean((1, 2))).max() < 0.1  # the steps of 8 bits average out


def test_identity_gives_back_the_target() -> None:
    """A network that answers with what it sees: the finished frames are the target, but for the softness of 96 pixels."""
    source, track = _smooth_clip(6, _moving(6))
    clip = _generator(Stub(96)).generate(source, track, speech([(0, 0.24)], 0.24), EVERY)

    def _off(to_frame: np.ndarray) -> float:
        moved = replace(clip, to_frame=to_frame)
        made = composite_frames(source, track, moved, PLAIN, torch.device("cpu"))
        return max(float(np.abs(a.rgb().astype(int) - b.rgb()).max()) for a, b in zip(made, source.frames(), strict=True))

    assert _off(clip.to_frame) <= 4
    shifted = clip.to_frame.copy()
    shifted[:, 0, 2] += 1
    assert _off(shifted) >= 8  # a pixel aside shows


@pytest.mark.parametrize("rate", [24, 25, Fraction(30000, 1001), 30, 50, 60])
def test_sound_reaches_the_right_frame(rate: int | Fraction) -> None:
    """A click is heard by the frames whose 200 ms hold it, the last of which is the one that shows its time."""
    fps, when, count = Fraction(rate), 1.1, 2
    wave = np.zeros(round(16_000 * count), np.float32)
    wave[round(16_000 * when) :][:16] = 0.5
    source, track = drawn_clip(np.zeros(1), fps=fps)
    clip = _generator(Listener()).generate(source, track, Audio(wave[None], 16_000), EVERY)
    assert len(clip) == round(count * fps)
    heard = np.flatnonzero(np.asarray(clip.patches)[:, 0, 4, 4] > 120) / float(fps)
    assert abs(heard.max() - when) < 0.025 + 1 / fps
    assert abs(heard.min() - (when - 0.2)) < 0.025 + 1 / fps
    assert (np.diff(heard) < 1.5 / fps).all()
    later = _generator(Listener(), offset_frames=-1).generate(source, track, Audio(wave[None], 16_000), EVERY)
    assert (np.asarray(later.patches)[1:] == np.asarray(clip.patches)[:-1]).all()


def test_silence_is_not_run() -> None:
    """keep: the network sees only the frames that show its mouth, and the report says how many were skipped."""
    stub = Stub(16)
    clip = _generator(stub, silence_threshold=0.01).generate(*drawn_clip(np.zeros(80)), TALK, KEEP)
    assert clip.opacity is not None
    run = sum(len(mel) for mel, _ in stub.calls)
    assert run == (clip.opacity > 0).sum() == clip.active.sum() == clip.source["frames_generated"] < 60
    assert clip.source["frames_skipped"] == 80 - run
    assert clip.source["silence_threshold"] == 0.01
    assert not np.asarray(clip.patches)[~clip.active].any()
    assert np.asarray(clip.patches)[clip.active].any(axis=(1, 2, 3)).all()
    assert clip.notes == (f"{80 - run} of 80 frames are silent and keep the clip's own mouth",)
    assert (clip.curves["silent"] == (clip.curves["speech"] < 0.05)).mean() > 0.9


def test_closing_the_lips() -> None:
    """closed: lips open in the silence are given to the network with silence to hear, though the sound is not quite."""
    wave = TALK.samples + np.float32(0.004) * np.sin(np.arange(TALK.samples.shape[1]) * 0.5, dtype=np.float32)
    source, track = drawn_clip(np.where(np.arange(80) % 16 < 8, 0.1, 0.0))
    clip = _generator(Listener()).generate(source, track, Audio(wave, TALK.rate))
    level = np.asarray(clip.patches)[:, 0, 4, 4]
    assert clip.active.all()
    assert not level[clip.curves["silent"]].any()
    assert level[:16].min() > 100


def test_strength() -> None:
    """What is heard over silence is scaled: nothing at 0, more at 2."""
    source, track = drawn_clip(np.zeros(10))
    levels = [
        int(
            np.asarray(_generator(Listener()).generate(source, track, TALK, replace(EVERY, mouth_amplitude=s)).patches)[
                5, 0, 4, 4
            ]
        )
        for s in (0.0, 0.7, 1.0, 2.0)
    ]
    assert levels[0] == 0
    assert levels == sorted(levels)
    assert levels[1] < levels[2]


@pytest.mark.parametrize(("loop", "expected"), [("ping_pong", 80), ("restart", 80), ("hold", 80), ("end", 15)])
def test_frames_follow_the_audio(loop: str, expected: int) -> None:
    """Speech longer than the clip: the frames repeat, with the box of the frame that is shown."""
    source, track = _smooth_clip(15, _moving(15))
    clip = _generator().generate(source, track, TALK, replace(EVERY, loop=loop))
    assert len(clip) == expected
    once = _generator().generate(source, track, TALK, replace(EVERY, loop="end"))
    np.testing.assert_array_equal(clip.to_frame, once.to_frame[clip.frames])
    np.testing.assert_array_equal(np.asarray(clip.patches), np.asarray(once.patches)[clip.frames])


def test_rest_of_the_clip_is_left_alone() -> None:
    """keep_rest: the clip's own frames follow, inactive, after a fade."""
    clip = _generator().generate(*drawn_clip(np.full(50, 0.1)), speech([(0, 1.0)], 1.0), GenerateOptions(keep_rest=True))
    assert len(clip) == 50
    assert clip.active[:25].all()
    assert not clip.active[30:].any()


def test_invisible_frames_come_back_inactive() -> None:
    """Frames without the face are left alone; without any the message says what to do."""
    source, track = drawn_clip(np.full(60, 0.1))
    visible = np.arange(60) % 20 > 4
    clip = _generator().generate(source, replace(track, visible=visible), speech([(0, 2.4)], 2.4))
    assert (clip.active == visible).all()
    with pytest.raises(SeamSyncError, match="no face found in any of the 60 frames"):
        _generator().generate(source, replace(track, visible=np.zeros(60, bool)), TALK)


def test_all_silent() -> None:
    """Silence on closed lips: nothing is run, nothing is changed, and it is said."""
    stub = Stub(16)
    clip = _generator(stub).generate(*drawn_clip(np.zeros(20)), Audio(np.zeros((1, 12_800), np.float32), 16_000))
    assert not clip.active.any()
    assert not stub.calls
    assert clip.notes == ("no speech was heard in the audio",)


def test_patches_spill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past a size the patches rest on disk, so that a long clip does not fill the memory."""
    from seamsync.media import clips

    monkeypatch.setattr(clips.store_patches, "__kwdefaults__", {"limit": 20_000})
    clip = _generator().generate(*drawn_clip(np.zeros(80)), TALK, EVERY)
    assert isinstance(clip.patches, SpilledArray)
    assert len(clip.patches) == 80


def test_bad_input_is_told_apart() -> None:
    """Empty audio, an unknown padding, and a track of another clip."""
    source, track = drawn_clip(np.full(4, 0.03))
    with pytest.raises(SeamSyncError, match="audio is empty"):
        _generator().generate(source, track, Audio(np.zeros((1, 0), np.float32), 16_000))
    with pytest.raises(SeamSyncError, match="did you mean 'reflect'"):
        _generator(pad_mode="reflekt")
    with pytest.raises(SeamSyncError, match="Track this clip again"):
        _generator().generate(source, track.take(np.arange(3)), TALK)


def test_progress_can_cancel() -> None:
    """The user's stop goes through after every batch of the network."""

    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled(f"stopped at {stage} {done} of {total}")

    with pytest.raises(Cancelled, match="generate 4 of 80"):
        _generator().generate(*drawn_clip(np.zeros(80)), TALK, EVERY, progress=stop)
