"""``python tools/kills.py --runs 100`` kills the commands at random moments and looks at what they leave.

Each command is run to its end once, then killed again and again in the same folder, by SIGKILL and SIGINT in turn, and after
every few kills run to its end. Counted are half files under the name of a result, files that SIGINT left, and files that the
next whole run left. Any of them makes the exit status 1. It needs the folder tests/support, and the weights of ``facemesh``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests" / "support"))
SAMPLE = ROOT / "sample"
#: Kills between two whole runs.
_BETWEEN = 4
_FACE = ["--face", str(SAMPLE / "face.mp4"), "--duration", "1.5"]
_SHORT = [*_FACE, "--audio", str(SAMPLE / "speech.wav"), "--audio-duration", "1.2"]


@dataclass
class Job:
    """A command that is killed in a folder of its own.

    Attributes:
        arguments: of ``seamsync``; a relative path lies in the job's folder.
        same: files that every whole run makes byte by byte.
        grows: whether a whole run adds files and replaces none.
    """

    arguments: list[str]
    same: tuple[str, ...] = ()
    grows: bool = False
    counts: Counter[str] = field(default_factory=Counter)


def make_jobs(folder: Path, stack: ExitStack) -> dict[str, Job]:
    """Return the jobs by name; a stand-in for ComfyUI's server runs until the stack is closed."""
    from comfy_server import GRAPH, Behaviour, serving
    from wav2lip_files import random_checkpoint

    checkpoint = random_checkpoint(folder)
    server = stack.enter_context(serving(Behaviour(steps=10, pause=0.05, result=b"video" * 2_000_000)))
    (folder / "graph.json").write_text(json.dumps(GRAPH))
    clips = folder / "clips"
    clips.mkdir()
    (clips / "face.mp4").write_bytes((SAMPLE / "face.mp4").read_bytes())
    wav2lip = ["--face", str(SAMPLE / "face.mp4"), "--audio", "../speech.wav", "--checkpoint_path", str(checkpoint)]
    queue = ["--set", "face=../clips/face.mp4"]
    _cut_speech(folder / "speech.wav")
    return {
        "lipsync": Job(["lipsync", *_SHORT, "-o", "out.mp4", "--report", "report"], ("out.mp4",)),
        "resume": Job(["lipsync", *_SHORT, "-o", "out.mkv", "--resume"], ("out.mkv",)),
        "wav2lip": Job(["wav2lip", *wav2lip, "--outfile", "out.mp4", "--resume"], ("out.mp4",)),
        "track": Job(["track", *_FACE, "-o", "track.npz"], ("track.npz",)),
        "quality": Job(["bench", "quality", "--clips", "../clips", "--out", "out", "--quick", "--frames", "10"]),
        "queue": Job(["queue", "../graph.json", "-o", "out", "--server", server.url, *queue], grows=True),
    }


def _cut_speech(path: Path) -> None:
    from seamsync.media.audio import load_audio
    from seamsync.media.wav import write_wav

    write_wav(load_audio(SAMPLE / "speech.wav", duration=0.6), path)


def run_job(job: Job, place: Path, kill: signal.Signals | None = None, after: float = 0.0) -> float:
    """Run a job, or kill it after so many seconds, and return the seconds it ran.

    Raises:
        SystemExit: a job that was not killed failed.
    """
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "seamsync.cli", *job.arguments, "--quiet"],
        cwd=place,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_interrupts,
    )
    try:
        if kill is not None:
            process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(kill or signal.SIGKILL)
    _, errors = process.communicate()
    if kill is None and process.returncode:
        raise SystemExit(f"seamsync {' '.join(job.arguments)} failed:\n{errors}")
    return time.monotonic() - began


def _heed_interrupts() -> None:
    """Let the child end at SIGINT, which a shell's background jobs ignore."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def kill_often(name: str, job: Job, place: Path, runs: int, rng: random.Random) -> Counter[str]:
    """Kill a job ``runs`` times and return how often what was found."""
    seconds = run_job(job, place)
    whole, expected = {one: (place / one).read_bytes() for one in job.same}, _files(place)
    for number in range(runs):
        kill = signal.SIGINT if number % 2 else signal.SIGKILL
        before, after = _files(place), rng.uniform(0, 1.02 * seconds)
        run_job(job, place, kill, after)
        job.counts["kills"] += 1
        half = [path for path in _files(place) if not _complete(place / path)]
        half += [one for one in job.same if (place / one).read_bytes() != whole[one]]
        _count(job, f"half files, {name} after {after:.1f} s of {seconds:.1f} s", "half files", half)
        if kill == signal.SIGINT:
            left = [path for path in _files(place) - before if _part(path)]
            _count(job, f"parts after SIGINT, {name} after {after:.1f} s", "parts after SIGINT", left)
        if number % _BETWEEN == _BETWEEN - 1 or number == runs - 1:
            run_job(job, place)
            left = [path for path in _files(place) - expected if _part(path) or not job.grows]
            left += [one for one in job.same if (place / one).read_bytes() != whole[one]]
            _count(job, f"after the next run, {name}", "left after the next run", left)
    return job.counts


def _count(job: Job, where: str, what: str, files: list[str]) -> None:
    job.counts[what] += len(files)
    if files:
        _write(f"{where}: {', '.join(sorted(files)[:5])}")


def _files(place: Path) -> set[str]:
    return {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}


def _part(path: str) -> bool:
    """Whether a file is temporary; what ``--resume`` keeps is meant to stay until the job succeeds."""
    return path.endswith(".part") or (Path(path).name.startswith(".") and ".resume/" not in path)


def _complete(path: Path) -> bool:
    """Whether a file that bears a result's name can be read to its end."""
    if _part(path.name) or ".resume" in str(path.parent):
        return True
    readers: dict[str, Callable[[Path], object]] = {
        ".mp4": _decode,
        ".mkv": _decode,
        ".json": lambda path: json.loads(path.read_text()),
        ".npz": lambda path: [np.load(path)[key] for key in np.load(path).files],
        ".jpg": lambda path: cv2.imread(str(path)).shape,  # type: ignore[union-attr]
        ".html": lambda path: path.read_text().rstrip().endswith("</html>") or 1 / 0,
        # An original has no columns, so its table is empty.
        ".csv": lambda path: path.name == "original.csv" or path.read_text().endswith("\n") or 1 / 0,
    }
    try:
        readers.get(path.suffix, lambda path: path.stat().st_size)(path)
    except Exception:  # whatever a reader raises, the file is not whole
        return False
    return True


def _decode(path: Path) -> None:
    from seamsync.media.opening import open_container

    if path.read_bytes()[:5] == b"video":  # what the stand-in for a server sends
        assert path.stat().st_size == len(b"video") * 2_000_000
        return
    with open_container(path) as container:
        frames = sum(1 for _ in container.decode(video=0))
        assert frames >= max(container.streams.video[0].frames, 1)


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Kill every job and print the counts; return 1 where anything was left."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100, help="kills in all (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: %(default)s)")
    parser.add_argument("--jobs", help="some of lipsync,resume,wav2lip,track,quality,queue (default: all)")
    arguments = parser.parse_args(argv)
    rng, bad = random.Random(arguments.seed), 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kills-")))
        os.environ["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
        jobs = make_jobs(folder, stack)
        names = arguments.jobs.split(",") if arguments.jobs else list(jobs)
        for number, name in enumerate(names):
            place = folder / name
            place.mkdir()
            runs = len(range(number, arguments.runs, len(names)))
            counts = kill_often(name, jobs[name], place, runs, rng)
            _write(f"{name:8} " + ", ".join(f"{counts[what]} {what}" for what in counts))
            bad += sum(counts.values()) - counts["kills"]
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
