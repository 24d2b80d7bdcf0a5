"""The detector on the harness's results: each kind of mouth by itself, kept for the next run, told as columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from seamsync.benchmarks.harness import detection as quality_detection
from seamsync.benchmarks.harness.configs import Configuration
from seamsync.benchmarks.harness.detection import UNTOUCHED, detect_all, detector_columns
from seamsync.benchmarks.harness.detector import Detection
from seamsync.benchmarks.harness.store import Job, make_job

KINDS = ("96", "256 askew")


def jobs_of(out: Path) -> dict[str, list[Job]]:
    """Two clips, two kinds, two configurations and the original, with crops that say whose they are."""
    jobs: dict[str, list[Job]] = {}
    for number, name in enumerate(("original", "a", "b")):
        for clip in ("one", "two"):
            for kind in KINDS:
                job = make_job(out, clip, kind, Configuration(name, None), {"name": name})
                level = 10 * number + KINDS.index(kind)
                sorts = {"composite": level, "same": 100, "other": 200}
                np.savez(job.path(".npz"), **{which: np.full((2, 3, 32, 32), v, np.uint8) for which, v in sorts.items()})  # type: ignore[arg-type]
                jobs.setdefault(name, []).append(job)
    return jobs


def test_every_kind_by_itself_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The right crops of all clips against the untouched ones; nothing is trained twice, not even what has no number."""
    asked: list[int] = []

    def _detect(composites: dict[str, np.ndarray], untouched: dict[str, np.ndarray]) -> Detection:
        levels = {int(crops.max()) for crops in composites.values()}
        assert list(composites) == list(untouched) == ["one", "two"]
        assert {int(crops.min()) for crops in untouched.values()} == {200}
        asked.append(levels.pop())
        return Detection(np.nan if asked[-1] == 10 else asked[-1] / 100, 0.0, {"one": asked[-1] / 100})

    monkeypatch.setattr(quality_detection, "detect", _detect)
    found = detect_all(tmp_path, jobs_of(tmp_path))
    assert asked == [10, 11, 20, 21, 100]
    assert list(found) == ["a", "b", UNTOUCHED]
    assert [list(kinds) for kinds in found.values()] == [list(KINDS), list(KINDS), ["96"]]
    again = detect_all(tmp_path, jobs_of(tmp_path))
    assert len(asked) == 5
    assert again["b"] == found["b"]
    assert np.isnan(again["a"]["96"].auc)
    changed = jobs_of(tmp_path)
    changed["b"] = [Job(j.clip, j.kind, j.configuration, "new", j.folder) for j in changed["b"]]
    detect_all(tmp_path, changed)
    assert asked[5:] == [20, 21]


def test_columns_of_the_summary() -> None:
    """Mean and spread over clips and kinds; each kind's own where there are several; empty without numbers."""
    found = {
        "a": {"96": Detection(0.7, 0.1, {"one": 0.6, "two": 0.8}), "256": Detection(0.5, 0.0, {"one": 0.5, "two": 0.5})},
        "none": {"96": Detection(np.nan, np.nan, {})},
    }
    columns = detector_columns(found)
    assert list(columns) == ["detector_auc", "detector_spread", "detector_auc 96", "detector_auc 256"]
    assert columns["detector_auc"] == {"a": pytest.approx(0.6)}
    assert columns["detector_spread"]["a"] == pytest.approx(np.std([0.6, 0.8, 0.5, 0.5]))
    assert columns["detector_auc 256"] == {"a": 0.5}
    one = detector_columns({"a": {"96": found["a"]["96"]}})
    assert list(one) == ["detector_auc", "detector_spread"]
