"""Progress callbacks: how far a job is, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable

#: Called as ``progress(stage, done, total)``, in frames; raises :class:`Cancelled` to stop the job.
Progress = Callable[[str, int, int], None]


#: Called as ``check()``, several times a second, where nothing new is to be told; raises to stop the job.
Check = Callable[[], None]

#: Called with a sentence for the user.
Warn = Callable[[str], None]


def no_progress(stage: str, done: int, total: int) -> None:
    """The progress callback that shows nothing."""


def no_check() -> None:
    """The check that never stops the job."""


def no_warning(text: str) -> None:
    """Ignore a warning."""


class ProgressRepeater:
    """A progress callback that remembers what it passed on, so that :meth:`repeat` is a check for what tells nothing itself.

    Args:
        progress: told of everything.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._last: tuple[str, int, int] | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Pass on ``done`` of ``total``, and remember it."""
        self._last = stage, done, total
        self._progress(stage, done, total)

    def repeat(self) -> None:
        """Say the last thing once more; nothing before the first."""
        if self._last is not None:
            self._progress(*self._last)
