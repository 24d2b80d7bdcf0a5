"""Define Seam Debug Viewer."""

from __future__ import annotations

from typing import Any

from ..browser.viewer_bounds import FRAMES, SIDES
from . import host, types
from .exchange import frame_source, watched
from .fields import link, text, whole
from .host import io

#: Frames shown and longer side of their pictures by default.
_FRAMES, _SIDE = 144, 384
_LABELS = ("original", "result")


class SeamDebugViewer(io.ComfyNode):
    """Show a finished clip beside its original, with its metrics."""

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "prove/SeamDebugViewer",
            "Seam Debug Viewer",
            "Shows original and result under a wipe, frame by frame, with mask, seam, difference and landmarks, and the seam's "
            "figures over time; click a peak to see its frame.",
            [
                link(io.Video, "original", "The clip before: the target of the composite."),
                link(io.Video, "result", "The clip after: from Composite Mouths or Lip Sync, or what was inspected."),
                link(types.SEAM_REPORT, "report", "The report of that result, from the same node or Inspect Video."),
                link(
                    types.FACE_TRACK,
                    "track",
                    "The original's face: shows the landmarks, and where the mouth is.",
                    optional=True,
                ),
                whole(
                    "frames",
                    _FRAMES,
                    *FRAMES,
                    "Most frames to show: evenly spaced ones, the worst ones, and every peak.",
                    advanced=True,
                ),
                whole(
                    "picture_size",
                    _SIDE,
                    *SIDES,
                    "Longer side of the pictures in pixels; large ones leave fewer frames.",
                    advanced=True,
                ),
                text(
                    "original_label",
                    _LABELS[0],
                    "What stands on the left picture, such as another result's name.",
                    advanced=True,
                ),
                text("result_label", _LABELS[1], "What stands on the right picture.", advanced=True),
            ],
            [],
            ["before after", "compare video", "wipe slider", "seam viewer", "difference", "metric plot", "worst frames"],
            is_output=True,
        )

    @classmethod
    def execute(
        cls,
        original: Any,
        result: Any,
        report: Any,
        track: Any = None,
        frames: int = _FRAMES,
        picture_size: int = _SIDE,
        original_label: str = _LABELS[0],
        result_label: str = _LABELS[1],
    ) -> Any:
        """Write the pictures into the host's temp folder, and send the page their names."""
        from ..browser.viewer import write_view

        folder, progress = host.temp_folder("seamsync_view_"), host.progress(bar_only=True)
        view = write_view(
            report,
            frame_source(original, progress.stop),
            watched(result, progress),
            folder,
            track=track,
            frames=frames,
            side=picture_size,
            labels=(original_label.strip() or _LABELS[0], result_label.strip() or _LABELS[1]),
            progress=progress,
        )
        return host.result(ui={"seam_viewer": [{"filename": view.name, "subfolder": folder.name, "type": "temp"}]})
