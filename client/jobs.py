"""Make the list of jobs: one workflow, other values each time."""

from __future__ import annotations

import csv
import glob
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import SeamSyncError, shown
from ..files import is_file
from ..parsing import parse_json, parse_plain, parsed, read_text

#: Rows and columns of a list of jobs.
_MOST_JOBS, _MOST_COLUMNS = 10_000, 200


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
        raise SeamSyncError(f"--set takes NAME=VALUE, such as face=clip.mp4; got {shown(text)}")
    return name.strip(), value


def is_pattern(value: str) -> bool:
    """Say whether a value may match several files."""
    return any(letter in value for letter in "*?")


def _matches(value: str) -> list[str]:
    if not is_pattern(value) or is_file(value):
        return []
    return sorted(path for path in glob.glob(value, recursive=True) if is_file(path))


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
    text = read_text(path, "jobs")
    with parsed(path, "jobs"):
        rows: Any = _parse(path.suffix.lower(), text)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise SeamSyncError(f"{path} must be a list of jobs, each with values by name, such as {{face: a.mp4, audio: a.wav}}")
    if len(rows) > _MOST_JOBS:
        raise SeamSyncError(f"{path} has more than {_MOST_JOBS} jobs; split it into several lists")
    return [{str(name): _beside(path, value) for name, value in row.items() if value not in (None, "")} for row in rows]


def _parse(suffix: str, text: str) -> Any:
    if suffix == ".csv":
        return _parse_csv(text)
    if suffix == ".jsonl":
        return [parse_json(line) for line in text.splitlines() if line.strip()]
    return parse_plain(text)


def _parse_csv(text: str) -> list[dict[Any, Any]]:
    """Return the rows by the names in the first one. A row is filled up to all columns, so both numbers are limited."""
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    if len(reader.fieldnames or ()) > _MOST_COLUMNS:
        raise ValueError(f"more than {_MOST_COLUMNS} columns")
    return list(itertools.islice(reader, _MOST_JOBS + 1))


def _beside(table: Path, value: Any) -> str:
    if isinstance(value, list | dict):
        raise SeamSyncError(f"{table}: a value must be a text or a number, got {shown(value)}")
    near = table.parent / str(value)
    return str(near) if isinstance(value, str) and is_file(near) else str(value)
