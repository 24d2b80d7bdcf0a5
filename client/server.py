"""Send requests to one ComfyUI server."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from ..errors import SeamSyncError, cause_of, printable
from ..parsing import parse_json, parsed
from .answers import refusal
from .inputs import Spec, read_specs
from .workflow import Graph

#: Exceptions of a failed connection.
BROKEN = (aiohttp.ClientError, asyncio.TimeoutError, ConnectionError)
#: Status codes of proxies for a server that does not answer.
_AWAY = (502, 503, 504)
_TOO_LARGE = 413
#: Bytes that an answer may have.
_LARGEST_ANSWER = 64 << 20
_NOT_COMFYUI = ("ComfyUI's", "is the address right?")
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)


class ServerLost(SeamSyncError):
    """Report that the server does not answer any more."""


@dataclass(frozen=True, eq=False)
class Server:
    """Send a server's requests.

    Attributes:
        url: as ``http://127.0.0.1:8188``.
        session: shared by all servers.
        patience: seconds to wait for an answer before the server counts as lost.
    """

    url: str
    session: aiohttp.ClientSession
    patience: float = 30.0

    @property
    def _answer(self) -> str:
        return f"the answer of {self.url}"

    async def get(self, path: str) -> Any:
        """Return JSON of a path; repeat the request while the server does not answer.

        Raises:
            ServerLost: it did not answer. SeamSyncError: it answers something else.
        """
        end, delay = time.monotonic() + self.patience, 0.2
        while True:
            try:
                async with self.session.get(self.url + path, timeout=_TIMEOUT) as answer:
                    if answer.status not in _AWAY:
                        return await _json(answer, self.url)
                    problem = f"HTTP {answer.status}"
            except BROKEN as error:
                problem = cause_of(error)
            if time.monotonic() + delay > end:
                raise ServerLost(f"{self.url} does not answer ({problem}); is ComfyUI running there?")
            await asyncio.sleep(delay)
            delay = min(2 * delay, 2.0)

    async def inputs(self, kind: str) -> dict[str, Spec]:
        """Return inputs of a class of nodes.

        Raises:
            SeamSyncError: the server does not have the class.
        """
        info = await self.get(f"/object_info/{quote(kind, safe='')}")
        with parsed(self._answer, *_NOT_COMFYUI):
            if kind not in info:
                raise SeamSyncError(f"{self.url} has no node {kind!r}; install the pack that brings it, and restart ComfyUI")
            return read_specs(info[kind])

    async def upload(self, path: Path) -> str:
        """Send a file to the input folder. Return its name there. The same content is not stored twice.

        Raises:
            SeamSyncError: the file is larger than the server takes, or the server refuses it.
            ServerLost: the connection failed.
        """
        megabytes = path.stat().st_size / 2**20
        large = (
            f"{path} has {megabytes:.0f} MB, more than {self.url} takes (100 MB as ComfyUI starts). Start ComfyUI with "
            f"--max-upload-size {int(megabytes) + 2}, or copy the file into its input folder and give its name"
        )
        with path.open("rb") as file:
            form = aiohttp.FormData()
            form.add_field("image", file, filename=path.name, content_type="application/octet-stream")
            form.add_field("type", "input")
            try:
                async with self.session.post(f"{self.url}/upload/image", data=form, timeout=_TIMEOUT) as answer:
                    if answer.status == _TOO_LARGE:
                        raise SeamSyncError(large)
                    stored = await _json(answer, self.url)
            except BROKEN as error:
                # A server may hang up on a body that is too large before it has read it.
                if megabytes > 100:
                    raise SeamSyncError(large) from error
                raise ServerLost(f"{self.url} broke off while {path.name} was sent: {cause_of(error)}") from error
        with parsed(self._answer, *_NOT_COMFYUI):
            folder = stored.get("subfolder")
            return f"{folder}/{stored['name']}" if folder else str(stored["name"])

    async def queue(self, graph: Graph, prompt_id: str, client_id: str) -> None:
        """Queue a graph under an id of ours.

        Raises:
            SeamSyncError: the server refuses it, or would run only a part of it; names the nodes and inputs at fault.
            ServerLost: the connection failed.
        """
        body = {"prompt": graph, "prompt_id": prompt_id, "client_id": client_id}
        try:
            async with self.session.post(f"{self.url}/prompt", json=body, timeout=_TIMEOUT) as answer:
                accepted, content = answer.status == 200, await _content(answer, self.url)
        except BROKEN as error:
            raise ServerLost(f"{self.url} broke off while the workflow was queued: {cause_of(error)}") from error
        with parsed(self._answer, *_NOT_COMFYUI):
            said = parse_json(content) if accepted or answer.status == 400 else {}
            errors = said.get("node_errors")
        if accepted and errors:
            await self.withdraw(prompt_id)
        if not accepted or errors:
            raise SeamSyncError(refusal(graph, said, f"HTTP {answer.status}: {_beginning(content)}"))

    async def history(self, prompt_id: str) -> dict[str, Any] | None:
        """Return the entry of a job that is over, else ``None``."""
        entries = await self.get(f"/history/{prompt_id}")
        with parsed(self._answer, *_NOT_COMFYUI):
            return entries.get(prompt_id)

    async def waiting(self, prompt_id: str) -> bool:
        """Say whether the job is in the queue, running or not."""
        queue = await self.get("/queue")
        with parsed(self._answer, *_NOT_COMFYUI):
            return any(item[1] == prompt_id for part in ("queue_running", "queue_pending") for item in queue.get(part, []))

    async def withdraw(self, prompt_id: str) -> None:
        """Remove a job from the queue, and interrupt it if it runs; other jobs go on. A server that does not answer raises
        nothing.
        """
        with contextlib.suppress(*BROKEN):
            await self._post("/queue", {"delete": [prompt_id]})
            await self._post("/interrupt", {"prompt_id": prompt_id})

    async def _post(self, path: str, body: Mapping[str, Any]) -> None:
        timeout = aiohttp.ClientTimeout(total=5)
        async with self.session.post(self.url + path, json=body, timeout=timeout) as answer:
            await answer.read()


async def _json(answer: aiohttp.ClientResponse, url: str) -> Any:
    content = await _content(answer, url)
    if answer.status != 200:
        raise SeamSyncError(f"{url} answers HTTP {answer.status} for {answer.url.path}: {_beginning(content)}")
    with parsed(f"the answer of {url}", *_NOT_COMFYUI):
        return parse_json(content)


async def _content(answer: aiohttp.ClientResponse, url: str) -> bytes:
    """Return an answer's bytes, of a limited number."""
    content = bytearray()
    async for piece in answer.content.iter_chunked(1 << 16):
        content += piece
        if len(content) > _LARGEST_ANSWER:
            raise SeamSyncError(f"{url} answers more than {_LARGEST_ANSWER >> 20} MB for {answer.url.path}; is it ComfyUI?")
    return bytes(content)


def _beginning(content: bytes) -> str:
    """Return the first characters of a text that a server sent."""
    return printable(content[:500].decode(errors="replace"))


def same_host_only() -> aiohttp.TraceConfig:
    """Return the hook of a session that follows redirects to the same host only: another may read what is sent.

    An answer may lead from ``http`` to ``https``, or to another path.
    """
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_check_redirect)
    return trace


async def _check_redirect(_: aiohttp.ClientSession, __: Any, about: aiohttp.TraceRequestRedirectParams) -> None:
    """Raise :class:`SeamSyncError` where a redirect leads to another host."""
    goal = about.url.join(URL(about.response.headers.get("Location", "")))
    upgraded = about.url.host == goal.host and (about.url.scheme, goal.scheme) in (("http", "https"), ("ws", "wss"))
    if goal.origin() != about.url.origin() and not upgraded:
        here, there = about.url.origin(), goal.origin()
        raise SeamSyncError(f"{here} redirects to another host, {there}; give that address if it is meant")
