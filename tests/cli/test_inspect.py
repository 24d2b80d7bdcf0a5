"""``seamsync inspect`` on the bundled sample."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from paths import SAMPLE
from seamsync import cli
from seamsync.models import weights

FACE = str(SAMPLE / "face.mp4")


def test_identical_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Perfect figures, a note that nothing was changed, the files named last."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not on this machine; run: seamsync models get facemesh")
    figures = tmp_path / "new" / "figures.json"
    figures.parent.mkdir()
    arguments = ["inspect", "--original", FACE, "--result", FACE, "--duration", "0.4", "--json", str(figures)]
    assert cli.main([*arguments, "--report", str(tmp_path / "report"), "--quiet"]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[-1] == str(figures)
    assert any("nothing was changed" in line for line in lines)
    body = json.loads(figures.read_text(encoding="utf-8"))
    assert body["summary"]["frames"] == 10
    assert body["summary"]["gradient_mismatch"] == body["summary"]["seam_step"] == body["summary"]["outside_changed"] == 0
    assert body["summary"]["ring_ssim"] == pytest.approx(1)
    assert body["failed"] == []
    assert sorted(body["inputs"]) == ["original face.mp4", "result face.mp4"]
    assert (tmp_path / "report" / "seam.csv").read_text(encoding="utf-8").count("\n") == 11


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--original", "no.mp4", "--result", FACE], "no.mp4"),
        (["--original", FACE, "--result", "no.mp4"], "no.mp4"),
        (["--original", FACE, "--result", FACE, "--mask", "no.png"], "no.png"),
        (["--original", FACE, "--result", FACE, "--track", "no.npz"], "no face track at no.npz"),
        (["--original", FACE, "--result", FACE, "--start", "999"], "past the end"),
        (["--original", FACE, "--result", FACE, "--report", FACE], "cannot write in the folder"),
        (["--original", FACE, "--result", FACE, "--video-track", "2"], "1 video tracks, got video_track 2"),
    ],
)
def test_errors_are_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong is found out before any work, and told in a sentence."""
    assert cli.main(["inspect", *arguments, "--quiet"]) == cli.FAILED
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
