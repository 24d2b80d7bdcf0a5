"""What SeamSync knows of Rewrite before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...options import Settings, choice
from ..generators import GeneratorEntry

if TYPE_CHECKING:
    import torch

    from ..memory import Memory
    from .generator import Rewrite

#: ``auto`` searches where the clip has enough different sharp mouths, and warps otherwise.
MODES = ("auto", "search", "warp")


@dataclass(frozen=True)
class RewriteOptions(Settings):
    """Options of Rewrite."""

    mode: str = choice("auto", "Search takes mouths from other frames, warp moves the frame's own; auto suits the clip.", MODES)


def _load(path: Path | None, options: RewriteOptions, device: torch.device, memory: Memory | None) -> Rewrite:
    from .generator import Rewrite

    return Rewrite(options.mode)


ENTRY = GeneratorEntry(
    name="rewrite",
    title="Rewrite",
    purpose="the clip's own mouths, put into the order of the speech; a preview without a checkpoint",
    licence="part of SeamSync, no weights",
    options=RewriteOptions,
    load=_load,
    order=1,
)
