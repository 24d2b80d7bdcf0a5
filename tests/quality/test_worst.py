"""The worst frames: few, small, apart from one another, the same every time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.quality.worst import CANDIDATES, SIDE, WORST, WorstFrames, severity


def keep(scores: list[float], *, size: tuple[int, int] = (4, 6), batch: int = 1) -> WorstFrames:
    """Frames whose pictures have their number as grey level, in chunks."""
    frames = WorstFrames(len(scores))
    for first in range(0, len(scores), batch):
        rows = range(first, min(first + batch, len(scores)))
        grey = torch.tensor([row % 256 / 255 for row in rows])[:, None, None, None]
        picture = grey.expand(-1, 3, *size)
        part = np.array([scores[row] for row in rows])
        frames.add(rows, part, picture, 1 - picture, picture[:, :1] * 0 + 0.5, np.full(len(rows), 100.0))
    return frames


def test_severity_is_the_sum_of_squared_errors() -> None:
    """1 at the end of one range; what has no goal or no number adds nothing."""
    columns = {
        "seam_step": np.array([0.25, 0.5, np.nan]),
        "ring_ssim": np.array([1.0, 0.97, 1.0]),
        "tpsnr": np.array([60.0, 16.0, np.nan]),
        "mask_share": np.array([9.0, 9.0, 9.0]),
    }
    np.testing.assert_allclose(severity(columns), [1, 4 + 1 + 1, 0])
    assert severity({}).shape == (0,)


def test_the_worst_come_first_with_their_pictures() -> None:
    """Peaks far apart are all found, and each has the pictures of its own frame."""
    scores = [0.0] * 120
    peaks = {5: 3.0, 30: 9.0, 50: 4.0, 70: 8.0, 90: 5.0, 110: 7.0}
    for frame, score in peaks.items():
        scores[frame] = score
    shots = keep(scores).chosen(np.array(scores))
    assert [shot.frame for shot in shots[:WORST]] == sorted(peaks, key=lambda frame: -peaks[frame])
    for shot in shots:
        assert (shot.target == shot.frame).all()
        assert (shot.result == 255 - shot.frame).all()
        assert (shot.alpha == 128).all()
    assert [shot.typical for shot in shots] == [False] * WORST + [True]
    assert shots[-1].severity == 0


def test_one_bad_passage_does_not_fill_the_list() -> None:
    """Of a passage shorter than the least distance only its worst frame is kept."""
    scores = [1.0] * 120
    scores[40:48] = [50, 51, 52, 59, 58, 57, 56, 55]
    frames = [shot.frame for shot in keep(scores).chosen(np.array(scores)) if not shot.typical]
    assert frames[0] == 43
    assert not set(frames) & set(range(44, 48))


@settings(max_examples=40, deadline=None)
@given(scores=st.lists(st.floats(0, 20), min_size=1, max_size=90), batch=st.integers(1, 5))
def test_bounded_apart_and_the_worst_is_there(scores: list[float], batch: int) -> None:
    """Whatever comes, however it is cut into chunks."""
    kept = keep(scores, batch=batch)
    assert len(kept._worst) <= WORST
    assert len(kept._candidates) <= CANDIDATES
    shots = [shot for shot in kept.chosen(np.array(scores)) if not shot.typical]
    frames = sorted(shot.frame for shot in shots)
    assert all(b - a >= len(scores) / (2 * WORST) for a, b in pairwise(frames))
    assert shots[0].severity == max(scores)
    assert shots[0].frame == scores.index(max(scores))
    assert [shot.frame for shot in shots] == [shot.frame for shot in keep(scores).chosen(np.array(scores)) if not shot.typical]


@pytest.mark.parametrize("size", [(700, 1000), (1000, 700), (40, 60)])
def test_large_pictures_are_made_small(size: tuple[int, int]) -> None:
    """The longer side has 480 pixels at most, the shape stays, and the face width goes along."""
    shot = keep([1.0], size=size).chosen(np.array([1.0]))[0]
    shrink = min(1, SIDE / max(size))
    assert shot.target.shape == (round(size[0] * shrink), round(size[1] * shrink), 3)
    assert shot.alpha.shape == shot.target.shape[:2]
    assert shot.face_width == pytest.approx(100 * shrink)


def test_nothing_composited() -> None:
    """No frame, no pictures."""
    assert WorstFrames(10).chosen(np.full(10, np.nan)) == ()
