"""Define the pack's own link types. Each carries one light object; the prefix keeps them apart from other packs' types."""

from __future__ import annotations

from .host import io

FACE_TRACK = io.Custom("SEAMSYNC_FACE_TRACK")
LIPSYNC_MODEL = io.Custom("SEAMSYNC_LIPSYNC_MODEL")
MOUTHS = io.Custom("SEAMSYNC_MOUTHS")
MOUTH_MASK = io.Custom("SEAMSYNC_MOUTH_MASK")
SEAM_TEMPORAL = io.Custom("SEAMSYNC_SEAM_TEMPORAL")
COLOR_MATCH = io.Custom("SEAMSYNC_COLOR_MATCH")
SEAM_BLEND = io.Custom("SEAMSYNC_SEAM_BLEND")
SEAM_REPORT = io.Custom("SEAMSYNC_SEAM_REPORT")
