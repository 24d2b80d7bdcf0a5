"""The one door to the benchmarks: ``seamsync bench NAME [--quick] --json FILE``.

Each benchmark is a module here with ``run(media, quick) -> list of rows``. A row compares two things measured in turn
in the same run: ``{"case", "ours", "baseline", "baseline_name", "ratio", "goal", "met"}``, medians, with their spread
where they are times.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SeamSyncError
from ..extras import import_extra
from ..files import write_file

NAMES = ("blending", "cancel", "composite", "libraries", "memory", "metrics", "outside", "progress", "rewrite", "seams")
NAMES += ("tracking", "wav2lip", "musetalk", "generators", "clips", "mouth_fidelity", "occluders")


def run(name: str, *, media: Path | None = None, quick: bool = False, json_path: Path | None = None) -> int:
    """Run one benchmark, print its table, write its figures.

    Args:
        name: one of :data:`NAMES`.
        media: folder of real clips; ``None`` looks for it.
        quick: fewer clips and repetitions.
        json_path: file for ``{"rows", "machine", "versions", "commit"}``.

    Returns:
        0 when every goal is met, 1 when one is missed.

    Raises:
        SeamSyncError: the folder has no clips, so nothing was measured.
    """
    from ..quality.report.report import versions

    media = media or find_media()
    rows = module_of(name).run(media, quick)
    if not rows:
        raise SeamSyncError(f"nothing was measured: no .mp4 clips in {media}; name a folder that has them with --media")
    print(table(rows))
    if json_path:
        body = {"name": name, "rows": rows, "machine": machine(), "versions": versions(), "commit": commit()}
        json_path.parent.mkdir(parents=True, exist_ok=True)
        write_file(json_path, json.dumps(body, indent=2, default=str) + "\n")
    return 0 if all(row["met"] is not False for row in rows) else 1


def module_of(name: str) -> Any:
    """Import the module of a benchmark: the file ``NAME.py``, or ``run.py`` in the folder ``NAME``."""
    folder = (Path(__file__).parent / name).is_dir()
    return importlib.import_module(f".{name}.run" if folder else f".{name}", __name__)


def import_bench(module: str) -> Any:
    """Import a module of a package that only benchmarks need.

    Raises:
        SeamSyncError: it is missing; names the extra to install.
    """
    return import_extra(module, "this benchmark", "'.[bench]' (in SeamSync's folder)")


def find_media() -> Path | None:
    """Folder of real clips: ``SEAMSYNC_MEDIA``, or ``../shared/media`` beside the project; None where there is none."""
    named = os.environ.get("SEAMSYNC_MEDIA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "media"
    return folder if folder.is_dir() else None


def row(
    case: str, ours: float, baseline: float, baseline_name: str, ratio: float, goal: str, met: bool | None
) -> dict[str, Any]:
    """One line of a benchmark; ``met`` is None where there is no goal."""
    return {
        "case": case,
        "ours": float(ours),
        "baseline": float(baseline),
        "baseline_name": baseline_name,
        "ratio": float(ratio),
        "goal": goal,
        "met": met,
    }


def in_turn(functions: Sequence[Callable[[], Any]], repeats: int) -> list[np.ndarray]:
    """Seconds of each function, measured one after the other, again and again; float ``[repeats]`` each."""
    times = np.zeros((len(functions), repeats))
    for turn in range(repeats):
        for which, function in enumerate(functions):
            start = time.perf_counter()
            function()
            times[which, turn] = time.perf_counter() - start
    return list(times)


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as aligned text."""
    head = ("case", "ours", "baseline", "against", "ratio", "goal", "met")
    mark = {True: "yes", False: "NO", None: "-"}
    body = [
        (
            r["case"],
            f"{r['ours']:.4g}",
            f"{r['baseline']:.4g}",
            r["baseline_name"],
            f"{r['ratio']:.3g}",
            r["goal"],
            mark[r["met"]],
        )
        for r in rows
    ]
    widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in [head, *body])


def write_picture(path: Path, rgb: np.ndarray, quality: int = 95) -> None:
    """Write uint8 RGB ``[h,w,3]`` in the format of the suffix; ``quality`` counts for JPEG."""
    import cv2

    content = cv2.imencode(path.suffix, rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    write_file(path, content.tobytes())


def machine() -> str:
    """The machine in words."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def commit() -> str:
    """The project's commit, ``unknown`` outside a checkout."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()
