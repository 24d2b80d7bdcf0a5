"""The stand-in host as a fixture, and clips to try it with."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
import seamsync

HOST = Path(__file__).parent / "host_modules"
SIZE = (64, 48)


def forget() -> None:
    """Unload the host and the nodes, so that the next fixture starts afresh."""
    tops = ("comfy", "comfy_api", "folder_paths", "core", "runner")
    for name in list(sys.modules):
        if name.split(".")[0] in tops or name.startswith("seamsync.nodes"):
            del sys.modules[name]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The stand-in host with empty folders; ``nodes()`` loads the pack into it."""
    forget()
    monkeypatch.syspath_prepend(str(HOST))
    load = importlib.import_module
    load("folder_paths").set_base(tmp_path)
    api, core, runner = load("comfy_api.latest"), load("core"), load("runner")

    def nodes() -> list[Any]:
        return asyncio.run(asyncio.run(seamsync.comfy_entrypoint()).get_node_list())

    def run(graph: dict[str, Any]) -> dict[str, Any]:
        return runner.Runner([*nodes(), *core.NODES]).run(graph)

    def by_id() -> dict[str, Any]:
        return {node.define_schema().node_id.removeprefix("SeamSync"): node for node in nodes()}

    yield SimpleNamespace(by_id=by_id, api=api, core=core, folder=tmp_path, nodes=nodes, run=run, load=load)
    forget()


def write_clip(path: Path, count: int = 10, *, fps: int = 10, rotation: int = 0) -> Path:
    """A lossless clip whose picture k has the grey level 20·k, with a bright left half."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for index in range(count):
            picture = np.full((SIZE[1], SIZE[0], 3), 20 * index, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def levels(source: Any) -> list[int]:
    """Which picture of :func:`write_clip` each frame is."""
    return [round(float(frame.rgb().mean()) / 20) for frame in source.frames()]
