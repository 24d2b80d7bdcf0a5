"""Fetch results completely or not at all."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import aiohttp

from ..errors import SeamSyncError, cause_of, printable, shown
from ..files import temporary_beside
from .answers import RemoteFile
from .server import BROKEN, Server, ServerLost

_PIECE = 2**20
#: Characters of a result's name, so that no system finds it too long.
_LONGEST = 60
_TRIES = 3
#: Names that are devices on Windows, with any suffix.
_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{k}" for port in ("COM", "LPT") for k in range(1, 10))}
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)


async def download(server: Server, file: RemoteFile, folder: Path, largest: int) -> Path:
    """Fetch a file into a folder. It appears under its name only when it is complete, and replaces no other.

    Args:
        server: which has it.
        file: as the server names it.
        folder: on this machine.
        largest: bytes that the file may have. A server that goes on sending must not fill the disk.

    Raises:
        SeamSyncError: the server has no such file, it is too large, or the folder cannot be written to.
        ServerLost: the connection kept failing.
    """
    name = safe_name(file.filename)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary_beside(folder / name) as part:
            for left in reversed(range(_TRIES)):
                try:
                    await _fetch(server, file, part, largest)
                    break
                except BROKEN as error:
                    if not left:
                        raise ServerLost(f"{server.url} broke off while {name} was fetched: {cause_of(error)}") from error
                    await asyncio.sleep(0.5)
            return part.replace(free_name(folder / name))
    except OSError as error:
        raise SeamSyncError(f"cannot write {folder / name}: {cause_of(error)}") from error


async def _fetch(server: Server, file: RemoteFile, part: Path, largest: int) -> None:
    where = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
    async with server.session.get(f"{server.url}/view", params=where, timeout=_TIMEOUT) as answer:
        if answer.status != 200:
            raise SeamSyncError(f"{server.url} does not have {shown(file.filename)} any more (HTTP {answer.status})")
        done, announced = 0, answer.content_length or 0
        with part.open("wb") as out:
            async for piece in answer.content.iter_chunked(_PIECE):
                done += len(piece)
                if max(done, announced) > largest:
                    raise SeamSyncError(
                        f"{shown(file.filename)} of {server.url} has more than {largest / 2**20:.0f} MB; fetch it by hand"
                    )
                out.write(piece)


def safe_name(name: str) -> str:
    """Return the last part of a server's name, without characters that lead elsewhere or that a system forbids.

    Raises:
        SeamSyncError: nothing is left of it.
    """
    last = re.split(r"[\\/]", name)[-1]
    clean = "".join("_" if c in '<>:"|?*\n\t' or printable(c) != c else c for c in last).strip(" .")
    if not clean:
        raise SeamSyncError(f"the server names a result {shown(name)}, which is no file name")
    path = Path(clean)
    return (f"_{path.stem}" if path.stem.upper() in _DEVICES else path.stem)[:_LONGEST] + path.suffix[:_LONGEST]


def free_name(path: Path) -> Path:
    """Return the path, or ``name (1).mp4`` and so on while that name exists."""
    free, count = path, 1
    while free.exists():
        free, count = path.with_name(f"{path.stem} ({count}){path.suffix}"), count + 1
    return free
