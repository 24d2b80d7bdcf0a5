"""Answer what the page asks about a file chosen in a load node, under ``/seamsync/``: the file, its facts, picture, waveform.

A file is named as in the node, ``clip.mp4``, ``sub/clip.mp4 [output]`` or ``[sample] face.mp4``, so only the host's folders and
the samples can be read.
"""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from ..errors import SeamSyncError
from ..media.read_options import ReadOptions
from . import files, server

#: Answers kept, by file and tracks.
_KEPT = 64
#: Begin of the types of files that the page may fetch.
_MEDIA = ("video/", "audio/", "image/")


def register() -> None:
    """Add the routes to the host's server. Do nothing where there is no server."""
    server.add_route("/seamsync/file", _send_file)
    server.add_route("/seamsync/facts", partial(_answer, facts))
    server.add_route("/seamsync/waveform", partial(_answer, sound))
    server.add_route("/seamsync/thumbnail", partial(_answer, picture))


@lru_cache(_KEPT)
def facts(path: Path, _: str, options: ReadOptions) -> dict[str, Any]:
    """Return what a clip is, see :func:`~seamsync.browser.previews.file_facts`."""
    from ..browser.previews import file_facts

    return file_facts(path, options)


@lru_cache(_KEPT)
def sound(path: Path, _: str, options: ReadOptions) -> dict[str, Any]:
    """Return the waveform of a file, see :func:`~seamsync.browser.previews.waveform`."""
    from ..browser.previews import waveform

    return waveform(path, options)


@lru_cache(_KEPT)
def picture(path: Path, _: str, options: ReadOptions) -> bytes:
    """Return the first picture of a file, see :func:`~seamsync.browser.previews.thumbnail_jpeg`."""
    from ..browser.previews import thumbnail_jpeg

    return thumbnail_jpeg(path, options)


async def _answer(make: Callable[[Path, str, ReadOptions], dict[str, Any] | bytes], request: Any) -> Any:
    """Answer with what ``make`` returns of the file, or with ``error``, a sentence that says why there is nothing.

    The status of such an answer is 200, because browsers log every other one as an error of the page.
    """
    from aiohttp import web

    query = request.rel_url.query
    try:
        path = files.path_of(query.get("name", ""))
        tracks = {name: int(query.get(name) or 0) for name in ("video_track", "audio_track")}
        job = partial(make, path, files.fingerprint_of(path), ReadOptions(**tracks))
        async with _turns():
            made = await asyncio.get_running_loop().run_in_executor(None, job)
    except (SeamSyncError, ValueError) as error:
        return web.json_response({"error": str(error)})
    if isinstance(made, bytes):
        return web.Response(body=made, content_type="image/jpeg")
    return web.json_response(made)


@lru_cache(1)
def _turns() -> asyncio.Semaphore:
    """Return what lets one file be read at a time."""
    return asyncio.Semaphore(1)


async def _send_file(request: Any) -> Any:
    """Send a file of media, whole or the part that a player asks for."""
    from aiohttp import web

    try:
        path = files.path_of(request.rel_url.query.get("name", ""))
    except SeamSyncError as error:
        return web.json_response({"error": str(error)}, status=404)
    if not (mimetypes.guess_type(path.name)[0] or "").startswith(_MEDIA):
        return web.json_response({"error": f"{path.name} is no video, sound or picture"}, status=404)
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"})
