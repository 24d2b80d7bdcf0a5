"""The quality harness, ``seamsync bench quality``: every clip with every kind of mouth by every configuration.

Nothing in it is random but by fixed seeds, every configuration gets the same decoded frames, track and mouths, and a
killed run goes on where it was. In the folder of results:

- ``summary.csv``, ``summary.json``: the ranking, means, differences to the baseline; ``results.csv``: every job;
- ``clips/CLIP/``: ``frames.csv`` (a row a frame), ``sheet_MOUTHS.png``, ``side_MOUTHS_CONFIGURATION.mp4``;
- ``ab/index.html``: the blind page for raters; saved votes go beside it and are counted by the next run;
- ``jobs/``, ``tracks/``, ``detector/``: what a later run takes up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from ...blending.faces import load_face_readers
from ...blending.presets import PRESETS
from ...errors import Cancelled, SeamSyncError, check_choice, check_folder, check_range
from ...models.files.download import file_sha256
from ...pipeline import pick_device
from ...progress import Progress, no_progress
from ...quality.report.report import versions
from .. import commit, machine
from ..mouths import KINDS
from ..seam_judge import hard_edged
from .ab_page import make_pairs, tally, write_page
from .clip import REWRITE, Target, job_facts, make_mouths, read_target, run_job, speech_beside
from .configs import BASELINE, ORIGINAL, Configuration, read_configurations
from .detection import UNTOUCHED, detect_all, detector_columns
from .detector import Detection
from .output import side_path, write_frames, write_results, write_sheets, write_side
from .score import Standing, as_csv, as_table, rank
from .store import Job, code_version, digest, make_job, write_json, write_text

FRAMES, QUICK_FRAMES, QUICK_CLIPS, QUICK_KINDS = 75, 20, 2, ["96"]
HARD_PASTE = "hard paste"
STAGE = "quality"
#: configuration → its jobs, one a clip and kind of mouth, in the same order for all.
Jobs = dict[str, list[Job]]
#: configuration → kind of mouth → what the detector found.
Detections = dict[str, dict[str, Detection]]


@dataclass(frozen=True)
class QualityRun:
    """What is compared.

    Attributes:
        clips: folder of ``.mp4`` clips, and of ``.wav`` speech for the embedded generator.
        out: folder of results, made if it is not there.
        configs: YAML of :mod:`.configs`; None: the presets.
        kinds: of mouths, of :data:`~..mouths.KINDS` and ``rewrite``; empty: all there are.
        frames: of each clip, from its beginning.
        quick: few frames of two clips, one kind of mouth.
        detector: train the seam detector too, and hold a hard paste against it.
        device: where pixels are worked on; results of different devices are not mixed.
        tracks: folder of tracks ``<clip>.npz`` of whole clips, taken where there is one.
    """

    clips: Path
    out: Path
    configs: Path | None = None
    kinds: tuple[str, ...] = ()
    frames: int = FRAMES
    quick: bool = False
    detector: bool = False
    device: str = "cpu"
    tracks: Path | None = None

    def paths(self) -> list[Path]:
        """The clips.

        Raises:
            SeamSyncError: there are none.
        """
        found = sorted(self.clips.glob("*.mp4"))
        if not found:
            raise SeamSyncError(f"no .mp4 clips in {self.clips}; name a folder that has them with --clips")
        return found[:QUICK_CLIPS] if self.quick else found

    def mouths(self) -> list[str]:
        """The kinds of mouth.

        Raises:
            SeamSyncError: an unknown one, or the embedded generator without speech.
        """
        spoken = speech_beside(self.paths()[0]) is not None
        for kind in self.kinds:
            check_choice("kind of mouth", kind, (*KINDS, REWRITE))
        if REWRITE in self.kinds and not spoken:
            raise SeamSyncError(f"{REWRITE} needs speech: put a .wav beside the clips in {self.clips}")
        if self.kinds:
            return list(self.kinds)
        return QUICK_KINDS if self.quick else [*KINDS, *([REWRITE] if spoken else [])]

    def configurations(self) -> list[Configuration]:
        """Those of the file, the original first, the hard paste last where the detector is asked for."""
        found = [Configuration(ORIGINAL, None), *read_configurations(self.configs)]
        if self.detector and HARD_PASTE not in [one.name for one in found]:
            found.append(Configuration(HARD_PASTE, hard_edged(PRESETS[BASELINE])))
        return found


def run_quality(options: QualityRun, progress: Progress = no_progress) -> list[Standing]:
    """Run what is missing, write everything, and print the ranking.

    Returns:
        The ranking, best first.

    Raises:
        SeamSyncError: wrong options, no clip could be used, or the folder cannot be written.
    """
    check_folder(options.out)
    check_range("frames", options.frames, 2, 10**6)
    configurations, device = options.configurations(), pick_device(options.device)
    for one in configurations:
        if one.settings is not None:
            load_face_readers(one.settings.mask, device)  # what is missing is said before hours of work
    jobs, notes = _run_jobs(options, configurations, device, progress)
    numbers = {
        name: {(job.clip, job.kind): job.numbers() for job in column} for name, column in jobs.items() if name != ORIGINAL
    }
    standings = rank(numbers)
    detections = detect_all(options.out, jobs) if options.detector else {}
    _write(options, jobs, standings, detections, notes)
    return standings


def _run_jobs(
    options: QualityRun, configurations: Sequence[Configuration], device: torch.device, progress: Progress
) -> tuple[Jobs, list[str]]:
    """All jobs, clip by clip; a clip that cannot be used is left out with a note."""
    jobs: Jobs = {one.name: [] for one in configurations}
    paths, kinds, notes, code = options.paths(), options.mouths(), [], code_version()
    total, done = len(paths) * len(kinds) * len(configurations), 0
    for path in paths:
        for kind in kinds:
            try:
                target = _target(options, path, code)
                for job in _clip_jobs(options.out, target, kind, configurations, code, device):
                    done += 1
                    progress(STAGE, done, total)
                    jobs[job.configuration.name].append(job)
            except Cancelled:
                raise
            except SeamSyncError as error:
                notes.append(f"{path.name} with {kind} mouths is left out: {error}")
                _drop(jobs, path.stem, kind)
        mine = [job for name, column in jobs.items() if name != ORIGINAL for job in column if job.clip == path.stem]
        if mine:
            write_frames(options.out, path.stem, mine)
    if not jobs[ORIGINAL]:
        raise SeamSyncError("no clip could be used; " + "; ".join(notes))
    return jobs, notes


def _drop(jobs: Jobs, clip: str, kind: str) -> None:
    """Leave out what some configurations have and others do not."""
    for column in jobs.values():
        column[:] = [job for job in column if (job.clip, job.kind) != (clip, kind)]


def _target(options: QualityRun, path: Path, code: str) -> Target:
    frames = min(options.frames, QUICK_FRAMES) if options.quick else options.frames
    known = digest(file_sha256(path).encode(), code.encode())[:12]
    ready = options.tracks / f"{path.stem}.npz" if options.tracks else None
    return read_target(path, frames, options.out / "tracks" / f"{path.stem}_{frames}_{known}.npz", ready)


def _clip_jobs(
    out: Path, target: Target, kind: str, configurations: Sequence[Configuration], code: str, device: torch.device
) -> Iterator[Job]:
    """The jobs of one clip and kind of mouth, each done by the time it comes; mouths are made only if one is to do."""
    speech = speech_beside(target.path) if kind == REWRITE else None
    facts = job_facts(target, kind, file_sha256(target.path), file_sha256(speech) if speech else "", code, device)
    jobs = [make_job(out, target.path.stem, kind, one, facts) for one in configurations]
    mouths = None
    for job in jobs:
        if not job.done():
            side_path(out, job).unlink(missing_ok=True)
            mouths = mouths or make_mouths(target, kind)
            run_job(job, target, mouths, device)
        if job.configuration.settings is not None:
            write_side(out, jobs[0], job)
        yield job


def _write(
    options: QualityRun, jobs: Jobs, standings: Sequence[Standing], detections: Detections, notes: Sequence[str]
) -> None:
    ranked = [one.name for one in standings]
    more = (detector_columns(detections) if detections else {}) | tally(options.out / "ab")
    write_text(options.out / "summary.csv", as_csv(standings, more))
    write_results(options.out, jobs)
    write_sheets(options.out, jobs, ranked)
    page = write_page(make_pairs(jobs, ranked), options.out / "ab")
    body = {
        "ranking": [{"rank": place, **asdict(one)} for place, one in enumerate(standings, 1)],
        "more": more,
        "detector": {name: {kind: asdict(one) for kind, one in kinds.items()} for name, kinds in detections.items()},
        "clips": [f"{job.clip} {job.kind}" for job in jobs[ORIGINAL]],
        "notes": list(notes),
        "machine": machine(),
        "versions": versions(),
        "commit": commit(),
    }
    write_json(options.out / "summary.json", body)
    print(as_table(standings, more))
    if UNTOUCHED in more.get("detector_auc", {}):
        auc, spread = (more[f"detector_{part}"][UNTOUCHED] for part in ("auc", "spread"))
        print(f"detector on untouched crops: AUC {auc:.3g} ± {spread:.2g}")
    elif detections:
        print("note: the detector needs at least two clips, as it is asked about people it was not trained on")
    for note in notes:
        print(f"note: {note}")
    print(f"{options.out / 'summary.csv'}\n{page}")
