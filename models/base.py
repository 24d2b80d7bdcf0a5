"""What a generator is: the interface every lip-sync network (and Rewrite) stands behind."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from ..media.audio import Audio
from ..media.clips import MouthClip
from ..media.loops import play_order
from ..media.video import FrameSource, VideoInfo
from ..progress import Progress, no_progress
from ..tracking.loops import matching_loop
from ..tracking.track import FaceTrack
from .options import GenerateOptions
from .session import Session, generate_clip


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
