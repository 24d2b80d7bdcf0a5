"""The region that a result has changed: planted energies, what lies outside the picture, frames left alone."""

from __future__ import annotations

import cv2
import numpy as np
from seamsync.quality.inspect.region import changed_region, is_changed, on_grid

SCALE = 100.0
SIZE = (220, 190)


def noise(seed: int = 0) -> np.ndarray:
    """What encoding leaves, averaged over some frames: well below the limit of 1."""
    return np.random.default_rng(seed).uniform(0.1, 0.7, SIZE).astype(np.float32)


def disc(radius: float) -> np.ndarray:
    """Whether a grid pixel lies so near the mouth, bool."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    return np.hypot(x - 95, y - 130) < radius


def overlap(one: np.ndarray, two: np.ndarray) -> float:
    """Intersection over union."""
    return float((one & two).sum() / (one | two).sum())


def test_noise_is_no_region() -> None:
    """Nothing stands out, and neither do specks that do."""
    assert not changed_region(noise(), noise(1), SCALE).any()
    specks = noise()
    specks[::9, ::9] = 50
    assert not changed_region(specks, specks, SCALE).any()


def test_weak_change_is_outlined() -> None:
    """A patch over the noise, its rim weaker than its middle."""
    energy = noise()
    energy[disc(35)], energy[disc(15)] = 1.5, 2.5
    assert overlap(changed_region(energy, energy, SCALE), disc(35)) > 0.9


def test_strong_change_ends_where_it_has_half_its_strength() -> None:
    """Of a soft edge 8 pixels wide, that is its middle; the average over many frames, smeared, does not count."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    weight = np.clip((44 - np.hypot(x - 95, y - 130)) / 8, 0, 1)
    near = noise() + np.float32(400) * (weight**2).astype(np.float32)
    smeared = cv2.GaussianBlur(near, (0, 0), 2)
    assert overlap(changed_region(smeared, near, SCALE), disc(40)) > 0.95


def test_outside_the_picture_there_is_nothing() -> None:
    """A change in the last row of the picture does not go on below it."""
    energy = np.zeros((60, 80), np.float32)
    energy[-1] = energy[:, -1] = 100
    grid = on_grid(energy, np.array([[[1.0, 0, 40], [0, 1, 40]]]), SCALE)
    assert not grid.any()
    energy[30, 40] = 1
    grid = on_grid(energy, np.array([[[1.0, 0, 40], [0, 1, 40]]]), SCALE)
    assert np.argwhere(grid > 0.5).tolist() == [[70, 80]]


def test_frames_are_judged_by_themselves() -> None:
    """Noise is no change; one frame of three does not count, two do; a spot far above the noise is still only a spot."""
    region, still = disc(35), noise()
    new = still + np.float32(3) * region
    spot = still + np.float32(1e4) * disc(2)
    assert is_changed([new], region)
    assert not is_changed([still], region)
    assert not is_changed([spot], region)
    assert is_changed([new, still, new], region)
    assert not is_changed([still, new, still], region)
    assert not is_changed([still, still, new], region)
    assert not is_changed([new], np.zeros_like(region))
