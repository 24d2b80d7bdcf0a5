"""``python tools/gpu_figures.py OUT.json`` measures the seam engine on a GPU: every stage, every preset, agreement with a CPU.

One run for a machine that is lent for minutes: it needs what the package needs, no network, no real clips, and takes less than
four minutes; what does not fit ``--seconds`` is left out and named. Stages: benchmarks/blending_device.py. Presets: the
compositor on 1080p frames with a face of 300 and of 600 px, planes in and planes out, without and with the report's metrics.
Agreement: the largest difference of a stored sample between the planes of the two devices.

``--device cpu --side 96 --batch 2 --quick`` proves on a machine without a GPU that it runs; its figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from seamsync.benchmarks import blending_device, commit, machine, row, table
from seamsync.benchmarks.scene import FACES, Scene, make_scene
from seamsync.blending.composite import composite_frames
from seamsync.blending.presets import PRESETS
from seamsync.quality.recorder import ReportRecorder

#: Frames of a scene: three batches of a GPU.
FRAMES = 48


def preset_rows(scene: Scene, face: str, device: torch.device, repeats: int) -> Iterator[dict[str, Any]]:
    """Yield two lines a preset: frames a second with and without the metrics, and the agreement with a CPU."""
    for name in PRESETS:
        rates = []
        for measure in (False, True):
            times = [_seconds(scene, name, device, measure=measure) for _ in range(repeats + 1)][1:]  # the first one warms up
            rates.append(len(scene.stored) / float(np.median(times)))
        case = f"{device.type} | {face} | {name}, frames/s"
        yield row(case, rates[0], rates[1], "with the metrics", rates[1] / rates[0], "", None)
        apart, share = _apart(_planes(scene, name, device), _planes(scene, name, torch.device("cpu")))
        case = f"{device.type} | {face} | {name}, largest difference from a CPU"
        yield row(case, apart, share, "share of samples that differ", apart, "≤ 2", apart <= 2)


def _seconds(scene: Scene, name: str, device: torch.device, *, measure: bool) -> float:
    """Return how long the compositor takes for the scene."""
    start = time.perf_counter()
    recorder = ReportRecorder(measure=measure)
    for _ in composite_frames(scene, scene.track, scene.mouths, PRESETS[name], device, recorder=recorder):
        pass
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start


def _planes(scene: Scene, name: str, device: torch.device) -> list[np.ndarray]:
    """Return all samples of the result."""
    made = composite_frames(scene, scene.track, scene.mouths, PRESETS[name], device)
    return [plane.copy() for frame in made for plane in frame.planes]


def _apart(one: list[np.ndarray], two: list[np.ndarray]) -> tuple[float, float]:
    """Return the largest difference of two results, and the share of samples that differ."""
    most, differ, count = 0, 0, 0
    for a, b in zip(one, two, strict=True):
        gap = np.abs(a.astype(np.int32) - b)
        most, differ, count = max(most, int(gap.max())), differ + int((gap > 0).sum()), count + gap.size
    return float(most), differ / count


def main() -> int:
    """Measure, print the table, write the file after every part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="file to write, JSON")
    parser.add_argument("--device", default="cuda", help="default %(default)s")
    parser.add_argument("--side", type=int, default=blending_device.SIDE, help="ROI of the stages, pixels")
    parser.add_argument("--batch", type=int, default=blending_device.BATCH, help="ROIs at once")
    parser.add_argument("--quick", action="store_true", help="fewer frames and repetitions")
    parser.add_argument("--seconds", type=float, default=210.0, help="no new part begins later, default %(default)s")
    given = parser.parse_args()
    start, device = time.perf_counter(), torch.device(given.device)
    body: dict[str, Any] = {"name": "gpu", "rows": [], "machine": machine(), "commit": commit(), "torch": torch.__version__}
    if device.type == "cuda":
        body["gpu"] = torch.cuda.get_device_name(device)

    def _parts() -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
        yield "stages", iter(blending_device.run(device, given.quick, side=given.side, batch=given.batch))
        for face, width in FACES.items():
            scene = make_scene(width, 2 if given.quick else FRAMES)
            for line in preset_rows(scene, face, device, 1 if given.quick else 3):
                yield line["case"], iter([line])

    for part, lines in _parts():
        body["rows"] += lines
        if device.type == "cuda":
            body["most_memory"] = torch.cuda.max_memory_allocated(device)
        body["seconds"] = time.perf_counter() - start
        given.out.write_text(json.dumps(body, indent=2), encoding="utf-8")
        if body["seconds"] > given.seconds:
            sys.stdout.write(f"stopped after {part}: {given.seconds:g} s are over\n")
            break
    sys.stdout.write(table(body["rows"]) + f"\n{body['seconds']:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
