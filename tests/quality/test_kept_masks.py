"""Kept masks: few, small, evenly spaced, and what they were."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from seamsync.quality.kept_masks import MOST, SIDE, MaskKeeper, evenly_spaced


@given(st.integers(1, 5000), st.integers(1, 300))
def test_spread_is_even(length: int, most: int) -> None:
    """As many as fit, ascending, the ends among them, no gap more than one frame wider than another."""
    chosen = evenly_spaced(length, most)
    assert len(chosen) == min(length, most)
    assert chosen[0] == 0
    assert most == 1 or chosen[-1] == length - 1
    gaps = np.diff(chosen)
    assert not len(gaps) or (gaps.min() >= 1 and np.ptp(gaps) <= 1)


def test_a_short_clip_keeps_all_its_masks_exactly() -> None:
    """Small pictures come back to the bit, with their frame and place."""
    keeper = MaskKeeper(7)
    alpha = torch.rand(7, 1, 12, 20)
    boxes = [(k, 2 * k, k + 20, 2 * k + 12) for k in range(7)]
    for first in (0, 3):
        part = slice(first, first + 3 if first == 0 else None)
        keeper.add(range(7)[part], boxes[part], alpha[part])
    kept = keeper.kept()
    assert [mask.frame for mask in kept] == list(range(7))
    assert [mask.box for mask in kept] == boxes
    for mask, was in zip(kept, alpha, strict=True):
        np.testing.assert_array_equal(mask.alpha(), np.round(was[0].numpy() * 255).astype(np.uint8))


def test_a_long_clip_keeps_few_and_small() -> None:
    """An hour costs no more than some seconds: the number is bounded, and so is the size, its aspect kept."""
    count = 4 * MOST
    keeper = MaskKeeper(count)
    big = torch.ones(1, 1, 4 * SIDE, 2 * SIDE)
    for row in range(count):
        keeper.add([row], [(0, 0, 2 * SIDE, 4 * SIDE)], big if row in (0, count - 1) else big[..., :4, :4])
    kept = keeper.kept()
    assert len(kept) == MOST
    assert kept[0].frame == 0
    assert kept[-1].alpha().shape == (SIDE, SIDE // 2)
    assert kept[-1].alpha().min() == 255
