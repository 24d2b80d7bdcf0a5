"""Core nodes of the stand-in host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import folder_paths
from comfy_api.latest import io


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
        return io.Schema(node_id="SaveVideo", display_name="Save Video", inputs=inputs, is_output_node=True)

    @classmethod
    def execute(cls, video: Any, filename_prefix: str, format: str, codec: str) -> io.NodeOutput:  # noqa: A002
        path = Path(folder_paths.get_output_directory()) / f"{filename_prefix}_00001_.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        video.save_to(str(path), format=format, codec=codec)
        return io.NodeOutput(ui={"images": [{"filename": path.name, "subfolder": path.parent.name, "type": "output"}]})
