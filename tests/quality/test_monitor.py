"""The monitor: planted faults are told of once and at once, calm clips are not spoken of."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from seamsync.quality.metrics.jitter import jitter_spike
from seamsync.quality.metrics.tpsnr import likeness_spike
from seamsync.quality.monitor import QualityMonitor

FRAMES = 300


def calm() -> dict[str, np.ndarray]:
    """Columns of a good clip: a mouth that talks now and then, with some noise."""
    random = np.random.default_rng(0)
    talking = np.sin(np.arange(FRAMES) / 9) > 0
    return {
        "tpsnr": np.where(talking, 28.0, 40.0) + random.normal(0, 1, FRAMES),
        "gradient_mismatch": 0.06 + random.normal(0, 0.01, FRAMES),
        "skin_delta_e": 0.8 + random.normal(0, 0.2, FRAMES),
        "landmark_jitter": 0.002 * np.exp(random.normal(0, 0.3, FRAMES)),
        "mask_share": np.full(FRAMES, 0.4),
    }


def watch(columns: dict[str, np.ndarray], *, batch: int = 3) -> tuple[QualityMonitor, list[tuple[int, str]]]:
    """The monitor after the clip, and what it told after how many frames."""
    told: list[tuple[int, str]] = []
    done = 0
    monitor = QualityMonitor(Fraction(25), lambda text: told.append((done, text)))
    for first in range(0, FRAMES, batch):
        done = min(first + batch, FRAMES)
        monitor.add(range(first, done), {name: values[first:done] for name, values in columns.items()})
    return monitor, told


def test_a_calm_clip_is_not_spoken_of() -> None:
    """Nor is one whose numbers are missing here and there, or altogether."""
    columns = calm()
    columns["tpsnr"][[0, 100, 200]] = np.nan
    columns["seam_step"] = np.full(FRAMES, np.nan)
    monitor, told = watch(columns)
    assert told == []
    assert monitor.summary() == {"tpsnr_spikes": 0, "landmark_jitter_spikes": 0}


@pytest.mark.parametrize("batch", [1, 4, 16])
def test_a_jump_is_told_of_at_once(batch: int) -> None:
    """With frame, time and size, before the next chunk."""
    columns = calm()
    columns["tpsnr"][132] = 12.93
    monitor, told = watch(columns, batch=batch)
    assert [text for _, text in told] == ["frame 132 (5.28 s): the mouth jumps (12.9 dB against the frame before)"]
    assert told[0][0] <= 132 + batch
    assert monitor.warnings == [told[0][1]]
    assert monitor.summary()["tpsnr_spikes"] == 1


@pytest.mark.parametrize(("target", "told"), [(13.0, False), (15.8, False), (16.2, True), (np.nan, True)])
def test_a_target_that_jumps_takes_the_composite_along(target: float, told: bool) -> None:
    """A flash in the film is no fault of the mouth; one that jumps by 3 dB more than its target is."""
    columns = calm()
    columns["tpsnr_target"] = columns["tpsnr"] + 1
    columns["tpsnr"][132], columns["tpsnr_target"][132] = 13.0, target
    monitor, warnings = watch(columns)
    assert bool(warnings) == told
    assert monitor.summary()["tpsnr_spikes"] == told


def test_landmarks_that_jump() -> None:
    """Three per cent of the face width, where a fifth is usual."""
    columns = calm()
    columns["landmark_jitter"][60] = 0.03
    monitor, told = watch(columns)
    assert [text for _, text in told] == ["frame 60 (2.40 s): the landmarks jump by 3.0 % of the face width"]
    assert monitor.summary()["landmark_jitter_spikes"] == 1


def test_a_bad_passage_is_told_of_in_shares_and_means() -> None:
    """Too many frames past the goal of a share, and a mean past its goal; each once, though it lasts."""
    columns = calm()
    columns["gradient_mismatch"][100:200:3] = 0.3
    columns["skin_delta_e"][150:] = 4.0
    _, told = watch(columns)
    share, mean = (text for _, text in told)
    assert share.startswith("frame 124 (4.96 s): 9 % of the last 100 frames miss gradient_mismatch ≤ 0.12 (5 % may)")
    assert mean.startswith("frame 174 (6.96 s): skin_delta_e is 1.5")
    assert mean.endswith("over the last 100 frames (≤ 1.5)")


def test_warnings_are_rationed() -> None:
    """A clip that jumps all the time warns once in ten seconds, and counts on."""
    columns = {"tpsnr": np.where(np.arange(FRAMES) % 10 == 9, 10.0, 30.0)}
    monitor, told = watch(columns)
    assert [text.split()[1] for _, text in told if "jumps" in text] == ["9", "259"]
    assert monitor.summary()["tpsnr_spikes"] == FRAMES // 10


def test_flicker_is_asked_for_now_and_then() -> None:
    """Every 25 frames; levels that show are told of, others not."""
    asked: list[int] = []

    def flicker(level: float) -> dict[str, np.ndarray]:
        asked.append(1)
        return {"photo_flicker": np.full(100, level), "alpha_flicker": np.full(100, 0.01)}

    for level, count in ((1.0, 0), (6.0, 1)):
        asked.clear()
        monitor = QualityMonitor(Fraction(25), late_columns=lambda level=level: flicker(level))
        for row in range(100):
            monitor.add([row], {"tpsnr": np.array([30.0])})
        assert len(asked) == 4
        assert len(monitor.warnings) == count
    assert monitor.warnings[0].endswith("photo_flicker is 6 over the last 100 frames (≤ 3)")


def test_spikes_need_to_know_what_is_usual() -> None:
    """A drop counts only after eight frames, under 21 dB and against its own neighbours; a rise in jitter likewise."""
    assert likeness_spike([30.0] * 8 + [18.0])
    assert not likeness_spike([30.0] * 7 + [18.0])
    assert not likeness_spike([30.0] * 20 + [22.0])
    assert not likeness_spike([22.0] * 20 + [18.0])
    assert not likeness_spike([30.0] * 20 + [np.nan])
    assert jitter_spike([0.002] * 20 + [0.02])
    assert not jitter_spike([0.006] * 20 + [0.02])
    assert not jitter_spike([0.0001] * 20 + [0.009])
