"""Compute which frame of the target each output frame shows, when the speech is longer or shorter than the target."""

from __future__ import annotations

import numpy as np

from ..errors import check_choice, check_range

#: How a target shorter than the speech goes on.
LOOPS = ("ping_pong", "restart", "hold", "end")


def play_order(
    source_frames: int,
    wanted: int,
    *,
    loop: str = "ping_pong",
    keep_rest: bool = False,
    seam: tuple[int, int] | None = None,
) -> np.ndarray:
    """Return which source frame each output frame shows.

    Args:
        source_frames: frames of the target, ≥ 1.
        wanted: length of the speech in frames, ≥ 1.
        loop: one of :data:`LOOPS`, for speech longer than the target. ``ping_pong`` reverses at the ends, ``restart`` jumps
            from the last to the first frame, ``hold`` freezes the last, ``end`` stops there.
        keep_rest: when the speech is shorter, go on to the target's own end.
        seam: for ``restart``, the (first, last) frames of the loop, where the poses match.

    Returns:
        int64 ``[N]``.

    Raises:
        SeamSyncError: an unknown loop, or nothing to play.
    """
    loop = loop.replace("-", "_")  # the spelling of earlier versions
    check_choice("loop", loop, LOOPS)
    check_range("source_frames", source_frames, 1, 2**40)
    check_range("wanted", wanted, 1, 2**40)
    index = np.arange(max(wanted, source_frames) if keep_rest else wanted, dtype=np.int64)
    last = source_frames - 1
    if len(index) <= source_frames:
        return index
    if loop == "end":
        return index[:source_frames]
    if loop == "hold" or source_frames == 1:
        return np.minimum(index, last)
    if loop == "ping_pong":
        return last - np.abs(index % (2 * last) - last)
    first, end = seam or (0, last)
    repeat = first + (index - end - 1) % (end - first + 1)
    return np.where(index <= end, index, repeat)
