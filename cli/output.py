"""What the command prints and writes: progress bars, results, figures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..errors import SeamSyncError, cause_of, printable
from ..files import write_file

#: What a stage counts, where that is not frames.
_UNITS = {"quality": " jobs"}


class Bars:
    """A progress bar for each stage, on stderr; callable as :data:`~seamsync.progress.Progress`."""

    def __init__(self, quiet: bool = False) -> None:
        #: What the stages count; fetched files are counted in bytes.
        self.unit = " frames"
        self._quiet = quiet
        self._stage = ""
        self._bar: tqdm[Any] | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` frames (bytes, jobs) of ``stage`` are through."""
        if stage != self._stage:
            self.close()
            self._stage = stage
            unit = "B" if stage.startswith("fetch") else _UNITS.get(stage, self.unit)
            self._bar = tqdm(
                total=total,
                desc=f"{printable(stage):<11}",
                unit=unit,
                unit_scale=unit == "B",
                disable=self._quiet,
                file=sys.stderr,
            )
        assert self._bar is not None
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def note(self, text: str) -> None:
        """Say something above the running bar."""
        tqdm.write(f"note: {printable(text)}", file=sys.stderr)

    def close(self) -> None:
        """End the line of the running bar."""
        if self._bar is not None:
            self._bar.close()
        self._bar, self._stage = None, ""


def print_lipsync_result(result: Any, report: Sequence[Path]) -> None:
    """A line on what was made, one on how good it is, the report's page, the notes, and the path last."""
    made = result.mouths.source
    summary = result.report.summary
    how = " ".join(str(made[key]) for key in ("name", "mode") if key in made)
    print(f"{summary['composited']} of {summary['frames']} frames have a new mouth ({how})")
    print(result.report.verdict())
    if report:
        print(f"report: {report[-1].resolve()}")
    print_path(result.path, result.report.notes)


def write_text(path: Path, text: str) -> Path:
    """Write a text file whole, and return its path."""
    try:
        return write_file(path, text)
    except OSError as error:
        raise SeamSyncError(f"cannot write {path}: {cause_of(error)}") from error


def print_report(report: Any, saved: Sequence[Path]) -> None:
    """Print every known number with its goal or the network that gave it; then the verdict, the notes and the files."""
    from ..quality.metrics.goals import goal_of
    from ..quality.metrics.registry import METRICS

    numbers = report.numbers()
    for name, metric in METRICS.items():
        if numbers.get(name) is not None and not metric.detail:
            goal = goal_of(name, report.summary).text() if metric.goal else ""
            judge = f"by {report.summary[metric.judge]}" if metric.judge else ""
            print(f"{name:<22} {numbers[name]:<10.4g} {goal}{judge}".rstrip())
    print(report.verdict())
    for note in report.notes:
        print(f"note: {printable(note)}")
    for path in saved:
        print(path.resolve())


def print_lines(lines: Sequence[str]) -> None:
    """Lines of text."""
    for line in lines:
        print(printable(line))


def print_path(path: Path, notes: Sequence[str]) -> None:
    """The notes, and the path last."""
    for note in notes:
        print(f"note: {printable(note)}")
    print(path.resolve())
