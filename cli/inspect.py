"""``seamsync inspect``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ..errors import check_folder
from .arguments import add_settings, device_arguments, read_options, runtime_of, track_arguments, track_options
from .output import Bars, print_report, write_text


def inspect_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync inspect``."""
    from ..media.read_options import ReadOptions

    parser.add_argument("--original", type=Path, required=True, help="the clip that the result was made of")
    parser.add_argument("--result", type=Path, required=True, help="the finished video, of any tool")
    parser.add_argument("--track", type=Path, help="face track of the original made by 'seamsync track'")
    parser.add_argument("--mask", type=Path, help="picture or video, white where the new mouth is (default: found)")
    parser.add_argument("--audio", type=Path, help="the speech that drove the result (default: the result's own sound)")
    parser.add_argument("--start", type=float, default=0.0, help="second of the result to begin at")
    parser.add_argument("--duration", type=float, help="seconds to compare (default: all)")
    parser.add_argument("--fps", help="frame rate to read both at, such as 25 (default: their own)")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--report", type=Path, help="folder for the whole report")
    add_settings(parser, ReadOptions)
    device_arguments(parser)
    track_arguments(parser, smooth=False)


def run_inspect(arguments: argparse.Namespace, bars: Bars) -> int:
    """Measure a finished result against its original."""
    from ..media.audio import load_audio
    from ..media.video import VideoReader, parse_rate
    from ..pipeline import inspect_video
    from ..tracking.track import FaceTrack

    for folder in (arguments.json and arguments.json.parent, arguments.report):
        if folder:
            check_folder(folder)
    rate = parse_rate(arguments.fps) if arguments.fps else None
    options = read_options(arguments)
    result_options = replace(options, video_track=0)  # tracks are chosen in the original and in the speech
    original = VideoReader(arguments.original, fps=rate, options=options)
    result = VideoReader(arguments.result, fps=rate, options=result_options)
    speech = arguments.audio or (arguments.result if result.info.has_audio else None)
    report = inspect_video(
        original,
        result,
        track=FaceTrack.load(arguments.track, bars.note) if arguments.track else None,
        mask=arguments.mask,
        audio=load_audio(speech, options=result_options) if speech else None,
        span=(arguments.start, arguments.duration),
        options=track_options(arguments),
        runtime=runtime_of(arguments, bars),
    )
    bars.close()
    report = report.with_inputs(
        original=arguments.original, result=arguments.result, mask=arguments.mask, audio=arguments.audio
    )
    saved = report.save(arguments.report) if arguments.report else []
    if arguments.json:
        saved.append(write_text(arguments.json, report.to_json()))
    print_report(report, saved)
    return 0
