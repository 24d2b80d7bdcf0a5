"""Turn speech into the input of networks and of the built-in generator: mel, curves of the mouth, silences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .curves import SpeechCurves, speech_curves

__all__ = ["SpeechCurves", "speech_curves"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is used: the list of nodes does without SciPy."""
    if name in __all__:
        from . import curves

        return getattr(curves, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
