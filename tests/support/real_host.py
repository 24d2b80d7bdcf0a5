"""A real ComfyUI for the tests: started on the CPU where ``COMFYUI_ROOT`` names a checkout.

``COMFYUI_PYTHON`` names the Python that has ComfyUI's requirements and this pack's, by default the one that runs the tests;
``COMFYUI_ARGS`` are further arguments, such as ``--front-end-root FOLDER``.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from musetalk_files import copying_unet, copying_vae, write_files, zero_whisper
from paths import ROOT
from seamsync.models import weights
from wav2lip_files import random_checkpoint

START_SECONDS, RUN_SECONDS = 240, 600


@dataclass(frozen=True)
class Server:
    """A running ComfyUI and its folders."""

    url: str
    base: Path

    def get(self, path: str) -> bytes:
        """Body of a GET request."""
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return answer.read()

    def post(self, path: str, body: Any) -> Any:
        """Answer of a POST request; the host's own text where it refuses."""
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            pytest.fail(f"{path} answered {error.code}: {error.read().decode()}")

    def run(self, graph: dict[str, Any]) -> dict[str, Any]:
        """Queue a graph and wait for its entry in the history."""
        return self.wait(self.post("/prompt", {"prompt": graph})["prompt_id"])

    def wait(self, prompt: str) -> dict[str, Any]:
        """The history entry of a queued graph, when it is done."""
        end = time.monotonic() + RUN_SECONDS
        while time.monotonic() < end:
            if entry := json.loads(self.get(f"/history/{prompt}")).get(prompt):
                return entry
            time.sleep(0.3)
        pytest.fail(f"the graph was not done after {RUN_SECONDS} s")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Server]:
    """ComfyUI on a free port, with this pack as its only custom node and empty folders of its own.

    A module's ``PACK_FOLDER`` names the pack's folder, otherwise ``seamsync``.
    """
    root = os.environ.get("COMFYUI_ROOT")
    if not root:
        pytest.skip("COMFYUI_ROOT names no ComfyUI checkout")
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not here; run: seamsync models get facemesh")
    base = tmp_path_factory.mktemp("comfyui")
    for name in ("custom_nodes", "models", "input", "output", "temp", "user"):
        (base / name).mkdir()
    random_checkpoint(base / "models" / "wav2lip")
    write_files(base / "models" / "musetalk", copying_unet(), copying_vae(), zero_whisper())
    pack = getattr(request.module, "PACK_FOLDER", "seamsync")
    (base / "custom_nodes" / pack).symlink_to(ROOT, target_is_directory=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    python = os.environ.get("COMFYUI_PYTHON", sys.executable)
    command = [python, "main.py", "--cpu", "--listen", "127.0.0.1", "--port", str(port), "--base-directory", str(base)]
    command += shlex.split(os.environ.get("COMFYUI_ARGS", ""))
    log = base / "server.log"
    models = {"SEAMSYNC_MODELS": str(weights.status("facemesh")[1].parent)}
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=root, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **models})
        try:
            made = Server(f"http://127.0.0.1:{port}", base)
            _wait_until_up(made, process, log)
            yield made
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_up(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            server.get("/system_stats")
            return
        except OSError:
            time.sleep(0.5)
    pytest.fail("ComfyUI did not start:\n" + log.read_text(errors="replace")[-3000:])
