"""Rewrite neither drags along nor borrows what is in front of the mouth."""

from __future__ import annotations

import numpy as np
import pytest
from front_clips import COUNT, OVER, PRESENT, clip_of, covered, talking
from seamsync.media.audio import Audio
from seamsync.models.rewrite.generator import Rewrite
from seamsync.models.rewrite.mouth_bank import MouthBank, read_mouths
from seamsync.progress import no_progress


@pytest.fixture(scope="module")
def bank() -> MouthBank:
    """The mouths of a clip in which a rod passes."""
    source, track, _ = covered("rod")
    return read_mouths(source, track, COUNT, no_progress)


def test_covered_mouths_are_not_shown_elsewhere(bank: MouthBank) -> None:
    """Nor do they lend their looks to others."""
    assert not bank.usable[list(OVER)].any()
    assert bank.usable[: PRESENT[0] - 1].all()
    near = bank.clear_near(12)
    assert near is not None
    assert not bank.front.shown(COUNT)[near]
    assert bank.front.shown(COUNT)[near + 1 : 13].all()
    source, track = clip_of(*talking())
    plain = read_mouths(source, track, COUNT, no_progress)
    assert plain.usable.all()
    assert abs(bank.closed - plain.closed) < 0.01


def test_the_warp_moves_the_mouth_behind_an_object() -> None:
    """Where the dark rod was in the face, patches show a face."""
    source, track, truth = covered("rod")
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((1, 16_000 * COUNT // 25)).astype(np.float32) * 0.1
    mouths = Rewrite(mode="warp").generate(source, track, Audio(noise, 16_000))
    for frame in (14, 16, 18):
        x, y = mouths.to_frame[frame, :, 2].astype(int)
        rod = np.argwhere(truth[frame])
        rod = rod[(rod[:, 0] > 80) & (rod[:, 0] < 100)]  # inside the face, under the lips
        shown = np.asarray(mouths.patches[frame])[:, rod[:, 0] - y, rod[:, 1] - x].mean(0)
        assert np.median(shown) > 85
        assert source.frames(np.array([frame])).__next__().rgb()[rod[:, 0], rod[:, 1]].mean() < 60
