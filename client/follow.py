"""Wait for a queued job: the websocket reports progress, the history decides.

A websocket may drop, or be blocked by a proxy. It is reopened as long as the job lasts. The history is polled once a second
besides, so only progress can be missed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Any

import aiohttp

from ..errors import SeamSyncError
from ..parsing import parse_json, parsed
from .server import BROKEN, Server

#: Called with the id of the running node, steps done, and steps in all.
Steps = Callable[[str, int, int], None]
_POLL, _RECONNECT, _HEARTBEAT = 1.0, 1.0, 20.0
#: Previews can be larger than the 4 MiB that close a connection by default.
_LARGEST_MESSAGE = 64 * 2**20
_ENDS = ("execution_success", "execution_error", "execution_interrupted")


class JobLost(SeamSyncError):
    """Report that the server does not know the job any more: it was restarted, or somebody removed the job."""


@contextlib.asynccontextmanager
async def listening(server: Server, prompt_id: str, client_id: str, steps: Steps) -> AsyncGenerator[asyncio.Event, None]:
    """Pass on the job's progress from the websocket; set the event when the server reports the end of the job."""
    over = asyncio.Event()
    listener = asyncio.create_task(_listen(server, prompt_id, client_id, steps, over))
    try:
        yield over
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


async def _listen(server: Server, prompt_id: str, client_id: str, steps: Steps, over: asyncio.Event) -> None:
    url = f"{server.url}/ws"
    while True:
        with contextlib.suppress(*BROKEN):
            async with server.session.ws_connect(
                url, params={"clientId": client_id}, heartbeat=_HEARTBEAT, max_msg_size=_LARGEST_MESSAGE
            ) as socket:
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        _handle(message.data, prompt_id, steps, over)
        await asyncio.sleep(_RECONNECT)


def _handle(text: str, prompt_id: str, steps: Steps, over: asyncio.Event) -> None:
    """Handle one message; ignore those of other jobs and unknown ones, which may have any form."""
    with contextlib.suppress(SeamSyncError), parsed("a message", "ComfyUI's"):
        message: dict[str, Any] = parse_json(text)
        kind, data = message["type"], message["data"]
        if data.get("prompt_id") != prompt_id:
            return
        if kind in _ENDS or (kind == "executing" and data["node"] is None):
            over.set()
        elif kind == "progress":
            steps(str(data["node"]), int(data["value"]), int(data["max"]))


async def finished(server: Server, prompt_id: str, over: asyncio.Event) -> dict[str, Any]:
    """Return the history entry of a job, when it is done.

    Raises:
        JobLost: the job is neither in the queue nor in the history.
        ServerLost: the server did not answer.
    """
    while True:
        # In this order: a job moves from the queue into the history in one step.
        waiting = await server.waiting(prompt_id)
        if entry := await server.history(prompt_id):
            return entry
        if not waiting:
            raise JobLost(f"{server.url} does not know the job any more; it was restarted, or somebody removed the job")
        if over.is_set():  # reported a moment before it is in the history
            await asyncio.sleep(0.1)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(over.wait(), _POLL)
