"""``python tools/fuzz.py --cases 20000`` reads damaged files of every kind, each in a process of its own.

Small valid files are made, damaged, and read as a user's file would be. A case ends well when it is read or refused with a
``SeamSyncError``. Another exception, a crash, more than 10 s of processor time, and more than 1 GB of memory are failures:
the damaged file is kept, and the exit status is 1. ``--files`` reads such files again.

The same seed makes the same cases, as long as the libraries that make the valid files stay the same.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads start at import, and a fork would not have them
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from fuzzing.changes import damage
from fuzzing.process import FAILURES, OK, REFUSED, Outcome, run_cases
from fuzzing.readers import READERS, warm_up
from fuzzing.seeds import Files, make_seeds

Case = tuple[str, Callable[[], object]]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the cases and print what came of them; return 1 where one failed."""
    arguments = _parser().parse_args(argv)
    kinds = arguments.kinds.split(",") if arguments.kinds else list(READERS)
    unknown = [kind for kind in kinds if kind not in READERS]
    if unknown:
        raise SystemExit(f"--kinds must be of {', '.join(READERS)}, got {', '.join(unknown)}")
    warm_up()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        if arguments.files:
            cases = file_cases(arguments.files, Path(folder))
        else:
            seeds = _seeds(Path(folder))
            numbers = range(arguments.first, arguments.first + arguments.cases)
            cases = made_cases(seeds, kinds, numbers, arguments.seed, Path(folder))
        table = run(cases, Path(folder), arguments.out, arguments.jobs)
    _write(f"{sum(sum(row.values()) for row in table.values())} cases in {time.monotonic() - began:.0f} s")
    for kind in table:
        _write(f"  {kind:9} " + ", ".join(f"{table[kind][how]} {how}" for how in (OK, REFUSED, *FAILURES) if table[kind][how]))
    return int(any(table[kind][how] for kind in table for how in FAILURES))


def run(cases: Iterator[Case], folder: Path, out: Path, jobs: int) -> dict[str, Counter[str]]:
    """Run cases, keep the files of those that failed, and count the outcomes by kind.

    Args:
        cases: names and functions; each works in ``folder / name``.
        folder: of the cases; what they leave is deleted.
        out: folder for the files that failed.
        jobs: processes at once.
    """
    table: dict[str, Counter[str]] = {}
    for name, outcome in run_cases(cases, jobs):
        table.setdefault(name.split("-")[0], Counter())[outcome.kind] += 1
        place = folder / name
        if outcome.kind in FAILURES:
            _tell(name, outcome)
            out.mkdir(parents=True, exist_ok=True)
            for file in place.glob(f"{place.stem}.*"):
                shutil.copy(file, out)
        shutil.rmtree(place, ignore_errors=True)
    return table


def _tell(name: str, outcome: Outcome) -> None:
    _write(f"{name}: {outcome.kind} ({outcome.seconds:.1f} s, {outcome.megabytes:.0f} MB): {outcome.text}")


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def made_cases(seeds: dict[str, Files], kinds: Sequence[str], numbers: range, seed: int, folder: Path) -> Iterator[Case]:
    """Yield cases of damaged files; kinds take turns by their shares."""
    turns = [kind for kind in kinds for _ in range(READERS[kind][1])]
    for number in numbers:
        kind = turns[number % len(turns)]
        yield f"{kind}-{seed}-{number}", partial(_read_damaged, kind, seeds[kind], seed, number, folder)


def _read_damaged(kind: str, files: Files, seed: int, number: int, folder: Path) -> None:
    """Damage one of the files and read it; runs in the case's process."""
    rng = np.random.default_rng([seed, number])
    names = list(files)
    name = names[int(rng.integers(len(names)))]
    suffix = Path(name).suffix
    content = damage(files[name], suffix, list(files.values()), rng)
    _read(kind, folder / f"{kind}-{seed}-{number}", f"{kind}-{seed}-{number}{suffix}", content)


def file_cases(files: Sequence[Path], folder: Path) -> Iterator[Case]:
    """Yield cases of files, whose names begin with their kind."""
    for file in files:
        kind = file.name.split("-")[0]
        if kind not in READERS:
            raise SystemExit(f"{file} must be named KIND-….SUFFIX, with a kind of {', '.join(READERS)}")
        yield file.stem, partial(_read, kind, folder / file.stem, file.name, file.read_bytes())


def _read(kind: str, place: Path, name: str, content: bytes) -> None:
    place.mkdir()
    os.chdir(place)
    os.environ.update(TMPDIR=str(place), HOME=str(place))
    tempfile.tempdir = None
    (place / name).write_bytes(content)
    READERS[kind][0](place / name)


def _seeds(folder: Path) -> dict[str, Files]:
    """Make the valid files in a process of its own: encoders start threads."""
    place = folder / "seeds"
    place.mkdir()

    def _make() -> None:
        for kind, files in make_seeds(folder).items():
            (place / kind).mkdir()
            for name, content in files.items():
                (place / kind / name).write_bytes(content)

    (_, outcome), *_ = run_cases(iter([("seeds", _make)]))
    if outcome.kind != OK:
        raise SystemExit(f"the valid files could not be made: {outcome.text}")
    return {one.name: {file.name: file.read_bytes() for file in sorted(one.iterdir())} for one in place.iterdir()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--cases", type=int, default=300, help="how many (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="number of the first case (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the random choices (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (default: %(default)s)")
    parser.add_argument("--kinds", help=f"some of {','.join(READERS)} (default: all)")
    parser.add_argument("--files", type=Path, nargs="+", help="read these files and make none")
    parser.add_argument(
        "--out", type=Path, default=Path("fuzz-failures"), help="folder for files that failed (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
