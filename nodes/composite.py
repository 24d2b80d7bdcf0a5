"""Define Composite Mouths and Preview Composite."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ..blending.settings import SeamSettings
from ..errors import SeamSyncError, shown
from ..files import write_file
from ..media.encode_options import EncodeSettings
from . import host, types
from .exchange import audio_or_none, image_batch, watched
from .fields import link, output, settings_inputs, text
from .host import io

if TYPE_CHECKING:  # what executes is imported where it does: the list of nodes is to be there at once
    from ..browser.tuner import Tuner
    from ..quality.report.report import SeamReport

_MOST_PREVIEWS = 32


def encode_inputs() -> list[Any]:
    """How the result is written."""
    return settings_inputs(EncodeSettings, leave_out=("audio_bitrate", "subsample"))


def encode_settings(crf: float, encoder_speed: str, lossless: bool) -> EncodeSettings:
    """Return the settings of :func:`encode_inputs`."""
    return EncodeSettings(crf=crf, preset=encoder_speed, lossless=lossless)


def report_words(report: SeamReport) -> dict[str, list[Any]]:
    """Return a report for ``/history``: ``text``, the verdict in a line, and ``seam``, the summary by the metrics' names."""
    return {"text": [report.verdict()], "seam": [report.numbers()]}


def _seam_inputs() -> list[Any]:
    """Return inputs: the clip, its track, the mouths and the four settings."""
    return [
        link(io.Video, "video", "The target clip; the one that was tracked."),
        link(types.FACE_TRACK, "track", "The clip's face, from Smooth Landmarks."),
        link(types.MOUTHS, "mouths", "From Generate Mouths or Import Mouths."),
        link(types.MOUTH_MASK, "mask", "From Shape Mouth Mask; the preset 'natural' where nothing is linked.", optional=True),
        link(types.SEAM_TEMPORAL, "temporal", "From Temporal EMA; 'natural' where nothing is linked.", optional=True),
        link(types.COLOR_MATCH, "color", "From Match Color; 'natural' where nothing is linked.", optional=True),
        link(types.SEAM_BLEND, "blend", "From Seam Blend; 'natural' where nothing is linked.", optional=True),
    ]


def seam_settings(**parts: Any) -> SeamSettings:
    """Return the linked settings; those of 'natural' stand for every part that is not linked (None or missing)."""
    return SeamSettings(**{name: part for name, part in parts.items() if part is not None})


class CompositeMouths(io.ComfyNode):
    """Composite mouths into the clip, in one stream."""

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "seam/CompositeMouths",
            "Composite Mouths",
            "Puts the mouths into the clip, a frame at a time, whatever its length. Outside the mask nothing is touched.",
            [
                *_seam_inputs(),
                link(io.Audio, "audio", "Sound of the result: the speech.", optional=True),
                *encode_inputs(),
            ],
            [
                output(io.Video, "video", "The finished clip; Save Video stores it without encoding it again."),
                output(types.SEAM_REPORT, "report", "What happened in every frame."),
            ],
            ["paste face", "blend mouth", "render lip sync"],
        )

    @classmethod
    def execute(
        cls,
        video: Any,
        track: Any,
        mouths: Any,
        audio: Any = None,
        crf: float = EncodeSettings.crf,
        encoder_speed: str = EncodeSettings.preset,
        lossless: bool = EncodeSettings.lossless,
        **seam: Any,
    ) -> Any:
        """Stream the clip through the compositor into a temporary file."""
        from ..pipeline import composite_video

        progress = host.progress()
        source = watched(video, progress)
        path = host.temp_clip(source.info.name, "result")
        report = composite_video(
            source,
            track,
            mouths,
            path,
            settings=seam_settings(**seam),
            audio=audio_or_none(audio),
            encode=encode_settings(crf, encoder_speed, lossless),
            runtime=host.runtime(progress),
        )
        # Browsers play neither lossless nor 10-bit H.264.
        player = {} if lossless or source.info.bit_depth > 8 else host.shown_video(path)
        return host.result(host.video_from_file(path), report, ui={**report_words(report), **player})


class PreviewComposite(io.ComfyNode):
    """Run the same engine on a few frames, for tuning."""

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "seam/PreviewComposite",
            "Preview Composite",
            "The composite on a few frames, in a second: for tuning mask, colour and blend before the whole clip is rendered. "
            "Its sliders compose the frames anew as you drag them.",
            [
                *_seam_inputs(),
                text("frames", "", "Frames of the result, such as '0, 40, 100-104'; -1 is the last. Empty shows three."),
            ],
            [
                output(io.Image, "images", "The composited frames."),
                output(io.Mask, "alpha", "Weight of the new mouth in each of them, 0 to 1."),
            ],
            ["test frame", "tune mask", "mask preview"],
            is_output=True,
        )

    @classmethod
    def execute(cls, video: Any, track: Any, mouths: Any, frames: str = "", **seam: Any) -> Any:
        """Composite the chosen frames and show them on the node, the first of them to be tuned there."""
        from ..browser.tuner import Tuner
        from ..preview import preview_composite

        wanted, tuner = chosen_frames(frames, len(mouths)), Tuner()
        progress = host.progress()
        source, runtime = watched(video, progress), host.runtime(progress)
        settings = seam_settings(**seam)
        pictures, alphas = preview_composite(source, track, mouths, wanted, settings=settings, runtime=runtime, tuner=tuner)
        images = image_batch(pictures)
        return host.result(images, torch.from_numpy(alphas), images=images, ui={"seam_tuner": [_tuning(tuner)]})


def _tuning(tuner: Tuner) -> dict[str, Any]:
    """Return what the page's tuner (``web/seam_tuner.js``) needs, its pictures in files of the host's temp folder."""
    frames = []
    for frame in tuner.frames:
        path = write_file(host.temp_file(".bin"), frame.to_bytes())
        file = {"filename": path.name, "subfolder": "", "type": "temp"}
        frames.append({"index": frame.index, "shrink": frame.facts["shrink"], "file": file})
    return {**tuner.node_data(), "frames": frames}


def chosen_frames(wish: str, count: int) -> list[int]:
    """Parse frame numbers, as ``"0, 40, 100-104, -1"``; three evenly spaced ones where the text is empty.

    Raises:
        SeamSyncError: not numbers and ranges, or more than 32 frames.
    """
    if not wish.strip():
        return sorted({int(index) for index in np.array([1, 3, 5]) * count // 6})
    chosen: list[int] = []
    asked = 0
    for part in re.split(r"[,;\s]+", wish.strip(" ,;\t\n")):
        found = re.fullmatch(r"(-?\d+)(?:-(\d+))?", part)
        if not found:
            raise SeamSyncError(f"frames must be numbers and ranges such as '0, 40, 100-104', got {part!r}")
        first, last = (int(number[:20]) for number in (found[1], found[2] or found[1]))
        asked += max(last - first + 1, 0)
        chosen += range(first, min(last, first + _MOST_PREVIEWS) + 1)
    if not 0 < asked <= _MOST_PREVIEWS:
        raise SeamSyncError(f"preview shows 1…{_MOST_PREVIEWS} frames at once, got {asked} in {shown(wish)}")
    return chosen
