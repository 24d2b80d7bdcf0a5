"""The stand-in's node API."""

from __future__ import annotations

from types import SimpleNamespace

from . import io, ui
from .video import VideoComponents, VideoFromComponents, VideoFromFile

InputImpl = SimpleNamespace(VideoFromFile=VideoFromFile, VideoFromComponents=VideoFromComponents)
Types = SimpleNamespace(VideoComponents=VideoComponents)


class ComfyExtension:
    """Base of what ``comfy_entrypoint`` returns."""

    async def on_load(self) -> None: ...


__all__ = ["ComfyExtension", "InputImpl", "Types", "io", "ui"]
