"""The command: ``seamsync demo | lipsync | track | models | bench``."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from .tensors import SeamSyncError, check_folder

#: Exit codes: the user's input was wrong; the user stopped the job (as shells do, 128 + SIGINT).
FAILED, STOPPED = 1, 130


class Bars:
    """A progress bar for each stage, on stderr; callable as :data:`~seamsync.tensors.Progress`."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._stage = ""
        self._bar: tqdm[Any] | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` frames of ``stage`` are through."""
        if stage != self._stage:
            self.close()
            self._stage = stage
            unit = "B" if stage.startswith("fetch") else " frames"
            self._bar = tqdm(
                total=total, desc=f"{stage:<11}", unit=unit, unit_scale=unit == "B", disable=self._quiet, file=sys.stderr
            )
        assert self._bar is not None
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """End the line of the running bar."""
        if self._bar is not None:
            self._bar.close()
        self._bar, self._stage = None, ""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code.

    Args:
        argv: arguments without the program's name; ``None`` takes those of the process.
    """
    bars = Bars()
    _stop_on_sigterm()
    try:
        arguments = _parser().parse_args(argv)
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


def _stop_on_sigterm() -> None:
    """Let a service manager's stop clean up as Ctrl-C does."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="seamsync", description="Lip-sync that leaves no seam.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, add, run, text in (
        ("demo", _demo_arguments, _demo, "make a lip-synced video from the bundled sample"),
        ("lipsync", _lipsync_arguments, _lipsync, "make a face video speak an audio file"),
        ("track", _track_arguments, _track, "track the face of a clip and save it"),
        ("models", _models_arguments, _models, "list the models, or fetch one"),
        ("bench", _bench_arguments, _bench, "run a benchmark"),
    ):
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        add(command)
        command.set_defaults(run=run)
    return parser


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("seamsync-demo"), help="folder for the result (default: %(default)s)")
    _shared_arguments(parser)


def _lipsync_arguments(parser: argparse.ArgumentParser) -> None:
    _clip_arguments(parser)
    parser.add_argument("--audio", type=Path, required=True, help="speech: any file with sound")
    parser.add_argument("-o", "--out", type=Path, required=True, help="video to write: .mp4, .mov or .mkv")
    parser.add_argument("--audio-start", type=float, default=0.0, help="second of the speech to begin at")
    parser.add_argument("--audio-duration", type=float, help="seconds of the speech to use (default: all)")
    parser.add_argument("--audio-offset", type=float, default=0.0, help="seconds to delay the speech; negative cuts into it")
    parser.add_argument("--loudness", type=float, help="normalise the speech to this loudness in LUFS, such as -16")
    parser.add_argument("--report", type=Path, help="folder for seam.csv and seam.json")
    parser.add_argument("--track", type=Path, help="face track of this clip made by 'seamsync track'")
    _shared_arguments(parser)
    _track_choices(parser)


def _clip_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--face", type=Path, required=True, help="face clip or still picture")
    parser.add_argument("--start", type=float, default=0.0, help="second of the clip to begin at")
    parser.add_argument("--duration", type=float, help="seconds of the clip to use (default: all)")
    parser.add_argument("--fps", help="frame rate to work at, such as 25 or 30000/1001 (default: the clip's own)")


def _shared_arguments(parser: argparse.ArgumentParser) -> None:
    from .blending.presets import PRESETS
    from .media.clips import LOOPS
    from .models.base import SILENCES

    parser.add_argument("--preset", default="natural", help=f"seam settings: {', '.join(PRESETS)} (default: %(default)s)")
    parser.add_argument("--config", type=Path, help="settings file (YAML, or seam.json of an earlier run) over the preset")
    parser.add_argument("--silence", default="closed", choices=SILENCES, help="the mouth while nobody speaks")
    parser.add_argument("--loop", default="ping-pong", choices=LOOPS, help="how a clip shorter than the speech goes on")
    parser.add_argument("--keep-rest", action="store_true", help="let a clip longer than the speech run to its own end")
    parser.add_argument("--strength", type=float, default=1.0, help="how wide the mouth opens (default: %(default)s)")
    parser.add_argument("--crf", type=float, default=16, help="H.264 quality, lower is better (default: %(default)s)")
    parser.add_argument("--encoder-preset", default="fast", help="x264 speed preset (default: %(default)s)")
    parser.add_argument("--lossless", action="store_true", help="lossless H.264: pixels outside the mask stay bit-identical")
    _device_arguments(parser)


def _device_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def _track_choices(parser: argparse.ArgumentParser) -> None:
    from .tracking.detect import DETECTORS, FACES

    parser.add_argument("--detector", default=DETECTORS[0], choices=DETECTORS, help="default: %(default)s")
    parser.add_argument("--which-face", default=FACES[0], choices=FACES, help="default: %(default)s")
    parser.add_argument("--face-index", type=int, default=0, help="with --which-face index: faces counted from the left")
    parser.add_argument("--min-confidence", type=float, default=0.5, help="faces less certain count as absent")


def _track_arguments(parser: argparse.ArgumentParser) -> None:
    _clip_arguments(parser)
    parser.add_argument("-o", "--out", type=Path, required=True, help="track to write: .npz")
    parser.add_argument("--raw", action="store_true", help="save the landmarks as measured, without smoothing")
    _device_arguments(parser)
    _track_choices(parser)


def _models_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("list", "get"), default="list")
    parser.add_argument("name", nargs="?", help="model to fetch")


def _bench_arguments(parser: argparse.ArgumentParser) -> None:
    from .benchmarks import NAMES

    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--quick", action="store_true", help="fewer clips and repetitions")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--media", type=Path, help="folder of real clips (default: SEAMSYNC_MEDIA, or ../shared/media)")


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
    result = lipsync(
        sample / "face.mp4", sample / "speech.wav", arguments.out / "demo.mp4", options=_options(arguments), progress=bars
    )
    bars.close()
    result.report.save(arguments.out)
    _tell_result(result)
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
    result = lipsync(_source(arguments), speech, arguments.out, options=_options(arguments), track=track, progress=bars)
    bars.close()
    config = _config(arguments)
    if arguments.report or config.metrics_csv:
        result.report.save(arguments.report or arguments.out.parent, config.run_tag)
    _tell_result(result)
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
    _tell(track.save(arguments.out), [*source.warnings, *([f"{hidden} of {len(track)} frames show no face"] if hidden else [])])
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

    return run(arguments.name, media=arguments.media, quick=arguments.quick, json_path=arguments.json)


def _source(arguments: argparse.Namespace) -> Any:
    from .media.video import VideoReader, parse_rate

    rate = parse_rate(arguments.fps) if arguments.fps else None
    return VideoReader(arguments.face, start=arguments.start, duration=arguments.duration, fps=rate)


def _track_options(arguments: argparse.Namespace) -> Any:
    from .tracking.detect import TrackOptions

    return TrackOptions(
        detector=arguments.detector,
        face=arguments.which_face,
        index=arguments.face_index,
        min_confidence=arguments.min_confidence,
    )


def _options(arguments: argparse.Namespace) -> Any:
    from .media.encode import EncodeSettings
    from .models.base import GenerateOptions
    from .pipeline import LipSyncOptions
    from .tracking.detect import TrackOptions

    generate = GenerateOptions(
        silence=arguments.silence, loop=arguments.loop, keep_rest=arguments.keep_rest, strength=arguments.strength
    )
    encode = EncodeSettings(crf=arguments.crf, preset=arguments.encoder_preset, lossless=arguments.lossless)
    track = _track_options(arguments) if hasattr(arguments, "detector") else TrackOptions()
    seam = _config(arguments).settings
    return LipSyncOptions(seam=seam, generate=generate, encode=encode, track=track, device=arguments.device)


def _config(arguments: argparse.Namespace) -> Any:
    """The preset, with the settings file over it."""
    from .blending.config import SeamConfig, read_config
    from .blending.presets import preset

    base = preset(arguments.preset)
    return read_config(arguments.config, base) if arguments.config else SeamConfig(base)


def _tell_result(result: Any) -> None:
    """A line on what was made, the notes, and the path last."""
    made = result.mouths.source
    summary = result.report.summary
    how = " ".join(str(made[key]) for key in ("name", "mode") if key in made)
    print(f"{summary['composited']} of {summary['frames']} frames have a new mouth ({how})")
    _tell(result.path, result.report.notes)


def _tell(path: Path, notes: Sequence[str]) -> None:
    for note in notes:
        print(f"note: {note}")
    print(path.resolve())


if __name__ == "__main__":
    sys.exit(main())
