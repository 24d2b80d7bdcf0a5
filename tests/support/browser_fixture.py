"""Chromium for tests of the page's scripts: of ComfyUI itself, or of a stand-in (the folder ``page``) with our scripts."""

from __future__ import annotations

import base64
import json
import mimetypes
import os
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
import pytest
from paths import ROOT

#: What Chromium is called, by distribution.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: No sandbox, as containers need; WebGL worked out on the CPU, the same everywhere.
_ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless Chromium of the system (``SEAMSYNC_CHROMIUM`` names another), without its sandbox, as containers need.

    For one module at a time: while it runs, so does an event loop, and no test can start another (``asyncio.run``).
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = os.environ.get("SEAMSYNC_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium here; install it (apt-get install chromium), or name it in SEAMSYNC_CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Site:
    """The stand-in page on a port of its own.

    Attributes:
        url: without a slash at the end.
        temp: what ``/view`` serves files of type ``temp`` from.
        asked: addresses asked for so far.
        answers: what ``/seamsync/WHAT`` answers of a file, by ``"WHAT file"``.
        uploads: names of the files sent; each is answered with ``upload_status``.
        history: of the runs.
    """

    url: str
    temp: Path
    asked: list[str] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    history: dict[str, Any] = field(default_factory=dict)
    upload_status: int = 200


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """``tests/support/page`` at the root, ``web`` at ``/extensions/seamsync``, and ComfyUI's ``/api/view``."""
    made = Site("", tmp_path / "temp")
    made.temp.mkdir()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            if self.path.startswith("/api/seamsync/"):
                self._send(200, made.answers.get(_question(self.path), b'{"error": "no answer"}'))
                return
            if self.path.startswith("/api/history"):
                self._send(200, json.dumps(made.history).encode())
                return
            file = _file(self.path, made.temp)
            if not file.is_file():
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", mimetypes.guess_type(file.name.replace(".mjs", ".js"))[0] or "text/plain")
            self.end_headers()
            self.wfile.write(file.read_bytes())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found = re.search(rb'filename="([^"]*)"', body)
            made.uploads.append(found[1].decode() if found else "")
            self._send(made.upload_status, json.dumps({"name": made.uploads[-1], "subfolder": ""}).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        made.url = f"http://127.0.0.1:{server.server_port}"
        yield made
        server.shutdown()
        thread.join()


def _question(address: str) -> str:
    """What is asked of which file: ``"facts a.mp4"``."""
    parts = urlsplit(address)
    return f"{parts.path.rsplit('/', 1)[1]} {parse_qs(parts.query)['name'][0]}"


def _file(address: str, temp: Path) -> Path:
    """The file behind an address."""
    parts = urlsplit(address)
    if parts.path == "/api/view":
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return temp / query.get("subfolder", "") / query["filename"]
    prefix = "/extensions/seamsync/"
    if parts.path.startswith(prefix):
        return ROOT / "web" / parts.path.removeprefix(prefix)
    return ROOT / "tests" / "support" / "page" / (parts.path.strip("/") or "index.html")


@dataclass
class Tab:
    """A page of the browser, and what went wrong on it: errors and warnings of its console, with the file they come from."""

    page: Any
    errors: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, browser: Any, url: str, **options: Any) -> Tab:
        """A new page at an address."""
        tab = cls(browser.new_page(**options))
        tab.page.on("console", tab._note)
        tab.page.on("pageerror", lambda error: tab.errors.append(f"uncaught: {error}"))
        tab.page.goto(url)
        return tab

    def _note(self, said: Any) -> None:
        if said.type in ("error", "warning"):
            self.errors.append(f"{said.text} ({said.location.get('url', '')})")

    def canvas(self, selector: str) -> np.ndarray:
        """The pixels of a canvas, uint8 ``[h,w,4]``, RGBA."""
        script = "canvas => canvas.toDataURL('image/png').split(',')[1]"
        packed = base64.b64decode(self.page.locator(selector).first.evaluate(script))
        picture = np.asarray(cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_UNCHANGED))
        return cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA)
