"""``seamsync wav2lip``: the command line of Wav2Lip and its enhanced fork, on SeamSync's engine."""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import Any

from ...errors import check_folder
from ..arguments import resume_form
from ..output import Bars, print_lipsync_result
from .flags import FLAGS, REQUIRED
from .values import Flag

_SLOWLY = "--temporal_smooth smooths the landmarks now, not the picture: it does not slow the motion, and is seldom needed"


def wav2lip_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``seamsync wav2lip``: those of the table, and a few of SeamSync's own."""
    for flag in FLAGS:
        text = flag.help if flag.default is None else f"{flag.help} (default: {default_text(flag)})"
        parser.add_argument(f"--{flag.name}", default=flag.default, help=text.replace("%", "%%"), **flag.options)
    own = parser.add_argument_group("SeamSync's own")
    own.add_argument("--explain", action="store_true", help="print what every flag sets and why, and do nothing else")
    own.add_argument("--track", type=Path, help="face track (.npz): used where it exists, otherwise made and kept there")
    own.add_argument("--resume", **resume_form())
    own.add_argument("--report", type=Path, help="folder for seam.csv, seam.json and seam.html")
    own.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: %(default)s)")
    own.add_argument("--quiet", action="store_true", help="no progress bars")
    parser.set_defaults(refuse=parser.error)


def run_wav2lip(arguments: argparse.Namespace, bars: Bars) -> int:
    """Do what the arguments ask for; returns the exit code.

    Raises:
        SeamSyncError: says what is wrong with the input and what to do.
    """
    if arguments.explain:
        sys.stdout.write(explain(arguments) + "\n")
        return 0
    missing = [f"--{name}" for name in REQUIRED if getattr(arguments, name) is None]
    if missing:
        arguments.refuse(f"the following arguments are required: {', '.join(missing)}")

    from ..arguments import runtime_of
    from .job import make_job, perform

    if arguments.temporal_smooth:
        bars.note(_SLOWLY)
    if arguments.report:
        check_folder(arguments.report)
    job = make_job(arguments)
    result = perform(job, cache=arguments.track, resume=arguments.resume, runtime=runtime_of(arguments, bars))
    bars.close()
    print_lipsync_result(result, result.report.save(arguments.report) if arguments.report else [])
    return 0


def explain(arguments: argparse.Namespace) -> str:
    """What every flag sets with these arguments, and why; then the flags without effect."""
    lines = [
        "What the flags of Wav2Lip and of its enhanced fork set here. Not set by any flag: a clip shorter than the speech",
        "plays there and back (the original jumps to its start); every frame gets a mouth, the last ones too.",
    ]
    for flag in FLAGS:
        if not flag.sets:
            continue
        lines += ["", f"--{flag.name} {_text(getattr(arguments, flag.name))}".rstrip()]
        given = flag.settings(arguments)
        lines += [f"    {name} = {_text(given[name])}" if name in given else f"    {name}: left as it is" for name in flag.sets]
        lines += textwrap.wrap(flag.why, 112, initial_indent="    ", subsequent_indent="    ")
    lines += ["", "Of no effect:"]
    lines += [f"    --{flag.name}: {flag.why}" for flag in FLAGS if not flag.sets]
    return "\n".join(lines)


def default_text(flag: Flag) -> str:
    """A flag's default as one would type it."""
    return "off" if flag.default is False else _text(flag.default)


def _text(value: Any) -> str:
    """A value as one would type it."""
    if isinstance(value, list | tuple):
        return " ".join(map(_text, value))
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)
