"""Rewrite, the embedded generator: no checkpoint, the clip's own mouths.

After Bregler, Covell and Slaney, "Video Rewrite" (1997). Speech becomes mouth-shape curves; in a talking clip the best
matching mouths are searched in the clip itself and put into the target's pose; a still picture or a silent face is warped
open and closed. It is a preview and a test bed for the compositor: lips follow the speech's energy, not its words.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...errors import SeamSyncError, check_choice
from ...media.audio import Audio
from ...media.clips import MouthClip, store_patches
from ...media.video import FrameSource
from ...progress import Progress, ProgressRepeater, no_progress
from ...tracking.track import FaceTrack
from ..base import GenerateOptions, played_frames
from ..speech.curves import SpeechCurves, speech_curves
from .mouth_bank import read_gallery
from .plan import make_plan
from .render import render

#: ``auto`` searches in a talking clip and warps otherwise.
MODES = ("auto", "search", "warp")
#: Seconds of the clip that are searched even when the speech is shorter.
_SEARCH_SECONDS = 40


@dataclass(frozen=True)
class Rewrite:
    """The generator; see :class:`~seamsync.models.base.Generator`.

    Attributes:
        mode: one of :data:`MODES`.
    """

    mode: str = "auto"
    name = "rewrite"

    def __post_init__(self) -> None:
        check_choice("mode", self.mode, MODES)

    def generate(
        self,
        source: FrameSource,
        track: FaceTrack,
        audio: Audio,
        options: GenerateOptions | None = None,
        progress: Progress = no_progress,
    ) -> MouthClip:
        """One patch for every output frame; frames without a visible face come back inactive.

        The number of frames is the audio's duration times the target's rate, rounded. ``curves`` of the result holds
        ``opening``, the driving lip opening in :func:`~seamsync.tracking.landmarks.lip_opening` units; ``speech``, the
        speech's own curve 0…1; and ``silent``, bool.

        Args:
            source: the target clip.
            track: its face, smoothed, one entry a frame of ``source``.
            audio: the speech; time 0 is the clip's first frame.
            options: see :class:`~seamsync.models.base.GenerateOptions`.
            progress: called with the stages ``"read mouths"`` and ``"generate"``.

        Raises:
            SeamSyncError: no visible face in the clip, empty audio, or a track of another length.
        """
        options = options or GenerateOptions()
        count, fps = source.info.frame_count, source.info.fps
        if len(track) != count:
            raise SeamSyncError(f"the track has {len(track)} frames, {source.info.name} has {count}; track this clip again")
        order, spoken = played_frames(source.info, track, audio, options)
        known, told = self._known(order, count, fps), ProgressRepeater(progress)
        told("read mouths", 0, known)
        speech = speech_curves(audio, fps, len(order), silence_threshold=options.silence_threshold, check=told.repeat)
        gallery = read_gallery(source, track, known, told)
        searched = self.mode == "search" or (self.mode == "auto" and gallery.talking)
        plan = make_plan(
            gallery, order, speech, spoken, options, float(fps), searched and bool(gallery.usable.any()), told.repeat
        )
        patches = store_patches(render(gallery, plan, progress))
        to_frame = gallery.region.to_frame(order)
        return MouthClip(
            patches=patches,
            to_frame=to_frame,
            active=plan.presence > 0,
            frames=order,
            landmarks=plan.landmarks / gallery.region.scale + gallery.region.corner[order][:, None],
            source={"name": self.name, "mode": "search" if plan.searched else "warp", **_settings(options)},
            curves=_curves(plan.opening, speech),
            notes=() if speech.opening.any() else ("no speech was heard in the audio; the mouth does not move",),
        )

    def _known(self, order: np.ndarray, count: int, fps: Fraction) -> int:
        """How many of the clip's ``count`` frames are read: those shown, and those searched."""
        needed = int(order.max()) + 1
        return needed if self.mode == "warp" else max(needed, min(count, round(_SEARCH_SECONDS * fps)))


def _settings(options: GenerateOptions) -> dict[str, object]:
    """The options that shaped the result, for reports."""
    return {name: getattr(options, name) for name in ("silence", "silence_threshold", "loop", "strength")}


def _curves(opening: np.ndarray, speech: SpeechCurves) -> dict[str, np.ndarray]:
    return {"opening": opening, "speech": speech.opening, "silent": speech.silent}
