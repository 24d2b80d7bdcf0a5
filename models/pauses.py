"""What a generator does while nobody speaks: which frames keep the clip's own mouth, and how it passes into them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.ndimage import binary_opening

from ..arrays import smoothstep
from ..media.audio import Audio
from ..media.audio import silent_frames as relatively_silent
from ..tracking.landmarks import lip_opening
from ..tracking.track import FaceTrack, scenes_in_order
from .options import GenerateOptions
from .speech.silence import silent_frames

#: Seconds in which one mouth passes into the other: 4 frames at 25 a second.
FADE = 0.15
#: Lips count as closed that are open by less than this above their own rest, in face widths; and rest itself, at most.
_AJAR, _REST = 0.03, 0.10


@dataclass(frozen=True, eq=False)
class Pauses:
    """How every output frame is made.

    Attributes:
        silent: bool ``[T]``, nobody speaks.
        opacity: float32 ``[T]`` of the new mouth; where it is 0 the frame keeps its own and no network is run.
        hushed: bool ``[T]``, the network hears silence there whatever the sound is.
    """

    silent: np.ndarray
    opacity: np.ndarray
    hushed: np.ndarray


def plan_pauses(
    audio: Audio, track: FaceTrack, order: np.ndarray, spoken: int, options: GenerateOptions, threshold: float | None = None
) -> Pauses:
    """Which frames are silent, and what is done about it.

    ``keep`` shows the clip's own mouth in every silence, ``closed`` only where the clip's own lips are closed then, and else
    lets the network close them; ``generate`` leaves all to the network. The clip's own mouth is faded into and out of inside
    the silence, so that speech is never weakened; pauses too short for that are generated.

    Args:
        audio: the speech.
        track: the clip's face.
        order: int ``[T]``, the clip's frame each output frame shows.
        spoken: output frames that the speech lasts; those behind it keep their own mouth.
        options: silence policy, and the threshold in dB under the speech's own loud level.
        threshold: an amplitude 0…1 instead, as in the enhanced fork of Wav2Lip.

    Raises:
        SeamSyncError: a threshold out of its range.
    """
    count, fps = len(order), track.fps
    if threshold is None:
        silent = relatively_silent(audio, fps, count, options.silence_threshold)
    else:
        silent = silent_frames(audio, fps, count, threshold=threshold)
    fade = fade_frames(fps)
    kept = {"keep": silent, "closed": silent & _lips_closed(track)[order], "generate": np.zeros(count, bool)}[options.silence]
    rest = np.arange(count) >= spoken
    kept = np.asarray(binary_opening(kept | rest, np.ones(2 * fade + 1)), bool) | rest
    opacity = fade_around(~kept, scenes_in_order(track.scene, order), fade)
    return Pauses(silent, opacity, silent if options.silence == "closed" else rest)


def fade_frames(fps: Fraction) -> int:
    """Frames between one mouth and the other, at least 1."""
    return max(1, round(FADE * fps))


def fade_around(shown: np.ndarray, scene: np.ndarray, frames: int) -> np.ndarray:
    """1 where something is shown, and a smooth way down beside it, within scenes.

    Args:
        shown: bool ``[T]``.
        scene: int ``[T]``.
        frames: length of the way, ≥ 1.

    Returns:
        float32 ``[T]``, 0…1.
    """

    def _after(shown: np.ndarray, scene: np.ndarray) -> np.ndarray:
        level, before = np.zeros(len(shown)), 0.0
        for t, full in enumerate(shown):
            same = t > 0 and scene[t] == scene[t - 1]
            level[t] = before = 1.0 if full else max(before - 1 / (frames + 1), 0.0) * same
        return level

    level = np.maximum(_after(shown, scene), _after(shown[::-1], scene[::-1])[::-1])
    level[level < 1e-6] = 0
    return smoothstep(level).astype(np.float32)


def continue_fade(planned: np.ndarray, before: float | None, joined: np.ndarray, frames: int) -> np.ndarray:
    """Return the planned opacity, falling no faster than a fade does, where a plan was made anew in the middle of a silence.

    It rises as planned, however fast: speech is never weakened.

    Args:
        planned: float32 ``[T]``, 0…1.
        before: opacity of the frame before them; None: there is none.
        joined: bool ``[T]``, whether a frame follows the one before it within a scene.
        frames: length of a fade, ≥ 1.

    Returns:
        float32 ``[T]``, 0…1.
    """
    opacity = np.array(planned, np.float32)
    for t, wanted in enumerate(planned):
        if before is not None and joined[t]:
            level = 0.5 - np.sin(np.arcsin(np.clip(1 - 2 * before, -1, 1)) / 3)  # the inverse of 3x² − 2x³
            least = max(level - 1 / (frames + 1), 0.0)
            least = smoothstep(least)
            # A thousandth of difference is rounding.
            opacity[t] = least if least > wanted + 1e-3 else wanted
        before = float(opacity[t])
    return opacity


def _lips_closed(track: FaceTrack) -> np.ndarray:
    """Where the clip's own lips are closed or at rest, bool ``[T]``; one person's closed lips read otherwise than another's."""
    opening = lip_opening(track.landmarks)
    seen = opening[track.visible]
    rest = min(float(np.percentile(seen, 5)), _REST) if len(seen) else 0.0
    return opening < rest + _AJAR
