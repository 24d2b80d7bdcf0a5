"""Clips of patches."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from seamsync.errors import SeamSyncError
from seamsync.media import clips


def mouth_clip(count: int = 3, **changes: object) -> clips.MouthClip:
    """Small valid clip, with ``changes`` applied."""
    parts: dict[str, object] = {
        "patches": np.zeros((count, 3, 8, 10), np.uint8),
        "to_frame": np.tile(np.eye(2, 3), (count, 1, 1)),
        "active": np.ones(count, bool),
        "frames": np.arange(count),
    }
    return clips.MouthClip(**(parts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("to_frame", np.nan, "finite"), ("landmarks", np.inf, "finite"), ("frames", -1, "0 or more")],
)
def test_values_of_shown_mouths_are_checked(name: str, value: float, words: str) -> None:
    """An unusable place is refused with the mouth's number, and allowed where no mouth is shown."""
    parts = {"to_frame": np.tile(np.eye(2, 3), (3, 1, 1)), "landmarks": np.ones((3, 68, 2)), "frames": np.arange(3)}
    parts[name][1] = value
    with pytest.raises(SeamSyncError, match=f"{words}.* for mouths 1;"):
        mouth_clip(**parts)
    assert len(mouth_clip(**parts, active=np.array([True, False, True]))) == 3


def test_patches_spill_past_the_limit() -> None:
    """Past the limit the same pictures come from a file, by int, slice and list."""
    rng = np.random.default_rng(0)
    chunks = [rng.integers(0, 255, (n, 3, 4, 5), dtype=np.uint8) for n in (2, 3, 1)]
    whole = np.concatenate(chunks)
    spilled = clips.store_patches(chunks, limit=150)
    assert isinstance(spilled, clips.SpilledArray)
    assert isinstance(clips.store_patches(chunks), np.ndarray)
    assert spilled.shape == whole.shape
    np.testing.assert_array_equal(spilled[2], whole[2])
    np.testing.assert_array_equal(spilled[-1], whole[-1])
    np.testing.assert_array_equal(spilled[1:5], whole[1:5])
    np.testing.assert_array_equal(spilled[np.array([4, 0])], whole[[4, 0]])
    assert len(spilled[3:3]) == 0
    with pytest.raises(IndexError):
        spilled[6]


@pytest.mark.parametrize("positioned", [True, False])
def test_threads_read_spilled_patches(monkeypatch: pytest.MonkeyPatch, positioned: bool) -> None:
    """Each gets the patch it asks for, with reads at a position and, where the system has none, without."""
    if not positioned:
        monkeypatch.delattr(os, "pread", raising=False)
    spilled = clips.store_patches([np.full((1, 3, 8, 8), n, np.uint8) for n in range(200)], limit=0)
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda n: spilled[n], list(range(200)) * 10))
    assert all((patch == n % 200).all() for n, patch in enumerate(read))


def test_spilled_clip_is_a_clip() -> None:
    """MouthClip takes spilled patches as it takes arrays."""
    clip = mouth_clip(patches=clips.store_patches([np.zeros((3, 3, 8, 10), np.uint8)], limit=0))
    assert len(clip) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patches": np.zeros((3, 8, 10), np.uint8)}, r"patches must be \[T,3,h,w\]"),
        ({"patches": np.zeros((3, 3, 8, 10), np.float32)}, "patches must be uint8, got float32"),
        ({"active": np.ones(2, bool)}, r"active must be \[T\] = \[3\], got \[2\]"),
        ({"landmarks": np.zeros((3, 70, 2))}, r"landmarks must be \[T,68,2\] = \[3,68,2\], got \[3,70,2\]"),
        ({"opacity": np.ones(2)}, r"opacity must be \[T\] = \[3\], got \[2\]"),
        ({"opacity": np.array([0, 0.5, 1.5])}, "opacity must be 0…1, got 1.5"),
    ],
)
def test_wrong_shapes_are_named(changes: dict[str, Any], message: str) -> None:
    """Every part is checked, with the expected form."""
    with pytest.raises(SeamSyncError, match=message):
        mouth_clip(**changes)
