"""Scores of lip-sync on embeddings with a planted offset, against the published definition written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.models.syncnet.scores import score_distances, sync_distances, sync_scores


def embeddings(count: int, seed: int = 0, smooth: int = 3) -> np.ndarray:
    """Unit vectors ``[count,64]`` that change slowly, none negative, as after a ReLU."""
    noise = np.random.default_rng(seed).normal(size=(count + smooth, 64))
    steps = np.maximum(np.stack([noise[k : k + smooth].mean(0) for k in range(count)]), 0)
    return steps / np.linalg.norm(steps, axis=1, keepdims=True)


def planted(late: int, count: int = 120, noise: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Faces and speech of a clip whose picture comes ``late`` frames after its sound."""
    speech = embeddings(count + 60)
    faces = speech[30 - late : 30 - late + count] + np.random.default_rng(9).normal(0, noise / 8, (count, 64))
    return faces, speech[30 : 30 + count]


@given(st.integers(-15, 15))
@settings(deadline=None, max_examples=31)
def test_the_planted_offset_is_found(late: int) -> None:
    """Positive where the picture is late; the distance at it is that of the noise alone."""
    scores = sync_scores(*planted(late))
    assert scores.offset == late
    assert scores.lse_d == pytest.approx(0.05, rel=0.05)
    assert scores.lse_c > 0.5


def test_worse_lips_score_worse() -> None:
    """Noise on the faces raises the distance and lowers the confidence; strangers have none."""
    good, poor = (sync_scores(*planted(2, noise=noise)) for noise in (0.05, 0.8))
    strangers = sync_scores(embeddings(120, seed=5), embeddings(120, seed=6))
    assert good.lse_d < poor.lse_d
    assert good.lse_c > poor.lse_c > 4 * strangers.lse_c


@pytest.mark.parametrize("late", [0, 4])
def test_published_definition(late: int) -> None:
    """With zeros outside: pairwise distances over 31 shifts, their mean; the minimum, the median minus it, its place."""
    faces, speech = (torch.from_numpy(value) for value in planted(late, 60))
    padded = torch.nn.functional.pad(speech, (0, 0, 15, 15))
    rows = [torch.nn.functional.pairwise_distance(face.repeat(31, 1), padded[t : t + 31]) for t, face in enumerate(faces)]
    means = torch.stack(rows).mean(0)
    least, place = means.min(0)
    scores = sync_scores(faces.numpy(), speech.numpy(), zeros=True)
    assert scores.lse_d == pytest.approx(float(least), abs=1e-5)
    assert scores.lse_c == pytest.approx(float(means.median() - least), abs=1e-5)
    assert scores.offset == 15 - int(place) == late


def test_unknown_is_left_out() -> None:
    """Unseen faces count nowhere, and the ends are compared over what there is."""
    faces, speech = planted(-3)
    whole = sync_scores(faces, speech)
    faces[20:50] = np.nan
    parts = sync_scores(faces, speech)
    assert parts.offset == whole.offset == -3
    assert np.isnan(parts.distance[20:50]).all()
    np.testing.assert_array_equal(parts.distance[50:], whole.distance[50:])
    assert np.isnan(whole.distance[-3:]).all()
    assert np.isfinite(whole.distance[:-3]).all()


def test_windows_average_to_the_clip() -> None:
    """The means of the windows' distance and confidence are the clip's."""
    scores = sync_scores(*planted(5))
    assert np.nanmean(scores.distance) == pytest.approx(scores.lse_d)
    assert np.nanmean(scores.confidence) == pytest.approx(scores.lse_c)


def test_pieces_make_the_whole() -> None:
    """A clip taken in pieces has the same distances."""
    faces, speech = planted(1)
    whole = sync_distances(faces, speech)
    pieces = [sync_distances(faces[at : at + 50], speech, first=at) for at in range(0, 120, 50)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_chance_at_far_offsets_is_not_believed() -> None:
    """In a short clip, offsets that only a few windows know are passed over, even where those match."""
    faces, speech = embeddings(20, seed=1), embeddings(20, seed=2)
    speech[15:] = faces[:5]
    assert abs(sync_scores(faces, speech).offset) <= 10


def test_equal_offsets() -> None:
    """Where all are the same, nothing is shifted, and nobody is confident."""
    scores = sync_scores(np.ones((40, 8)), np.ones((40, 8)))
    assert (scores.offset, scores.lse_d, scores.lse_c) == (0, 0, 0)


def test_nothing_seen() -> None:
    """No windows, or none with a face, have no scores."""
    for faces in (np.zeros((0, 8)), np.full((30, 8), np.nan)):
        scores = sync_scores(faces, np.ones((30, 8)))
        assert np.isnan([scores.offset, scores.lse_d, scores.lse_c]).all()
        assert len(scores.distance) == len(faces)


def test_refusals() -> None:
    """Embeddings of two networks do not compare."""
    with pytest.raises(SeamSyncError, match=r"embeddings must be \[T,D\] and \[U,D\], got \[3, 8\] and \[3, 9\]"):
        sync_scores(np.ones((3, 8)), np.ones((3, 9)))
    with pytest.raises(SeamSyncError, match="max_offset"):
        sync_scores(np.ones((3, 8)), np.ones((3, 8)), 0)
    assert np.isnan(score_distances(np.zeros((0, 31))).lse_d)
