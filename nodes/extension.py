"""The list of nodes that ComfyUI asks for."""

from __future__ import annotations

from typing import Any

from .composite import CompositeMouths, PreviewComposite
from .generate import GenerateMouths, LoadLipSyncModel
from .host import ComfyExtension
from .lipsync import LipSync
from .load import LoadFaceVideo, LoadSpeechAudio
from .mouths import EnhanceMouths, ImportMouths
from .report import InspectVideo, SaveSeamReport
from .seam import MatchColor, SeamBlendNode, ShapeMouthMask, TemporalEMA
from .track import DetectFaceLandmarks, SmoothLandmarks
from .viewer import SeamDebugViewer

NODES: list[type[Any]] = [
    LoadSpeechAudio,
    LoadFaceVideo,
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


class SeamSyncExtension(ComfyExtension):
    """What ``comfy_entrypoint`` hands to ComfyUI."""

    async def get_node_list(self) -> list[type[Any]]:
        """Every node of the pack."""
        return list(NODES)
