"""Rewrite, the built-in generator: no checkpoint, the clip's own mouths.

After Bregler, Covell and Slaney, "Video Rewrite" (1997). Speech becomes mouth-shape curves; in a talking clip the best
matching mouths are searched in the clip itself and put into the target's pose; a still picture or a silent face is warped
open and closed. It is a preview and a test bed for the compositor: lips follow the speech's energy, not its words.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import SeamSyncError, check_choice
from ...media.video import FrameSource
from ...progress import Progress, no_progress
from ...tracking.track import FaceTrack
from ..base import Generator
from ..options import GenerateOptions
from .entry import MODES
from .session import RewriteSession


@dataclass(frozen=True)
class Rewrite(Generator):
    """The generator; see :class:`~seamsync.models.base.Generator`.

    ``curves`` of a clip hold ``opening``, the driving lip opening in :func:`~seamsync.tracking.landmarks.lip_opening` units;
    ``speech``, the speech's own curve 0…1; and ``silent``, bool. Progress has the stages ``"read mouths"`` and ``"generate"``.

    Attributes:
        mode: one of :data:`~.entry.MODES`.
    """

    mode: str = "auto"
    name = "rewrite"

    def __post_init__(self) -> None:
        check_choice("mode", self.mode, MODES)

    def prepare(
        self, source: FrameSource, track: FaceTrack, options: GenerateOptions, progress: Progress = no_progress
    ) -> RewriteSession:
        """Return a session for a clip; see :meth:`~seamsync.models.base.Generator.prepare`."""
        count = source.info.frame_count
        if len(track) != count:
            raise SeamSyncError(f"the track has {len(track)} frames, {source.info.name} has {count}; track this clip again")
        return RewriteSession(self.mode, source, track, options, progress)
