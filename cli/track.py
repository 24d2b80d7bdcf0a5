"""``seamsync track``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import check_folder
from . import arguments as shared
from .arguments import clip_arguments, device_arguments, read_clip, runtime_of, smooth_options, track_options
from .output import Bars, print_path


def track_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync track``."""
    clip_arguments(parser)
    parser.add_argument("-o", "--out", type=Path, required=True, help="track to write: .npz")
    parser.add_argument("--raw", action="store_true", help="save the landmarks as measured, without smoothing")
    device_arguments(parser)
    shared.track_arguments(parser)


def run_track(arguments: argparse.Namespace, bars: Bars) -> int:
    """Track the face of a clip and save it."""
    from ..pipeline import require_face, track_video

    source = read_clip(arguments)
    check_folder(arguments.out.parent)
    smooth = None if arguments.raw else smooth_options(arguments)
    runtime = runtime_of(arguments, bars)
    track = track_video(source, options=track_options(arguments), smooth=smooth, runtime=runtime)
    bars.close()
    require_face(track, source.info.name)
    hidden = int((~track.visible).sum())
    notes = [f"{hidden} of {len(track)} frames show no face"] if hidden else []
    print_path(track.save(arguments.out), [*source.warnings, *notes])
    return 0
