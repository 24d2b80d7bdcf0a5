"""The generator on drawn clips: lengths, silences, invisible faces, both ways of making mouths."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_mouths import dark_rows, drawn_clip, speech
from seamsync.errors import Cancelled, SeamSyncError
from seamsync.media.audio import Audio, load_audio
from seamsync.media.clips import MouthClip
from seamsync.media.video import VideoReader
from seamsync.models.faces.facemesh import load_face_networks
from seamsync.models.options import GenerateOptions
from seamsync.models.rewrite.generator import Rewrite
from seamsync.tracking.detect import track_face
from seamsync.tracking.landmarks import lip_opening

BURSTS = [(0.7, 1.0), (1.2, 1.5), (2.2, 2.6)]


def _talking(count: int = 80) -> np.ndarray:
    return 0.06 - 0.055 * np.cos(np.arange(count) * 0.7)


def _inside(clip: MouthClip) -> np.ndarray:
    """Dark rows at the middle of the mouth, ``[T]``."""
    return np.array(
        [dark_rows(p.transpose(1, 2, 0), 160 - m[0, 2]) for p, m in zip(clip.patches[:], clip.to_frame, strict=True)]
    )


@pytest.mark.parametrize(("mode", "openings"), [("search", _talking()), ("warp", np.full(80, 0.05))])
def test_mouth_follows_the_speech(mode: str, openings: np.ndarray) -> None:
    """The dark between the lips follows the curve at lag 0, and silences show closed lips."""
    clip = Rewrite(mode).generate(*drawn_clip(openings), speech(BURSTS, 3.2))
    assert clip.source["mode"] == mode
    inside = _inside(clip)
    assert np.corrcoef(inside, clip.curves["opening"])[0, 1] > 0.8
    assert inside[2:15].max() <= 2
    assert inside[21:24].min() > 3
    assert clip.landmarks is not None
    assert np.corrcoef(lip_opening(clip.landmarks), clip.curves["opening"])[0, 1] > 0.9


def test_auto_looks_at_the_clip() -> None:
    """A talking clip is searched, a still face is warped."""
    audio = speech([(0.2, 0.5)], 0.8)
    assert Rewrite().generate(*drawn_clip(_talking()), audio).source["mode"] == "search"
    assert Rewrite().generate(*drawn_clip(np.full(60, 0.03)), audio).source["mode"] == "warp"


def test_auto_searches_a_short_talking_clip() -> None:
    """A second of varied mouths is enough; long rest with one sudden gesture is not."""
    audio = speech([(0.2, 0.5)], 0.6)
    assert Rewrite().generate(*drawn_clip(_talking(25)), audio).source["mode"] == "search"
    sudden = np.where(np.arange(80) < 72, 0.0, 0.14)
    assert Rewrite().generate(*drawn_clip(sudden), audio).source["mode"] == "warp"


@pytest.mark.parametrize(("loop", "expected"), [("ping_pong", 40), ("restart", 40), ("hold", 40), ("end", 15)])
def test_frames_follow_the_audio(loop: str, expected: int) -> None:
    """Speech longer than the clip: as many frames as it lasts, unless it may end early."""
    clip = Rewrite().generate(*drawn_clip(np.full(15, 0.03)), speech([(0.2, 0.6)], 1.6), GenerateOptions(loop=loop))
    assert len(clip) == expected
    assert clip.frames.max() <= 14


def test_frame_count_is_rounded() -> None:
    """1.01 s at 29.97 frames a second are 30 frames."""
    source, track = drawn_clip(np.full(40, 0.03), fps=Fraction(30000, 1001))
    assert len(Rewrite().generate(source, track, speech([(0.1, 0.4)], 1.01))) == 30


def test_rest_of_the_clip_is_left_alone() -> None:
    """keep_rest: the clip's own frames follow, inactive."""
    clip = Rewrite().generate(*drawn_clip(np.full(50, 0.03)), speech([(0.2, 0.6)], 1.0), GenerateOptions(keep_rest=True))
    assert len(clip) == 50
    assert clip.active[:25].all()
    assert not clip.active[30:].any()


def test_silence_policies() -> None:
    """closed shuts an open mouth, keep leaves it alone, and both do the same to speech."""
    audio = speech(BURSTS, 3.2)
    clips = {
        s: Rewrite().generate(*drawn_clip(np.full(80, 0.06)), audio, GenerateOptions(silence=s)) for s in ("closed", "keep")
    }
    assert clips["closed"].active.all()
    assert _inside(clips["closed"])[3:14].max() <= 1
    assert not clips["keep"].active[3:14].any()
    assert (clips["keep"].patches[22] == clips["closed"].patches[22]).all()


def test_keeping_eases_in_and_out() -> None:
    """Between the original and the generated mouth the opening never jumps."""
    clip = Rewrite().generate(*drawn_clip(np.full(80, 0.06)), speech(BURSTS, 3.2), GenerateOptions(silence="keep"))
    assert clip.landmarks is not None
    assert np.abs(np.diff(lip_opening(clip.landmarks))).max() < 0.07


def test_one_picture() -> None:
    """A still picture speaks, and the same frame is read once."""
    clip = Rewrite().generate(*drawn_clip(np.array([0.0])), speech([(0.3, 0.7)], 1.0))
    assert len(clip) == 25
    assert _inside(clip)[9:16].max() > 3


def test_unchanged_mouth_is_the_target_to_the_byte() -> None:
    """A closed mouth in silence: patches are cut-outs of the target."""
    source, track = drawn_clip(np.full(10, 0.0))
    clip = Rewrite("warp").generate(source, track, Audio(np.zeros((1, 6400), np.float32), 16_000))
    x, y = clip.to_frame[0, :, 2].astype(int)
    frame = next(iter(source.frames())).rgb()
    side = clip.patches.shape[-1]
    box = frame[max(y, 0) : y + side, max(x, 0) : x + side]
    patch = clip.patches[0].transpose(1, 2, 0)[max(-y, 0) :, max(-x, 0) :][: box.shape[0], : box.shape[1]]
    assert (patch != box).any(-1).mean() < 0.2
    assert (patch[:20] == box[:20]).all()


def test_invisible_frames_come_back_inactive() -> None:
    """Frames without the face are left alone; without any the message says what to do."""
    source, track = drawn_clip(_talking(60))
    visible = np.arange(60) % 20 > 4
    clip = Rewrite().generate(source, replace(track, visible=visible), speech([(0.2, 2.0)], 2.4))
    assert (clip.active == visible).all()
    with pytest.raises(SeamSyncError, match="no visible face"):
        Rewrite().generate(source, replace(track, visible=np.zeros(60, bool)), speech([(0.2, 2.0)], 2.4))


def test_bad_input_is_told_apart() -> None:
    """Empty audio, an unknown mode, and a track of another clip."""
    source, track = drawn_clip(np.full(4, 0.03))
    with pytest.raises(SeamSyncError, match="empty"):
        Rewrite().generate(source, track, Audio(np.zeros((1, 0), np.float32), 16_000))
    with pytest.raises(SeamSyncError, match="did you mean 'search'"):
        Rewrite("serch")
    with pytest.raises(SeamSyncError, match="track this clip again"):
        Rewrite().generate(source, track.take(np.arange(3)), speech([(0, 0.1)], 0.2))


def test_same_input_same_bytes() -> None:
    """Two runs agree to the byte."""
    audio = speech([(0.2, 0.5), (0.8, 1.1)], 1.4)
    first, second = (Rewrite().generate(*drawn_clip(_talking(60)), audio) for _ in range(2))
    assert (np.asarray(first.patches) == np.asarray(second.patches)).all()


def test_progress_can_cancel() -> None:
    """The user's stop goes through."""

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "generate":
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        Rewrite().generate(*drawn_clip(np.full(4, 0.03)), speech([(0, 0.5)], 1.0), progress=stop)


def test_real_clip(media: Path) -> None:
    """Two seconds of a real talking clip: searched, and the lips of the landmarks follow the speech."""
    source = VideoReader(media / "outdoor_yaw_480x480.mp4", duration=3.0)
    try:
        track = track_face(source, load_face_networks(torch.device("cpu")))
    except SeamSyncError as error:
        pytest.skip(str(error))
    clip = Rewrite().generate(source, track, load_audio(media / "english_60s.wav", start=3.0, duration=2.0))
    assert clip.source["mode"] == "search"
    assert clip.active.all()
    assert clip.landmarks is not None
    assert np.corrcoef(lip_opening(clip.landmarks), clip.curves["opening"])[0, 1] > 0.85
