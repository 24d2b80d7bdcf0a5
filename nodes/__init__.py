"""Define the ComfyUI nodes. ComfyUI itself is imported when the extension is built, not before."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """Build the extension on first use (PEP 562), so that the library works without a host."""
    if name == "SeamSyncExtension":
        from .extension import SeamSyncExtension

        return SeamSyncExtension
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
