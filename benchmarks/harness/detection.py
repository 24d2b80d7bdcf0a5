"""The seam detector on the quality harness's results: one number a configuration, kept for the next run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from . import detector
from .configs import ORIGINAL, plain
from .detector import Detection, detect
from .store import Job, digest, read_json, write_json

#: A check of the detector itself: crops of the clip as it was, at the seam's own places, against those of other frames.
UNTOUCHED = "untouched"


def detect_all(out: Path, jobs: Mapping[str, Sequence[Job]]) -> dict[str, dict[str, Detection]]:
    """What the detector finds of every configuration, and last of untouched crops under :data:`UNTOUCHED`.

    It is trained for every kind of mouth by itself: what gives one away may be missing from another.

    Args:
        out: folder of all results; the numbers are kept in its ``detector``.
        jobs: configuration → its jobs, done.

    Returns:
        Configuration → kind of mouth → detection; untouched crops are those of the first configuration and kind.
    """
    split = {name: _by_kind(column) for name, column in jobs.items() if name != ORIGINAL}
    found = {
        name: {kind: _detection(out, some, some[0].configuration.slug, "composite") for kind, some in kinds.items()}
        for name, kinds in split.items()
    }
    kind, some = next(iter(next(iter(split.values())).items()))
    return {**found, UNTOUCHED: {kind: _detection(out, some, "_untouched", "same")}}


def _by_kind(jobs: Sequence[Job]) -> dict[str, list[Job]]:
    kinds: dict[str, list[Job]] = {}
    for job in jobs:
        kinds.setdefault(job.kind, []).append(job)
    return kinds


def detector_columns(found: Mapping[str, Mapping[str, Detection]]) -> dict[str, dict[str, float]]:
    """Columns of the summary: the mean AUC over clips and kinds of mouth, its spread over them, and, of several kinds, that
    of each."""
    numbers = {name: np.array([auc for one in kinds.values() for auc in one.clips.values()]) for name, kinds in found.items()}
    known = {name: values for name, values in numbers.items() if len(values)}
    columns = {
        "detector_auc": {name: float(values.mean()) for name, values in known.items()},
        "detector_spread": {name: float(values.std()) for name, values in known.items()},
    }
    kinds = list(dict.fromkeys(kind for some in found.values() for kind in some))
    if len(kinds) > 1:
        for kind in kinds:
            columns[f"detector_auc {kind}"] = {name: some[kind].auc for name, some in found.items() if kind in some}
    return columns


def _detection(out: Path, jobs: Sequence[Job], name: str, which: str) -> Detection:
    """Trained, or read from an earlier run with the same crops and code."""
    path = out / "detector" / plain(jobs[0].kind) / f"{name}.json"
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
    """Clip → crops."""
    found = {}
    for job in jobs:
        with np.load(job.path(".npz"), allow_pickle=False) as data:
            found[job.clip] = data[which]
    return found
