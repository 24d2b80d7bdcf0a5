"""The composite pass (mouths cached) against a plain decode and encode of the same clip with the same codec settings."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import av
import numpy as np

from ..errors import SeamSyncError
from ..media.encode_options import EncodeSettings
from ..media.opening import open_video
from ..media.video import VideoReader
from ..pipeline import composite_video, track_video
from ..runtime import Runtime
from ..tracking.options import SmoothOptions
from . import in_turn, row
from .mouths import simulated_mouths


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """One row a clip: seconds of each, and their ratio."""
    if media is None:
        raise SeamSyncError("no folder of real clips; name one with --media or SEAMSYNC_MEDIA")
    rows = []
    for clip in sorted(media.glob("*.mp4")):
        source = VideoReader(clip)
        track = track_video(source, smooth=SmoothOptions())
        mouths = simulated_mouths(source, track)
        encode = EncodeSettings()
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder)

            def ours(target: Path = target) -> None:
                composite_video(source, track, mouths, target / "ours.mp4", encode=encode, runtime=Runtime(device="cpu"))  # noqa: B023

            def plain(target: Path = target, clip: Path = clip) -> None:
                transcode(clip, target / "plain.mp4", encode)  # noqa: B023

            mine, theirs = in_turn([ours, plain], 1 if quick else 5)
        ratio = float(np.median(mine / theirs))
        spread = f" (±{np.std(mine / theirs):.2f})"
        name = "plain decode + encode, seconds"
        rows.append(row(clip.stem + spread, np.median(mine), np.median(theirs), name, ratio, "≤ 1.5", ratio <= 1.5))
    return rows


def transcode(source: Path, target: Path, settings: EncodeSettings) -> None:
    """Decode and encode with PyAV alone: the floor of the composite pass.

    Args:
        source: clip.
        target: mp4 to write.
        settings: x264's preset and quality.
    """
    with open_video(source) as reader, av.open(str(target), "w") as writer:
        stream = reader.stream
        out = writer.add_stream("libx264", rate=stream.average_rate, options=settings.options)
        assert isinstance(out, av.VideoStream)
        out.width, out.height, out.pix_fmt = stream.width, stream.height, stream.pix_fmt or "yuv420p"
        for count, frame in enumerate(reader.container.decode(stream)):
            frame.pts, frame.time_base = count, 1 / stream.average_rate  # type: ignore[operator]
            writer.mux(out.encode(frame))
        writer.mux(out.encode())
