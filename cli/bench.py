"""``seamsync bench``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import SeamSyncError
from .output import Bars


def bench_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync bench``."""
    from ..benchmarks import NAMES

    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name in NAMES:
        one = names.add_parser(name, help=f"the benchmark of {name}")
        one.add_argument("--quick", action="store_true", help="fewer clips and repetitions")
        one.add_argument("--json", type=Path, help="file for the figures")
        one.add_argument("--media", type=Path, help="folder of real clips (default: SEAMSYNC_MEDIA, or ../shared/media)")
    text = "every clip by every configuration: metrics, ranking, contact sheets, side-by-side clips, a blind A/B page"
    quality_arguments(names.add_parser("quality", help=text, description=text[0].upper() + text[1:] + "."))


def quality_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync bench quality``."""
    parser.add_argument("--clips", type=Path, help="folder of .mp4 clips (default: SEAMSYNC_MEDIA, or ../shared/media)")
    parser.add_argument(
        "--configs", type=Path, help="YAML of named settings; lists of values are sweeps (default: the presets)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of results; a run that was stopped goes on there")
    parser.add_argument("--kinds", help="mouths, such as 96,256: simulated ones, or 'rewrite' with a .wav beside the clips")
    parser.add_argument("--frames", type=int, default=75, help="of each clip, from its beginning (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="20 frames of two clips, one kind of mouth")
    parser.add_argument("--detector", action="store_true", help="also train a network to find the seam")
    parser.add_argument("--tracks", type=Path, help="folder of tracks CLIP.npz to take instead of tracking")
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda or mps (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def run_bench(arguments: argparse.Namespace, bars: Bars) -> int:
    """Run a benchmark."""
    from ..benchmarks import run

    if arguments.name == "quality":
        return _run_quality(arguments, bars)
    return run(arguments.name, media=arguments.media, quick=arguments.quick, json_path=arguments.json)


def _run_quality(arguments: argparse.Namespace, bars: Bars) -> int:
    from ..benchmarks import find_media
    from ..benchmarks.harness.run import QualityRun, run_quality

    clips = arguments.clips or find_media()
    if clips is None:
        raise SeamSyncError("no folder of clips; name one with --clips or SEAMSYNC_MEDIA")
    kinds = tuple(kind.strip() for kind in (arguments.kinds or "").split(",") if kind.strip())
    names = ("out", "configs", "frames", "quick", "detector", "device", "tracks")
    try:
        run_quality(QualityRun(clips, kinds=kinds, **{name: getattr(arguments, name) for name in names}), bars)
    except KeyboardInterrupt:
        bars.note(f"the results of finished jobs are in {arguments.out}; the same command goes on with the others")
        raise
    return 0
