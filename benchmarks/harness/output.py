"""What the quality harness leaves for people: tables, contact sheets, side-by-side clips."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from .configs import BASELINE, ORIGINAL, plain
from .score import misses
from .sheets import Mouth, write_sheet
from .store import Job, write_text
from .views import write_pair

#: Columns of a contact sheet besides the target: the best, and the baseline.
COLUMNS = 10


def side_path(out: Path, job: Job) -> Path:
    """Where the clip of original and result side by side is."""
    return out / "clips" / plain(job.clip) / f"side_{plain(job.kind)}_{job.configuration.slug}.mp4"


def write_side(out: Path, original: Job, job: Job) -> None:
    """The view of the original beside that of the result, unless it is there."""
    path = side_path(out, job)
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_pair(original.path(".mkv"), job.path(".mkv"), path)


def write_frames(out: Path, clip: str, jobs: Sequence[Job]) -> Path:
    """One CSV a clip: a row a frame, after the kind of mouth and the configuration; returns its path."""
    rows: list[dict[str, str]] = []
    for job in jobs:
        with job.path(".csv").open(encoding="utf-8", newline="") as file:
            names = {"mouths": job.kind, "configuration": job.configuration.name}
            rows += [names | row for row in csv.DictReader(file)]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    path = out / "clips" / plain(clip) / "frames.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, _csv(columns, rows))
    return path


def write_results(out: Path, jobs: Mapping[str, Sequence[Job]]) -> Path:
    """One CSV of all jobs: the summary's numbers, and which goals are missed; returns its path."""
    rows = []
    for number, baseline in enumerate(jobs[BASELINE]):
        base = baseline.numbers()
        for job in (column[number] for name, column in jobs.items() if name != ORIGINAL):
            numbers = job.numbers()
            names = {"clip": job.clip, "mouths": job.kind, "configuration": job.configuration.name}
            known = {key: "" if np.isnan(value) else f"{value:.6g}" for key, value in numbers.items()}
            rows.append(names | {"missed": ", ".join(misses(numbers, base))} | known)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    write_text(out / "results.csv", _csv(columns, rows))
    return out / "results.csv"


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_sheets(out: Path, jobs: Mapping[str, Sequence[Job]], ranked: Sequence[str]) -> list[Path]:
    """A contact sheet for each clip and kind of mouth: the target, the best by rank, the baseline; returns their paths."""
    names = [name for name in ranked if name != BASELINE][: COLUMNS - 1] + [BASELINE]
    written = []
    for number, original in enumerate(jobs[ORIGINAL]):
        columns = {"target": _pictures(original)} | {name: _pictures(jobs[name][number]) for name in names}
        with np.load(original.path(".npz"), allow_pickle=False) as data:
            places = zip(data["shown"].tolist(), data["middle"], data["face_width"], strict=True)
            mouths = {frame: Mouth(middle, float(width)) for frame, middle, width in places if frame in columns["target"]}
        path = out / "clips" / plain(original.clip) / f"sheet_{plain(original.kind)}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sheet(columns, mouths, path)
        written.append(path)
    return written


def _pictures(job: Job) -> dict[int, np.ndarray]:
    with np.load(job.path(".npz"), allow_pickle=False) as data:
        return {int(name.removeprefix("picture")): data[name] for name in data.files if name.startswith("picture")}
