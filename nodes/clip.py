"""Make VIDEOs that are views of a clip: cut, looped, thinned out or at another rate, and not encoded for that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ..media.audio import Audio
from ..media.background import Background
from ..media.encode import VideoWriter
from ..media.encode_options import EncodeSettings
from ..media.video import FrameSource
from . import host

#: Quality of the file of a view, at which no loss is visible.
_FINE = EncodeSettings(crf=8.0, preset="veryfast")


class _View:
    """A VIDEO over a frame source. Our nodes read its frames; for any other node it is written to a file, once.

    Attributes:
        source: the frames.
    """

    def __init__(self, source: FrameSource, sound: Audio | None) -> None:
        self.source = source
        self._sound = sound
        self._path: Path | None = None

    def file(self) -> Any:
        """Return the VIDEO of a temporary file, which is written at first."""
        if self._path is None or not self._path.is_file():
            host.show_text(f"{self.source.info.name}: written as a file for a node that reads no views")
            self._path = _write(self.source, self._sound)
        return host.video_from_file(self._path)

    def get_dimensions(self) -> tuple[int, int]:
        """Return width and height."""
        return self.source.info.width, self.source.info.height

    def get_duration(self) -> float:
        """Return seconds."""
        return float(self.source.info.duration)

    def get_frame_count(self) -> int:
        """Return how many frames there are."""
        return self.source.info.frame_count

    def get_frame_rate(self) -> Any:
        """Return frames a second, a fraction."""
        return self.source.info.fps


def _of_file(name: str) -> Any:
    """Return a method that asks the file of a view."""

    def method(self: _View, *args: Any, **keywords: Any) -> Any:
        """Ask the file."""
        return getattr(self.file(), name)(*args, **keywords)

    return method


def view(source: FrameSource, sound: Audio | None) -> Any:
    """Return a VIDEO of a frame source and its sound; it has every method of the host's own VIDEO of a file.

    Args:
        source: the frames; they are decoded again by each node that reads the VIDEO.
        sound: its sound, time 0 at the first frame, for the file that other packs' nodes get.
    """
    names = [name for name in dir(host.video_type()) if not name.startswith("_") and not hasattr(_View, name)]
    kind = type("ClipView", (_View, host.video_base()), {name: _of_file(name) for name in names})
    return kind(source, sound)


def viewed(video: Any) -> FrameSource | None:
    """Return the frames of a VIDEO made by :func:`view`; None for any other."""
    return video.source if isinstance(video, _View) else None


def _write(source: FrameSource, sound: Audio | None) -> Path:
    """Write a clip with its sound into the host's temp folder."""
    progress, info = host.progress(), source.info
    path = host.temp_clip(info.name)
    writer = VideoWriter(path, replace(info), audio=sound, settings=_FINE, check=progress.stop)
    with writer, Background(writer.write, check=progress.stop) as encoder:
        for index, frame in enumerate(progress.watch(source).frames()):
            encoder.put(frame)
            progress("load", index + 1, info.frame_count)
    return path
