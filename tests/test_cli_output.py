"""What the command prints while it works."""

from __future__ import annotations

import pytest
from seamsync.cli_output import Bars


@pytest.mark.parametrize(("stage", "unit"), [("quality", "jobs/s"), ("composite", "frames/s"), ("fetch x", "B/s")])
def test_bars_count_in_the_units_of_the_stage(stage: str, unit: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Jobs of the quality harness, bytes of a download, frames of everything else."""
    bars = Bars()
    for done in (1, 4):
        bars(stage, done, 4)
    bars.close()
    shown = capsys.readouterr().err
    assert stage in shown
    assert unit in shown
    assert all(other not in shown for other in ({"jobs", "frames"} - {unit.split("/")[0]}))
