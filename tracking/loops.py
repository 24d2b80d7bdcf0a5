"""Find where a clip can be looped without a jump of the face."""

from __future__ import annotations

import numpy as np

from .track import FaceTrack

#: Share of the clip at either end in which the loop may begin and end.
_ENDS = 0.3
#: Most frames looked at on either side; longer ends are sampled.
_MOST = 200


def matching_loop(track: FaceTrack) -> tuple[int, int]:
    """Return the first and last frame of the loop whose ends match best.

    The last frame is followed by the first one, so the landmarks at ``first`` are compared with those one frame past ``last``.
    Their place in the frame counts too, as the whole picture jumps, not the face alone.

    Args:
        track: of the clip.

    Returns:
        ``(first, last)``, frames of the clip, first < last; ``(0, T − 1)`` where the clip is too short to choose or
        shows no face at its ends.
    """
    count = len(track)
    end = int(count * _ENDS)
    heads = _candidates(track, 0, end)
    tails = _candidates(track, count - end, count)
    if not len(heads) or not len(tails):
        return 0, max(count - 1, 0)
    here, there = (track.landmarks[frames].reshape(len(frames), -1).astype(np.float64) for frames in (heads, tails))
    apart = ((here[:, None] - there[None]) ** 2).mean(-1)
    # Among loops that match about as well, the longest repeats least.
    shorter = (heads[:, None] + (count - 1 - tails)[None]) / count
    cost = np.sqrt(apart) / float(np.median(track.face_width)) + 0.02 * shorter
    first, after = np.unravel_index(int(cost.argmin()), cost.shape)
    return int(heads[first]), int(tails[after]) - 1


def _candidates(track: FaceTrack, begin: int, end: int) -> np.ndarray:
    """Return the frames in begin…end − 1 that show the face."""
    frames = np.arange(begin, end)
    frames = frames[track.visible[begin:end]]
    return frames[:: max(1, -(-len(frames) // _MOST))]
