"""Which frame of a finished result shows which frame of its original: size, length, loops, a constant shift."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ...errors import SeamSyncError, check_range
from ...media.loops import play_order
from ...media.video import FrameSource
from ...media.views import PickedSource, ResizedSource
from ...tracking.track import FaceTrack

#: Frames by which a result may be shifted against its original.
SHIFTS = 3
#: Frames by which a result may be longer without being a loop.
_FEW = 3
#: Stretches looked at for the shift, frames of each, and frames past the original's end looked at for the loop.
_STRETCHES, _LENGTH, _PAST = 6, 24, 12
#: Long side of the small pictures that are compared, pixels.
_SMALL = 160
#: A shift is believed when the changes from frame to frame correlate by this, and by so much more than without it.
_LIKE, _BETTER = 0.4, 0.1
#: Small pictures of the same frame differ by less than this, in 8-bit levels (median).
_SAME = 3.0
#: Margin around the face that is left out of the comparison, face widths.
_MARGIN = 0.3


@dataclass(frozen=True, eq=False)
class Pair:
    """Two clips, frame for frame.

    Attributes:
        original, result: of one size and length.
        frame_offset: frame k + this of the result shows frame k of the original, before loops.
        notes: what was found and done, in words for the user.
    """

    original: PickedSource
    result: PickedSource
    frame_offset: int = 0
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.result.info.frame_count

    def shifted(self, offset: int) -> Pair:
        """The pair with the result ``offset`` frames later, cut to the frames that both then have."""
        if offset == 0:
            return self
        before, after = max(-offset, 0), max(offset, 0)
        count = len(self) - abs(offset)
        note = f"the result runs {abs(offset)} frame{'s' * (abs(offset) > 1)} {'behind' if offset > 0 else 'ahead of'} its "
        return replace(
            self,
            original=self.original.part(before, count),
            result=self.result.part(after, count),
            frame_offset=offset,
            notes=(*self.notes, f"{note}original; compared with that taken off"),
        )


def pair_clips(original: FrameSource, result: FrameSource, *, start: float = 0.0, duration: float | None = None) -> Pair:
    """Bring a result to its original's size and length.

    A result of the same aspect is resampled. One that is longer by more than a few frames is taken for a loop when a
    ping-pong, a restart or a held last frame fits it; otherwise the part that both have is compared.

    Args:
        original, result: the clips.
        start: second of the result to begin at.
        duration: seconds to compare, > 0; None: all.

    Raises:
        SeamSyncError: another frame rate or framing, or nothing left to compare.
    """
    before, after = original.info, result.info
    notes: list[str] = []
    if abs(float(after.fps / before.fps) - 1) > 1e-3:
        raise SeamSyncError(
            f"{after.name} runs at {float(after.fps):g} frames/s, {before.name} at {float(before.fps):g}; read both at one "
            f"rate (--fps {float(after.fps):g}), or give the original that the result was made of"
        )
    if (before.width, before.height) != (after.width, after.height):
        sizes = f"{after.name} is {after.width}×{after.height}, {before.name} is {before.width}×{before.height}"
        if abs(before.width * after.height - before.height * after.width) > 2 * max(before.width, before.height):
            raise SeamSyncError(f"{sizes}: another framing; give the uncropped result")
        notes.append(f"{sizes}: the result was resampled to the original's size")
        result = ResizedSource(result, (before.width, before.height))
    order, loop_notes = _order(original, result)
    check_range("start", start, 0, 1e7, "s")
    if duration is not None and duration <= 0:
        raise SeamSyncError(f"duration must be more than 0 s, got {duration:g} s; leave it out to compare all")
    first = round(start * after.fps)
    picked = np.arange(len(order))[first : None if duration is None else first + max(round(duration * after.fps), 1)]
    if not len(picked):
        both = len(order) / float(after.fps)
        raise SeamSyncError(f"start {start:g} s lies past the end of what both clips have, {both:.2f} s")
    return Pair(PickedSource(original, order[picked]), PickedSource(result, picked), notes=(*notes, *loop_notes))


def _order(original: FrameSource, result: FrameSource) -> tuple[np.ndarray, list[str]]:
    """Frame of the original for every frame of the result that has one, int64 ``[T]``, and what there is to say of it."""
    mine, theirs = original.info.frame_count, result.info.frame_count
    if mine == theirs:
        return np.arange(mine), []
    lengths = f"{result.info.name} has {theirs} frames, {original.info.name} {mine}"
    if theirs > mine + _FEW:
        sample = np.unique(np.linspace(mine + 1, theirs - 1, _PAST).astype(np.int64))
        shown = _small(result, sample)
        fits = {}
        for loop in ("ping_pong", "restart", "hold"):
            order = play_order(mine, theirs, loop=loop)
            fits[loop] = float(np.median(np.abs(_small(original, order[sample]) - shown)))
        best = min(fits, key=lambda loop: fits[loop])
        if fits[best] <= _SAME:
            return play_order(mine, theirs, loop=best), [f"{lengths}: the original goes on as a loop ({best})"]
    return np.arange(min(mine, theirs)), [f"{lengths}: the {min(mine, theirs)} that both have were compared"]


def find_offset(pair: Pair, track: FaceTrack) -> int:
    """By how many frames, up to :data:`SHIFTS`, the result comes late (positive) or early.

    What changes from one frame to the next outside the face, codec noise included, is the same in both clips; the shift
    at which these changes correlate best is taken when it is clearly better than none.

    Args:
        pair: the clips.
        track: of the original, an entry a frame of the pair.
    """
    length = min(_LENGTH, len(pair))
    if length < 2 * SHIFTS + 2:
        return 0
    starts = np.unique(np.linspace(0, len(pair) - length, _STRETCHES).astype(np.int64))
    shifts = range(-SHIFTS, SHIFTS + 1)
    sums = {shift: np.zeros(3) for shift in shifts}
    for start in starts:
        at = np.arange(start, start + length)
        before, after = (np.diff(_small(clip, at), axis=0) for clip in (pair.original, pair.result))
        far = _far(before.shape[1:], track.take(at))
        for shift in shifts:
            low, high = max(-shift, 0), length - 1 - max(shift, 0)
            one, two = before[low:high, far], after[low + shift : high + shift, far]
            sums[shift] += ((one * two).sum(), (one**2).sum(), (two**2).sum())
    like = {shift: float(s[0] / max(np.sqrt(s[1] * s[2]), 1e-9)) for shift, s in sums.items()}
    best = max(shifts, key=lambda shift: (like[shift], -abs(shift)))
    return best if like[best] > _LIKE and like[best] > like[0] + _BETTER else 0


def _small(source: FrameSource, at: np.ndarray) -> np.ndarray:
    """Luma of some frames, averaged down: float32 ``[N,h,w]``, 8-bit levels."""
    scale = min(1.0, _SMALL / max(source.info.width, source.info.height))
    size = max(round(source.info.width * scale), 1), max(round(source.info.height * scale), 1)
    unit = 1 << (source.info.bit_depth - 8)
    return np.stack(
        [cv2.resize(frame.y, size, interpolation=cv2.INTER_AREA).astype(np.float32) / unit for frame in source.frames(at)]
    )


def _far(shape: tuple[int, ...], track: FaceTrack) -> np.ndarray:
    """Pixels of the small pictures that lie outside the face in all of these frames; all where that leaves next to none."""
    far = np.ones(shape, bool)
    seen = track.landmarks[track.visible]
    if len(seen):
        margin = _MARGIN * float(track.face_width[track.visible].max())
        scale = np.array(shape[::-1]) / track.frame_size
        low = np.floor((seen.min((0, 1)) - margin) * scale).astype(int).clip(0)
        high = np.ceil((seen.max((0, 1)) + margin) * scale).astype(int).clip(0)
        far[low[1] : high[1], low[0] : high[0]] = False
    return far if far.mean() > 0.03 else np.ones(shape, bool)
