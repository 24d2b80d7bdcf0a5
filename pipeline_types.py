"""What :func:`~.pipeline.lipsync` takes and returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .blending.settings import SeamSettings
from .enhance.options import EnhanceOptions
from .media.clips import MouthClip
from .media.encode_options import EncodeSettings
from .media.video import VideoReader
from .models.base import Generator
from .models.generators import DEFAULT_GENERATOR
from .models.options import GenerateOptions
from .quality.report.report import SeamReport
from .tracking.options import SmoothOptions, TrackOptions
from .tracking.track import FaceTrack


@dataclass(frozen=True, eq=False)
class LipSyncResult:
    """What :func:`~.pipeline.lipsync` made.

    Attributes:
        path: the video.
        report: what happened in every frame.
        track: the smoothed face track; save it to use it again.
        mouths: the generated mouths.
    """

    path: Path
    report: SeamReport
    track: FaceTrack
    mouths: MouthClip

    def frames(self) -> Iterator[np.ndarray]:
        """Iterate over the written video's frames, RGB uint8 ``[H,W,3]``."""
        return (frame.rgb() for frame in VideoReader(self.path).frames())


@dataclass(frozen=True)
class LipSyncOptions:
    """Every setting of :func:`~.pipeline.lipsync`.

    Attributes:
        preset: name of the seam's settings.
        seam: the settings themselves; they replace the preset.
        track, smooth, generate, enhance, encode: options of the stages.
        generator: its name, the path of a checkpoint, or a loaded generator.

    Example:
        >>> from seamsync import LipSyncOptions
        >>> LipSyncOptions(preset="fast").preset
        'fast'
    """

    preset: str = "natural"
    seam: SeamSettings | None = None
    track: TrackOptions = field(default_factory=TrackOptions)
    smooth: SmoothOptions = field(default_factory=SmoothOptions)
    generate: GenerateOptions = field(default_factory=GenerateOptions)
    enhance: EnhanceOptions = field(default_factory=lambda: EnhanceOptions(method="off"))
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    generator: str | Path | Generator = DEFAULT_GENERATOR
