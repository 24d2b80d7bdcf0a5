"""What the page can ask of a chosen file: through the host's server, and nothing outside its folders."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from host_fixture import write_clip

aiohttp_web = pytest.importorskip("aiohttp.web", reason="aiohttp is not installed")


@pytest.fixture
def ask(host: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, bytes]]:
    """Get an address of a server that the pack was loaded into: status, type and body."""
    routes = aiohttp_web.RouteTableDef()
    fake = ModuleType("server")
    fake.PromptServer = SimpleNamespace(instance=SimpleNamespace(routes=routes))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "server", fake)
    host.nodes()
    host.nodes()  # loaded twice, as from two folders
    assert len({route.path for route in routes}) == len(routes) == 4

    async def _get(path: str, query: dict[str, str], headers: dict[str, str]) -> tuple[int, str, bytes]:
        from aiohttp.test_utils import TestClient, TestServer

        app = aiohttp_web.Application()
        app.add_routes(routes)
        async with TestClient(TestServer(app)) as client, client.get(path, params=query, headers=headers) as answer:
            return answer.status, answer.content_type, await answer.read()

    def get(what: str, headers: dict[str, str] | None = None, **query: str) -> tuple[int, str, bytes]:
        return asyncio.run(_get(f"/seamsync/{what}", query, headers or {}))

    return get


@pytest.fixture
def clip(host: SimpleNamespace) -> Path:
    """A clip in the input folder."""
    (host.folder / "input").mkdir(exist_ok=True)
    return write_clip(host.folder / "input" / "a.mp4")


def test_a_file_its_facts_and_its_picture(ask: Any, clip: Path) -> None:
    """By its name in the node, samples too; players ask for parts."""
    import json

    assert ask("file", name="a.mp4") == (200, "video/mp4", clip.read_bytes())
    status, _, body = ask("file", headers={"Range": "bytes=4-7"}, name="a.mp4")
    assert (status, body) == (206, clip.read_bytes()[4:8])
    assert json.loads(ask("facts", name="a.mp4")[2])["fps"] == 10
    assert json.loads(ask("facts", name="[sample] face.mp4")[2])["width"] == 512
    status, kind, body = ask("thumbnail", name="[sample] face.mp4")
    assert (status, kind, body[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert json.loads(ask("waveform", name="[sample] speech.wav")[2])["silences"]


def test_a_changed_file_has_new_facts(ask: Any, clip: Path) -> None:
    """Answers are kept by the file's time and size."""
    assert b'"fps": 10.0' in ask("facts", name="a.mp4")[2]
    write_clip(clip, fps=20)
    assert b'"fps": 20.0' in ask("facts", name="a.mp4")[2]


@pytest.mark.parametrize("name", ["../secret.mp4", "/etc/passwd", "no.mp4", "", "[sample] ../../pyproject.toml", "a\0.mp4"])
def test_nothing_else_can_be_read(name: str, ask: Any, clip: Path) -> None:
    """A sentence says why; browsers log no error where a question has no answer."""
    (clip.parents[1] / "secret.mp4").write_bytes(clip.read_bytes())
    assert ask("file", name=name)[0] == 404
    status, _, body = ask("facts", name=name)
    assert status == 200
    assert body.startswith(b'{"error": ')


def test_files_that_are_no_media_are_not_sent(ask: Any, clip: Path) -> None:
    """A page that was uploaded must not run under the server's address."""
    clip.with_name("page.html").write_text("<script></script>")
    assert ask("file", name="page.html")[0] == 404


def test_a_wrong_track_is_said(ask: Any, clip: Path) -> None:
    """Not a number, or more than the file has."""
    for track in ("x", "7"):
        assert b'"error"' in ask("facts", name="a.mp4", video_track=track)[2]
