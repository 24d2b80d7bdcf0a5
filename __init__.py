"""SeamSync: lip-sync that leaves no seam, as a ComfyUI node pack, a Python library and a command.

The names of :data:`__all__` are the public API. Each is imported when it is first used, so that ``import seamsync`` is quick
and needs neither torch nor NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import Cancelled, SeamSyncError

if TYPE_CHECKING:
    from .blending.presets import PRESETS, preset
    from .blending.settings import ColorMatch, MouthMask, SeamBlend, SeamSettings, SeamTemporal
    from .media.audio import Audio, load_audio
    from .media.clips import MouthClip
    from .media.inputs import open_audio, open_source
    from .media.video import VideoReader
    from .models.generators import load_generator
    from .models.imported import import_mouths
    from .pipeline import (
        composite_video,
        generate_mouths,
        inspect_video,
        lipsync,
        track_video,
    )
    from .pipeline_types import LipSyncOptions
    from .preview import preview_composite
    from .quality.report.report import SeamReport
    from .runtime import Runtime
    from .tracking.track import FaceTrack

__version__ = "0.1.0"
__all__ = [
    "PRESETS",
    "WEB_DIRECTORY",
    "Audio",
    "Cancelled",
    "ColorMatch",
    "FaceTrack",
    "LipSyncOptions",
    "MouthClip",
    "MouthMask",
    "Runtime",
    "SeamBlend",
    "SeamReport",
    "SeamSettings",
    "SeamSyncError",
    "SeamTemporal",
    "VideoReader",
    "__version__",
    "comfy_entrypoint",
    "composite_video",
    "generate_mouths",
    "import_mouths",
    "inspect_video",
    "lipsync",
    "load_audio",
    "load_generator",
    "open_audio",
    "open_source",
    "preset",
    "preview_composite",
    "track_video",
]

#: Module → the public names that are imported from it on first use.
_LAZY = {
    "blending.presets": ("PRESETS", "preset"),
    "blending.settings": ("ColorMatch", "MouthMask", "SeamBlend", "SeamSettings", "SeamTemporal"),
    "media.audio": ("Audio", "load_audio"),
    "media.clips": ("MouthClip",),
    "media.inputs": ("open_audio", "open_source"),
    "media.video": ("VideoReader",),
    "models.generators": ("load_generator",),
    "models.imported": ("import_mouths",),
    "pipeline": (
        "composite_video",
        "generate_mouths",
        "inspect_video",
        "lipsync",
        "track_video",
    ),
    "pipeline_types": ("LipSyncOptions",),
    "preview": ("preview_composite",),
    "quality.report.report": ("SeamReport",),
    "runtime": ("Runtime",),
    "tracking.track": ("FaceTrack",),
}
_MODULES = {name: module for module, names in _LAZY.items() for name in names}

#: Where ComfyUI finds the node help pages and scripts.
WEB_DIRECTORY = "./web"


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not, beside what the module holds."""
    return sorted({*globals(), *__all__})


async def comfy_entrypoint() -> Any:
    """ComfyUI's way in: the node list, built only when a host asks for it."""
    from .nodes import SeamSyncExtension

    return SeamSyncExtension()
