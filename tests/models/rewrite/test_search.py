"""The search against every path there is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from seamsync.errors import Cancelled
from seamsync.models.rewrite import search
from seamsync.models.rewrite.search import Mouths, cheapest_path, choose_mouths


@pytest.mark.parametrize("seed", range(8))
def test_cheapest_path_is_the_best_of_all(seed: int) -> None:
    """Viterbi finds the cost that trying every path finds."""
    rng = np.random.default_rng(seed)
    local, steps = rng.random((6, 3)), list(rng.random((5, 3, 3)))

    def cost(path: tuple[int, ...]) -> float:
        moves = sum(steps[t][path[t], path[t + 1]] for t in range(5))
        return float(sum(local[t, k] for t, k in enumerate(path)) + moves)

    best = min(product(range(3), repeat=6), key=cost)
    assert cost(tuple(cheapest_path(local, steps))) == pytest.approx(cost(best))


def _mouths(shape: np.ndarray, usable: np.ndarray | None = None) -> Mouths:
    looks = np.random.default_rng(1).standard_normal((len(shape), 4)) * 2
    return Mouths(shape, looks, np.ones(len(shape), bool) if usable is None else usable)


def test_a_take_is_played_through() -> None:
    """Wanting what one stretch of the clip shows gives that stretch."""
    shape = np.cumsum(np.random.default_rng(0).standard_normal((60, 3)), 0)
    assert choose_mouths(_mouths(shape), shape[17:41]).tolist() == list(range(17, 41))


def test_noise_does_not_break_a_take() -> None:
    """Small misses are cheaper than jumps."""
    rng = np.random.default_rng(2)
    shape = np.cumsum(rng.standard_normal((60, 3)), 0)
    chosen = choose_mouths(_mouths(shape), shape[10:40] + 0.2 * rng.standard_normal((30, 3)))
    assert (np.diff(chosen) == 1).mean() > 0.9


def test_long_speech_is_searched_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path is that of the whole, and mouths that were shown stay."""
    rng = np.random.default_rng(3)
    mouths = _mouths(np.cumsum(rng.standard_normal((80, 3)), 0))
    wanted = np.cumsum(rng.standard_normal((400, 3)), 0)
    own = rng.integers(0, 80, 400)
    whole = choose_mouths(mouths, wanted, own=own)
    monkeypatch.setattr(search, "WINDOW", 50)
    monkeypatch.setattr(search, "AHEAD", 40)
    np.testing.assert_array_equal(choose_mouths(mouths, wanted, own=own), whole)
    shown = rng.integers(0, 80, 120)
    np.testing.assert_array_equal(choose_mouths(mouths, wanted, own=own, shown=shown)[:120], shown)


def test_unusable_mouths_are_never_chosen() -> None:
    """Not even as the successor of a good one."""
    shape = np.linspace(0, 9, 40)[:, None]
    usable = np.arange(40) % 3 != 1
    assert usable[choose_mouths(_mouths(shape, usable), shape)].all()


def test_one_mouth_only() -> None:
    """With one usable mouth there is one answer."""
    usable = np.arange(5) == 3
    assert choose_mouths(_mouths(np.zeros((5, 2)), usable), np.ones((7, 2))).tolist() == [3] * 7


def test_a_search_can_be_stopped() -> None:
    """There is a check for every step of the path; what it raises comes out."""
    shape, made = np.linspace(0, 9, 40)[:, None], []
    choose_mouths(_mouths(shape), shape, lambda: made.append(1))
    assert len(made) == 39

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        choose_mouths(_mouths(shape), shape, stop)


def test_a_frames_own_mouth_competes() -> None:
    """However far from what is wanted, it is cheaper than far neighbours, as the warp mends it; a near mouth beats it."""
    shape = np.concatenate([np.full((40, 2), (0.0, 30.0)), [[90.0, 0.0]], [[0.1, 0.1]]])
    wanted, own = np.zeros((6, 2)), np.full(6, 40)
    far, near = np.ones(42, bool), np.ones(42, bool)
    far[41] = False
    looks = np.zeros((42, 1))
    assert choose_mouths(Mouths(shape, looks, far), wanted, own=own).tolist() == [40] * 6
    assert choose_mouths(Mouths(shape, looks, near), wanted, own=own).tolist() == [41] * 6
    assert 40 not in choose_mouths(Mouths(shape, looks, far & (np.arange(42) != 40)), wanted, own=own)
