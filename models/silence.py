"""Keep the import path that :mod:`.speech.silence` had before the first release; scripts of users name it."""

from __future__ import annotations

from .speech.silence import silent_frames

__all__ = ["silent_frames"]
