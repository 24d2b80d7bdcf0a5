"""The generator that runs MuseTalk's networks; its session does the work."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...errors import check_range
from ...media.video import FrameSource
from ...progress import Progress, no_progress
from ...tracking.track import FaceTrack, require_face
from ..base import Generator
from ..options import GenerateOptions
from .boxes import MouthBox
from .run import MuseTalkNetwork
from .session import MuseTalkSession


@dataclass(frozen=True)
class MuseTalkGenerator(Generator):
    """The generator; see :class:`~seamsync.models.base.Generator`.

    Patches have the network's own size, 256 pixels. Memory grows with the frames that are shown again, by 16 kB each. Frames
    without a visible face, and those that keep their own mouth, come back inactive and black. ``curves`` of a clip hold
    ``silent``, bool, and ``speech``, the speech's own curve 0…1; ``source`` holds what was run, and ``notes`` tell of frames
    that had to be generated again.

    Attributes:
        network: ready to run.
        name: of the checkpoint, for reports.
        box: where the network looks.
        offset_frames: frames by which the sound is heard earlier (negative) or later.
        published: crop and listen as the published program does: whole pixels, no smoothing, whole frame rates, and zeros
            beside the sound. For comparison.
    """

    network: MuseTalkNetwork
    name: str = "musetalk"
    box: MouthBox = field(default_factory=MouthBox)
    offset_frames: int = 0
    published: bool = False

    def __post_init__(self) -> None:
        check_range("offset_frames", self.offset_frames, -1000, 1000, "frames")

    def prepare(
        self, source: FrameSource, track: FaceTrack, options: GenerateOptions, progress: Progress = no_progress
    ) -> MuseTalkSession:
        """Return a session for a clip; see :meth:`~seamsync.models.base.Generator.prepare`."""
        track.check_clip(source.info)
        require_face(track, source.info.name)
        return MuseTalkSession(self, source, track, options, progress)
