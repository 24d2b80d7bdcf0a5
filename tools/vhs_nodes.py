"""The nodes of ComfyUI-VideoHelperSuite that a template uses, as far as a graph needs them: ids, kinds and defaults."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def _item(name: str, kind: str, default: Any = None) -> SimpleNamespace:
    """An input or output; inputs with a default are widgets."""
    return SimpleNamespace(id=name, kind=kind, default=default, optional=False, display_name=name)


def _node(kind: str, title: str, inputs: list[SimpleNamespace], outputs: list[SimpleNamespace]) -> SimpleNamespace:
    return SimpleNamespace(node_id=kind, display_name=title, inputs=inputs, outputs=outputs)


SCHEMAS: dict[str, Any] = {
    node.node_id: node
    for node in (
        _node(
            "VHS_LoadVideo",
            "Load Video (Upload) 🎥🅥🅗🅢",
            [
                _item("video", "COMBO", ""),
                _item("force_rate", "FLOAT", 0),
                _item("custom_width", "INT", 0),
                _item("custom_height", "INT", 0),
                _item("frame_load_cap", "INT", 0),
                _item("skip_first_frames", "INT", 0),
                _item("select_every_nth", "INT", 1),
                _item("format", "COMBO", "None"),
            ],
            [
                _item("IMAGE", "IMAGE"),
                _item("frame_count", "INT"),
                _item("audio", "AUDIO"),
                _item("video_info", "VHS_VIDEOINFO"),
            ],
        ),
        _node(
            "VHS_VideoInfoLoaded",
            "Video Info (Loaded) 🎥🅥🅗🅢",
            [_item("video_info", "VHS_VIDEOINFO")],
            [
                _item("fps🟦", "FLOAT"),
                _item("frame_count🟦", "INT"),
                _item("duration🟦", "FLOAT"),
                _item("width🟦", "INT"),
                _item("height🟦", "INT"),
            ],
        ),
        _node(
            "VHS_VideoCombine",
            "Video Combine 🎥🅥🅗🅢",
            [
                _item("images", "IMAGE"),
                _item("audio", "AUDIO"),
                _item("frame_rate", "FLOAT", 25),
                _item("loop_count", "INT", 0),
                _item("filename_prefix", "STRING", "SeamSync"),
                _item("format", "COMBO", "video/h264-mp4"),
                _item("pix_fmt", "COMBO", "yuv420p"),
                _item("crf", "INT", 16),
                _item("save_metadata", "BOOLEAN", True),
                _item("trim_to_audio", "BOOLEAN", False),
                _item("pingpong", "BOOLEAN", False),
                _item("save_output", "BOOLEAN", True),
            ],
            [_item("Filenames", "VHS_FILENAMES")],
        ),
    )
}
