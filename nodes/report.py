"""Define Save Seam Report and Inspect Video."""

from __future__ import annotations

from typing import Any

from ..media.audio import Audio, load_audio
from ..media.video import FrameSource, TensorSource, VideoReader
from . import host, types
from .composite import report_words
from .exchange import audio_or_none, frame_source, has_hidden_edits, watched
from .fields import link, output, text
from .host import io


class SaveSeamReport(io.ComfyNode):
    """Save a report as files."""

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "prove/SaveSeamReport",
            "Save Seam Report",
            "Saves a seam report in the output folder: a page to look at, a table with a row a frame, and the figures as JSON.",
            [
                link(types.SEAM_REPORT, "report", "From Composite Mouths, Lip Sync or Inspect Video."),
                text("filename_prefix", "report/SeamSync", "Name of the files, with folders below the output folder."),
            ],
            [output(io.String, "path", "Where the page is.")],
            ["seam metrics", "quality report", "save csv", "save json", "html report"],
            is_output=True,
        )

    @classmethod
    def execute(cls, report: Any, filename_prefix: str = "report/SeamSync") -> Any:
        """Write the files under the next free number."""
        folder, name, subfolder = host.output_name(filename_prefix)
        saved = report.save(folder, name)
        files = [{"filename": path.name, "subfolder": subfolder, "type": "output"} for path in saved]
        page = next((path for path in saved if path.suffix == ".html"), saved[-1])
        return host.result(str(page), ui={**report_words(report), "files": files})


class InspectVideo(io.ComfyNode):
    """Measure a result made with any tool."""

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "prove/InspectVideo",
            "Inspect Video",
            "Measures the seam of a finished lip-sync result, of any pack, against its original.",
            [
                link(io.Video, "original", "The clip that the result was made of."),
                link(io.Video, "result", "The finished result: the same framing and frame rate; its size may differ."),
                link(types.FACE_TRACK, "track", "The original's face, from Smooth Landmarks; else tracked.", optional=True),
                link(io.Mask, "mask", "White where the new mouth is; found from the pictures where missing.", optional=True),
                link(io.Audio, "audio", "The speech; else the result's own sound, if it has any.", optional=True),
            ],
            [
                output(types.SEAM_REPORT, "report", "The figures of every frame, for Save Seam Report."),
                output(io.String, "text", "The verdict in a line, and what there is to note."),
            ],
            ["seam metrics", "quality check", "compare videos", "measure lip sync", "av offset"],
            is_output=True,
        )

    @classmethod
    def execute(cls, original: Any, result: Any, track: Any = None, mask: Any = None, audio: Any = None) -> Any:
        """Measure, a frame at a time."""
        from ..pipeline import inspect_video

        progress = host.progress()
        source = frame_source(result, progress.stop)
        report = inspect_video(
            watched(original, progress),
            progress.watch(source),
            track=track,
            mask=None if mask is None else _mask_source(mask, source.info.fps),
            audio=_own_sound(result, source) if audio is None else audio_or_none(audio),
            runtime=host.runtime(progress),
        )
        return host.result(report, "\n".join([report.verdict(), *report.notes]), ui=report_words(report))


def _own_sound(video: Any, source: FrameSource) -> Audio | None:
    """Return the sound of a VIDEO's frames; None where it has no sound, or edits that only the host can apply."""
    if host.components(video) is not None:
        return audio_or_none(video.get_components().audio)
    stream = video.get_stream_source()
    if not (isinstance(source, VideoReader) and source.info.has_audio) or has_hidden_edits(video, stream):
        return None
    begin = getattr(video, "get_active_trim_window", lambda: (0.0, 0.0))()[0]
    seconds = float(source.info.frame_count / source.info.fps)
    first = max(begin - float(source.first_time), 0.0) if begin else 0.0
    return load_audio(stream, start=first, duration=seconds)


def _mask_source(mask: Any, fps: Any) -> TensorSource:
    """View a MASK ``[T,H,W]`` or ``[H,W]`` as a clip of gray pictures, without copying it."""
    pictures = mask if mask.ndim == 3 else mask[None]
    return TensorSource(pictures[..., None].expand(-1, -1, -1, 3), fps, name="the mask")
