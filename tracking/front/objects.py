"""Tell objects from chance among the pixels that a face does not explain, and make soft masks of them."""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

from .zones import Zones, disc

#: An object covers this many pixels in some frame, for so many frames, with this share of it beyond the lips, misses the model
#: by so many deviations (root mean square), and reaches the contour of the face in this share of its frames.
_LARGE, _LONG, _BEYOND, _CLEAR, _REACHES = 40, 3, 0.09, 3.3, 0.3
#: Between the lips, teeth are as bright as this share of the skin with less than this share of its colour; the dark inside is
#: darker than that share. Such pixels are the object's only where one of so many of its other pixels has their colour, within
#: these differences of luma and both colour differences.
_TEETH_LIGHT, _TEETH_COLOUR, _INSIDE_LIGHT = 0.75, 0.7, 0.45
_PALETTE, _ALIKE = 64, (0.09, 0.03, 0.03)
#: Radius that closes gaps in an object, pixels by which its cut is larger inside the face and beyond it, and its softness.
_CLOSED, _WIDER, _FURTHER, _SOFT = 2, 1, 4, 1.0
#: Factor on the soft edge: above 1 it lies further out, and the object itself is free of it.
_OUTWARDS = 1.4


def find_objects(marked: np.ndarray, misses: np.ndarray, colours: np.ndarray, parts: Zones, frames: np.ndarray) -> np.ndarray:
    """Keep what is an object: connected over time, large and clear enough, from outside the face, not on the lips alone.

    Args:
        marked: bool ``[N,h,w]``, pixels that are not explained.
        misses: float32 ``[N,h,w]``, deviations.
        colours: float32 ``[N,3,h,w]``, the pictures, luma and colour differences about 0.
        parts: of the same frames.
        frames: int ``[N]``, their numbers, ascending; nothing is connected over a gap.

    Returns:
        bool ``[N,h,w]``.
    """
    kept, mouth = np.zeros_like(marked), _mouth_like(colours, parts)
    for run in np.split(np.arange(len(frames)), np.flatnonzero(np.diff(frames) != 1) + 1):
        rows = slice(run[0], run[-1] + 1)
        labels, _ = ndimage.label(marked[rows], np.ones((3, 3, 3)))  # type: ignore[misc]
        for number, place in enumerate(ndimage.find_objects(labels), 1):
            object_ = labels[place] == number
            beyond_lips = object_ & ~parts.around_lips[rows][place]
            beyond = beyond_lips.sum() / object_.sum()
            enters = (object_ & parts.rim[rows][place]).any((1, 2)).mean() >= _REACHES
            if (
                len(object_) >= min(_LONG, len(run))
                and object_.sum((1, 2)).max() >= _LARGE
                and beyond >= _BEYOND
                and enters
                and np.sqrt(np.square(misses[rows][place][object_]).mean()) >= _CLEAR
            ):
                kept[rows][place] |= object_ & ~(mouth[rows][place] & _unlike(object_, colours[rows], place, beyond_lips))
    return kept


def _mouth_like(colours: np.ndarray, parts: Zones) -> np.ndarray:
    """Mark what may be teeth or the dark inside of the mouth: bool ``[N,h,w]``."""
    luma, colour = colours[:, 0], np.abs(colours[:, 1:]).sum(1)
    skin = parts.lower & ~parts.around_lips
    if not skin.any():
        return np.zeros_like(parts.lips)
    light, usual = np.median(luma[skin]), np.median(colour[skin])
    teeth = (luma > _TEETH_LIGHT * light) & (colour < _TEETH_COLOUR * usual)
    return parts.lips & (teeth | (luma < _INSIDE_LIGHT * light))


def _unlike(object_: np.ndarray, colours: np.ndarray, place: tuple[slice, ...], known: np.ndarray) -> np.ndarray:
    """Mark pixels whose colour the object does not have beyond the lips: bool like ``object_`` ``[n,h,w]``.

    Args:
        object_: the object.
        colours: float32 ``[N,3,h,w]``.
        place: where ``object_`` lies in them.
        known: like ``object_``, its pixels beyond the lips.
    """
    frames, across = place[0], (slice(None), *place[1:])
    here = np.moveaxis(colours[frames][(slice(None), *across)], 1, -1)
    palette = here[known]
    palette = palette[np.linspace(0, len(palette) - 1, _PALETTE).astype(int)]
    unlike = np.zeros_like(object_)
    away = np.abs(here[object_][:, None] - palette) / np.array(_ALIKE, np.float32)
    unlike[object_] = away.max(-1).min(-1) > 1
    return unlike


def closed_objects(objects: np.ndarray) -> np.ndarray:
    """Close gaps and holes of objects, bool ``[N,h,w]``."""
    closed = objects.copy()
    for index in np.flatnonzero(objects.any((1, 2))):
        filled = cv2.morphologyEx(objects[index].astype(np.uint8), cv2.MORPH_CLOSE, disc(_CLOSED))
        closed[index] = ndimage.binary_fill_holes(filled)
    return closed


def soft_masks(objects: np.ndarray, parts: Zones, frames: np.ndarray) -> np.ndarray:
    """Return the weight of objects with a soft edge that lies outside of them: uint8 ``[N,h,w]``.

    An object that reaches the face's border goes on beyond it. A frame between two cuts is cut where both are.

    Args:
        objects: bool ``[N,h,w]``, closed.
        parts: of the same frames.
        frames: int ``[N]``, their numbers, ascending.
    """
    full = np.zeros(objects.shape, np.float32)
    for index in np.flatnonzero(objects.any((1, 2))):
        closed = objects[index].astype(np.uint8)
        beyond = cv2.dilate(closed, disc(_WIDER + _FURTHER)) & ~parts.face[index]
        full[index] = cv2.dilate(closed, disc(_WIDER)) | beyond
    before, after = np.zeros_like(full), np.zeros_like(full)
    follows = (np.diff(frames) == 1)[:, None, None]
    before[1:], after[:-1] = full[:-1] * follows, full[1:] * follows
    weights = np.maximum(full, np.minimum(before, after))
    return np.array([_blurred(one) for one in weights], np.uint8).reshape(objects.shape)


def _blurred(weight: np.ndarray) -> np.ndarray:
    """Return a weight of 0…1, blurred outwards, as 0…255; what is less than a hundredth becomes 0."""
    soft = np.minimum(_OUTWARDS * cv2.GaussianBlur(weight, (0, 0), _SOFT), 1) if weight.any() else weight
    return np.rint(255 * np.where(soft < 0.01, 0, soft))
