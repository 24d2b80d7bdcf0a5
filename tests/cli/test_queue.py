"""``seamsync queue``: what it prints, its exit codes, and Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from comfy_server import GRAPH, Behaviour, serving
from seamsync import cli


@pytest.fixture
def workflow(tmp_path: Path) -> str:
    """A workflow's file."""
    path = tmp_path / "graph.json"
    path.write_text(json.dumps(GRAPH), encoding="utf-8")
    return str(path)


def test_one_job(workflow: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the nodes say, then where the result is; a bar for the node's steps."""
    with serving() as server:
        assert cli.main(["queue", workflow, "--server", server.url, "--set", "crf=18", "-o", str(tmp_path / "out")]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == ["the seam meets 10 of 10 goals", str(tmp_path / "out" / "SeamSync_00001_.mp4")]
    assert "Lip Sync" in told.err
    assert "4/4" in told.err


def test_several_jobs_of_which_one_fails(workflow: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are done; the exit code and a line tell of the one."""
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(name.encode())
    with serving(Behaviour(upload_limit=2000)) as server:
        (tmp_path / "b.mp4").write_bytes(bytes(5000))
        arguments = ["queue", workflow, "--server", server.url, "--set", f"face={tmp_path}/*.mp4", "-o", str(tmp_path / "out")]
        assert cli.main(arguments) == 1
    told = capsys.readouterr()
    assert told.out.splitlines()[-1] == str(tmp_path / "out" / "a" / "SeamSync_00001_.mp4")
    assert "seamsync: 1 of 2 jobs failed:\nb: " in told.err
    assert f"a: on {server.url}" in told.err


def test_wrong_input_is_a_line(workflow: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No server, a name that is not there: exit code 1, no traceback."""
    assert cli.main(["queue", workflow, "--server", "127.0.0.1:9", "-o", str(tmp_path)]) == 1
    assert "is ComfyUI running there?" in capsys.readouterr().err
    with serving() as server:
        assert cli.main(["queue", workflow, "--server", server.url, "--set", "crv=1", "-o", str(tmp_path)]) == 1
    assert "did you mean 'crf'" in capsys.readouterr().err


def test_a_missing_file_of_a_list_names_its_row(workflow: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is queued; a pattern without a file says so."""
    table = tmp_path / "jobs.csv"
    table.write_text("name, face\na, a.mp4\nb, nosuch.mp4\n", encoding="utf-8")
    (tmp_path / "a.mp4").touch()
    with serving() as server:
        queue = ["queue", workflow, "--server", server.url, "-o", str(tmp_path)]
        assert cli.main([*queue, "--jobs", str(table)]) == 1
        assert "seamsync: row 2 of jobs.csv: face: no file 'nosuch.mp4' here" in capsys.readouterr().err
        assert cli.main([*queue, "--set", f"face={tmp_path}/none/*.mp4"]) == 1
        assert "none/*.mp4' matches no file on this machine" in capsys.readouterr().err
        assert not server.seen


def test_without_aiohttp_the_extra_is_named(
    workflow: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command to install it."""
    for name in [name for name in sys.modules if name.startswith("seamsync.client.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    assert cli.main(["queue", workflow, "-o", str(tmp_path)]) == 1
    assert "needs the package aiohttp; run: pip install aiohttp" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_takes_the_job_back(number: signal.Signals, workflow: str, tmp_path: Path) -> None:
    """Exit code 130, the server's job is interrupted, the folder has no piece of a file."""
    out = tmp_path / "out"
    with serving(Behaviour(steps=5000)) as server:
        command = [sys.executable, "-m", "seamsync.cli", "queue", workflow, "--server", server.url, "-o", str(out), "--quiet"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + 60
        while not server.running and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(number)
        _, told = process.communicate(timeout=20)
        assert process.returncode == 130, told
        assert server.interrupted == [server.seen[0]["prompt_id"]]
    assert told.strip() == "seamsync: stopped; no unfinished file was left behind"
    assert not list(tmp_path.rglob("*.part"))
