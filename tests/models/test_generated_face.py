"""The landmarks of generated faces: tracked in the pasted or finished picture where the generator gives none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bright_face import TEMPLATE, BrightFace, bright_frame
from faces import track_of
from seamsync.errors import SeamSyncError
from seamsync.media.clips import MouthClip
from seamsync.media.frame import VideoInfo
from seamsync.models import generated_face
from seamsync.models.generated_face import UNKNOWN, with_generated_landmarks
from seamsync.models.imported import import_mouths
from seamsync.runtime import Runtime

COUNT = 4
MIDDLES = np.array([[150.0 + 2 * t, 120.0] for t in range(COUNT)])
TRACK = track_of((TEMPLATE + MIDDLES[:, None]).astype(np.float32))


class Clip:
    """Black frames with a disc, or none."""

    def __init__(self, middles: np.ndarray | None) -> None:
        from fractions import Fraction

        self.info, self.warnings = VideoInfo("clip", 320, 240, Fraction(25), COUNT), []
        self._middles = np.full((COUNT, 2), -99.0) if middles is None else middles

    def frames(self, order: np.ndarray | None = None):  # type: ignore[no-untyped-def]
        """Frames in order."""
        return (bright_frame(self._middles[int(i)]) for i in (range(COUNT) if order is None else order))


def mouths_of(active: np.ndarray) -> MouthClip:
    """White patches of 20 px, whose middle lies 5 px below the target's mouth."""
    to_frame = np.tile(np.eye(2, 3), (COUNT, 1, 1))
    to_frame[:, :, 2] = MIDDLES + (-10.0, -5.0)
    return MouthClip(np.full((COUNT, 3, 20, 20), 255, np.uint8), to_frame, active, np.arange(COUNT), inset=0.0)


@pytest.fixture(autouse=True)
def _networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated_face, "load_face_networks", lambda *_: BrightFace())


def test_a_generators_mouth_is_tracked_in_the_target() -> None:
    """Where its patch lies; a frame that keeps its mouth has the target's landmarks."""
    active = np.array([True, True, False, True])
    made = with_generated_landmarks(Clip(None), TRACK, mouths_of(active), Runtime("cpu"))
    assert made.landmarks is not None
    moved = made.landmarks - TRACK.landmarks
    assert np.abs(moved[active].mean(1) - (0, 5)).max() < 1.0
    assert np.abs(moved[2]).max() < 1e-4


def test_known_landmarks_are_kept() -> None:
    """The generator's own; nothing is tracked."""
    mouths = replace(mouths_of(np.ones(COUNT, bool)), landmarks=TRACK.landmarks)
    assert with_generated_landmarks(Clip(None), TRACK, mouths, Runtime("cpu")) is mouths


def test_an_imported_mouth_is_tracked_in_the_result() -> None:
    """Its own face, not the target's; progress is shown."""
    told: list[str] = []
    runtime = Runtime("cpu", progress=lambda stage, *_: told.append(stage))
    mouths = import_mouths(Clip(MIDDLES + (3.0, 4.0)), TRACK, runtime=runtime)
    assert mouths.landmarks is not None
    assert np.abs((mouths.landmarks - TRACK.landmarks).mean(1) - (3, 4)).max() < 1.0
    assert "track result" in told
    assert mouths.notes == ()


def test_without_the_network_a_note_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the job goes on."""

    def _missing(*_: object) -> None:
        raise SeamSyncError("no file")

    monkeypatch.setattr(generated_face, "load_face_networks", _missing)
    made = with_generated_landmarks(Clip(None), TRACK, mouths_of(np.ones(COUNT, bool)), Runtime("cpu"))
    assert (made.landmarks, made.notes) == (None, (UNKNOWN,))
    assert import_mouths(Clip(MIDDLES), TRACK).notes == (UNKNOWN,)
