"""Define Load Video From Folder and Load Speech From Folder: each run takes the next file."""

from __future__ import annotations

from typing import Any

from ..media.audio import load_audio
from . import files, folders, host
from .fields import choice, counter, output
from .host import io
from .load import open_clip

#: What follows a folder's last file.
_STOP, _AGAIN = "stop", "begin again"


def _inputs(what: str, at_end: str) -> list[Any]:
    """Return inputs: the folder, the index of the file, and what follows the last file."""
    return [
        choice("folder", folders.offered(), f"Folder with the {what}: ComfyUI's input folder, or one in it."),
        counter("index", "Which file, from 0, in the order of their names; goes up by one with every run."),
        choice(
            "at_end",
            [_STOP, _AGAIN],
            "After the last file: end the batch with a message, or begin with the first again.",
            at_end,
        ),
    ]


_NAME = output(io.String, "name", "Folder and name of the file, for the filename_prefix of Save Video.")


class _FromFolder(io.ComfyNode):
    """Choose the file, for both loaders."""

    kinds: tuple[str, ...] = ()
    end = _STOP

    @classmethod
    def fingerprint_inputs(cls, folder: str = files.SAMPLE_NAME, index: int | None = 0, **_: Any) -> str:
        """Return another value when the file changes, or when it is another one."""
        return folders.fingerprint(folder, index or 0, cls.kinds)

    # Only the folder is checked: the host reports an error once for every input named here, and its page hides the text. Past
    # the last file the page shows the text of the error.
    @classmethod
    def validate_inputs(cls, folder: str | None = files.SAMPLE_NAME) -> bool | str:
        """Refuse a folder without files before anything runs. A linked folder is checked when it is known."""
        return folder is None or folders.validity(folder, cls.kinds)


class LoadVideoFromFolder(_FromFolder):
    """Load the clips of a folder, one a run."""

    kinds = ("video", "image")
    end = _AGAIN

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "load/LoadVideoFromFolder",
            "Load Video From Folder",
            "Loads one clip, or still picture, of a folder; the next run takes the next. For many clips, run it many times.",
            _inputs("clips", cls.end),
            [
                output(io.Video, "video", "The clip."),
                output(io.Audio, "audio", "The clip's own sound; nothing where it has none."),
                _NAME,
            ],
            ["batch", "folder", "directory", "many videos", "load video batch"],
        )

    @classmethod
    def execute(cls, folder: str = files.SAMPLE_NAME, index: int = 0, at_end: str = _AGAIN) -> Any:
        """Open the clip."""
        name = folders.nth(folder, index, cls.kinds, again=at_end == _AGAIN)
        return host.result(*open_clip(files.path_of(name))[:2], folders.saved_as(name))


class LoadSpeechFromFolder(_FromFolder):
    """Load the speeches of a folder, one a run."""

    kinds = ("audio", "video")

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "load/LoadSpeechFromFolder",
            "Load Speech From Folder",
            "Loads one speech of a folder; the next run takes the next. For many speeches, run it many times.",
            _inputs("speeches", cls.end),
            [output(io.Audio, "audio", "The speech; link it to Load Speech Audio to cut or level it."), _NAME],
            ["batch", "folder", "directory", "many voices", "load audio batch"],
        )

    @classmethod
    def execute(cls, folder: str = files.SAMPLE_NAME, index: int = 0, at_end: str = _STOP) -> Any:
        """Load the speech."""
        name = folders.nth(folder, index, cls.kinds, again=at_end == _AGAIN)
        return host.result(load_audio(files.path_of(name)).to_comfy(), folders.saved_as(name))
