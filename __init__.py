"""SeamSync: lip-sync that leaves no seam, as a ComfyUI node pack, a Python library and a command."""

from __future__ import annotations

from typing import Any

from .errors import Cancelled, SeamSyncError

__version__ = "0.1.0"
__all__ = ["WEB_DIRECTORY", "Cancelled", "SeamSyncError", "__version__", "comfy_entrypoint"]

#: Where ComfyUI finds the node help pages and scripts.
WEB_DIRECTORY = "./web"


async def comfy_entrypoint() -> Any:
    """ComfyUI's way in: the node list, built only when a host asks for it."""
    from .nodes import SeamSyncExtension

    return SeamSyncExtension()
