"""``seamsync queue``: a workflow on ComfyUI servers, with other inputs."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SeamSyncError, check_folder
from ..extras import import_extra
from .output import Bars, print_lines

if TYPE_CHECKING:
    from ..client.jobs import Job
    from ..client.run import Outcome

_SERVER = "http://127.0.0.1:8188"


def queue_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync queue``."""
    parser.add_argument("workflow", type=Path, help="workflow in the API format: in ComfyUI, Workflow → Export (API)")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the results; of several jobs, a folder each")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="value of an input: face=clip.mp4, audio=a.wav, crf=18, 'Load Face Video.start=2', 7.crf=18; a file on this "
        "machine is uploaded; with a pattern, 'face=clips/*.mp4', a job a file (again for each input)",
    )
    parser.add_argument("--jobs", type=Path, help="a job a row: .csv with the names as header, .jsonl, .json or .yaml")
    parser.add_argument(
        "--server", action="append", metavar="URL", help=f"address of a ComfyUI; several share the jobs (default: {_SERVER})"
    )
    parser.add_argument("--previews", action="store_true", help="fetch previews too, not only what the workflow saves")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds a server may be away (default: %(default)g)")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def run_queue(arguments: argparse.Namespace, bars: Bars) -> int:
    """Run the jobs, print where the results are, and return 1 where a job failed.

    Raises:
        SeamSyncError: aiohttp is missing, or nothing can be queued as asked.
    """
    import_extra("aiohttp", "'seamsync queue'")
    from ..client.jobs import make_jobs
    from ..client.run import run_jobs
    from ..client.workflow import read_workflow

    graph, jobs = read_workflow(arguments.workflow), make_jobs(arguments.set, arguments.jobs)
    check_folder(arguments.out)
    bars.unit = " steps" if len(jobs) == 1 else " jobs"
    watcher = Watch(bars, len(jobs))
    settings = {"previews": arguments.previews, "patience": arguments.patience}
    outcomes = asyncio.run(run_jobs(graph, jobs, arguments.server or [_SERVER], arguments.out, watcher, **settings))
    bars.close()
    return print_outcomes(outcomes)


class Watch:
    """Progress on the terminal: of one job, a bar a node; of several, one for all, and a line for each that begins or ends."""

    def __init__(self, bars: Bars, count: int) -> None:
        self._bars, self._count, self._ended = bars, count, 0

    def started(self, job: Job, url: str) -> None:
        """Say which server a job goes to, where there are several jobs."""
        if self._count > 1:
            self._bars("jobs", self._ended, self._count)
            self._bars.note(f"{job.name}: on {url}")

    def steps(self, job: Job, stage: str, done: int, total: int) -> None:
        """Move the bar of the only job's node."""
        if self._count == 1:
            self._bars(stage, done, total)

    def lost(self, job: Job, reason: str) -> None:
        """Say that a job goes back to the list."""
        self._bars.note(f"{job.name + ': ' if job.name else ''}{reason}")

    def ended(self, outcome: Outcome) -> None:
        """Count a job that is over."""
        self._ended += 1
        if self._count > 1:
            self._bars("jobs", self._ended, self._count)
            self._bars.note(f"{outcome.job.name}: {outcome.error or 'done'}")


def print_outcomes(outcomes: Sequence[Outcome]) -> int:
    """Texts and paths of the jobs that succeeded, then the failures; 1 if there are any, else 0.

    Raises:
        SeamSyncError: the only job failed.
    """
    for outcome in outcomes:
        print_lines([*outcome.texts, *(str(path.resolve()) for path in outcome.files)])
    failed = [outcome for outcome in outcomes if outcome.error]
    if failed and len(outcomes) == 1:
        raise SeamSyncError(str(failed[0].error))
    if failed:
        lines = [f"{outcome.job.name}: {outcome.error}" for outcome in failed]
        raise SeamSyncError("\n".join([f"{len(failed)} of {len(outcomes)} jobs failed:", *lines]))
    return 0
