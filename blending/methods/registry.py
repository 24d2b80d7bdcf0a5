"""List the blend methods by name. A new one is a file like those here, and one entry in :data:`METHODS`.

The choices of ``SeamBlend.method`` derive from it, so a method's class is imported only when it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..settings import SeamBlend
    from .result import Blender

#: Name of a method → its module and class.
METHODS: dict[str, tuple[str, str]] = {
    "alpha": ("alpha", "AlphaBlend"),
    "guided": ("guided", "GuidedBlend"),
    "multiband": ("pyramid", "MultibandBlend"),
    "poisson": ("poisson", "PoissonBlend"),
}


def make_blender(settings: SeamBlend) -> Blender:
    """Return the method that the settings name, ready for one clip."""
    module, name = METHODS[settings.method]
    return getattr(importlib.import_module(f".{module}", __package__), name)(settings)
