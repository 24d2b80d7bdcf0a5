"""The command: ``seamsync demo | lipsync | wav2lip | track | inspect | queue | models | bench``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from ..errors import SeamSyncError, printable, shortage
from ..files import remove_unfinished
from .bench import bench_arguments, run_bench
from .inspect import inspect_arguments, run_inspect
from .lipsync import demo_arguments, lipsync_arguments, run_demo, run_lipsync
from .models import models_arguments, run_models
from .output import Bars
from .queue import queue_arguments, run_queue
from .track import run_track, track_arguments
from .wav2lip.command import run_wav2lip, wav2lip_arguments

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
        print(f"seamsync: {printable(str(error))}", file=sys.stderr)
        return FAILED
    except (MemoryError, OSError, RuntimeError) as error:
        if not (lack := shortage(error)):
            raise
        bars.close()
        print(f"seamsync: {lack}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        remove_unfinished()
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
        ("demo", demo_arguments, run_demo, "make a lip-synced video from the bundled sample"),
        ("lipsync", lipsync_arguments, run_lipsync, "make a face video speak an audio file"),
        ("wav2lip", wav2lip_arguments, run_wav2lip, "Wav2Lip with the flags of its own command and of the enhanced fork"),
        ("track", track_arguments, run_track, "track the face of a clip and save it"),
        ("inspect", inspect_arguments, run_inspect, "measure a finished result, of any tool, against its original"),
        ("queue", queue_arguments, run_queue, "run a workflow on ComfyUI servers, with other inputs"),
        ("models", models_arguments, run_models, "list the models, or fetch one"),
        ("bench", bench_arguments, run_bench, "run a benchmark"),
    ):
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == chosen:
            add(command)
        command.set_defaults(run=run)
    return parser
