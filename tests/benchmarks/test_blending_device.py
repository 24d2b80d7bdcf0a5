"""The stages of the GPU benchmark run, here on a CPU and small."""

from __future__ import annotations

import torch
from seamsync.benchmarks.blending_device import make_stages


def test_every_stage_runs() -> None:
    """Once each, and one after another; a stage's floor counts at least its result."""
    stages, chain = make_stages(torch.device("cpu"), 64, 2)
    for name, (work, moved) in stages.items():
        work()
        assert moved >= 2 * 64 * 64 * 4, name
    chain()
