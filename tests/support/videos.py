"""Tiny clips for tests, written with PyAV alone; every picture says which one it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream
from seamsync.media.frame import plane_views

#: x264 without loss and with few pictures between key frames, so that seeking is exercised.
LOSSLESS = {"qp": "0", "preset": "veryfast", "g": "12", "keyint_min": "12"}


def pattern(number: int, shape: tuple[int, int], plane: int, bits: int = 8) -> np.ndarray:
    """Plane ``plane`` of picture ``number``: a moving texture, all values legal, the number in the first pixel."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    values = 20 + (7 * number + 3 * rows + 5 * columns * (1 + plane) + (rows * columns) // 7 % 3 * 20) % 200
    return (values << (bits - 8)).astype(np.uint8 if bits == 8 else np.uint16)


def number_of(luma: np.ndarray, bits: int = 8) -> int:
    """The picture's number (0…199) read back from its luma plane."""
    return (int(luma[0, 0]) // (1 << (bits - 8)) - 20) * pow(7, -1, 200) % 200


def made_frame(number: int, size: tuple[int, int], pixel_format: str = "yuv420p") -> av.VideoFrame:
    """One picture of :func:`pattern` planes."""
    frame = av.VideoFrame(*size, pixel_format)
    bits = frame.format.components[0].bits
    for index, view in enumerate(plane_views(frame)):
        view[...] = pattern(number, view.shape, index, bits)  # type: ignore[arg-type]
    return frame


def write_clip(
    path: Path,
    count: int = 30,
    *,
    size: tuple[int, int] = (48, 32),
    rate: Fraction = Fraction(25),
    pixel_format: str = "yuv420p",
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    times: Sequence[int] | None = None,
    prepare: Callable[[VideoStream], None] | None = None,
    container_options: dict[str, str] | None = None,
    sound: bool = False,
    first: int = 0,
) -> Path:
    """Write a clip and return its path.

    Args:
        path: target; its suffix chooses the container.
        count: pictures.
        size: width, height.
        rate: frames a second; also the clock that ``times`` counts in.
        pixel_format: of the planes.
        codec: encoder.
        options: of the encoder, lossless x264 by default.
        times: presentation times in 1 / rate, one a picture; None: 0, 1, 2…
        prepare: called with the stream before the first picture (tags, rotation).
        container_options: of the muxer.
        sound: add a mono AAC track of silence, 44.1 kHz.
        first: number of the first picture.
    """
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options=LOSSLESS if options is None else options)
        stream.width, stream.height = size
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = 1 / rate
        if prepare:
            prepare(stream)
        if sound:
            _add_silence(container, float(count / rate))
        for number in range(count):
            frame = made_frame(first + number, size, pixel_format)
            frame.pts, frame.time_base = (times[number] if times else number), 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _add_silence(container: OutputContainer, seconds: float) -> None:
    stream = container.add_stream("aac", rate=44100, layout="mono")
    frame = av.AudioFrame.from_ndarray(np.zeros((1, int(44100 * seconds)), np.float32), format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 44100, 0, Fraction(1, 44100)
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
