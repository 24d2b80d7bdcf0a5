"""The quality harness's results on disk: written whole or not at all, and found again when nothing has changed.

A job is one clip with one kind of mouth by one configuration. Its results lie under ``jobs/CLIP/MOUTHS/``; the JSON with
the job's key is written last, so that a killed run leaves either all of a job or nothing that counts.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import SeamSyncError, cause_of
from ...files import replacing, write_file
from ...parsing import parse_json, read_text
from ...quality.report.report import SeamReport, versions
from .configs import Configuration, plain

ROOT = Path(__file__).resolve().parents[2]
#: What of the package decides a result: if any of it changes, jobs are done again.
CODE = (
    "errors.py",
    "progress.py",
    "tensors.py",
    "options.py",
    "pipeline.py",
    "media",
    "models",
    "tracking",
    "blending",
    "enhance",
    "quality",
)
HARNESS = ("harness/detector_crops.py", "mouths.py", "harness/clip.py", "harness/views.py")


@dataclass(frozen=True)
class Job:
    """One clip, one kind of mouth, one configuration.

    Attributes:
        clip: stem of the file.
        kind: of mouth.
        configuration: None in its settings is the clip as it was.
        key: hash of all that decides the result.
        folder: of the results of this clip and kind.
    """

    clip: str
    kind: str
    configuration: Configuration
    key: str
    folder: Path

    def path(self, suffix: str) -> Path:
        """The job's file with this suffix: ``.json``, ``.csv`` (a row a frame), ``.npz`` (crops and pictures), ``.mkv``."""
        return self.folder / f"{self.configuration.slug}{suffix}"

    def done(self) -> bool:
        """Whether the results are there, and of this very job."""
        return self.read().get("key") == self.key and all(self.path(end).is_file() for end in (".csv", ".npz", ".mkv"))

    def read(self) -> dict[str, Any]:
        """The JSON: ``key``, ``summary``, ``settings``…; empty where there is none."""
        return read_json(self.path(".json"))

    def numbers(self) -> dict[str, float]:
        """The summary's numbers, NaN where unknown."""
        found = {name: np.nan if value is None else value for name, value in self.read()["summary"].items()}
        return {name: float(value) for name, value in found.items() if isinstance(value, int | float)}

    def write(self, report: SeamReport | None, arrays: dict[str, np.ndarray]) -> None:
        """Keep the results; the view's clip is there already."""
        with replacing(self.path(".npz")) as part, part.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
        write_text(self.path(".csv"), report.to_csv() if report else "")
        body = json.loads(report.to_json()) if report else {"summary": {}, "versions": versions()}
        names = {"clip": self.clip, "mouths": self.kind, "configuration": self.configuration.name, "key": self.key}
        write_json(self.path(".json"), names | body)


def make_job(out: Path, clip: str, kind: str, configuration: Configuration, facts: dict[str, Any]) -> Job:
    """The job and its key.

    Args:
        out: folder of all results.
        clip: stem of the file.
        kind: of mouth.
        configuration: what is done with them.
        facts: all else that decides the result, plain values.
    """
    key = digest(json.dumps([configuration.digest, kind, facts], sort_keys=True).encode())
    folder = out / "jobs" / plain(clip) / plain(kind)
    folder.mkdir(parents=True, exist_ok=True)
    return Job(clip, kind, configuration, key, folder)


def digest(*parts: bytes) -> str:
    """SHA-256 of some bytes, as text."""
    return hashlib.sha256(b"".join(parts)).hexdigest()


def code_version() -> str:
    """Hash of the code that decides results, and of the libraries' versions."""
    files = [path for name in CODE for path in sorted([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))]
    files += [ROOT / "benchmarks" / name for name in HARNESS]
    return digest(json.dumps(versions()).encode(), *(path.read_bytes() for path in files))


def read_json(path: Path) -> dict[str, Any]:
    """What :func:`write_json` wrote; empty where there is nothing whole."""
    try:
        found = parse_json(read_text(path, "results"))
    except (SeamSyncError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, body: Any) -> None:
    """Write plain values, in order, NaN as null, through a temporary file."""
    write_text(path, json.dumps(_known(body), indent=2, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file through a temporary one.

    Raises:
        SeamSyncError: the folder cannot be written.
    """
    try:
        write_file(path, text)
    except OSError as error:
        raise SeamSyncError(f"cannot write {path}: {cause_of(error)}") from error


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _known(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_known(item) for item in value]
    return None if isinstance(value, float) and np.isnan(value) else value
