"""What the command prints while it works."""

from __future__ import annotations

import pytest
from seamsync.cli.output import Bars, print_report
from seamsync.quality.report.report import SeamReport


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


def test_scores_of_lip_sync_name_their_network(capsys: pytest.CaptureFixture[str]) -> None:
    """A figure a line; of lip-sync with the network that judged, and nothing of a figure that is not known."""
    scores = {"lse_d": 7.25, "lse_c": float("nan"), "sync_offset": -1.0, "sync_network": "syncnet_v2"}
    print_report(SeamReport({}, {"seam_step": 0.1, **scores}), [])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["seam_step", "0.1", "≤", "0.25"] in lines
    assert ["lse_d", "7.25", "by", "syncnet_v2"] in lines
    assert ["sync_offset", "-1", "by", "syncnet_v2"] in lines
    assert "lse_c" not in {line[0] for line in lines}
