"""Run jobs on servers: send inputs, queue, wait, fetch results."""

from __future__ import annotations

import asyncio
import copy
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import aiohttp

from ..errors import SeamSyncError
from .answers import check_success, output_files, output_texts
from .follow import JobLost, finished, listening
from .inputs import Schemas, find_input, local_file, parse_value
from .jobs import Job
from .outputs import download
from .pool import Pool
from .server import Server, ServerLost, same_host_only
from .workflow import Graph, title

#: A job that servers lose this often may be what crashes them.
_MOST_TRIES = 3
#: Bytes of the largest result that is fetched: hours of lossless video.
LARGEST = 64 << 30


class Watcher(Protocol):
    """Receive the progress of the jobs."""

    def started(self, job: Job, url: str) -> None:
        """Report that a server has accepted the job."""
        ...

    def steps(self, job: Job, stage: str, done: int, total: int) -> None:
        """Report that the node ``stage`` has done so many of its steps."""
        ...

    def lost(self, job: Job, reason: str) -> None:
        """Report that the job returned to the list."""
        ...

    def ended(self, outcome: Outcome) -> None:
        """Report that the job is over."""
        ...


@dataclass(frozen=True)
class Outcome:
    """Hold the result of a job.

    Attributes:
        job: which.
        files: its results on this machine.
        texts: lines of text that its nodes show.
        error: what went wrong, if something did.
    """

    job: Job
    files: tuple[Path, ...] = ()
    texts: tuple[str, ...] = ()
    error: str | None = None


@dataclass(eq=False)
class Task:
    """Hold a job ready to be queued: the graph with its values, and the files to send first."""

    job: Job
    graph: Graph
    uploads: Mapping[tuple[str, str], Path]
    tries: int = field(default=0)


def prepare(graph: Graph, schemas: Schemas, job: Job) -> Task:
    """Return the graph with a job's values; nothing is sent yet.

    Raises:
        SeamSyncError: a missing input, or a value that does not fit; names the row of the list.
    """
    try:
        return _filled(graph, schemas, job)
    except SeamSyncError as error:
        if not job.place:
            raise
        raise SeamSyncError(f"{job.place}: {error}") from error


def _filled(graph: Graph, schemas: Schemas, job: Job) -> Task:
    made, uploads = copy.deepcopy(graph), {}
    for name, text in job.values.items():
        node_id, item = find_input(graph, schemas, name)
        spec = schemas.get(graph[node_id]["class_type"], {}).get(item)
        if path := local_file(name, text, spec):
            uploads[node_id, item] = path
        else:
            made[node_id]["inputs"][item] = parse_value(name, text, spec, graph[node_id]["inputs"].get(item))
    return Task(job, made, uploads)


async def run_jobs(
    graph: Graph,
    jobs: Sequence[Job],
    urls: Sequence[str],
    out: Path,
    watcher: Watcher,
    *,
    previews: bool = False,
    patience: float = 30.0,
) -> list[Outcome]:
    """Run every job on any free server, one job a server at a time.

    Results are saved in ``out``, those of several jobs in a folder each. A job whose server is lost goes to another. On
    cancelling, running jobs are withdrawn from their servers, and no half-fetched file stays.

    Args:
        graph: the workflow.
        jobs: the values of each run.
        urls: addresses of servers.
        out: folder on this machine.
        watcher: receives the progress.
        previews: fetch previews too, not only what is saved.
        patience: seconds to wait for a server that does not answer.

    Returns:
        An outcome a job, in the order of the jobs.

    Raises:
        SeamSyncError: before anything is queued: no server answers, one lacks a node, or a job's values do not fit.
    """
    async with aiohttp.ClientSession(trace_configs=[same_host_only()]) as session:
        servers = [Server(url, session, patience) for url in dict.fromkeys(address(url) for url in urls)]
        schemas = await _schemas(servers, graph)
        tasks = [prepare(graph, schemas, job) for job in jobs]
        outcomes: dict[int, Outcome] = {}
        reasons: list[str] = []

        def _end(task: Task, outcome: Outcome) -> None:
            outcomes[tasks.index(task)] = outcome
            watcher.ended(outcome)

        pool = Pool(tasks)
        workers = (_work(server, pool, out, watcher, previews, _end, reasons) for server in servers)
        await asyncio.gather(*workers)
        for task in pool.rest():
            _end(task, Outcome(task.job, error=f"no server is left: {reasons[-1]}"))
    return [outcomes[index] for index in range(len(tasks))]


def address(url: str) -> str:
    """Return a server's address as a URL without a final slash; ``host:port`` is accepted."""
    return (url if "://" in url else f"http://{url}").rstrip("/")


async def _schemas(servers: Sequence[Server], graph: Graph) -> Schemas:
    """Return the description of the graph's nodes from the first server that answers."""
    kinds = sorted({node["class_type"] for node in graph.values()})
    problems: list[str] = []
    for server in servers:
        try:
            asked = replace(server, patience=0.0)
            return dict(zip(kinds, await asyncio.gather(*(asked.inputs(kind) for kind in kinds)), strict=True))
        except ServerLost as error:
            problems.append(str(error))
    raise SeamSyncError("\n".join(problems))


async def _work(
    server: Server,
    pool: Pool[Task],
    out: Path,
    watcher: Watcher,
    previews: bool,
    end: Callable[[Task, Outcome], None],
    reasons: list[str],
) -> None:
    """Take jobs until none is left or the server is lost."""
    sent: dict[Path, str] = {}
    while task := await pool.take():
        watcher.started(task.job, server.url)
        task.tries += 1
        try:
            outcome = await _run(server, task, out / task.job.name, watcher, previews, sent)
        except (ServerLost, JobLost) as error:
            if task.tries < _MOST_TRIES:
                watcher.lost(task.job, str(error))
                reasons.append(str(error))
                await pool.give_back(task)
                if isinstance(error, ServerLost):
                    return
                continue
            outcome = Outcome(task.job, error=str(error))
        except SeamSyncError as error:
            outcome = Outcome(task.job, error=str(error))
        end(task, outcome)
        await pool.done()


async def _run(server: Server, task: Task, folder: Path, watcher: Watcher, previews: bool, sent: dict[Path, str]) -> Outcome:
    """Run one job on one server."""
    graph = copy.deepcopy(task.graph)
    for (node_id, item), path in task.uploads.items():
        if path not in sent:
            sent[path] = await server.upload(path)
        graph[node_id]["inputs"][item] = sent[path]
    prompt_id, client_id = str(uuid.uuid4()), uuid.uuid4().hex

    def _steps(node_id: str, done: int, total: int) -> None:
        watcher.steps(task.job, title(graph, node_id) if node_id in graph else node_id, done, total)

    async with listening(server, prompt_id, client_id, _steps) as over:
        try:
            await server.queue(graph, prompt_id, client_id)
            entry = await finished(server, prompt_id, over)
        except asyncio.CancelledError:
            await server.withdraw(prompt_id)
            raise
    check_success(graph, entry)
    files = output_files(entry, previews=previews)
    fetched = [await download(server, file, folder, LARGEST) for file in files]
    return Outcome(task.job, tuple(fetched), tuple(output_texts(entry)))
