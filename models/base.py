"""What a generator is: the interface every lip-sync network (and Rewrite) stands behind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from ..errors import check_choice, check_range
from ..media.audio import Audio
from ..media.clips import LOOPS, MouthClip, play_order
from ..media.video import FrameSource, VideoInfo
from ..progress import Progress, no_progress
from ..tracking.loops import matching_loop
from ..tracking.track import FaceTrack
from .session import Session, generate_clip

#: What happens while nobody speaks: keep the original mouth, go on generating, or close the lips.
SILENCES = ("closed", "keep", "generate")


@dataclass(frozen=True)
class GenerateOptions:
    """Choices that are the same for every generator.

    Attributes:
        silence: one of :data:`SILENCES`.
        silence_threshold: loudness below which audio counts as silent, in dB under the speech's own loud level, 0…120.
        loop: how a target shorter than the speech goes on, one of :data:`~seamsync.media.clips.LOOPS`.
        keep_rest: when the speech is shorter, let the target run on to its own end, untouched.
        strength: how wide the mouth opens, 0…4, 1 = as the target's own.
        seed: for generators that draw numbers.
    """

    silence: str = "closed"
    silence_threshold: float = 35.0
    loop: str = "ping-pong"
    keep_rest: bool = False
    strength: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("silence", self.silence, SILENCES)
        check_choice("loop", self.loop, LOOPS)
        check_range("strength", self.strength, 0.0, 4.0)
        check_range("silence_threshold", self.silence_threshold, 0.0, 120.0, "dB")


def played_frames(info: VideoInfo, track: FaceTrack, audio: Audio, options: GenerateOptions) -> tuple[np.ndarray, int]:
    """How a target goes along with the speech; a loop that restarts does so where the poses match.

    Args:
        info: of the target.
        track: its face, one entry a frame.
        audio: the speech; time 0 is the target's first frame.
        options: ``loop`` and ``keep_rest`` are used.

    Returns:
        The target's frame that each output frame shows, int64 ``[N]``, and how many frames the speech lasts, at least 1 and
        not always N: the target may end before, or go on.
    """
    spoken = max(1, round(audio.samples.shape[-1] * info.fps / audio.rate))
    seam = matching_loop(track) if options.loop == "restart" else None
    return play_order(info.frame_count, spoken, loop=options.loop, keep_rest=options.keep_rest, seam=seam), spoken


class Generator(ABC):
    """Makes mouths from speech and a face, in two forms: a session that takes speech in pieces, and the whole clip.

    Attributes:
        name: what reports call it.
    """

    name: str

    @abstractmethod
    def prepare(
        self, source: FrameSource, track: FaceTrack, options: GenerateOptions, progress: Progress = no_progress
    ) -> Session:
        """Return a session for a clip.

        Args:
            source: the target clip.
            track: its face, smoothed, one entry a frame of ``source``.
            options: see :class:`GenerateOptions`.
            progress: called a chunk at a time; raises to stop.

        Raises:
            SeamSyncError: no visible face in the clip, or a track of another clip.
        """

    def generate(
        self,
        source: FrameSource,
        track: FaceTrack,
        audio: Audio,
        options: GenerateOptions | None = None,
        progress: Progress = no_progress,
    ) -> MouthClip:
        """Return one patch for every output frame; frames without a visible face come back inactive.

        Args:
            source: the target clip.
            track: its face, smoothed, one entry a frame of ``source``.
            audio: the speech; time 0 is the clip's first frame.
            options: see :class:`GenerateOptions`.
            progress: called a chunk at a time; raises to stop.

        Raises:
            SeamSyncError: no visible face in the clip, a track of another clip, or empty audio.
        """
        return generate_clip(self.prepare(source, track, options or GenerateOptions(), progress), audio)
