"""``seamsync queue`` against a real ComfyUI (:mod:`real_host`), and how soon the stop button is felt there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import av
import pytest
from real_host import ROOT, Server
from seamsync import cli

QUICKSTART = ROOT / "workflows" / "api" / "quickstart.json"
#: Seconds within which a job must have stopped on a machine with nothing else to do; a busy one may take longer in proportion.
SOON = 1.5


@pytest.fixture
def inputs(tmp_path: Path) -> list[str]:
    """The sample under other names, so that it has to be sent, as ``--set`` arguments."""
    pairs = [("face", "face.mp4", "mine.mp4"), ("audio", "speech.wav", "mine.wav")]
    for _, source, name in pairs:
        shutil.copy(ROOT / "sample" / source, tmp_path / name)
    return [part for alias, _, name in pairs for part in ("--set", f"{alias}={tmp_path / name}")]


def test_the_command_sends_queues_and_fetches(
    server: Server, inputs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Local files reach the host, values take effect, progress is told, and the result is a video with sound."""
    cut = [part for title in ("Load Face Video", "Load Speech Audio") for part in ("--set", f"{title}.duration=1")]
    arguments = ["queue", str(QUICKSTART), "--server", server.url, *inputs, *cut, "-o", str(tmp_path / "out")]
    assert cli.main(arguments) == 0
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert any(line.startswith("the seam meets ") for line in lines)
    assert "Composite Mouths" in told.err
    with av.open(lines[-1]) as container:
        assert abs(sum(1 for _ in container.decode(video=0)) - 25) <= 1
        assert container.streams.audio
    assert {"mine.mp4", "mine.wav"} <= {path.name for path in (server.base / "input").iterdir()}
    assert not list((tmp_path / "out").glob(".*"))


def test_the_hosts_refusals_are_readable(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that the host cannot find is refused with the node and the input; the page's format before it is sent."""
    out = str(tmp_path)
    assert cli.main(["queue", str(QUICKSTART), "--server", server.url, "--set", "face=sub/nobody.mp4", "-o", out]) == 1
    assert "node 1 (Load Face Video), input file: " in capsys.readouterr().err
    assert cli.main(["queue", str(ROOT / "workflows" / "01 Quickstart.json"), "--server", server.url, "-o", out]) == 1
    assert "Export (API)" in capsys.readouterr().err


def _running(server: Server) -> list[Any]:
    return json.loads(server.get("/queue"))["queue_running"]


@pytest.mark.parametrize("after", [1.0, 9.0])
def test_ctrl_c_stops_the_hosts_job_soon(after: float, server: Server, inputs: list[str], tmp_path: Path) -> None:
    """In whatever stage it is, the job is over in about a second, as interrupted, and no piece of a file is left."""
    temp = server.base / "temp"
    before = {path for path in temp.rglob("*") if path.is_file()}
    values = [*inputs, "--set", f"Generate Mouths.strength={1 + after / 100}", "--set", "Load Face Video.length=40"]
    command = [sys.executable, "-m", "seamsync.cli", "queue", str(QUICKSTART), "--server", server.url, *values]
    process = subprocess.Popen([*command, "-o", str(tmp_path / "out"), "--quiet"], stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 60
        while not _running(server):
            assert process.poll() is None, "the command ended early"
            assert time.monotonic() < end, "the job was not queued"
            time.sleep(0.05)
        prompt = _running(server)[0][1]
        time.sleep(after)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        while _running(server) and time.monotonic() < begun + 30:
            time.sleep(0.02)
        seconds = time.monotonic() - begun
        _, told = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130, told
    entry = server.wait(prompt)
    assert [name for name, _ in entry["status"]["messages"]][-1] == "execution_interrupted"
    assert seconds < SOON * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert not list((tmp_path / "out").rglob("*"))
    left = {path for path in temp.rglob("*") if path.is_file()} - before
    for path in left:
        assert path.suffix != ".part"
        assert path.stat().st_size > 0, f"{path.name} is an empty file of a stopped job"
        with av.open(str(path)) as container:
            assert sum(1 for _ in container.decode(video=0)) > 0
    print(f"\nstopped {seconds:.2f} s after Ctrl-C at {after} s")  # noqa: T201 (shown by -s)
