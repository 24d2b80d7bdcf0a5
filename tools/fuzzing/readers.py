"""Read a file as a user's would be read, one function a kind."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from aiohttp import web
from fuzzing.seeds import GRAPH, INFO, face_points
from seamsync.blending.config import SeamConfig, change_config, read_config
from seamsync.blending.settings import SeamSettings
from seamsync.cli.arguments import read_assignments
from seamsync.client.inputs import read_specs
from seamsync.client.jobs import Job, make_jobs
from seamsync.client.run import Outcome, prepare, run_jobs
from seamsync.client.workflow import read_workflow
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio, load_audio, normalise_loudness, resample, silent_frames, to_mono
from seamsync.media.encode import VideoWriter
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.sources import ArraySource
from seamsync.media.video import VideoReader
from seamsync.models.files.shapes import tensor_shapes
from seamsync.models.files.tflite_weights import read_tflite_weights
from seamsync.models.generators import load_generator, recognise
from seamsync.models.options import GenerateOptions
from seamsync.models.regions.bounds import read_bounds
from seamsync.models.regions.generator import RegionPlayer
from seamsync.models.regions.options import RegionOptions
from seamsync.models.regions.place import place_regions
from seamsync.models.regions.read import read_regions
from seamsync.models.weights import load_state_dict
from seamsync.pipeline import composite_video, generate_mouths
from seamsync.runtime import Runtime
from seamsync.tracking.loops import matching_loop
from seamsync.tracking.options import SmoothOptions
from seamsync.tracking.smooth import smooth_track
from seamsync.tracking.track import FaceTrack

#: Most frames of a clip that are decoded.
_FRAMES = 40
#: A clip of half a second does not become longer than this by one damage, frames.
_LONGEST = 300_000
_FAST = EncodeSettings(preset="ultrafast")
_CPU = Runtime("cpu")


def read_media(path: Path) -> None:
    """Open a clip, decode it forwards and backwards, write some of it, and read its sound."""
    clip = VideoReader(path)
    count = clip.info.frame_count
    if count > _LONGEST:
        raise AssertionError(f"{count} frames in a file of {path.stat().st_size} bytes")
    order = np.concatenate([np.arange(min(count, _FRAMES)), np.arange(count)[::-1][:5]])
    with VideoWriter(path.with_name("out.mp4"), clip.info, settings=_FAST) as writer:
        for number, frame in enumerate(clip.frames(order)):
            if number < 3:
                frame.rgb()
                writer.write(frame)
    _ = clip.warnings
    if clip.info.has_audio:
        read_sound(path)


def read_sound(path: Path) -> None:
    """Load sound and prepare it as the generators do."""
    audio = load_audio(path)
    count = min(int(audio.duration * 25) + 1, 1000)
    normalise_loudness(audio, -16)
    resample(to_mono(audio), 16000)
    silent_frames(audio, Fraction(25), count, 30.0)


def read_track(path: Path) -> None:
    """Load a track, smooth it, find its loop and save it."""
    track = smooth_track(FaceTrack.load(path), SmoothOptions())
    if len(track):
        matching_loop(track)
        track.take(np.arange(len(track))[::-1]).save(path.with_name("again.npz"))


def read_job(path: Path) -> None:
    """Run a whole job over a track from a file."""
    track = FaceTrack.load(path)
    rng = np.random.default_rng(0)
    clip = ArraySource(rng.integers(90, 130, (12, 240, 320, 3), dtype=np.uint8), 25)
    audio = Audio(rng.normal(0, 0.1, (1, 16000 * 12 // 25)), 16000)
    generator = load_generator("rewrite", mode="warp")
    mouths = generate_mouths(clip, track, audio, generator=generator, options=GenerateOptions(), runtime=_CPU)
    composite_video(clip, track, mouths, path.with_name("out.mp4"), audio=audio, encode=_FAST, runtime=_CPU)


def read_mouth_regions(path: Path) -> None:
    """Read bounds, or regions with their pictures, and place them on a face."""
    if path.suffix != ".jsonl":
        rows = read_bounds(path)
        place_regions(rows, (32, 32), _face(len(rows)), RegionOptions())
        return
    regions = read_regions(path)
    for batch in RegionPlayer(regions, _face(12), np.arange(12), RegionOptions()).play(0, 12):
        assert np.isfinite(batch.to_frame).all()


def _face(count: int) -> FaceTrack:
    ones = np.ones(count)
    return FaceTrack(face_points(count), ones, ones, np.zeros(count), (320, 240), Fraction(25))


def read_settings(path: Path) -> None:
    """Read a settings file, or a value of the flag ``--set``."""
    if path.suffix == ".set":
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        change_config(SeamConfig(SeamSettings()), read_assignments([text]))
    else:
        read_config(path, SeamSettings())


def read_weights(path: Path) -> None:
    """Look at a checkpoint, and load it as the network it is taken for."""
    tensor_shapes(path)
    if path.suffix != ".onnx":
        load_state_dict(path)
    recognise(path)
    load_generator(path, device="cpu")


def read_jobs(path: Path) -> None:
    """Read a table of jobs, and fill a workflow with each."""
    _fill(GRAPH, make_jobs([], path))


def read_graph(path: Path) -> None:
    """Read a workflow and fill it."""
    _fill(read_workflow(path), [Job(values={"crf": "18", "start": "1", "text": "b"}), Job(values={"Load Face.file": "a.mp4"})])


def _fill(graph: Any, jobs: list[Job]) -> None:
    refused: SeamSyncError | None = None
    for job in jobs[:20]:
        try:
            prepare(graph, {kind: read_specs(info) for kind, info in INFO.items()}, job)
        except SeamSyncError as error:
            refused = error
    if refused:
        raise refused


class _Silent:
    """A watcher that ignores everything."""

    def started(self, job: Job, url: str) -> None:
        """Ignore it."""

    def steps(self, job: Job, stage: str, done: int, total: int) -> None:
        """Ignore it."""

    def lost(self, job: Job, reason: str) -> None:
        """Ignore it."""

    def ended(self, outcome: Outcome) -> None:
        """Ignore it."""


def read_answers(path: Path) -> None:
    """Run a job on a server that answers as the file says."""
    content = path.read_bytes()
    try:
        talk = json.loads(content)
    except (ValueError, RecursionError):
        talk = None
    path.with_name("a.mp4").write_bytes(b"video")
    for outcome in asyncio.run(_converse(talk if isinstance(talk, dict) else {}, content, path.parent)):
        if outcome.error:
            raise SeamSyncError(outcome.error)


async def _converse(talk: dict[str, Any], raw: bytes, folder: Path) -> list[Outcome]:
    """Start the server and run one job."""
    runner = web.AppRunner(_server(talk, raw), shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        jobs = [Job("", {"face": str(folder / "a.mp4"), "crf": "18"})]
        url = f"127.0.0.1:{runner.addresses[0][1]}"
        return await run_jobs(GRAPH, jobs, [url], folder / "out", _Silent(), patience=0.05)
    finally:
        await runner.cleanup()


def _server(talk: dict[str, Any], raw: bytes) -> web.Application:
    """Return a server whose answers are ``talk``, by the first part of the path, and ``raw`` where that has none.

    By the length of ``raw``, the job succeeds, is refused, or fails.
    """
    turn, asked, ids = len(raw) % 3, [0], [""]

    async def _answer(request: web.Request) -> web.StreamResponse:
        part = request.path.split("/")[1]
        if part == "prompt":
            ids[0] = (await request.json())["prompt_id"]
        if part == "queue":
            asked[0] += 1
        if part == "queue" and asked[0] > 2:  # else a job that is in no history would be waited for without end
            return web.json_response({"queue_running": [], "queue_pending": []})
        if part == "ws":
            return await _messages(request, talk.get("ws"), ids[0])
        answer = talk.get("refused" if (part, turn) == ("prompt", 1) else part)
        if (part, turn) == ("history", 2):
            answer = {"body": talk.get("failed")}
        if not isinstance(answer, dict):
            return web.Response(body=raw, content_type="application/json")
        status = answer.get("status")
        status = status if isinstance(status, int) and 200 <= status < 600 else 200
        text = json.dumps(answer.get("body")).replace("PROMPT", ids[0])
        return web.Response(status=status, text=text, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", _answer)
    return app


async def _messages(request: web.Request, messages: Any, prompt: str) -> web.StreamResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    for message in messages if isinstance(messages, list) else [messages]:
        await socket.send_str(json.dumps(message).replace("PROMPT", prompt))
    await asyncio.sleep(0.02)
    return socket


def warm_up() -> None:
    """Import what readers import late, so that no case pays for it. Nothing here starts a thread."""
    for name in ("onnx", "onnx.numpy_helper", "google.protobuf.message", "safetensors.torch", "spandrel", "torch.jit"):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    torch.set_num_threads(1)
    face_points(1)


#: Kind → its reader, and its share of the cases.
READERS: dict[str, tuple[Callable[[Path], object], int]] = {
    "media": (read_media, 4),
    "sound": (read_sound, 2),
    "track": (read_track, 3),
    "config": (read_settings, 3),
    "weights": (read_weights, 4),
    "tflite": (read_tflite_weights, 2),
    "jobs": (read_jobs, 2),
    "workflow": (read_graph, 2),
    "answers": (read_answers, 3),
    "job": (read_job, 1),
    "regions": (read_mouth_regions, 2),
}
