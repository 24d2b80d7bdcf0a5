# ruff: noqa: A002 (the host's own argument names)
"""VIDEO of the stand-in host: a file with a trim window, or pictures in memory."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch


@dataclass
class VideoComponents:
    images: torch.Tensor
    frame_rate: Fraction
    audio: Any = None


class VideoFromFile:
    """A file; the stream source ignores the trim, as in the real host."""

    def __init__(self, file: str | io.BytesIO, *, start_time: float = 0, duration: float = 0) -> None:
        self._file, self._start, self._duration = file, start_time, duration

    def get_stream_source(self) -> str | io.BytesIO:
        return self._file

    def get_active_trim_window(self) -> tuple[float, float]:
        return float(self._start), float(self._duration)

    def get_components(self) -> VideoComponents:
        pictures = torch.from_numpy(np.stack(self._frames())).float() / 255
        return VideoComponents(pictures, self.get_frame_rate())

    def as_trimmed(self, start_time: float, duration: float, strict_duration: bool = False) -> VideoFromFile:
        return VideoFromFile(self._file, start_time=self._start + start_time, duration=duration)

    def get_dimensions(self) -> tuple[int, int]:
        with self._open() as container:
            stream = container.streams.video[0]
            return stream.width, stream.height

    def get_frame_rate(self) -> Fraction:
        with self._open() as container:
            return Fraction(container.streams.video[0].average_rate)

    def get_duration(self) -> float:
        with self._open() as container:
            whole = float(container.duration / av.time_base)
        return min(self._duration or whole, whole - self._start)

    def save_to(self, path: str, format: str = "auto", codec: str = "auto", metadata: dict[str, Any] | None = None) -> None:
        if self._start or self._duration or not isinstance(self._file, str):
            write_frames(path, self._frames(), self.get_frame_rate())
        else:
            shutil.copyfile(self._file, path)

    def _open(self) -> Any:
        if isinstance(self._file, io.BytesIO):
            self._file.seek(0)
        return av.open(self._file)

    def _frames(self) -> list[np.ndarray]:
        end = self._start + self._duration if self._duration else 1e9
        with self._open() as container:
            return [f.to_ndarray(format="rgb24") for f in container.decode(video=0) if self._start <= f.time < end]


class VideoFromComponents:
    """Pictures in memory. Asking for a stream would encode them: an error here, so that nobody does by accident."""

    def __init__(self, components: VideoComponents) -> None:
        self._components = components

    def get_components(self) -> VideoComponents:
        return self._components

    def get_stream_source(self) -> io.BytesIO:
        raise AssertionError("pictures in memory must not be encoded to be read")

    def save_to(self, path: str, format: str = "auto", codec: str = "auto", metadata: dict[str, Any] | None = None) -> None:
        pictures = (self._components.images * 255).round().to(torch.uint8).numpy()
        write_frames(path, list(pictures), Fraction(self._components.frame_rate))


def write_frames(path: str | Path, frames: list[np.ndarray], fps: Fraction) -> None:
    """Write pictures uint8 ``[h,w,3]`` as lossless H.264."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264rgb", rate=fps, options={"qp": "0"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "rgb24"
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
