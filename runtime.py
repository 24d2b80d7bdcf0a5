"""Where a job runs and whom it informs: one object that travels through the whole pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .progress import Progress, Warn, no_progress, no_warning


@dataclass(frozen=True)
class Runtime:
    """Describe where a job runs and how it reports. No field changes the result's settings.

    Attributes:
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``, …
        models: a host's model folder or folders, searched for weights; None: SeamSync's own folder.
        progress: called as ``progress(stage, done, total)`` for every frame. It stops the job by raising
            :class:`~seamsync.errors.Cancelled`; no half-written file stays behind.
        warn: called with one sentence for each visible fault, while the job runs.

    Example:
        >>> from seamsync import Runtime
        >>> Runtime("cpu", warn=print).device
        'cpu'
    """

    device: str = "auto"
    models: Path | Sequence[Path] | None = None
    progress: Progress = no_progress
    warn: Warn = no_warning


#: The best device, SeamSync's own model folder, and no reports.
DEFAULT_RUNTIME = Runtime()
