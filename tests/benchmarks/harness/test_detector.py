"""The seam detector finds what is planted, nothing where nothing is, and says the same twice."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from seamsync.benchmarks.harness.detector import Detection, SeamNet, auc, detect
from seamsync.errors import SeamSyncError


def crops_of(seed: int, count: int = 120, step: float = 0.0) -> np.ndarray:
    """Crops of a made-up person: own colour, light and grain; a step of so many levels where the seam would be."""
    random = np.random.default_rng(seed)
    colour = np.array([130, 118, 140])[:, None, None] + random.normal(0, 8, 3)[:, None, None]
    slope = random.normal(0, 1, (count, 1, 2)) @ np.indices((32, 32)).reshape(2, -1) / 4
    grain = random.normal(0, 1.5, (count, 3, 32, 32))
    picture = colour + slope.reshape(count, 1, 32, 32) + grain
    picture[:, :, 16:] += step
    return picture.round().clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def untouched() -> dict[str, np.ndarray]:
    """Three people."""
    return {f"clip{k}": crops_of(k) for k in range(3)}


def test_a_planted_edge_is_found(untouched: dict[str, np.ndarray]) -> None:
    """Six levels of step under grain and slopes, on people not seen in training."""
    found = detect({f"clip{k}": crops_of(10 + k, step=6) for k in range(3)}, untouched)
    assert found.auc > 0.95
    assert found.spread < 0.05
    assert list(found.clips) == ["clip0", "clip1", "clip2"]


def test_where_nothing_is_nothing_is_found(untouched: dict[str, np.ndarray]) -> None:
    """Other crops of the same people: near one half, and the same numbers again, whatever the state of the generator."""
    same = {f"clip{k}": crops_of(k, 240)[120:] for k in range(3)}
    found = detect(same, untouched)
    assert 0.35 < found.auc < 0.65
    torch.rand(7)
    assert detect(same, untouched) == found


def test_one_clip_is_not_enough(untouched: dict[str, np.ndarray]) -> None:
    """Nothing is left to train on, or a clip has no crops; clips that differ are an error."""
    none = {"clip0": untouched["clip0"], "clip1": untouched["clip1"][:0]}
    for one in ({"clip0": untouched["clip0"]}, none):
        found = detect(one, one)
        assert np.isnan([found.auc, found.spread]).all()
        assert found == Detection(found.auc, found.spread, {})
    with pytest.raises(SeamSyncError, match="both sorts of crops"):
        detect({"clip0": untouched["clip0"]}, {"clip1": untouched["clip1"]})


def test_the_net_is_small() -> None:
    """A few thousand weights, and a number a crop."""
    net = SeamNet()
    assert sum(weights.numel() for weights in net.parameters()) < 5000
    assert net(torch.zeros(2, 3, 32, 32)).shape == (2,)


def test_auc_counts_pairs() -> None:
    """Against every pair of a positive and a negative, ties half."""
    random = np.random.default_rng(0)
    scores, positive = random.integers(0, 9, 60).astype(float), random.random(60) < 0.4
    pairs = scores[positive][:, None] - scores[~positive][None]
    assert auc(scores, positive) == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())
