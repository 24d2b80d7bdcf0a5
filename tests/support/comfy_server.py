"""A stand-in for ComfyUI's server, which answers as the real one was seen to, and fails on request."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, web

FILES = ["[sample] face.mp4", "there.mp4"]
INFO: dict[str, Any] = {
    "SeamSyncLoadFaceVideo": {
        "file": ["COMBO", {"options": FILES, "video_upload": True}],
        "start": ["FLOAT", {"default": 0.0}],
        "loop": ["COMBO", {"options": ["ping_pong", "restart"]}],
    },
    "SeamSyncLoadSpeechAudio": {"file": ["COMBO", {"options": [], "audio_upload": True}], "start": ["FLOAT", {}]},
    "SeamSyncLipSync": {
        "video": ["VIDEO", {}],
        "audio": ["AUDIO", {}],
        "crf": ["FLOAT", {"default": 16.0}],
        "lossless": ["BOOLEAN", {"default": False}],
        "count": ["INT", {}],
    },
    "SaveVideo": {"video": ["VIDEO", {}], "filename_prefix": ["STRING", {}]},
}
GRAPH: dict[str, Any] = {
    "1": {
        "class_type": "SeamSyncLoadFaceVideo",
        "inputs": {"file": "[sample] face.mp4", "start": 0.0, "loop": "ping_pong"},
        "_meta": {"title": "Load Face Video"},
    },
    "2": {"class_type": "SeamSyncLoadSpeechAudio", "inputs": {"file": "[sample] speech.wav"}, "_meta": {"title": "Speech"}},
    "3": {
        "class_type": "SeamSyncLipSync",
        "inputs": {"video": ["1", 0], "audio": ["2", 0], "crf": 16},
        "_meta": {"title": "Lip Sync"},
    },
    "4": {"class_type": "SaveVideo", "inputs": {"video": ["3", 0], "filename_prefix": "video/a"}, "_meta": {"title": "Save"}},
}


@dataclass
class Behaviour:
    """How the stand-in acts; by default as a healthy server."""

    steps: int = 4
    pause: float = 0.01  # seconds a step
    sockets: bool = True
    drops_socket_at: int = -1  # step
    forgets_at: int = -1  # step at which the job vanishes, once
    dies_at: int = -1  # step from which it answers nobody
    node_error: str = ""  # what node 3 fails with
    refuses: dict[str, Any] | None = None  # body of a 400
    drops_output: dict[str, Any] | None = None  # node_errors beside a 200
    server_error: bool = False  # HTTP 500 for /prompt
    filename: str = "SeamSync_00001_.mp4"
    result: bytes = b"video" * 1000
    lost_results: bool = False
    cuts: int = 0  # downloads that break off
    upload_limit: int = 100 * 2**20
    moves: dict[str, str] = field(default_factory=dict)  # path → URL that it redirects to
    answers: dict[str, str] = field(default_factory=dict)  # path → text in the place of its answer


@dataclass
class StandIn:
    """One server and what it saw."""

    act: Behaviour
    url: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list)  # bodies of /prompt
    uploads: dict[str, bytes] = field(default_factory=dict)
    withdrawn: list[str] = field(default_factory=list)
    interrupted: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    history: dict[str, Any] = field(default_factory=dict)
    sockets: dict[str, web.WebSocketResponse] = field(default_factory=dict)
    connections: int = 0
    dead: bool = False
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=self.act.upload_limit, middlewares=[self._alive])
        get, post = app.router.add_get, app.router.add_post
        get("/object_info/{kind}", self._info)
        get("/history/{id}", self._history)
        get("/queue", self._queue)
        get("/view", self._view)
        get("/ws", self._socket)
        post("/prompt", self._prompt)
        post("/queue", self._delete)
        post("/interrupt", self._interrupt)
        post("/upload/image", self._upload)
        return app

    @web.middleware
    async def _alive(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.dead and request.transport:
            request.transport.abort()
        if request.path in self.act.moves:
            raise web.HTTPTemporaryRedirect(self.act.moves[request.path])
        if request.path in self.act.answers:
            return web.Response(text=self.act.answers[request.path])
        return await handler(request)

    async def _info(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        return web.json_response({kind: {"input": {"optional": INFO[kind]}}} if kind in INFO else {})

    async def _prompt(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.seen.append(body)
        if self.act.server_error:
            return web.Response(status=500, text="500 Internal Server Error")
        if self.act.refuses is not None:
            return web.json_response(self.act.refuses, status=400)
        self.running.append(body["prompt_id"])
        task = asyncio.create_task(self._run(body["prompt_id"], body["client_id"]))
        self.tasks.add(task)
        return web.json_response({"prompt_id": body["prompt_id"], "number": 1, "node_errors": self.act.drops_output or {}})

    async def _run(self, prompt: str, client: str) -> None:
        for step in range(self.act.steps):
            await asyncio.sleep(self.act.pause)
            if prompt not in self.running:
                return
            if step == self.act.forgets_at:
                self.act.forgets_at = -1
                self.running.remove(prompt)
                return
            self.dead |= step == self.act.dies_at
            if step == self.act.drops_socket_at and client in self.sockets:
                await self.sockets.pop(client).close(code=WSCloseCode.GOING_AWAY)
            data = {"node": "3", "value": step + 1, "max": self.act.steps, "prompt_id": prompt}
            await self._send(client, {"type": "progress", "data": data})
        self._end(prompt)
        await self._send(client, {"type": "executing", "data": {"node": None, "prompt_id": prompt}})

    def _end(self, prompt: str, last: tuple[str, dict[str, Any]] | None = None) -> None:
        if self.act.node_error:
            error = {
                "node_id": "3",
                "node_type": "X",
                "exception_type": "m.SeamSyncError",
                "exception_message": f"{self.act.node_error}\n",
            }
            last = ("execution_error", error)
        images = [{"filename": self.act.filename, "subfolder": "video", "type": "output"}]
        shown = [{"filename": "preview.png", "subfolder": "", "type": "temp"}]
        outputs = {
            "3": {"images": shown, "text": ["the seam meets 10 of 10 goals"]},
            "4": {"images": images, "animated": [True]},
        }
        status = {"status_str": "error" if last else "success", "messages": [last or ("execution_success", {})]}
        self.history[prompt] = {"outputs": {} if last else outputs, "status": status}
        self.running.remove(prompt)

    async def _send(self, client: str, message: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError, KeyError):
            await self.sockets[client].send_bytes(b"\0\0\0\1preview")
            await self.sockets[client].send_json(message)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if not self.act.sockets:
            raise web.HTTPNotFound
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        self.sockets[request.query["clientId"]] = socket
        await socket.send_json({"type": "status", "data": {"status": {}}})
        async for _ in socket:
            pass
        return socket

    async def _history(self, request: web.Request) -> web.Response:
        prompt = request.match_info["id"]
        return web.json_response({prompt: self.history[prompt]} if prompt in self.history else {})

    async def _queue(self, _: web.Request) -> web.Response:
        return web.json_response({"queue_running": [[0, prompt, {}] for prompt in self.running], "queue_pending": []})

    async def _delete(self, request: web.Request) -> web.Response:
        self.withdrawn += (await request.json())["delete"]
        return web.Response()

    async def _interrupt(self, request: web.Request) -> web.Response:
        prompt = (await request.json())["prompt_id"]
        self.interrupted.append(prompt)
        if prompt in self.running:
            self._end(prompt, ("execution_interrupted", {}))
        return web.Response()

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        image: Any = form["image"]
        name = image.filename if image.filename not in FILES else f"new {image.filename}"
        self.uploads[name] = image.file.read()
        return web.json_response({"name": name, "subfolder": "", "type": form["type"]})

    async def _view(self, request: web.Request) -> web.StreamResponse:
        if self.act.lost_results:
            raise web.HTTPNotFound
        answer = web.StreamResponse(headers={"Content-Length": str(len(self.act.result))})
        await answer.prepare(request)
        if self.act.cuts:
            self.act.cuts -= 1
            await answer.write(self.act.result[:100])
            assert request.transport
            request.transport.abort()
            return answer
        await answer.write(self.act.result)
        return answer


@contextlib.contextmanager
def serving(act: Behaviour | None = None) -> Generator[StandIn, None, None]:
    """A stand-in on a free port, in a thread of its own."""
    server, loop, ready = StandIn(act or Behaviour()), asyncio.new_event_loop(), threading.Event()

    async def _start() -> web.AppRunner:
        runner = web.AppRunner(server.app(), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    runner = loop.run_until_complete(_start())
    thread = threading.Thread(target=lambda: (loop.call_soon(ready.set), loop.run_forever()), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
