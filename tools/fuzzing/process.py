"""Run one case in a process of its own, with limits of time and memory."""

from __future__ import annotations

import json
import os
import resource
import selectors
import signal
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seamsync.errors import SeamSyncError

#: What a case may take beyond what the process has at its beginning, bytes.
MEMORY = 1 << 30
#: Address space that a case may take, so that one enormous allocation ends the case and not the machine.
_ADDRESSES = 4 << 30
#: Seconds of processor time, and of the clock: on a busy machine the clock is no measure of a hang.
SECONDS, _CLOCK = 10, 180
#: Outcomes, the bad ones last.
OK, REFUSED, OTHER, CRASH, HANG, LARGE = "ok", "SeamSyncError", "other exception", "crash", "hang", "over 1 GB"
FAILURES = (OTHER, CRASH, HANG, LARGE)


@dataclass(frozen=True)
class Outcome:
    """How a case ended: one of the outcomes, in words, and what it took."""

    kind: str
    text: str
    seconds: float
    megabytes: float


@dataclass
class _Running:
    name: Any
    pid: int
    began: float
    base: int


def run_cases(cases: Iterable[tuple[Any, Callable[[], object]]], jobs: int = 1) -> Iterator[tuple[Any, Outcome]]:
    """Fork a process for each case and yield how it ended, as they end.

    The caller must not have started a thread: locks that another thread holds stay locked in a fork.

    Args:
        cases: a name for the outcome, and the function to call.
        jobs: processes at once.
    """
    waiting = iter(cases)
    with selectors.DefaultSelector() as pipes:
        while True:
            while len(pipes.get_map()) < jobs and (case := next(waiting, None)):
                pipes.register(*_start(*case))
            if not pipes.get_map():
                return
            for key, _ in pipes.select(timeout=0.1):
                pipes.unregister(key.fileobj)
                yield key.data.name, _ended(key.fd, key.data)
            for key in list(pipes.get_map().values()):
                why = _over(key.data)
                if why:
                    os.kill(key.data.pid, signal.SIGKILL)
                    pipes.unregister(key.fileobj)
                    yield key.data.name, _ended(key.fd, key.data, why)


def _start(name: Any, work: Callable[[], object]) -> tuple[int, int, _Running]:
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        _work(work, writing)
    os.close(writing)
    return reading, selectors.EVENT_READ, _Running(name, pid, time.monotonic(), _resident(os.getpid()))


def _work(work: Callable[[], object], writing: int) -> None:
    """Run the case in the child and report; never return."""
    quiet = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(quiet, number)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + _ADDRESSES, size + _ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kind, text = OK, ""
    try:
        work()
    except SeamSyncError as error:
        kind, text = REFUSED, str(error)
    except MemoryError as error:
        kind, text = LARGE, _tell(error)
    except BaseException as error:  # whatever else is raised is what this job looks for
        kind, text = OTHER, _tell(error)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) * 1024
    with suppress(BaseException):
        os.write(writing, json.dumps([kind, text[-3000:], grown]).encode())
    os._exit(0)


def _tell(error: BaseException) -> str:
    """Return the exception, and the last places it came through."""
    places = traceback.extract_tb(error.__traceback__)[-4:]
    where = " < ".join(f"{Path(place.filename).name}:{place.lineno} {place.name}" for place in reversed(places))
    return f"{type(error).__name__}: {str(error)[:200]} [{where}]"


def _resident(pid: int) -> int:
    with suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    return 0


def _over(case: _Running) -> str:
    if _resident(case.pid) - case.base > 1.2 * MEMORY:
        return LARGE
    return HANG if time.monotonic() - case.began > _CLOCK else ""


def _ended(reading: int, case: _Running, why: str = "") -> Outcome:
    content = b""
    while piece := os.read(reading, 1 << 16):
        content += piece
    os.close(reading)
    _, status, usage = os.wait4(case.pid, 0)
    seconds = usage.ru_utime + usage.ru_stime
    if why:
        return Outcome(why, "stopped", seconds, usage.ru_maxrss / 1024)
    if not content:
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)
        hang = number in (signal.SIGXCPU, signal.SIGKILL)
        return Outcome(HANG if hang else CRASH, f"signal {number}", seconds, usage.ru_maxrss / 1024)
    kind, text, grown = json.loads(content)
    return Outcome(kind if grown <= MEMORY or kind in FAILURES else LARGE, text, seconds, grown / 2**20)
