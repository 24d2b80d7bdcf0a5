"""Mouths cut out of another tool's result."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from faces import face68, track_of
from seamsync.errors import SeamSyncError
from seamsync.media.sources import TensorSource
from seamsync.models.imported import import_mouths
from seamsync.tracking.landmarks import LIPS
from seamsync.tracking.track import FaceTrack

W, H = 320, 240


def _track(count: int = 4) -> FaceTrack:
    """A face that moves two pixels to the right in every frame."""
    return track_of(np.stack([face68((150.0 + 2 * i, 110.0), 100.0) for i in range(count)]), (W, H))


def _result(count: int = 4, size: tuple[int, int] = (W, H), fps: Fraction = Fraction(25)) -> TensorSource:
    noise = torch.rand(count, size[1], size[0], 3, generator=torch.Generator().manual_seed(1))
    return TensorSource(noise, fps)


def test_patches_are_the_results_own_pixels() -> None:
    """Each patch, put back by its matrix, lies on the pixels it was cut from; the lower face is inside."""
    track, result = _track(), _result()
    mouths = import_mouths(result, track)
    height, width = mouths.patches.shape[2:]
    for index, frame in enumerate(result.frames()):
        matrix = mouths.to_frame[index]
        assert np.array_equal(matrix[:, :2], np.eye(2))
        x, y = matrix[:, 2].astype(int)
        assert np.array_equal(mouths.patches[index].transpose(1, 2, 0), frame.rgb()[y : y + height, x : x + width])
        lips, chin = track.landmarks[index, LIPS], track.landmarks[index, 8]
        assert (lips > (x, y)).all()
        assert (chin < (x + width, y + height)).all()
    assert mouths.active.all()


def test_results_of_another_size_are_scaled_by_the_matrix_alone() -> None:
    """Half the size: the matrix doubles, the landmarks of the result come in frame pixels."""
    track = _track()
    small = track_of(track.landmarks / 2, (W // 2, H // 2))
    mouths = import_mouths(_result(size=(W // 2, H // 2)), track, result_track=small)
    assert np.allclose(mouths.to_frame[:, [0, 1], [0, 1]], 2)
    assert mouths.landmarks is not None
    assert np.allclose(mouths.landmarks, track.landmarks, atol=1e-3)


def test_longer_results_loop_the_clip() -> None:
    """Six frames of a four-frame clip run back and forth."""
    mouths = import_mouths(_result(6), _track(4), loop="ping_pong")
    assert mouths.frames.tolist() == [0, 1, 2, 3, 2, 1]
    assert len(import_mouths(_result(6), _track(4), loop="end")) == 4


def test_frames_without_a_face_are_left_alone() -> None:
    """They come back inactive, whatever their landmarks are."""
    track = replace(_track(), visible=np.array([True, False, True, True]))
    assert import_mouths(_result(), track).active.tolist() == [True, False, True, True]


def test_faces_at_the_border_stay_inside_the_picture() -> None:
    """The rectangle moves inwards instead of leaving the frame."""
    landmarks = np.stack([face68((30.0, 200.0), 100.0), face68((300.0, 20.0), 100.0)])
    mouths = import_mouths(_result(2), track_of(landmarks, (W, H)))
    corner = mouths.to_frame[:, :, 2]
    assert (corner >= 0).all()
    assert (corner + mouths.patches.shape[:1:-1] <= (W, H)).all()


def test_results_of_another_clip_are_refused() -> None:
    """Another rate, framing or track, or no face: each says what to do."""
    for result, track, other, message in (
        (_result(fps=Fraction(30)), _track(), None, "30.000 frames/s"),
        (_result(size=(240, 240)), _track(), None, "another framing"),
        (_result(), _track(), _track(3), "result_track has 3 frames"),
        (_result(), replace(_track(), visible=np.zeros(4, bool)), None, "no face is visible"),
    ):
        with pytest.raises(SeamSyncError, match=message):
            import_mouths(result, track, result_track=other)
