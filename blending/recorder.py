"""Define what the compositor reports to. The compositor knows no metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..media.clips import MouthClip
from ..media.video import VideoInfo
from .plan import SeamPlan
from .result import CompositeResult


class Recorder(Protocol):
    """Receive the result of every batch of frames, in order."""

    def begin(self, plan: SeamPlan, mouths: MouthClip, info: VideoInfo) -> None:
        """Prepare for a clip of ``len(plan)`` output frames; called once, before the first batch."""
        ...

    def add(self, indices: Sequence[int], composed: CompositeResult) -> None:
        """Receive the result of the output frames ``indices``; ``composed`` must not be changed."""
        ...


class NoRecorder:
    """Record nothing."""

    def begin(self, plan: SeamPlan, mouths: MouthClip, info: VideoInfo) -> None:
        """Do nothing."""

    def add(self, indices: Sequence[int], composed: CompositeResult) -> None:
        """Do nothing."""
