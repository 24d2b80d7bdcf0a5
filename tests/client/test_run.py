"""Jobs on a stand-in of ComfyUI's server: healthy, failing, dropping connections, dying."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from comfy_server import GRAPH, Behaviour, StandIn, serving
from seamsync.client import run as client_run
from seamsync.client.jobs import Job
from seamsync.client.run import Outcome, run_jobs
from seamsync.errors import SeamSyncError


class Seen:
    """What a watcher was told."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int, int]] = []
        self.reasons: list[str] = []
        self.urls: list[str] = []

    def started(self, job: Job, url: str) -> None:
        """Note the server."""
        self.urls.append(url)

    def steps(self, job: Job, stage: str, done: int, total: int) -> None:
        """Note the step."""
        self.stages.append((stage, done, total))

    def lost(self, job: Job, reason: str) -> None:
        """Note the reason."""
        self.reasons.append(reason)

    def ended(self, outcome: Outcome) -> None:
        """Nothing to note."""


def run(
    servers: Sequence[StandIn | str], out: Path, *values: dict[str, str], seen: Seen | None = None, previews: bool = False
) -> list[Outcome]:
    """A job for each of ``values``, on these servers."""
    jobs = [Job("" if len(values) < 2 else str(index), value) for index, value in enumerate(values or ({},))]
    urls = [server if isinstance(server, str) else server.url for server in servers]
    running = run_jobs(copy.deepcopy(GRAPH), jobs, urls, out, seen or Seen(), previews=previews, patience=0.5)
    return asyncio.run(running)


def left_in(folder: Path) -> list[str]:
    """Names of all files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_job_from_end_to_end(tmp_path: Path) -> None:
    """Local files are sent, values are set, progress comes by the node's title, results and texts arrive."""
    face, seen = tmp_path / "mine.mp4", Seen()
    face.write_bytes(b"a clip")
    with serving() as server:
        (outcome,) = run([server], tmp_path / "out", {"face": str(face), "crf": "20", "lossless": "yes"}, seen=seen)
        assert server.uploads == {"mine.mp4": b"a clip"}
        inputs = {node: about["inputs"] for node, about in server.seen[0]["prompt"].items()}
        assert inputs["1"]["file"] == "mine.mp4"
        assert (inputs["3"]["crf"], inputs["3"]["lossless"]) == (20.0, True)
        assert outcome.files == (tmp_path / "out" / "SeamSync_00001_.mp4",)
        assert outcome.files[0].read_bytes() == server.act.result
    assert outcome.texts == ("the seam meets 10 of 10 goals",)
    assert seen.stages == [("Lip Sync", step, 4) for step in (1, 2, 3, 4)]
    assert left_in(tmp_path / "out") == ["SeamSync_00001_.mp4"]


def test_results_never_take_anothers_place(tmp_path: Path) -> None:
    """The same name from the server again gets a number; previews come on request."""
    (tmp_path / "SeamSync_00001_.mp4").write_bytes(b"mine")
    with serving() as server:
        run([server], tmp_path, previews=True)
    assert (tmp_path / "SeamSync_00001_.mp4").read_bytes() == b"mine"
    assert left_in(tmp_path) == ["SeamSync_00001_ (1).mp4", "SeamSync_00001_.mp4", "preview.png"]


@pytest.mark.parametrize("name", ["../../evil.mp4", "/etc/evil.mp4", "..\\..\\evil.mp4", "C:\\x\\evil.mp4"])
def test_names_from_the_server_stay_in_the_folder(name: str, tmp_path: Path) -> None:
    """Only the last part of a name counts."""
    with serving(Behaviour(filename=name)) as server:
        (outcome,) = run([server], tmp_path / "a" / "b")
    assert outcome.files == (tmp_path / "a" / "b" / "evil.mp4",)
    assert left_in(tmp_path) == ["a/b/evil.mp4"]


def test_a_dropped_websocket_is_opened_again(tmp_path: Path) -> None:
    """Progress goes on after a moment; nothing is lost."""
    seen = Seen()
    with serving(Behaviour(steps=8, pause=0.3, drops_socket_at=2)) as server:
        (outcome,) = run([server], tmp_path, seen=seen)
        assert server.connections == 2
    assert outcome.files
    assert seen.stages[0][1] == 1
    assert seen.stages[-1][1] == 8
    assert 2 < len(seen.stages) < 8


def test_without_websockets_the_history_is_asked(tmp_path: Path) -> None:
    """A proxy that lets no websocket through costs the progress only."""
    seen = Seen()
    with serving(Behaviour(sockets=False)) as server:
        (outcome,) = run([server], tmp_path, seen=seen)
    assert outcome.files
    assert not seen.stages


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (Behaviour(node_error="no face"), r"node 3 \(Lip Sync\) failed: no face$"),
        (Behaviour(lost_results=True), "does not have 'SeamSync_00001_.mp4' any more"),
        (Behaviour(server_error=True), r"refuses the workflow \(HTTP 500: 500 Internal Server Error\)"),
    ],
)
def test_failures_are_told(act: Behaviour, words: str, tmp_path: Path) -> None:
    """A failing node by its title, a result that is gone, a server that breaks on the workflow; nothing is left behind."""
    with serving(act) as server:
        (outcome,) = run([server], tmp_path)
    assert re.search(words, outcome.error or "")
    assert not left_in(tmp_path)


ERRORS: dict[str, Any] = {
    "1": {
        "class_type": "SeamSyncLoadFaceVideo",
        "errors": [{"message": "Custom validation failed", "details": "file - no file", "extra_info": {"input_name": "file"}}],
    }
}


def test_a_refusal_names_node_and_input(tmp_path: Path) -> None:
    """HTTP 400: the error, and a line a node."""
    body = {"error": {"message": "Prompt outputs failed validation", "details": ""}, "node_errors": ERRORS}
    with serving(Behaviour(refuses=body)) as server:
        (outcome,) = run([server], tmp_path)
    assert outcome.error == (
        "the server refuses the workflow: Prompt outputs failed validation\n"
        "  node 1 (Load Face Video), input file: Custom validation failed (file - no file)"
    )


def test_half_a_workflow_is_not_run(tmp_path: Path) -> None:
    """HTTP 200 with node errors means that outputs were dropped: the job is taken back, and the errors are told."""
    with serving(Behaviour(drops_output=ERRORS)) as server:
        (outcome,) = run([server], tmp_path)
        assert server.withdrawn == server.interrupted == [server.seen[0]["prompt_id"]]
    assert outcome.error is not None
    assert "node 1 (Load Face Video), input file" in outcome.error


def test_a_download_that_breaks_off_is_tried_again(tmp_path: Path) -> None:
    """Twice is mended; more is a lost server, and no piece of a file stays."""
    with serving(Behaviour(cuts=2)) as server:
        (outcome,) = run([server], tmp_path)
        assert outcome.files[0].read_bytes() == server.act.result
    with serving(Behaviour(cuts=99)) as server:
        (outcome,) = run([server], tmp_path / "b")
    assert outcome.error is not None
    assert not left_in(tmp_path / "b")


def test_a_file_too_large_is_told_with_the_way_out(tmp_path: Path) -> None:
    """HTTP 413 becomes the option of the server that helps."""
    face = tmp_path / "large.mp4"
    face.write_bytes(bytes(3 * 2**20))
    with serving(Behaviour(upload_limit=2**20)) as server:
        (outcome,) = run([server], tmp_path / "out", {"face": str(face)})
    assert outcome.error is not None
    assert "--max-upload-size 5" in outcome.error


def test_servers_share_the_jobs(tmp_path: Path) -> None:
    """Each server has a part of them, each job a folder, each file is sent to a server once."""
    face, seen = tmp_path / "f.mp4", Seen()
    face.write_bytes(b"1")
    with serving(Behaviour(pause=0.05)) as one, serving(Behaviour(pause=0.05)) as two:
        outcomes = run([one, two], tmp_path / "out", *({"face": str(face), "crf": str(n)} for n in range(6)), seen=seen)
        assert {len(one.seen), len(two.seen)} <= {2, 3, 4}
        crfs = sorted(body["prompt"]["3"]["inputs"]["crf"] for server in (one, two) for body in server.seen)
    assert crfs == [0, 1, 2, 3, 4, 5]
    assert [outcome.files[0].parent.name for outcome in outcomes] == list("012345")


def test_a_dying_server_gives_its_job_to_another(tmp_path: Path) -> None:
    """Every job is done though one server stops answering in the middle of its own."""
    seen = Seen()
    with serving(Behaviour(dies_at=1)) as bad, serving(Behaviour(pause=0.05)) as good:
        outcomes = run([bad, good], tmp_path, *({"crf": str(n)} for n in range(3)), seen=seen)
        assert len(good.seen) == 3
    assert all(outcome.files for outcome in outcomes)
    assert "does not answer" in seen.reasons[0]


def test_no_server_left(tmp_path: Path) -> None:
    """The only server dies: every job's failure says so."""
    with serving(Behaviour(dies_at=1)) as bad:
        outcomes = run([bad], tmp_path, {"crf": "1"}, {"crf": "2"})
    assert all("no server is left" in str(outcome.error) for outcome in outcomes)


def test_a_forgotten_job_is_queued_again(tmp_path: Path) -> None:
    """A server that came back without the job gets it once more."""
    seen = Seen()
    with serving(Behaviour(forgets_at=1)) as server:
        (outcome,) = run([server], tmp_path, seen=seen)
        assert len(server.seen) == 2
    assert outcome.files
    assert "does not know the job any more" in seen.reasons[0]


def test_cancelling_takes_the_job_back(tmp_path: Path) -> None:
    """The server's job is deleted and interrupted at once; the folder stays empty."""

    async def _cancel() -> float:
        running = asyncio.create_task(run_jobs(copy.deepcopy(GRAPH), [Job()], [server.url], tmp_path, Seen()))
        while not server.running:
            await asyncio.sleep(0.01)
        begun = time.monotonic()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return time.monotonic() - begun

    with serving(Behaviour(steps=1000)) as server:
        assert asyncio.run(_cancel()) < 1
        assert server.withdrawn == server.interrupted == [server.seen[0]["prompt_id"]]
        assert not server.running
    assert not left_in(tmp_path)


def test_nothing_is_queued_when_nothing_fits(tmp_path: Path) -> None:
    """No server, or a value that is wrong in the last of the jobs, is told before the first begins."""
    with pytest.raises(SeamSyncError, match=r"http://127.0.0.1:9 does not answer .* is ComfyUI running there"):
        run(["127.0.0.1:9"], tmp_path)
    with serving() as server:
        with pytest.raises(SeamSyncError, match=r"no file 'missing\.mp4' here, and the server has none"):
            run([server], tmp_path, {"crf": "1"}, {"face": "missing.mp4"})
        assert not server.seen


def test_redirects_stay_on_the_host(tmp_path: Path) -> None:
    """Another path of the same server is followed; another server, even on this machine, gets nothing that is sent."""
    with serving() as other, serving(Behaviour(moves={"/view": f"{other.url}/view"})) as server:
        (outcome,) = run([server], tmp_path / "view")
        assert f"redirects to another host, {other.url}" in str(outcome.error)
        server.act.moves = {"/prompt": f"{other.url}/prompt"}
        (outcome,) = run([server], tmp_path / "prompt")
        assert "redirects to another host" in str(outcome.error)
        assert not other.seen
        server.act.moves = {"/ws": f"{other.url}/ws"}
        assert run([server], tmp_path / "socket")[0].error is None
        assert not other.connections
    with serving() as server:
        server.act.moves = {"/object_info/SaveVideo": f"{server.url}/object_info/SaveVideo?again"}
        with pytest.raises(SeamSyncError, match="does not answer"):
            run([server], tmp_path / "loop")
    assert not left_in(tmp_path / "view")


def test_a_result_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte more is not kept, whatever length is announced."""
    with serving() as server:
        for limit, fits in ((len(server.act.result), True), (len(server.act.result) - 1, False)):
            monkeypatch.setattr(client_run, "LARGEST", limit)
            (outcome,) = run([server], tmp_path / str(fits))
            assert (outcome.error is None) is fits
            assert len(left_in(tmp_path / str(fits))) == fits
    assert "has more than" in str(outcome.error)


@pytest.mark.parametrize("text", ["", "[]", "null", "1", '"x"', "[" * 5000, '{"SaveVideo": []}', '{"SaveVideo": {"input": 1}}'])
@pytest.mark.parametrize("path", ["/object_info/SaveVideo", "/prompt", "/queue", "/history", "/upload/image"])
def test_answers_of_any_form(path: str, text: str, tmp_path: Path) -> None:
    """Each ends in one of our errors, or in a result."""
    face = tmp_path / "face.mp4"
    face.write_bytes(b"face")
    with serving() as server:
        server.act.answers = {path: text}
        with contextlib.suppress(SeamSyncError):
            run([server], tmp_path / "out", {"face": str(face)})


def test_texts_of_a_server_are_not_obeyed(tmp_path: Path) -> None:
    """Control characters arrive as escapes."""
    with serving(Behaviour(node_error="no face\x1b[2J\u202e")) as server:
        (outcome,) = run([server], tmp_path)
    assert outcome.error is not None
    assert outcome.error.endswith(r"no face\x1b[2J\u202e")
