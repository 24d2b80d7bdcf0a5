"""Arguments that several commands of ``seamsync`` share, derived from the settings that they set."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ..errors import SeamSyncError, printable, shown
from ..options import Setting, Settings, from_values, settings_of
from ..parsing import parse_plain, parsed
from ..runtime import Runtime
from .output import Bars

T = TypeVar("T", bound=Settings)

#: Flags that are not called as their settings, because a command has another setting of that name.
TRACK_FLAGS = {"face": "which-face", "index": "face-index"}
SMOOTH_FLAGS = {
    name: f"smooth-{name}" for name in ("method", "strength", "shape", "lips", "window", "weight", "cutoff", "beta")
}
ENCODE_FLAGS = {"preset": "encoder-preset"}


def add_settings(parser: argparse.ArgumentParser, kind: type[Settings], flags: Mapping[str, str] | None = None) -> None:
    """Add a flag for every declared setting of a class.

    Args:
        parser: of the command.
        kind: the settings class.
        flags: setting → flag, where the flag is not ``--`` and the setting's name with hyphens.
    """
    for setting in settings_of(kind):
        flag = _flag(setting, flags)
        old = [f"--{name.replace('_', '-')}" for name in setting.old if not flags or setting.name not in flags]
        parser.add_argument(f"--{flag}", *old, dest=flag.replace("-", "_"), default=None, **_form(setting))


def read_settings(arguments: argparse.Namespace, kind: type[T], flags: Mapping[str, str] | None = None) -> T:
    """Make the settings object from the flags of :func:`add_settings`; what was not given keeps its default.

    Raises:
        SeamSyncError: a value that is not allowed.
    """
    given = {one.name: getattr(arguments, _flag(one, flags).replace("-", "_"), None) for one in settings_of(kind)}
    return from_values(kind, {name: value for name, value in given.items() if value is not None})


def _flag(setting: Setting, flags: Mapping[str, str] | None) -> str:
    return (flags or {}).get(setting.name, setting.name.replace("_", "-"))


def _form(setting: Setting) -> dict[str, Any]:
    """How argparse reads a setting; ranges and choices are checked by the settings object, whose messages are kinder."""
    text = setting.tooltip.rstrip(".").replace("%", "%%")
    if setting.kind == "switch":
        return {"action": argparse.BooleanOptionalAction, "help": f"{text} (default: {'on' if setting.default else 'off'})"}
    range_ = f"{setting.low:g}…{setting.high:g}, " if setting.kind in ("number", "whole") else ""
    kind = {"number": float, "whole": int}.get(setting.kind, str)
    known = f": {', '.join(setting.choices)}" if setting.kind == "choice" else ""
    return {"type": kind, "metavar": setting.name.upper(), "help": f"{text}{known} ({range_}default: {setting.default})"}


def clip_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the clip, and the part of it to use."""
    from ..media.read_options import ReadOptions

    parser.add_argument("--face", type=Path, required=True, help="face clip or still picture")
    parser.add_argument("--start", type=float, default=0.0, help="second of the clip to begin at")
    parser.add_argument("--duration", type=float, help="seconds of the clip to use (default: all)")
    parser.add_argument("--fps", help="frame rate to work at, such as 25 or 30000/1001 (default: the clip's own)")
    add_settings(parser, ReadOptions)


def shared_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what demo and lipsync have in common: seam, silences, loops, encoding."""
    from ..blending.presets import PRESETS
    from ..media.encode_options import EncodeSettings
    from ..models.options import GenerateOptions

    parser.add_argument("--preset", default="natural", help=f"seam settings: {', '.join(PRESETS)} (default: %(default)s)")
    parser.add_argument("--config", type=Path, help="settings file (YAML, or seam.json of an earlier run) over the preset")
    text = "one value over preset and settings file, such as mask.feather=0.2; may be given again (docs/settings.md)"
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=text)
    add_settings(parser, GenerateOptions)
    add_settings(parser, EncodeSettings, ENCODE_FLAGS)
    device_arguments(parser)


def device_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where it runs, and how quietly."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def resume_form() -> dict[str, Any]:
    """Return the form of ``--resume``, the switch that keeps the work of a stopped job, or the folder to keep it in."""
    text = (
        "keep track and mouths while the job runs, beside the output or in FOLDER, and go on from what a stopped run of the "
        "same job kept; deleted when the job succeeds"
    )
    return {"type": Path, "nargs": "?", "const": True, "default": False, "metavar": "FOLDER", "help": text}


def runtime_of(arguments: argparse.Namespace, bars: Bars) -> Runtime:
    """Return the chosen device, with the terminal's progress and warnings."""
    return Runtime(arguments.device, progress=bars, warn=bars.note)


def track_arguments(parser: argparse.ArgumentParser, *, smooth: bool = True) -> None:
    """Add which face is tracked, by what, and how its landmarks are smoothed."""
    from ..tracking.options import SmoothOptions, TrackOptions

    add_settings(parser, TrackOptions, TRACK_FLAGS)
    if smooth:
        add_settings(parser, SmoothOptions, SMOOTH_FLAGS)


def read_clip(arguments: argparse.Namespace) -> Any:
    """Open the clip that the arguments name, cut and resampled as they say."""
    from ..media.video import VideoReader, parse_rate

    rate = parse_rate(arguments.fps) if arguments.fps else None
    span = {"start": arguments.start, "duration": arguments.duration}
    return VideoReader(arguments.face, fps=rate, options=read_options(arguments), **span)


def read_options(arguments: argparse.Namespace) -> Any:
    """Read the choice of tracks from the arguments."""
    from ..media.read_options import ReadOptions

    return read_settings(arguments, ReadOptions)


def track_options(arguments: argparse.Namespace) -> Any:
    """Read the options of the tracker from the arguments."""
    from ..tracking.options import TrackOptions

    return read_settings(arguments, TrackOptions, TRACK_FLAGS)


def smooth_options(arguments: argparse.Namespace) -> Any:
    """Read the options of the smoothing from the arguments."""
    from ..tracking.options import SmoothOptions

    return read_settings(arguments, SmoothOptions, SMOOTH_FLAGS)


def read_assignments(assignments: Sequence[str]) -> dict[str, Any]:
    """Read ``mask.feather=0.2`` and the like into the nested form of a settings file.

    Raises:
        SeamSyncError: a word without ``=``, or a value that is not YAML.
    """
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, separator, text = assignment.partition("=")
        if not separator or not name.strip():
            raise SeamSyncError(f"--set takes NAME=VALUE, such as mask.feather=0.2, got {shown(assignment)}")
        with parsed(f"--set {printable(name)}: {shown(text)}", "a value", "write a number, true, false or a word"):
            value = parse_plain(text)
        part, dot, setting = name.strip().partition(".")
        if dot:
            values.setdefault(part, {})[setting] = value
        else:
            values[part] = value
    return values
