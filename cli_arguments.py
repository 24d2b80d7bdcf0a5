"""What each command of ``seamsync`` takes; :mod:`.cli` runs them."""

from __future__ import annotations

import argparse
from pathlib import Path


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
    generator_arguments(parser)
    shared_arguments(parser)
    track_choices(parser)


def generator_arguments(parser: argparse.ArgumentParser) -> None:
    """What makes the mouths."""
    from .models.base import GENERATORS

    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--generator", default=GENERATORS[0], choices=GENERATORS, help="default: %(default)s, which needs no file"
    )
    which.add_argument("--checkpoint", type=Path, help="a Wav2Lip file of your own: .pth, .pt, .safetensors or .onnx")


def clip_arguments(parser: argparse.ArgumentParser) -> None:
    """The clip, and the part of it to use."""
    parser.add_argument("--face", type=Path, required=True, help="face clip or still picture")
    parser.add_argument("--start", type=float, default=0.0, help="second of the clip to begin at")
    parser.add_argument("--duration", type=float, help="seconds of the clip to use (default: all)")
    parser.add_argument("--fps", help="frame rate to work at, such as 25 or 30000/1001 (default: the clip's own)")


def shared_arguments(parser: argparse.ArgumentParser) -> None:
    """What demo and lipsync have in common: seam, silences, loops, encoding."""
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
    device_arguments(parser)


def device_arguments(parser: argparse.ArgumentParser) -> None:
    """Where it runs, and how quietly."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def track_choices(parser: argparse.ArgumentParser) -> None:
    """Which face, found by what."""
    from .tracking.options import DETECTORS, FACES

    parser.add_argument("--detector", default=DETECTORS[0], choices=DETECTORS, help="default: %(default)s")
    parser.add_argument("--which-face", default=FACES[0], choices=FACES, help="default: %(default)s")
    parser.add_argument("--face-index", type=int, default=0, help="with --which-face index: faces counted from the left")
    parser.add_argument("--min-confidence", type=float, default=0.5, help="faces less certain count as absent")


def track_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync track``."""
    clip_arguments(parser)
    parser.add_argument("-o", "--out", type=Path, required=True, help="track to write: .npz")
    parser.add_argument("--raw", action="store_true", help="save the landmarks as measured, without smoothing")
    device_arguments(parser)
    track_choices(parser)


def inspect_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync inspect``."""
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
    device_arguments(parser)
    track_choices(parser)


def models_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync models``."""
    parser.add_argument("action", nargs="?", choices=("list", "get"), default="list")
    parser.add_argument("name", nargs="?", help="model to fetch")


def bench_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync bench``."""
    from .benchmarks import NAMES

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
