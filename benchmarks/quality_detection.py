"""The seam detector on the quality harness's results: one number a configuration, kept for the next run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from . import detector
from .detector import Detection, detect
from .quality_configs import ORIGINAL
from .quality_store import Job, digest, read_json, write_json

#: A check of the detector itself: crops of the clip as it was, at the seam's own places, against those of other frames.
UNTOUCHED = "untouched"


def detect_all(out: Path, jobs: Mapping[str, Sequence[Job]]) -> dict[str, Detection]:
    """What the detector finds of every configuration, and last of untouched crops under :data:`UNTOUCHED`.

    Args:
        out: folder of all results; the numbers are kept in its ``detector``.
        jobs: configuration → its jobs, done.
    """
    names = [name for name in jobs if name != ORIGINAL]
    found = {name: _detection(out / "detector" / jobs[name][0].configuration.slug, jobs[name], "composite") for name in names}
    return found | {UNTOUCHED: _detection(out / "detector" / "_untouched", jobs[names[0]], "same")}


def _detection(path: Path, jobs: Sequence[Job], which: str) -> Detection:
    """Trained, or read from an earlier run with the same crops and code."""
    path = path.with_name(path.name + ".json")
    code = Path(detector.__file__).read_bytes()
    key = digest(code, which.encode(), *(job.key.encode() for job in jobs))
    body = read_json(path)
    if body.get("key") == key:
        auc, spread = (np.nan if body[name] is None else body[name] for name in ("auc", "spread"))
        return Detection(auc, spread, body["clips"])
    made = detect(_crops(jobs, which), _crops(jobs, "other"))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"key": key, **asdict(made)})
    return made


def _crops(jobs: Sequence[Job], which: str) -> dict[str, np.ndarray]:
    """Clip → crops of all kinds of mouth."""
    parts: dict[str, list[np.ndarray]] = {}
    for job in jobs:
        with np.load(job.path(".npz"), allow_pickle=False) as data:
            parts.setdefault(job.clip, []).append(data[which])
    return {clip: np.concatenate(crops) for clip, crops in parts.items()}
