"""The command: ``seamsync demo | lipsync | wav2lip | track | inspect | queue | models | bench``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from . import cli_arguments as takes
from .cli_output import Bars, tell, tell_report, tell_result, write_text
from .cli_queue import queue_arguments, run_queue
from .cli_wav2lip import run_wav2lip, wav2lip_arguments
from .errors import SeamSyncError, check_folder

#: Exit codes: the user's input was wrong; the user stopped the job (as shells do, 128 + SIGINT).
FAILED, STOPPED = 1, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code.

    Args:
        argv: arguments without the program's name; ``None`` takes those of the process.
    """
    bars = Bars()
    _stop_on_sigterm()
    try:
        given = sys.argv[1:] if argv is None else argv
        arguments = _parser(given).parse_args(given)
        bars = Bars(quiet=getattr(arguments, "quiet", False))
        return arguments.run(arguments, bars) or 0
    except SeamSyncError as error:
        bars.close()
        print(f"seamsync: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        bars.close()
        print("seamsync: stopped; no unfinished file was left behind", file=sys.stderr)
        return STOPPED
    finally:
        bars.close()


def program() -> NoReturn:
    """The program ``seamsync``: :func:`main`, whose exit code is the process's; a stopped one ends at once.

    By then no file is open and none is left. What Python would yet do is take torch down, module by module: 0.5 s, and 4 s
    on a busy machine, in which a frame that is still being encoded could come to its end under the interpreter's.
    """
    code = main()
    if code == STOPPED:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _stop_on_sigterm() -> None:
    """Let a service manager's stop clean up as Ctrl-C does."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """Every command, with the arguments of the one that is given: some take their choices from modules that import torch."""
    chosen = next((word for word in given if not word.startswith("-")), None)
    parser = argparse.ArgumentParser(prog="seamsync", description="Lip-sync that leaves no seam.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, add, run, text in (
        ("demo", takes.demo_arguments, _demo, "make a lip-synced video from the bundled sample"),
        ("lipsync", takes.lipsync_arguments, _lipsync, "make a face video speak an audio file"),
        ("wav2lip", wav2lip_arguments, run_wav2lip, "Wav2Lip with the flags of its own command and of the enhanced fork"),
        ("track", takes.track_arguments, _track, "track the face of a clip and save it"),
        ("inspect", takes.inspect_arguments, _inspect, "measure a finished result, of any tool, against its original"),
        ("queue", queue_arguments, run_queue, "run a workflow on ComfyUI servers, with other inputs"),
        ("models", takes.models_arguments, _models, "list the models, or fetch one"),
        ("bench", takes.bench_arguments, _bench, "run a benchmark"),
    ):
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == chosen:
            add(command)
        command.set_defaults(run=run)
    return parser


def _demo(arguments: argparse.Namespace, bars: Bars) -> int:
    from .models import weights
    from .pipeline import lipsync

    check_folder(arguments.out)
    status, _ = weights.status("facemesh")
    if status != "present":
        print("fetching the face detector and the face mesh (Apache-2.0, 36 MB, once) …", file=sys.stderr)
        weights.fetch("facemesh", bars)
    sample = Path(__file__).parent / "sample"
    arguments.out.mkdir(parents=True, exist_ok=True)
    out, options = arguments.out / "demo.mp4", _options(arguments, _config(arguments).settings)
    result = lipsync(sample / "face.mp4", sample / "speech.wav", out, options=options, progress=bars, warn=bars.note)
    bars.close()
    tell_result(result, result.report.save(arguments.out))
    return 0


def _lipsync(arguments: argparse.Namespace, bars: Bars) -> int:
    from .media.audio import load_audio, normalise_loudness
    from .media.encode import check_target
    from .pipeline import lipsync
    from .tracking.track import FaceTrack

    check_target(arguments.out, (arguments.face, arguments.audio))
    if arguments.report:
        check_folder(arguments.report)
    speech = load_audio(
        arguments.audio, start=arguments.audio_start, duration=arguments.audio_duration, offset=arguments.audio_offset
    )
    if arguments.loudness is not None:
        speech = normalise_loudness(speech, arguments.loudness)
    track = FaceTrack.load(arguments.track) if arguments.track else None
    config, saved = _config(arguments), []  # read once: a settings file may be a pipe
    options = _options(arguments, config.settings)
    result = lipsync(_source(arguments), speech, arguments.out, options=options, track=track, progress=bars, warn=bars.note)
    bars.close()
    if arguments.report or config.metrics_csv or config.seam_ring:
        report = result.report.with_inputs(face=arguments.face, audio=arguments.audio, track=arguments.track)
        saved = report.save(arguments.report or arguments.out.parent, config.run_tag, seam_ring=config.seam_ring)
    tell_result(result, saved)
    return 0


def _track(arguments: argparse.Namespace, bars: Bars) -> int:
    from .pipeline import require_face, track_video
    from .tracking.smooth import SmoothOptions

    source = _source(arguments)
    check_folder(arguments.out.parent)
    smooth = None if arguments.raw else SmoothOptions()
    track = track_video(source, options=_track_options(arguments), smooth=smooth, device=arguments.device, progress=bars)
    bars.close()
    require_face(track, source.info.name)
    hidden = int((~track.visible).sum())
    tell(track.save(arguments.out), [*source.warnings, *([f"{hidden} of {len(track)} frames show no face"] if hidden else [])])
    return 0


def _inspect(arguments: argparse.Namespace, bars: Bars) -> int:
    from .media.video import VideoReader, parse_rate
    from .pipeline import inspect_video
    from .tracking.track import FaceTrack

    for folder in (arguments.json and arguments.json.parent, arguments.report):
        if folder:
            check_folder(folder)
    rate = parse_rate(arguments.fps) if arguments.fps else None
    clips = [VideoReader(clip, fps=rate) for clip in (arguments.original, arguments.result)]
    sound = arguments.audio or (arguments.result if clips[1].info.has_audio else None)
    report = inspect_video(
        *clips,
        track=FaceTrack.load(arguments.track) if arguments.track else None,
        mask=arguments.mask,
        audio=sound,
        span=(arguments.start, arguments.duration),
        options=_track_options(arguments),
        device=arguments.device,
        progress=bars,
    )
    bars.close()
    report = report.with_inputs(
        original=arguments.original, result=arguments.result, mask=arguments.mask, audio=arguments.audio
    )
    saved = report.save(arguments.report) if arguments.report else []
    if arguments.json:
        saved.append(write_text(arguments.json, report.to_json()))
    tell_report(report, saved)
    return 0


def _models(arguments: argparse.Namespace, bars: Bars) -> int:
    from .models import registry, weights

    if arguments.action == "get":
        if not arguments.name:
            raise SeamSyncError(f"which model? one of {', '.join(registry.names())}")
        paths = weights.fetch(arguments.name, bars)
        bars.close()
        for path in paths.values():
            print(path)
        return 0
    for name in registry.names():
        entry = registry.get(name)
        status, path = weights.status(name)
        print(f"{name:<16} {status:<8} {entry.purpose}")
        print(f"{'':<16} {entry.terms}; {path}")
    return 0


def _bench(arguments: argparse.Namespace, bars: Bars) -> int:
    from .benchmarks import run

    if arguments.name == "quality":
        return _quality(arguments, bars)
    return run(arguments.name, media=arguments.media, quick=arguments.quick, json_path=arguments.json)


def _quality(arguments: argparse.Namespace, bars: Bars) -> int:
    from .benchmarks import find_media
    from .benchmarks.quality import QualityRun, run_quality

    clips = arguments.clips or find_media()
    if clips is None:
        raise SeamSyncError("no folder of clips; name one with --clips or SEAMSYNC_MEDIA")
    kinds = tuple(kind.strip() for kind in (arguments.kinds or "").split(",") if kind.strip())
    names = ("out", "configs", "frames", "quick", "detector", "device", "tracks")
    run_quality(QualityRun(clips, kinds=kinds, **{name: getattr(arguments, name) for name in names}), bars)
    return 0


def _source(arguments: argparse.Namespace) -> Any:
    from .media.video import VideoReader, parse_rate

    rate = parse_rate(arguments.fps) if arguments.fps else None
    return VideoReader(arguments.face, start=arguments.start, duration=arguments.duration, fps=rate)


def _track_options(arguments: argparse.Namespace) -> Any:
    from .tracking.options import TrackOptions

    return TrackOptions(
        detector=arguments.detector,
        face=arguments.which_face,
        index=arguments.face_index,
        min_confidence=arguments.min_confidence,
    )


def _options(arguments: argparse.Namespace, seam: Any) -> Any:
    from .media.encode import EncodeSettings
    from .models.base import GenerateOptions
    from .pipeline import LipSyncOptions
    from .tracking.options import TrackOptions

    generate = GenerateOptions(
        silence=arguments.silence, loop=arguments.loop, keep_rest=arguments.keep_rest, strength=arguments.strength
    )
    encode = EncodeSettings(crf=arguments.crf, preset=arguments.encoder_preset, lossless=arguments.lossless)
    track = _track_options(arguments) if hasattr(arguments, "detector") else TrackOptions()
    chosen = {"generator": arguments.checkpoint or arguments.generator} if hasattr(arguments, "checkpoint") else {}
    return LipSyncOptions(seam=seam, generate=generate, encode=encode, track=track, device=arguments.device, **chosen)


def _config(arguments: argparse.Namespace) -> Any:
    """The preset, with the settings file over it."""
    from .blending.config import SeamConfig, read_config
    from .blending.presets import preset

    base = preset(arguments.preset)
    return read_config(arguments.config, base) if arguments.config else SeamConfig(base)


if __name__ == "__main__":
    program()
