"""Which mouth of the clip to show in each output frame: the cheapest path through the mouths there are.

After Bregler, Covell and Slaney, "Video Rewrite: Driving Visual Speech with Audio" (1997): every mouth costs what it
misses in shape, pose and light, and every step costs the jump it makes; dynamic programming (Viterbi) finds the cheapest
sum. Only the nearest mouths of each frame (a k-d tree finds them) and their successors compete.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from scipy.spatial import KDTree

from ...progress import Check, no_check

#: Candidates a frame from the tree, and how many of the frame before hand on their successor.
NEAREST, SUCCESSORS = 20, 10
#: Frames that are searched at once, and frames past them that are seen.
WINDOW, AHEAD = 1024, 128
#: Price of leaving the source's own order, and of one that stands still or runs backwards.
_JUMP, _REVERSE = 1.6, 0.15
#: Weight of a miss's square.
_FAR = 0.5
#: The most that a frame's own mouth misses: the warp opens and closes it, in the right pose, light and expression.
_OWN_MISS = 3.0


@dataclass(frozen=True, eq=False)
class Mouths:
    """The mouths to choose from.

    Attributes:
        shape: float64 ``[S,F]``, shape, pose and light, scaled so that 1 is a just visible difference.
        looks: float64 ``[S,G]``, appearance for jumps, scaled alike.
        usable: bool ``[S]``, mouths that are seen well enough.
    """

    shape: np.ndarray
    looks: np.ndarray
    usable: np.ndarray


class Rows(Protocol):
    """Rows of a table, of which a slice at a time is needed."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> np.ndarray: ...


def cheapest_path(local: np.ndarray, step: list[np.ndarray]) -> np.ndarray:
    """Column of each row on the cheapest path (Viterbi 1967).

    Args:
        local: float ``[T,K]``, price of each choice.
        step: T-1 arrays ``[K,K]``, price of going from a choice of row t to one of row t + 1.

    Returns:
        int64 ``[T]``; of equal paths the one with the lower columns at its end.
    """
    best = local[0]
    back = np.zeros(local.shape, np.int64)
    for t in range(1, len(local)):
        ways = best[:, None] + step[t - 1]
        back[t] = ways.argmin(0)
        best = ways[back[t], np.arange(local.shape[1])] + local[t]
    path = np.empty(len(local), np.int64)
    path[-1] = best.argmin()
    for t in range(len(local) - 1, 0, -1):
        path[t - 1] = back[t][path[t]]
    return path


def choose_mouths(
    mouths: Mouths,
    wanted: Rows,
    check: Check = no_check,
    *,
    own: np.ndarray | None = None,
    shown: np.ndarray | None = None,
) -> np.ndarray:
    """Return the mouth for each output frame.

    Long speech is searched in windows, because the prices of all its steps would take 20 kB a frame. Each window sees
    :data:`AHEAD` frames past those that it settles, after which a path hardly depends on what follows.

    Args:
        mouths: those there are; at least one usable.
        wanted: float ``[T,F]``, the shape, pose and light to meet; an array, or what computes a slice of it.
        check: called for every output frame.
        own: int64 ``[T]``, the mouth that each output frame has itself: it competes, however far it is from what is wanted.
        shown: int64 ``[P]``, P ≤ T, the mouths of the first P frames where they are settled; the path goes on from them.

    Returns:
        int64 ``[T]``, indices into the mouths.
    """
    count, settled = len(wanted), np.zeros(0, np.int64) if shown is None else shown
    done = 0
    chosen = np.zeros(0, np.int64)
    while done < count:
        begin, end = max(done - 1, 0), min(done + WINDOW + AHEAD, count)
        last = end if end == count else done + WINDOW
        before = np.concatenate([chosen[begin:done], settled[done:end]])
        path = _choose_window(mouths, wanted[begin:end], check, None if own is None else own[begin:end], before)
        chosen, done = np.concatenate([chosen, path[done - begin : last - begin]]), last
    return chosen


def _choose_window(mouths: Mouths, wanted: np.ndarray, check: Check, own: np.ndarray | None, shown: np.ndarray) -> np.ndarray:
    """Return the cheapest path through all frames of ``wanted``; arguments as for :func:`choose_mouths`."""
    candidates = _candidates(mouths, wanted)
    if own is not None:
        candidates = np.concatenate([candidates, np.where(mouths.usable[own], own, candidates[:, 0])[:, None]], 1)
    candidates[: len(shown)] = shown[:, None]
    miss = np.linalg.norm(mouths.shape[candidates] - wanted[:, None], axis=-1)
    if own is not None:
        miss = np.where(candidates == own[:, None], np.minimum(miss, _OWN_MISS), miss)
    # Small misses are mended by the warp; large ones show, and cost more than their share.
    local = miss + _FAR * miss**2
    steps = []
    for before, now in pairwise(candidates):
        check()
        steps.append(_step(mouths, before, now))
    path = cheapest_path(local, steps)
    return candidates[np.arange(len(candidates)), path]


def _candidates(mouths: Mouths, wanted: np.ndarray) -> np.ndarray:
    """Indices ``[T, K]`` of the nearest usable mouths, and of the successors of those of the frame before."""
    known = np.flatnonzero(mouths.usable)
    nearest = min(NEAREST, len(known))
    _, found = KDTree(mouths.shape[known]).query(wanted, k=nearest)
    found = known[np.reshape(found, (len(wanted), nearest))]
    handed = min(SUCCESSORS, nearest)
    after = np.minimum(found[:, :handed] + 1, len(mouths.usable) - 1)
    after = np.where(mouths.usable[after], after, found[:, :handed])
    return np.concatenate([found, np.concatenate([found[:1, :handed], after[:-1]])], 1)


def _step(mouths: Mouths, before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Price ``[K,K]`` of showing mouth ``now`` after mouth ``before``: nothing for the next of the same take."""
    hop = now[None, :] - before[:, None]
    following = np.minimum(before + 1, len(mouths.usable) - 1)
    apart = np.linalg.norm(mouths.looks[following][:, None] - mouths.looks[now][None], axis=-1)
    jump = _JUMP + apart
    return np.where(hop == 1, 0.0, np.where(np.abs(hop) <= 1, _REVERSE, jump))
