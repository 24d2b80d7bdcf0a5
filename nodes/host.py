"""Call ComfyUI: its classes, folders, device, progress bar and stop button. Only :mod:`.server`, :mod:`.memory` and
:mod:`.networks` do so too.

Hosts differ by version. A keyword that a host does not know is left out (:func:`known`), because one of them would
otherwise keep the whole pack from loading.
"""

from __future__ import annotations

import inspect
import logging
import os
import tempfile
import uuid
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import comfy.model_management as model_management
import comfy_api.latest as host_api
import folder_paths
import numpy as np
from comfy.utils import ProgressBar

from ..errors import SeamSyncError, printable, shown
from ..files import is_file
from ..models import generators
from ..runtime import Runtime
from . import server, temporary
from .progress import NodeProgress
from .versions import known

ComfyExtension: Any = host_api.ComfyExtension
io: Any = host_api.io

CATEGORY = "SeamSync"
#: Our kind of models in the host's list of folders.
MODELS = "seamsync"
#: Attribute of an input that holds :attr:`~seamsync.options.Setting.since` of its setting.
SINCE = "seamsync_since"

#: Bytes asked for before a node works on a GPU: face networks, and frames being composited.
_FREE_BYTES = 2 << 30
#: Characters of a clip's name to keep, so that no system finds the path too long in any script.
_LONGEST = 60
#: Bytes of a file's name that leave room for a number, a suffix and what a writer adds.
_LONGEST_PART = 200
#: Suffixes that hosts take for pictures, video or sound, of files that hold none.
_NO_MEDIA = (".svg", ".svgz", ".m3u", ".m3u8", ".pls", ".mid", ".midi", ".kar", ".xspf", ".asx")
#: Suffixes of files of weights that PyTorch reads.
WEIGHTS = (".safetensors", ".pth", ".pt", ".ckpt")


def schema(
    place: str,
    display_name: str,
    description: str,
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    aliases: Sequence[str] = (),
    *,
    is_output: bool = False,
) -> Any:
    """Return the description of a node, ``io.Schema``.

    Args:
        place: category below the pack's and id, ``"seam/SeamBlend"``, or the id alone; without the prefix ``SeamSync``, which
            every id of this pack gets.
        display_name: what the user reads on the node.
        description: one or two sentences, shown as a tooltip.
        inputs, outputs: from :mod:`.fields`. Inputs of later settings (:attr:`~seamsync.options.Setting.since`) come last,
            because pages save the values of a node by position.
        aliases: other words a user may search for.
        is_output: the node shows something itself, so that it runs though nothing is linked to it.
    """
    category, _, node_id = place.rpartition("/")
    return known(
        io.Schema,
        node_id=f"SeamSync{node_id}",
        display_name=display_name,
        category=f"{CATEGORY}/{category}" if category else CATEGORY,
        description=description,
        inputs=sorted(inputs, key=lambda item: getattr(item, SINCE, 0)),
        outputs=list(outputs),
        search_aliases=list(aliases),
        is_output_node=is_output,
    )


def progress(*, bar_only: bool = False) -> NodeProgress:
    """Return the progress of the running node: it moves the bar, shows text, and stops the job when the user pressed stop.

    The exception that stops the job is the host's own; the host shows it as "interrupted", not as an error.

    Args:
        bar_only: neither text nor thumbnails, which would need space of what the node itself shows.
    """
    stop = model_management.throw_exception_if_processing_interrupted
    show_text, picture = (_nothing, _nothing) if bar_only else (server.send_text, _preview)
    return NodeProgress(stop, ProgressBar, show_text, picture)


def _nothing(_: object) -> None:
    """Show nothing."""


def _preview(picture: np.ndarray) -> Any:
    """Convert a thumbnail uint8 ``[h,w,3]`` for the host's progress bar."""
    from PIL import Image

    return "JPEG", Image.fromarray(picture), max(picture.shape)


def device() -> str:
    """Return the name of the torch device that the host computes on, as ``cpu`` or ``cuda:0``; on a GPU, free memory first."""
    where = model_management.get_torch_device()
    if where.type != "cpu":
        model_management.free_memory(_FREE_BYTES, where)
    return str(where)


def register_models() -> None:
    """Register our kind of models with the host, beside the folders of the user's ``extra_model_paths.yaml`` for it."""
    folder_paths.add_model_folder_path(MODELS, str(_usual(MODELS)))


def models_folders() -> list[Path]:
    """Return where our weights may lie, the folder to put them into first: those of our kind, then the generators' own and
    those that they share."""
    kinds = dict.fromkeys(kind for entry in generators.entries() for kind in (*entry.folders, *entry.shared))
    theirs = (folder.parent for kind in kinds for folder in _folders_of(kind) if folder.name == kind)
    return list(dict.fromkeys([*_folders_of(MODELS), *theirs]))


def runtime(bar: NodeProgress) -> Runtime:
    """Return the host's device and model folders, with this node's progress and warnings."""
    return Runtime(device(), models_folders(), bar, warn)


def _usual(kind: str) -> Path:
    """Return the host's own folder for models of a kind."""
    return Path(folder_paths.models_dir) / kind


def _folders_of(kind: str) -> list[Path]:
    """Return the host's folders of a kind and that in its models folder, registered or not."""
    try:
        folders = [Path(folder) for folder in folder_paths.get_folder_paths(kind)]
    except KeyError:
        folders = []
    return folders if _usual(kind) in folders else [*folders, _usual(kind)]


def _files_of(kind: str) -> dict[str, Path]:
    """Return files in the folders of a kind by their names below them; the host lists and caches those it knows."""
    try:
        listed = {name: folder_paths.get_full_path(kind, name) for name in folder_paths.get_filename_list(kind)}
        beside = _usual(kind) not in map(Path, folder_paths.get_folder_paths(kind))
    except KeyError:
        listed, beside = {}, True
    found = {name: Path(path) for name, path in listed.items() if path}
    more = _usual(kind).rglob("*") if beside else ()
    found |= {path.relative_to(_usual(kind)).as_posix(): path for path in more}
    return {name: path for name, path in found.items() if is_file(path)}


def model_files(*kinds: str, suffixes: Sequence[str] = WEIGHTS) -> dict[str, Path]:
    """Return files of weights in the host's model folders of these kinds, by the names ``kind/file``, sorted.

    A kind that the host does not know (other packs register some) is searched in its models folder.
    """
    found = {f"{kind}/{name}": path for kind in kinds for name, path in _files_of(kind).items() if path.suffix in suffixes}
    return dict(sorted(found.items()))


def input_home() -> Path:
    """Return the host's input folder; it need not exist."""
    return Path(folder_paths.get_input_directory()).resolve()


def input_files(*kinds: str, folder: str = "") -> list[str]:
    """Return names of the files in the host's input folder of these kinds (``audio``, ``video``, ``image``), sorted.

    Only those that :func:`input_path` takes: no link that leads out of the host's folders, no name of control characters.

    Args:
        folder: one below the input folder instead; nothing is in one that is not there, or that lies elsewhere.
    """
    home = input_home()
    try:
        home.mkdir(parents=True, exist_ok=True)
        place = (home / folder).resolve()
        names = [path.name for path in place.iterdir()] if place.is_relative_to(home) else []
    except (OSError, ValueError, RuntimeError):  # no such folder, one that cannot be read, or a name that no folder can have
        return []
    prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
    names = [name for name in names if printable(name) == name and _can_load(prefix + name)]
    return sorted(folder_paths.filter_files_content_types(names, list(kinds)))


def input_folders() -> list[str]:
    """Return names of the folders in the host's input folder, sorted."""
    home = input_home()
    try:
        folders = [path for path in home.iterdir() if path.is_dir() and path.resolve().is_relative_to(home)]
    except OSError:  # missing, or it cannot be read
        return []
    return sorted(path.name for path in folders if printable(path.name) == path.name)


def input_path(name: str) -> Path:
    """Return the path of a file named in a node, ``clip.mp4``, ``sub/clip.mp4`` or ``clip.mp4 [output]``.

    Raises:
        SeamSyncError: no such file, one outside the host's folders, or one whose suffix says that it is no media.
    """
    homes = (folder_paths.get_input_directory(), folder_paths.get_output_directory(), folder_paths.get_temp_directory())
    try:
        path = Path(folder_paths.get_annotated_filepath(name)).resolve()
        inside = any(path.is_relative_to(Path(home).resolve()) for home in homes)
    except (ValueError, OSError, RuntimeError):  # hosts since 0.28 refuse names outside; a name that no path can have; a loop
        path, inside = Path(name), False
    if not inside:
        raise SeamSyncError(f"{shown(name)} lies outside ComfyUI's input, output and temp folders; upload the file first")
    if path.suffix.lower() in _NO_MEDIA:
        raise SeamSyncError(f"{shown(name)} is a drawing, a list or notes; choose a picture, a video or sound")
    if not is_file(path):
        raise SeamSyncError(f"no file {shown(name)} in ComfyUI's {path.parent.name} folder; upload it, or choose another")
    return path


def _can_load(name: str) -> bool:
    try:
        return bool(input_path(name))
    except SeamSyncError:
        return False


def output_name(prefix: Any) -> tuple[Path, str, str]:
    """Return the next free name in the host's output folder, as its Save nodes count: folder, name without suffix, subfolder.

    Args:
        prefix: as ``report/SeamSync``; the host fills in ``%year%`` and others.

    Raises:
        SeamSyncError: the prefix names no file, or leads outside the output folder.
    """
    home = Path(folder_paths.get_output_directory()).resolve()
    expected = f"filename_prefix must name files below ComfyUI's output folder, such as 'report/SeamSync', got {shown(prefix)}"
    if not isinstance(prefix, str) or printable(prefix) != prefix:
        raise SeamSyncError(expected)
    try:
        wanted = (home / prefix).resolve()
        if not prefix.strip() or wanted == home or not wanted.is_relative_to(home):
            raise SeamSyncError(expected)
        if any(len(part.encode()) > _LONGEST_PART for part in wanted.parts):
            raise SeamSyncError(f"{expected}: a name is longer than {_LONGEST_PART} bytes")
        folder, name, counter, subfolder, _ = folder_paths.get_save_image_path(prefix, str(home))
    except (OSError, ValueError, RuntimeError) as error:  # a name too long, a loop of links, a folder that cannot be made
        reason = getattr(error, "strerror", None) or "no such name can be made"
        raise SeamSyncError(f"{expected}: {reason.lower()}") from error
    return Path(folder), f"{name}_{counter:05}_", subfolder


def temp_file(suffix: str) -> Path:
    """Return a fresh name in the host's temp folder, which the host empties when it starts and ends; a stopped job leaves no
    file.
    """
    folder = folder_paths.get_temp_directory()
    os.makedirs(folder, exist_ok=True)
    return Path(folder) / f"seamsync_{uuid.uuid4().hex}{suffix}"


def temp_folder(prefix: str) -> Path:
    """Make a fresh, empty folder in the host's temp folder, its name beginning with ``prefix``."""
    home = folder_paths.get_temp_directory()
    os.makedirs(home, exist_ok=True)
    temporary.tidy(Path(home))
    return Path(tempfile.mkdtemp(prefix=prefix, dir=home))


def temp_clip(name: str, what: str = "") -> Path:
    """Return a path for a clip in the host's temp folder, in a folder of its own: ``name`` as an MP4, of a result
    ``name_result``.

    Messages and reports name a clip by its file, so a changed one keeps the name that the user knows.

    Args:
        name: of the clip it is made of.
        what: its kind, as ``"result"``; empty for the same clip, cut or looped.
    """
    path = temp_folder(temporary.PREFIX) / f"{Path(name).stem[:_LONGEST]}{what and '_' + what}.mp4"
    temporary.begin(path)
    return path


def video_from_file(path: str | Path) -> Any:
    """Return a VIDEO backed by a file, so that Save Video copies its packets instead of encoding again."""
    video = host_api.InputImpl.VideoFromFile(str(path))
    temporary.keep_while_played(Path(path), video)
    return video


def shown_video(path: Path) -> dict[str, list[Any]]:
    """Return what makes the page play a clip of :func:`temp_clip` on its node, for ``ui`` of :func:`result`."""
    return {"images": [{"filename": path.name, "subfolder": path.parent.name, "type": "temp"}], "animated": [True]}


def trimmed_video(path: Path, start: float, duration: float) -> Any:
    """Return a VIDEO of a part of a file, cut when it is read; None where the host has no such VIDEOs.

    Args:
        path: of the file.
        start, duration: seconds of the file's own clock; a duration of 0 goes to the end.
    """
    kind = video_type()
    if start < 0 or not hasattr(kind, "get_active_trim_window") or "start_time" not in inspect.signature(kind).parameters:
        return None
    return kind(str(path), start_time=start, duration=duration)


def video_type() -> Any:
    """Return the host's class of VIDEOs that are files."""
    return host_api.InputImpl.VideoFromFile


def video_base() -> type:
    """Return the host's base class of VIDEOs."""
    return getattr(getattr(host_api, "Input", None), "Video", object)


def components(video: Any) -> tuple[Any, Fraction] | None:
    """Return pictures ``[T,H,W,C]`` and frame rate of a VIDEO in memory; ``None`` for any other."""
    if not isinstance(video, host_api.InputImpl.VideoFromComponents):
        return None
    parts = video.get_components()
    return parts.images, Fraction(parts.frame_rate)


def show_text(text: str) -> None:
    """Write a sentence into the host's log, for the record."""
    logging.getLogger("seamsync").info(text)


def warn(text: str) -> None:
    """Write a sentence into the host's log, as a warning."""
    logging.getLogger("seamsync").warning(text)


def result(*values: Any, images: Any = None, ui: dict[str, list[Any]] | None = None) -> Any:
    """Return the result of a node's ``execute``.

    Args:
        values: the outputs.
        images: ``[B,H,W,3]``, shown on the node itself.
        ui: plain values for the node's entry in ``/history``, a list each.
    """
    if images is None:
        return io.NodeOutput(*values, ui=ui)
    return io.NodeOutput(*values, ui={**host_api.ui.PreviewImage(images).as_dict(), **(ui or {})})
