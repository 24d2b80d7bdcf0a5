"""The generator that runs Wav2Lip's networks; its session does the work."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...errors import check_choice, check_range
from ...media.video import FrameSource
from ...progress import Progress, no_progress
from ...tracking.face_box import FaceBox
from ...tracking.track import FaceTrack, require_face
from ..base import Generator
from ..options import GenerateOptions
from ..speech.mel import PAD_MODES
from .run import LipNetwork
from .session import Wav2LipSession


@dataclass(frozen=True)
class Wav2LipGenerator(Generator):
    """The generator; see :class:`~seamsync.models.base.Generator`.

    Patches have the network's own size, and memory does not grow with the clip's length. Frames without a visible face, and
    those that keep their own mouth, come back inactive and black. ``curves`` of a clip hold ``silent``, bool, and ``speech``,
    the speech's own curve 0…1; ``source`` holds what was run, and how many frames were not.

    Attributes:
        network: ready to run.
        name: of the checkpoint, for reports.
        box: where the network looks.
        silence_threshold: amplitude 0…1 under which a frame is silent, as in the enhanced fork (0.01 there); None: by the
            options' threshold in dB under the speech's own loud level.
        offset_frames: frames by which the sound is heard earlier (negative) or later than published inference has it; −1 is
            the alignment of the training.
        pad_mode: one of :data:`~seamsync.models.speech.mel.PAD_MODES`.
    """

    network: LipNetwork
    name: str = "wav2lip"
    box: FaceBox = field(default_factory=FaceBox)
    silence_threshold: float | None = None
    offset_frames: int = 0
    pad_mode: str = "reflect"

    def __post_init__(self) -> None:
        check_choice("pad_mode", self.pad_mode, PAD_MODES)
        check_range("offset_frames", self.offset_frames, -1000, 1000, "frames")

    def prepare(
        self, source: FrameSource, track: FaceTrack, options: GenerateOptions, progress: Progress = no_progress
    ) -> Wav2LipSession:
        """Return a session for a clip; see :meth:`~seamsync.models.base.Generator.prepare`."""
        track.check_clip(source.info)
        require_face(track, source.info.name)
        return Wav2LipSession(self, source, track, options, progress)
