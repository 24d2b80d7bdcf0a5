"""SeamReport: one row a frame, a summary, and what it was made with."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from ..tensors import SeamSyncError


@dataclass(frozen=True, eq=False)
class SeamReport:
    """What happened in every frame.

    Attributes:
        columns: name → array ``[T]``; floats are NaN where a frame was not composited.
        summary: name → number or text over the whole clip.
        settings: nested plain values.
        notes: sentences for the user, such as frames without a face.
    """

    columns: dict[str, np.ndarray]
    summary: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def to_csv(self) -> str:
        """A row a frame; numbers with six significant digits, so that two equal runs give equal text."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        for row in zip(*self.columns.values(), strict=True):
            writer.writerow([_plain(value) for value in row])
        return text.getvalue()

    def to_json(self) -> str:
        """Summary, settings, notes and versions."""
        known = {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in self.summary.items()}
        body = {"summary": known, "settings": self.settings, "notes": list(self.notes), "versions": versions()}
        return json.dumps(body, indent=2, sort_keys=True, default=_plain)

    def save(self, folder: str | Path, name: str = "seam") -> list[Path]:
        """Write ``name.csv`` and ``name.json`` into ``folder``, each through a temporary file; returns their paths.

        Raises:
            SeamSyncError: the folder cannot be written.
        """
        target = Path(folder)
        written = []
        try:
            target.mkdir(parents=True, exist_ok=True)
            for suffix, text in ((".csv", self.to_csv()), (".json", self.to_json())):
                path = target / f"{name}{suffix}"
                part = path.with_name(f".{path.name}.{os.getpid()}.part")
                try:
                    part.write_text(text, encoding="utf-8")
                    part.replace(path)
                finally:
                    part.unlink(missing_ok=True)
                written.append(path)
        except OSError as error:
            raise SeamSyncError(f"cannot write the report to {target}: {error.strerror}") from error
        return written


def versions() -> dict[str, str]:
    """Versions of what made the result."""
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
