"""Core nodes of the stand-in host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import folder_paths
import torch
from comfy_api.latest import InputImpl, Types, io


class SaveVideo(io.ComfyNode):
    """Save a VIDEO into the output folder."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        inputs = [
            io.Video.Input("video"),
            io.String.Input("filename_prefix", default="video/ComfyUI"),
            io.Combo.Input("format", options=["auto", "mp4"], default="auto"),
            io.Combo.Input("codec", options=["auto", "h264"], default="auto"),
        ]
        outputs = [io.Video.Output("video", "video")]
        return io.Schema(node_id="SaveVideo", display_name="Save Video", inputs=inputs, outputs=outputs, is_output_node=True)

    @classmethod
    def execute(cls, video: Any, filename_prefix: str, format: str, codec: str) -> io.NodeOutput:  # noqa: A002
        path = Path(folder_paths.get_output_directory()) / f"{filename_prefix}_00001_.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        video.save_to(str(path), format=format, codec=codec)
        return io.NodeOutput(video, ui={"images": [{"filename": path.name, "subfolder": path.parent.name, "type": "output"}]})


class GetVideoComponents(io.ComfyNode):
    """Take pictures, sound and rate out of a VIDEO."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        kinds = ((io.Image, "images"), (io.Audio, "audio"), (io.Float, "fps"), (io.Int, "bit_depth"))
        outputs = [kind.Output(name, name) for kind, name in kinds]
        inputs = [io.Video.Input("video")]
        return io.Schema(node_id="GetVideoComponents", display_name="Get Video Components", inputs=inputs, outputs=outputs)

    @classmethod
    def execute(cls, video: Any) -> io.NodeOutput:
        parts = video.get_components()
        return io.NodeOutput(parts.images, parts.audio, float(parts.frame_rate), 8)


class CreateVideo(io.ComfyNode):
    """Make a VIDEO of pictures and sound."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        inputs = [
            io.Image.Input("images"),
            io.Float.Input("fps", default=30.0, min=1.0, max=120.0, step=1.0),
            io.Audio.Input("audio", optional=True),
            io.Int.Input("bit_depth", default=8, min=8, max=10, step=2, optional=True),
        ]
        outputs = [io.Video.Output("VIDEO", "VIDEO")]
        return io.Schema(node_id="CreateVideo", display_name="Create Video", inputs=inputs, outputs=outputs)

    @classmethod
    def execute(cls, images: Any, fps: float, audio: Any = None, bit_depth: int = 8) -> io.NodeOutput:
        parts = Types.VideoComponents(images=images, frame_rate=fps, audio=audio)
        return io.NodeOutput(InputImpl.VideoFromComponents(parts))


class SolidMask(io.ComfyNode):
    """Make a mask of one value."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        inputs = [
            io.Float.Input("value", default=1.0, min=0.0, max=1.0, step=0.01),
            *(io.Int.Input(name, default=512, min=1, max=16384, step=1) for name in ("width", "height")),
        ]
        outputs = [io.Mask.Output("MASK", "MASK")]
        return io.Schema(node_id="SolidMask", display_name="Create Solid Mask", inputs=inputs, outputs=outputs)

    @classmethod
    def execute(cls, value: float, width: int, height: int) -> io.NodeOutput:
        return io.NodeOutput(torch.full((1, height, width), value))


class MaskComposite(io.ComfyNode):
    """Put one mask onto another; of the operations only "add"."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        inputs = [
            io.Mask.Input("destination"),
            io.Mask.Input("source"),
            *(io.Int.Input(name, default=0, min=0, max=16384, step=1) for name in ("x", "y")),
            io.Combo.Input("operation", options=["multiply", "add"], default="multiply"),
        ]
        outputs = [io.Mask.Output("MASK", "MASK")]
        return io.Schema(node_id="MaskComposite", display_name="Combine Masks", inputs=inputs, outputs=outputs)

    @classmethod
    def execute(cls, destination: Any, source: Any, x: int, y: int, operation: str) -> io.NodeOutput:
        made = destination.clone()
        made[:, y : y + source.shape[1], x : x + source.shape[2]] += source
        return io.NodeOutput(made.clamp(0, 1))


#: Every one of them.
NODES = [SaveVideo, GetVideoComponents, CreateVideo, SolidMask, MaskComposite]
