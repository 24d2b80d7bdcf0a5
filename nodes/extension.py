"""List the nodes for ComfyUI."""

from __future__ import annotations

from typing import Any

from .batch import LoadSpeechFromFolder, LoadVideoFromFolder
from .composite import CompositeMouths, PreviewComposite
from .generate import GenerateMouths, LoadLipSyncModel
from .host import ComfyExtension, register_models
from .lipsync import LipSync
from .load import LoadFaceVideo, LoadSpeechAudio
from .mouths import EnhanceMouths, ImportMouths
from .report import InspectVideo, SaveSeamReport
from .routes import register as register_routes
from .seam import MatchColor, SeamBlendNode, ShapeMouthMask, TemporalEMA
from .track import DetectFaceLandmarks, SmoothLandmarks
from .viewer import SeamDebugViewer

NODES: list[type[Any]] = [
    LoadSpeechAudio,
    LoadFaceVideo,
    LoadSpeechFromFolder,
    LoadVideoFromFolder,
    DetectFaceLandmarks,
    SmoothLandmarks,
    LoadLipSyncModel,
    GenerateMouths,
    ImportMouths,
    EnhanceMouths,
    ShapeMouthMask,
    TemporalEMA,
    MatchColor,
    SeamBlendNode,
    CompositeMouths,
    PreviewComposite,
    LipSync,
    SaveSeamReport,
    InspectVideo,
    SeamDebugViewer,
]


#: Nodes that were renamed: old id, without the prefix ``SeamSync`` → the node of today. None was yet.
RENAMED: dict[str, type[Any]] = {}


def under_old_name(old: str, node: type[Any]) -> type[Any]:
    """Return the node under an old id, marked deprecated, so that saved workflows open and run in every host.

    ComfyUI's own replacement of nodes (0.14 and newer) is not used: it drops inputs that are not listed, and fails where a
    prompt leaves out a listed one, as every prompt does with optional links.
    """

    @classmethod
    def define_schema(cls: type[Any]) -> Any:
        """Return the node's own schema with the old id."""
        schema = node.define_schema()
        schema.node_id, schema.is_deprecated = f"SeamSync{old}", True
        return schema

    return type(old, (node,), {"define_schema": define_schema, "__module__": __name__})


class SeamSyncExtension(ComfyExtension):
    """Give ComfyUI the nodes, through ``comfy_entrypoint``."""

    async def get_node_list(self) -> list[type[Any]]:
        """Return every node, the renamed ones under their old ids too. Their lists of models need our folder first."""
        register_models()
        register_routes()
        return [*NODES, *(under_old_name(old, node) for old, node in RENAMED.items())]
