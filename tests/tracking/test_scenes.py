"""Cuts are found where they are, and flashes, pans, noise and fades are none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from blobs import source_of
from seamsync.media.video import VideoReader
from seamsync.tracking.scenes import SceneMeter, thumbnail


def _texture(seed: int, size: tuple[int, int] = (160, 90)) -> np.ndarray:
    """A smooth random picture with its own palette, uint8 ``[h,w,3]``."""
    random = np.random.default_rng(seed)
    coarse = random.uniform(0, 255, (6, 8, 3)) * random.uniform(0.4, 1.0, 3)
    return np.clip(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def _scenes(frames: list[np.ndarray]) -> np.ndarray:
    meter = SceneMeter()
    for frame in source_of(frames).frames():
        meter.push(frame)
    return meter.scenes()


def _noisy(picture: np.ndarray, count: int, seed: int = 0) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [np.clip(picture + random.normal(0, 4, picture.shape), 0, 255).astype(np.uint8) for _ in range(count)]


@pytest.mark.parametrize("lengths", [(20, 20), (1, 15), (30, 6, 30), (5, 5, 5, 5)])
def test_cuts_between_pictures(lengths: tuple[int, ...]) -> None:
    """Every change of picture begins a scene, and nothing else does."""
    frames = [f for seed, n in enumerate(lengths) for f in _noisy(_texture(seed), n, seed)]
    np.testing.assert_array_equal(_scenes(frames), np.repeat(np.arange(len(lengths)), lengths))


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_flash_is_no_cut(length: int) -> None:
    """One to three bright frames, then the same picture again."""
    frames = _noisy(_texture(3), 40)
    for t in range(20, 20 + length):
        frames[t] = np.clip(frames[t].astype(int) + 120, 0, 255).astype(np.uint8)
    assert (_scenes(frames) == 0).all()


def test_a_pan_is_no_cut() -> None:
    """A camera that moves by a tenth of the picture a frame, and starts and stops at once."""
    wide = cv2.resize(_texture(5, (40, 10)), (1600, 90))
    shift = np.concatenate([np.zeros(15), np.cumsum(np.full(30, 16)), np.full(15, 480)]).astype(int)
    assert (_scenes([np.ascontiguousarray(wide[:, x : x + 160]) for x in shift]) == 0).all()


def test_a_fade_is_no_cut() -> None:
    """Twenty frames down to black."""
    frames = [(_texture(6) * max(0.0, 1 - max(0, t - 10) / 20)).astype(np.uint8) for t in range(40)]
    assert (_scenes(frames) == 0).all()


def test_push_warns_at_once() -> None:
    """The streaming answer is True on the cut itself, before what follows is known."""
    meter = SceneMeter()
    frames = source_of(_noisy(_texture(0), 10) + _noisy(_texture(1), 10))
    np.testing.assert_array_equal(np.flatnonzero([meter.push(f) for f in frames.frames()]), [10])


def test_no_frames_no_scenes() -> None:
    """An empty clip has an empty list."""
    assert SceneMeter().scenes().shape == (0,)


def test_thumbnail_is_the_average() -> None:
    """A plain frame gives its own level in every cell, on the 8-bit scale."""
    (frame,) = source_of([np.full((90, 160, 3), 128, np.uint8)]).frames()
    thumb = thumbnail(frame)
    assert thumb.shape == (3, 18, 32)
    np.testing.assert_allclose(thumb[0], frame.y[0, 0], atol=0.6)
    np.testing.assert_allclose(thumb[1:], 128, atol=0.6)


def test_real_clips_joined(media: Path) -> None:
    """Half a second of each real clip after the other: cuts exactly at the joints."""
    meter = SceneMeter()
    lengths = []
    for path in sorted(media.glob("*.mp4")):
        for frame in (source := VideoReader(path, duration=0.5)).frames():
            meter.push(frame)
        lengths.append(source.info.frame_count)
    np.testing.assert_array_equal(meter.scenes(), np.repeat(np.arange(len(lengths)), lengths))
