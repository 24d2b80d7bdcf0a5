"""``seamsync demo`` and ``seamsync lipsync``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import check_folder
from .arguments import (
    ENCODE_FLAGS,
    clip_arguments,
    read_assignments,
    read_clip,
    read_options,
    read_settings,
    resume_form,
    runtime_of,
    shared_arguments,
    smooth_options,
    track_arguments,
    track_options,
)
from .generator import generator_arguments, generator_of
from .output import Bars, print_lipsync_result


def demo_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync demo``."""
    parser.add_argument("--out", type=Path, default=Path("seamsync-demo"), help="folder for the result (default: %(default)s)")
    shared_arguments(parser)


def lipsync_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync lipsync``."""
    clip_arguments(parser)
    parser.add_argument("--audio", type=Path, required=True, help="speech: any file with sound")
    parser.add_argument("-o", "--out", type=Path, required=True, help="video to write: .mp4, .mov or .mkv")
    parser.add_argument("--audio-start", type=float, default=0.0, help="second of the speech to begin at")
    parser.add_argument("--audio-duration", type=float, help="seconds of the speech to use (default: all)")
    parser.add_argument("--audio-offset", type=float, default=0.0, help="seconds to delay the speech; negative cuts into it")
    parser.add_argument("--loudness", type=float, help="normalise the speech to this loudness in LUFS, such as -16")
    parser.add_argument("--report", type=Path, help="folder for seam.csv, seam.json and seam.html")
    parser.add_argument("--track", type=Path, help="face track of this clip made by 'seamsync track'")
    parser.add_argument("--resume", **resume_form())
    generator_arguments(parser)
    shared_arguments(parser)
    track_arguments(parser)


def run_demo(arguments: argparse.Namespace, bars: Bars) -> int:
    """Make a lip-synced video from the bundled sample."""
    from ..models import weights
    from ..pipeline import lipsync

    check_folder(arguments.out)
    status, _ = weights.status("facemesh")
    if status != "present":
        print("fetching the face detector and the face mesh (Apache-2.0, 36 MB, once) …", file=sys.stderr)
        weights.fetch("facemesh", bars)
    sample = Path(__file__).parents[1] / "sample"
    arguments.out.mkdir(parents=True, exist_ok=True)
    out, options = arguments.out / "demo.mp4", _options(arguments, _config(arguments).settings)
    result = lipsync(
        sample / "face.mp4",
        sample / "speech.wav",
        out,
        options=options,
        runtime=runtime_of(arguments, bars),
    )
    bars.close()
    print_lipsync_result(result, result.report.save(arguments.out))
    return 0


def run_lipsync(arguments: argparse.Namespace, bars: Bars) -> int:
    """Make a face video speak an audio file."""
    from ..media.audio import load_audio, normalise_loudness
    from ..media.encode import check_target
    from ..pipeline import lipsync
    from ..tracking.track import FaceTrack

    check_target(arguments.out, (arguments.face, arguments.audio))
    if arguments.report:
        check_folder(arguments.report)
    speech = load_audio(
        arguments.audio,
        start=arguments.audio_start,
        duration=arguments.audio_duration,
        offset=arguments.audio_offset,
        options=replace(read_options(arguments), video_track=0),  # that of the face clip
    )
    if arguments.loudness is not None:
        speech = normalise_loudness(speech, arguments.loudness)
    track = FaceTrack.load(arguments.track, bars.note) if arguments.track else None
    config, saved = _config(arguments), []  # read once: a settings file may be a pipe
    options = _options(arguments, config.settings)
    result = lipsync(
        read_clip(arguments),
        speech,
        arguments.out,
        options=options,
        track=track,
        resume=arguments.resume,
        runtime=runtime_of(arguments, bars),
    )
    bars.close()
    if arguments.report or config.metrics_csv or config.seam_ring:
        report = result.report.with_inputs(face=arguments.face, audio=arguments.audio, track=arguments.track)
        saved = report.save(arguments.report or arguments.out.parent, config.run_tag, seam_ring=config.seam_ring)
    print_lipsync_result(result, saved)
    return 0


def _options(arguments: argparse.Namespace, seam: Any) -> Any:
    from ..media.encode_options import EncodeSettings
    from ..models.options import GenerateOptions
    from ..pipeline import LipSyncOptions

    generate, encode = read_settings(arguments, GenerateOptions), read_settings(arguments, EncodeSettings, ENCODE_FLAGS)
    stages = {"generate": generate, "encode": encode, "track": track_options(arguments), "smooth": smooth_options(arguments)}
    chosen = {"generator": generator_of(arguments)} if hasattr(arguments, "checkpoint") else {}
    return LipSyncOptions(seam=seam, **stages, **chosen)


def _config(arguments: argparse.Namespace) -> Any:
    """Read the preset, the settings file over it, and single values over both."""
    from ..blending.config import SeamConfig, change_config, read_config
    from ..blending.presets import preset

    base = preset(arguments.preset)
    config = read_config(arguments.config, base) if arguments.config else SeamConfig(base)
    return change_config(config, read_assignments(arguments.set))
