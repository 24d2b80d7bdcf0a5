"""Fetch results completely or not at all."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import aiohttp

from ..errors import SeamSyncError
from ..files import temporary_beside
from .answers import RemoteFile
from .server import BROKEN, Server, ServerLost

_PIECE = 2**20
_TRIES = 3
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)


async def download(server: Server, file: RemoteFile, folder: Path) -> Path:
    """Fetch a file into a folder. It appears under its name only when it is complete, and replaces no other.

    Raises:
        SeamSyncError: the server has no such file, or the folder cannot be written to.
        ServerLost: the connection kept failing.
    """
    name = safe_name(file.filename)
    part = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = temporary_beside(folder / name)
        for left in reversed(range(_TRIES)):
            try:
                await _fetch(server, file, part)
                break
            except BROKEN as error:
                if not left:
                    raise ServerLost(f"{server.url} broke off while {name} was fetched: {error}") from error
                await asyncio.sleep(0.5)
        return part.replace(free_name(folder / name))
    except OSError as error:
        raise SeamSyncError(f"cannot write {folder / name}: {error.strerror}") from error
    finally:
        if part:
            part.unlink(missing_ok=True)


async def _fetch(server: Server, file: RemoteFile, part: Path) -> None:
    where = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
    async with server.session.get(f"{server.url}/view", params=where, timeout=_TIMEOUT) as answer:
        if answer.status != 200:
            raise SeamSyncError(f"{server.url} does not have {file.filename!r} any more (HTTP {answer.status})")
        with part.open("wb") as out:
            async for piece in answer.content.iter_chunked(_PIECE):
                out.write(piece)


def safe_name(name: str) -> str:
    """Return the last part of a server's name, without characters that lead elsewhere or that a system forbids.

    Raises:
        SeamSyncError: nothing is left of it.
    """
    last = re.split(r"[\\/]", name)[-1]
    clean = re.sub(r'[\x00-\x1f<>:"|?*]', "_", last).strip(" .")
    if not clean:
        raise SeamSyncError(f"the server names a result {name!r}, which is no file name")
    return clean


def free_name(path: Path) -> Path:
    """Return the path, or ``name (1).mp4`` and so on while that name exists."""
    free, count = path, 1
    while free.exists():
        free, count = path.with_name(f"{path.stem} ({count}){path.suffix}"), count + 1
    return free
