"""What each command of ``seamsync`` takes; :mod:`.` runs them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def clip_arguments(parser: argparse.ArgumentParser) -> None:
    """The clip, and the part of it to use."""
    parser.add_argument("--face", type=Path, required=True, help="face clip or still picture")
    parser.add_argument("--start", type=float, default=0.0, help="second of the clip to begin at")
    parser.add_argument("--duration", type=float, help="seconds of the clip to use (default: all)")
    parser.add_argument("--fps", help="frame rate to work at, such as 25 or 30000/1001 (default: the clip's own)")


def shared_arguments(parser: argparse.ArgumentParser) -> None:
    """What demo and lipsync have in common: seam, silences, loops, encoding."""
    from ..blending.presets import PRESETS
    from ..media.clips import LOOPS
    from ..models.base import SILENCES

    parser.add_argument("--preset", default="natural", help=f"seam settings: {', '.join(PRESETS)} (default: %(default)s)")
    parser.add_argument("--config", type=Path, help="settings file (YAML, or seam.json of an earlier run) over the preset")
    parser.add_argument("--silence", default="closed", choices=SILENCES, help="the mouth while nobody speaks")
    parser.add_argument("--loop", default="ping-pong", choices=LOOPS, help="how a clip shorter than the speech goes on")
    parser.add_argument("--keep-rest", action="store_true", help="let a clip longer than the speech run to its own end")
    parser.add_argument("--strength", type=float, default=1.0, help="how wide the mouth opens (default: %(default)s)")
    parser.add_argument("--crf", type=float, default=16, help="H.264 quality, lower is better (default: %(default)s)")
    parser.add_argument("--encoder-preset", default="fast", help="x264 speed preset (default: %(default)s)")
    parser.add_argument("--lossless", action="store_true", help="lossless H.264: pixels outside the mask stay bit-identical")
    device_arguments(parser)


def device_arguments(parser: argparse.ArgumentParser) -> None:
    """Where it runs, and how quietly."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def track_choices(parser: argparse.ArgumentParser) -> None:
    """Which face, found by what."""
    from ..tracking.options import DETECTORS, FACES

    parser.add_argument("--detector", default=DETECTORS[0], choices=DETECTORS, help="default: %(default)s")
    parser.add_argument("--which-face", default=FACES[0], choices=FACES, help="default: %(default)s")
    parser.add_argument("--face-index", type=int, default=0, help="with --which-face index: faces counted from the left")
    parser.add_argument("--min-confidence", type=float, default=0.5, help="faces less certain count as absent")


def read_clip(arguments: argparse.Namespace) -> Any:
    """Open the clip that the arguments name, cut and resampled as they say."""
    from ..media.video import VideoReader, parse_rate

    rate = parse_rate(arguments.fps) if arguments.fps else None
    return VideoReader(arguments.face, start=arguments.start, duration=arguments.duration, fps=rate)


def track_options(arguments: argparse.Namespace) -> Any:
    """Read the options of the tracker from the arguments."""
    from ..tracking.options import TrackOptions

    return TrackOptions(
        detector=arguments.detector,
        face=arguments.which_face,
        index=arguments.face_index,
        min_confidence=arguments.min_confidence,
    )
