"""Turn speech into what networks and the built-in generator listen to: mel, curves of the mouth, silences."""

from __future__ import annotations

from .curves import SpeechCurves, speech_curves

__all__ = ["SpeechCurves", "speech_curves"]
