"""Tell objects from chance among the pixels that a face does not explain, and make soft masks of them."""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

from .zones import Zones, disc

#: An object covers this many pixels in some frame, for so many frames, with this share of it beyond the lips, misses the model
#: by so many deviations on average, and reaches the contour of the face in this share of its frames.
_LARGE, _LONG, _BEYOND, _CLEAR, _REACHES = 40, 3, 0.15, 2.8, 0.2
#: Radius that closes gaps in an object, pixels by which its cut is larger inside the face and beyond it, and its softness.
_CLOSED, _WIDER, _FURTHER, _SOFT = 2, 1, 4, 1.0
#: Weight of the frames before and after, so that a cut comes and goes over three frames.
_BESIDE = 0.25


def find_objects(marked: np.ndarray, misses: np.ndarray, parts: Zones, frames: np.ndarray) -> np.ndarray:
    """Keep what is an object: connected over time, large and clear enough, from outside the face, not on the lips alone.

    Args:
        marked: bool ``[N,h,w]``, pixels that are not explained.
        misses: float32 ``[N,h,w]``, deviations.
        parts: of the same frames.
        frames: int ``[N]``, their numbers, ascending; nothing is connected over a gap.

    Returns:
        bool ``[N,h,w]``.
    """
    kept = np.zeros_like(marked)
    for run in np.split(np.arange(len(frames)), np.flatnonzero(np.diff(frames) != 1) + 1):
        rows = slice(run[0], run[-1] + 1)
        labels, _ = ndimage.label(marked[rows], np.ones((3, 3, 3)))
        for number, place in enumerate(ndimage.find_objects(labels), 1):
            object_ = labels[place] == number
            count = object_.sum()
            beyond = (object_ & ~parts.around_lips[rows][place]).sum() / count
            enters = (object_ & parts.rim[rows][place]).any((1, 2)).mean() >= _REACHES
            if (
                len(object_) >= min(_LONG, len(run))
                and object_.sum((1, 2)).max() >= _LARGE
                and beyond >= _BEYOND
                and enters
                and misses[rows][place][object_].mean() >= _CLEAR
            ):
                kept[rows][place] |= object_
    return kept


def soft_masks(objects: np.ndarray, parts: Zones, frames: np.ndarray) -> np.ndarray:
    """Return the weight of objects with a soft edge that lies outside of them: uint8 ``[N,h,w]``.

    Gaps and holes are closed. An object that reaches the face's border goes on beyond it. A cut covers the frames before and
    after too.

    Args:
        objects: bool ``[N,h,w]``.
        parts: of the same frames.
        frames: int ``[N]``, their numbers, ascending.
    """
    full = np.zeros(objects.shape, np.float32)
    for index in np.flatnonzero(objects.any((1, 2))):
        closed = cv2.morphologyEx(objects[index].astype(np.uint8), cv2.MORPH_CLOSE, disc(_CLOSED))
        closed = ndimage.binary_fill_holes(closed).astype(np.uint8)
        beyond = cv2.dilate(closed, disc(_WIDER + _FURTHER)) & ~parts.face[index]
        full[index] = cv2.dilate(closed, disc(_WIDER)) | beyond
    before, after = np.zeros_like(full), np.zeros_like(full)
    follows = (np.diff(frames) == 1)[:, None, None]
    before[1:], after[:-1] = full[:-1] * follows, full[1:] * follows
    weights = np.maximum(full, _BESIDE * (before + after) + 0.5 * full)
    return np.array([_blurred(one) for one in weights], np.uint8).reshape(objects.shape)


def _blurred(weight: np.ndarray) -> np.ndarray:
    """Return a weight of 0…1, blurred, as 0…255; what is less than a hundredth becomes 0."""
    soft = cv2.GaussianBlur(weight, (0, 0), _SOFT) if weight.any() else weight
    return np.rint(255 * np.where(soft < 0.01, 0, soft))
