"""Learn what the face looks like where nothing covers it, and mark what it does not explain."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from ...progress import Check, no_check
from .appearance import FaceAppearance, learn, learn_light
from .zones import Zones, disc

#: Ranks of the models that are learned one after another: each is learned from the frames that the one before explains.
_RANKS = (2, 4, 6, 8)
#: A frame is explained if marked pixels are at most this share of its lower face, and its mean squared miss (each at most
#: _WORST deviations) at most so many times the median of explained frames, or _SMALL.
_MARKED, _TIMES, _SMALL, _WORST = 0.012, 3.0, 0.15, 8.0
#: Fewest frames that a model is learned from.
FEWEST = 12
#: Pixels are marked from _LOW deviations on, or from _FAINT averaged over a wider neighbourhood, where they are connected to
#: this many pixels above _HIGH. (On skin, only the edges of a hand are seen.)
_LOW, _FAINT, _HIGH, _SEEDS = 2.0, 0.7, 3.5, 6
#: Blur of both, pixels, and the most that a pixel counts in the wider one, deviations.
_NEAR, _WIDE, _CAP = 0.8, 2.0, 2.0
#: Above this, the 90th percentile of misses in the upper face raises the limits.
_USUAL = 1.5


def learn_face(seen: torch.Tensor, parts: Zones, check: Check = no_check) -> FaceAppearance:
    """Return the face's appearance without what covers it now and then.

    Frames whose skin around the mouth looks most as usual come first. Every further model also learns from frames that the
    one before explains, so turns of the head and expressions are reached step by step, and objects, which appear at once, are
    not.

    Args:
        seen: float32 ``[N,3,h,w]``, N ≥ :data:`FEWEST`.
        parts: of the same frames.
        check: called for every model.
    """
    face = torch.from_numpy(parts.face)
    model = learn_light(seen, face)
    misses = model.misses(seen, model.explain(seen, face), face)
    marked = mark(misses, parts)
    skin = parts.lower & ~parts.around_lips
    used = _most_usual(_mean_square(misses, skin), _share(marked & skin, parts.lower))
    for rank in _RANKS:
        check()
        left_out = torch.from_numpy(~parts.face | marked)
        rows = torch.from_numpy(np.flatnonzero(used))
        model = learn(seen[rows], left_out[rows], min(rank, len(rows) - 1))
        misses = model.misses(seen, model.explain(seen, face), face)
        marked = mark(misses, parts)
        error, share = _mean_square(misses, parts.lower), _share(marked, parts.lower)
        explained = (share < _MARKED) & (error <= max(_TIMES * float(np.median(error[used])), _SMALL))
        used = explained if explained.sum() >= FEWEST else _least(share + 1e-3 * error, FEWEST)
    return model


def mark(misses: torch.Tensor, parts: Zones) -> np.ndarray:
    """Return connected pixels of the lower face that are not explained, bool ``[N,h,w]``, by hysteresis as in Canny (1986).

    Args:
        misses: float32 ``[N,h,w]``, deviations.
        parts: of the same frames.
    """
    marked = np.zeros(misses.shape, bool)
    for index, values in enumerate(misses.numpy()):
        upper = values[parts.upper[index]]
        if len(upper):  # what misses all over the face, as a change of light does, is no object
            values = np.maximum(values - np.median(upper), 0)
        level = max(1.0, float(np.percentile(upper, 90)) / _USUAL) if len(upper) else 1.0
        smooth = cv2.GaussianBlur(values, (0, 0), _NEAR) / level
        wide = cv2.GaussianBlur(np.minimum(values / level, _CAP), (0, 0), _WIDE)
        spread = cv2.erode((wide > _FAINT).astype(np.uint8), disc(1), borderValue=1) > 0
        likely = ((smooth > _LOW) | spread) & parts.lower[index]
        count, labels = cv2.connectedComponents(likely.astype(np.uint8), connectivity=8)
        seeds = np.bincount(labels[smooth > _HIGH], minlength=count)
        seeds[0] = 0
        marked[index] = (seeds >= _SEEDS)[labels]
    return marked


def _mean_square(misses: torch.Tensor, where: np.ndarray) -> np.ndarray:
    """Return the mean squared miss of each frame inside ``where``, float64 ``[N]``."""
    squares = misses.clamp(max=_WORST).square().numpy()
    return (squares * where).sum((1, 2), dtype=np.float64) / np.maximum(where.sum((1, 2)), 1)


def _share(marked: np.ndarray, of: np.ndarray) -> np.ndarray:
    return marked.sum((1, 2)) / np.maximum(of.sum((1, 2)), 1)


def _most_usual(error: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return the half of the frames with the least error, and those not much worse: bool ``[N]``."""
    half = np.sort(error)[: max(len(error) // 2, FEWEST)]
    used = (error <= max(half[-1], 2 * float(np.median(half)))) & (share < 2 * _MARKED)
    return used if used.sum() >= FEWEST else _least(error, FEWEST)


def _least(values: np.ndarray, count: int) -> np.ndarray:
    used = np.zeros(len(values), bool)
    used[np.argsort(values, kind="stable")[:count]] = True
    return used
