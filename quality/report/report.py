"""SeamReport: one row a frame, a summary, and the settings and versions it was made with."""

from __future__ import annotations

import csv
import io
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import SeamSyncError, cause_of
from ...files import write_file
from ...models.files.download import file_sha256
from ..kept_masks import KeptMask
from ..metrics.goals import failed, goal_of, measured
from ..worst import Shot
from .page import report_page
from .pictures import ring_png


@dataclass(frozen=True, eq=False)
class SeamReport:
    """The numbers of every frame of a clip.

    Attributes:
        columns: name → array ``[T]``; floats are NaN in frames that were not composited.
        summary: name → number or text over the whole clip.
        settings: nested plain values.
        notes: sentences for the user: how many frames have no face, and the like.
        warnings: those that the monitor gave while the clip was made.
        shots: pictures of the worst frames, the worst first, then of a typical one.
        inputs: role and name of a file → its SHA-256, see :meth:`with_inputs`.
        masks: alpha of evenly spaced frames, small, for the viewer.

    Example:
        >>> import numpy as np
        >>> from seamsync import SeamReport
        >>> len(SeamReport({"status": np.array(["composited", "no face"])}))
        2
    """

    columns: dict[str, np.ndarray]
    summary: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    shots: tuple[Shot, ...] = ()
    inputs: dict[str, str] = field(default_factory=dict)
    masks: tuple[KeptMask, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def failed(self) -> list[str]:
        """Return the names of the goals that the summary misses."""
        return failed(self.summary)

    def verdict(self) -> str:
        """Return one line: ``the seam meets 9 of 10 goals; missed: skin_delta_e 1.9 (goal ≤ 1.5)``."""
        missed, count = self.failed(), len(measured(self.summary))
        if not count:
            return "the seam was not measured"
        if not missed:
            return f"the seam meets all {count} goals"
        misses = ", ".join(self._miss_text(name) for name in missed)
        return f"the seam meets {count - len(missed)} of {count} goals; missed: {misses}"

    def _miss_text(self, name: str) -> str:
        """Return a missed goal with the number that was reached."""
        goal = goal_of(name, self.summary)
        if goal.share is None:
            return f"{name} {self.summary[name]:.3g} (goal {goal.text()})"
        reached = 100 * self.summary[f"{name}_within"]
        return f"{name} {goal.range_text()} on {reached:.3g} % of frames (goal {100 * goal.share:g} %)"

    def with_inputs(self, **files: Any) -> SeamReport:
        """Return the report with the SHA-256 of files: ``with_inputs(face="clip.mp4")`` adds the entry ``face clip.mp4``.

        Values that are no path (pictures in memory, None) are left out.

        Raises:
            SeamSyncError: a file cannot be read.
        """
        paths = {role: Path(file) for role, file in files.items() if isinstance(file, str | Path)}
        found = {f"{role} {path.name}": file_sha256(path) for role, path in paths.items()}
        return replace(self, inputs={**self.inputs, **found})

    def with_measured(
        self, columns: Mapping[str, np.ndarray], summary: Mapping[str, Any], notes: Sequence[str] = ()
    ) -> SeamReport:
        """Return the report with more columns ``[T]``, numbers of the summary and notes."""
        return replace(
            self,
            columns={**self.columns, **columns},
            summary={**self.summary, **summary},
            notes=(*self.notes, *notes),
        )

    def to_csv(self) -> str:
        """Return a row a frame as CSV; numbers have six significant digits, so that equal runs give equal text."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        for row in zip(*self.columns.values(), strict=True):
            writer.writerow([_plain(value) for value in row])
        return text.getvalue()

    def numbers(self) -> dict[str, Any]:
        """Return the summary for JSON: None instead of NaN."""
        unknown = {name for name, value in self.summary.items() if isinstance(value, float) and np.isnan(value)}
        return {name: None if name in unknown else value for name, value in self.summary.items()}

    def to_json(self) -> str:
        """Return as JSON: summary, missed goals, settings, notes, warnings, hashes of the inputs, and versions."""
        body = {
            "summary": self.numbers(),
            "failed": self.failed(),
            "settings": self.settings,
            "notes": list(self.notes),
            "warnings": list(self.warnings),
            "inputs": self.inputs,
            "versions": versions(),
        }
        return json.dumps(body, indent=2, sort_keys=True, default=_plain)

    def to_html(self, title: str = "seam") -> str:
        """Return one HTML page with everything in it, for any browser, without a network."""
        return report_page(self, title, versions())

    def save(self, folder: str | Path, name: str = "seam", *, seam_ring: bool = False) -> list[Path]:
        """Write ``name.csv``, ``name.json`` and ``name.html`` into ``folder``, each through a temporary file.

        Args:
            folder: created if it is missing.
            name: of the files.
            seam_ring: write ``name_ring_1.png`` … too, one for each of ``shots``: the result, and beside it where its seam
                shows (:func:`~.pictures.seam_heat`).

        Returns:
            The paths; that of the page is the last.

        Raises:
            SeamSyncError: the folder cannot be written.
        """
        target, files = Path(folder), {}
        if seam_ring:
            files = {f"{name}_ring_{number}.png": ring_png(shot) for number, shot in enumerate(self.shots, 1)}
        texts = {".csv": self.to_csv(), ".json": self.to_json(), ".html": self.to_html(name)}
        files |= {f"{name}{suffix}": text.encode() for suffix, text in texts.items()}
        try:
            target.mkdir(parents=True, exist_ok=True)
            for file, content in files.items():
                write_file(target / file, content)
        except OSError as error:
            raise SeamSyncError(f"cannot write the report to {target}: {cause_of(error)}") from error
        return [target / file for file in files]


def versions() -> dict[str, str]:
    """Return the versions of the software that made the result."""
    names = ("seamsync", "torch", "numpy", "opencv-python-headless", "av")
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{float(value):.6g}"
    return str(value)
