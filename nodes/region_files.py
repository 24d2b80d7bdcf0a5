"""List folders and files of mouth regions in the host's input folder."""

from __future__ import annotations

from pathlib import Path

from ..errors import SeamSyncError, printable, shown
from ..models.regions.read import LINES, PICTURES
from . import files, host

#: Choice of a node that reads no regions.
NONE = "none"


def choices() -> list[str]:
    """Return :data:`NONE`, folders below the input folder that hold pictures, and files of JSON lines, sorted."""
    folders = [name for name in host.input_folders() if host.input_files("image", folder=name)]
    try:
        lines = [path.name for path in host.input_home().iterdir() if path.suffix.lower() in LINES and path.is_file()]
    except OSError:  # missing, or it cannot be read
        lines = []
    return [NONE, *folders, *sorted(name for name in lines if printable(name) == name)]


def path_of(name: str) -> Path:
    """Return the path of a folder or file of regions.

    Raises:
        SeamSyncError: it is not there, or lies outside the input folder.
    """
    path = host.input_home() / name
    try:
        path = path.resolve()
        found = path.is_relative_to(host.input_home()) and path.exists()
    except (OSError, ValueError, RuntimeError):  # a name that no path can have
        found = False
    if not found:
        kinds = ", ".join(PICTURES)
        raise SeamSyncError(f"no {shown(name)} in ComfyUI's input folder; put a folder of pictures ({kinds}) or a .jsonl there")
    return path


def fingerprint(name: str) -> str:
    """Return another value when the folder, a file in it, or the file changes."""
    if name == NONE:
        return NONE
    try:
        path = path_of(name)
    except SeamSyncError:
        return "missing"
    inside = sorted(path.iterdir()) if path.is_dir() else []
    return " ".join(files.fingerprint_of(one) for one in (path, *inside))


def validity(name: str) -> bool | str:
    """Return True, or why the choice cannot be read."""
    try:
        return name == NONE or bool(path_of(name))
    except SeamSyncError as error:
        return str(error)
