"""Callbacks of a job: progress, cancelling, warnings."""

from __future__ import annotations

from collections.abc import Callable

#: Called as ``progress(stage, done, total)``, in frames; raises :class:`Cancelled` to stop the job.
Progress = Callable[[str, int, int], None]

#: Called as ``check()`` several times a second during work without progress; raises :class:`Cancelled` to stop the job.
Check = Callable[[], None]

#: Called with one sentence for the user.
Warn = Callable[[str], None]


def no_progress(stage: str, done: int, total: int) -> None:
    """Ignore the progress."""


def no_check() -> None:
    """Never stop the job."""


def no_warning(text: str) -> None:
    """Ignore the warning."""


class ProgressRepeater:
    """Pass progress on, and repeat the last call on demand.

    :meth:`repeat` is a :data:`Check`: a stage without progress of its own calls it, and the job can be cancelled there.

    Args:
        progress: receives every call.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._last: tuple[str, int, int] | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Pass the call on and remember it."""
        self._last = stage, done, total
        self._progress(stage, done, total)

    def repeat(self) -> None:
        """Repeat the last call. Do nothing before the first."""
        if self._last is not None:
            self._progress(*self._last)
