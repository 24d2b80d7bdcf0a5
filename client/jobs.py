"""Make the list of jobs: one workflow, other values each time."""

from __future__ import annotations

import csv
import glob
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from ..errors import SeamSyncError


@dataclass(frozen=True)
class Job:
    """Hold one run of the workflow.

    Attributes:
        name: folder of its results below the output folder; empty for the only job.
        values: texts by the names of inputs.
        place: source of the values, as ``row 2 of jobs.csv``; empty for the command line.
    """

    name: str = ""
    values: dict[str, str] = field(default_factory=dict)
    place: str = field(default="", compare=False)


def make_jobs(sets: Sequence[str], table: Path | None = None) -> list[Job]:
    """Make jobs of ``NAME=VALUE`` texts and, where given, of a table's rows, whose values win.

    One value may be a pattern, as ``clips/*.mp4``: it makes a job for each file, named after it. A pattern without a match is a
    text.

    Raises:
        SeamSyncError: a text without ``=``, several patterns, a pattern beside a table, or a table that cannot be read.
    """
    values = dict(_split(text) for text in sets)
    patterns = {name: paths for name, value in values.items() if (paths := _matches(value))}
    if len(patterns) > 1 or (patterns and table):
        raise SeamSyncError(f"only one of {', '.join(patterns) or 'the values'} can be a pattern; list the jobs with --jobs")
    if table:
        rows = list(enumerate(read_table(table), 1))
        jobs = [Job(row.pop("name", f"{k:03}"), {**values, **row}, f"row {k} of {table.name}") for k, row in rows]
    else:
        jobs = [Job(Path(path).stem, {**values, name: path}) for name, paths in patterns.items() for path in paths]
    return _distinct(jobs) or [Job("", values)]


def _split(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found or not name.strip():
        raise SeamSyncError(f"--set takes NAME=VALUE, such as face=clip.mp4; got {text!r}")
    return name.strip(), value


def is_pattern(value: str) -> bool:
    """Say whether a value may match several files."""
    return any(letter in value for letter in "*?")


def _matches(value: str) -> list[str]:
    if not is_pattern(value) or Path(value).exists():
        return []
    return sorted(path for path in glob.glob(value, recursive=True) if Path(path).is_file())


def _distinct(jobs: list[Job]) -> list[Job]:
    """Return the same jobs with distinct names that are valid folder names."""
    taken: set[str] = set()
    made: list[Job] = []
    for job in jobs:
        base = re.sub(r"[^\w. -]+", "_", job.name).strip(" .") or "job"
        name, count = base, 1
        while name.lower() in taken:
            name, count = f"{base} ({count})", count + 1
        taken.add(name.lower())
        made.append(replace(job, name=name))
    return made


def read_table(path: Path) -> list[dict[str, str]]:
    """Return rows of a ``.csv``, ``.jsonl``, ``.json`` or ``.yaml`` file: values by the names of inputs.

    A column ``name`` names the job. Empty values are left out. A value that is a file beside the table becomes its path.

    Raises:
        SeamSyncError: it cannot be read, or is no list of rows.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows: Any = _parse(path.suffix.lower(), text)
    except OSError as error:
        raise SeamSyncError(f"cannot read the jobs {path}: {error.strerror}") from error
    except (ValueError, yaml.YAMLError) as error:
        raise SeamSyncError(f"cannot read the jobs {path}: {error}") from error
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise SeamSyncError(f"{path} must be a list of jobs, each with values by name, such as {{face: a.mp4, audio: a.wav}}")
    return [{str(name): _beside(path, value) for name, value in row.items() if value not in (None, "")} for row in rows]


def _parse(suffix: str, text: str) -> Any:
    if suffix == ".csv":
        return list(csv.DictReader(text.splitlines(), skipinitialspace=True))
    if suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return yaml.safe_load(text)


def _beside(table: Path, value: Any) -> str:
    if isinstance(value, list | dict):
        raise SeamSyncError(f"{table}: a value must be a text or a number, got {value!r}")
    near = table.parent / str(value)
    return str(near) if isinstance(value, str) and near.is_file() else str(value)
