"""How files are read: the choices, readable without FFmpeg."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Settings, whole


@dataclass(frozen=True)
class ReadOptions(Settings):
    """Which tracks of a file are read, and how large its pictures may be."""

    video_track: int = whole(
        0, "Video track of the file, counted from 1; 0 takes the one marked as default, then the largest.", 0, 99, advanced=True
    )
    audio_track: int = whole(
        0,
        "Sound track of the file, counted from 1; 0 takes the one marked as default, then the one with most channels.",
        0,
        99,
        advanced=True,
    )
    max_megapixels: int = whole(
        64,
        "Largest picture read; larger ones are refused before they take memory.",
        1,
        170,
        "megapixels",
        advanced=True,
    )


#: What is used where nothing is chosen.
DEFAULT = ReadOptions()
