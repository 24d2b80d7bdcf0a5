"""Import Mouths, Enhance Mouths."""

from __future__ import annotations

from typing import Any

from ..blending.enhance import sharpen_mouths
from ..media.clips import LOOPS
from ..media.video import TensorSource
from ..models.imported import import_mouths
from ..tensors import SeamSyncError
from . import host, types
from .exchange import frame_source
from .fields import choice, link, number, output
from .host import io


class ImportMouths(io.ComfyNode):
    """Another pack's finished result, its mouths taken out."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "ImportMouths",
            "Import Mouths",
            "Takes the mouths out of another pack's finished result, to put them into your clip without that seam.",
            [
                link(types.FACE_TRACK, "track", "The face of your own clip, from Smooth Landmarks."),
                link(io.Video, "video", "The other pack's result for the same clip.", optional=True),
                link(io.Image, "images", "Or its result as a batch of images.", optional=True),
                link(
                    types.FACE_TRACK,
                    "result_track",
                    "That result tracked too: the mask covers both mouths.",
                    optional=True,
                ),
                choice("loop", LOOPS, "How your clip went on in a result that is longer."),
            ],
            [output(types.MOUTHS, "mouths", "For Composite Mouths and Preview Composite.")],
            ["wav2lip result", "latentsync result", "musetalk result", "fix seam"],
        )

    @classmethod
    def execute(cls, track: Any, video: Any = None, images: Any = None, result_track: Any = None, loop: str = LOOPS[0]) -> Any:
        """Cut the lower face out of every frame."""
        if (video is None) == (images is None):
            raise SeamSyncError("Import Mouths needs exactly one of 'video' and 'images': the other pack's result")
        source = frame_source(video) if images is None else TensorSource(images, track.fps)
        mouths = import_mouths(source, track, result_track=result_track, loop=loop, progress=host.progress())
        return host.result(mouths)


class EnhanceMouths(io.ComfyNode):
    """Mouths made crisper."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "EnhanceMouths",
            "Enhance Mouths",
            "Sharpens the mouths, for generators that make them softer than the clip.",
            [
                link(types.MOUTHS, "mouths", "From Generate Mouths or Import Mouths."),
                number("amount", 0.5, 0.0, 3.0, 0.05, "How much crisper; 0 changes nothing."),
                number("radius", 1.0, 0.3, 8.0, 0.1, "Size of the detail made crisper, in pixels of the mouth picture."),
            ],
            [output(types.MOUTHS, "mouths", "The sharpened mouths.")],
            ["sharpen", "unsharp mask", "restore face"],
        )

    @classmethod
    def execute(cls, mouths: Any, amount: float = 0.5, radius: float = 1.0) -> Any:
        """Unsharp masking, a chunk at a time."""
        return host.result(sharpen_mouths(mouths, amount=amount, radius=radius, progress=host.progress()))
