"""Say where a job runs and whom it reports to; independent of what it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .progress import Progress, Warn, no_progress, no_warning

if TYPE_CHECKING:
    from .models.weights import ModelFolders


@dataclass(frozen=True)
class Runtime:
    """Hold what every stage needs beside its settings. No value changes the result, apart from rounding on another device.

    Attributes:
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        models: folders of models to search first, if any; see :data:`~.models.weights.ModelFolders`.
        progress: called as ``progress(stage, done, total)``; stops the job by raising an exception.
        warn: called with a sentence for each visible fault, while the result is made.
    """

    device: str = "auto"
    models: ModelFolders | None = None
    progress: Progress = no_progress
    warn: Warn = no_warning


#: The runtime of a call that names none.
DEFAULT_RUNTIME = Runtime()
