"""What is in front of a face is found, in the frames where it is, and ordinary faces stay whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from front_clips import COUNT, OVER, PRESENT, clip_of, covered, talking
from scipy import ndimage
from seamsync.blending.pixels.primitives import fill_polygon, warp
from seamsync.media.sources import ArraySource
from seamsync.tracking.align import invert_affine
from seamsync.tracking.front.find import find_front
from seamsync.tracking.front.masks import FrontMasks
from seamsync.tracking.front.small_faces import SIZE, small_to_picture
from seamsync.tracking.front.zones import zones
from seamsync.tracking.landmarks import INNER_LIPS
from seamsync.tracking.track import FaceTrack

ALL = np.arange(COUNT)


def small_masks(front: FrontMasks) -> np.ndarray:
    """Where something was found, bool ``[T,h,w]``."""
    found = [front.small(frame) for frame in range(COUNT)]
    return np.stack([np.zeros(SIZE, bool) if one is None else one > 127 for one in found])


def small_truth(track: FaceTrack, truth: np.ndarray) -> np.ndarray:
    """Where the object is, in the small pictures."""
    matrix = torch.from_numpy(invert_affine(small_to_picture(track.landmarks)))
    return warp(torch.from_numpy(truth).float()[:, None], matrix, SIZE)[:, 0].numpy() > 0.5


@pytest.mark.parametrize(("kind", "least"), [("cup", 0.95), ("rod", 0.95), ("fingers", 0.9)])
def test_an_object_is_found_where_it_is(kind: str, least: float) -> None:
    """Nearly all of it inside the face, nothing far from it, and nothing in frames without it."""
    source, track, truth = covered(kind)
    front = find_front(source, track, ALL)
    found, real, parts = small_masks(front), small_truth(track, truth), zones(track.landmarks)
    over = np.isin(ALL, OVER)
    where = parts.lower & over[:, None, None]
    assert (found & real & where).sum() >= least * (real & where).sum()
    far = ~np.array([_grown(one) for one in real]) & parts.lower
    assert (found & far).sum() <= 0.01 * parts.lower.sum()
    assert not found[~np.isin(ALL, np.arange(PRESENT[0] - 1, PRESENT[-1] + 2))].any()
    whole = ndimage.binary_closing(real, np.ones((1, 7, 7)))  # gaps between fingers count as covered
    share = np.array([(whole & parts.lips)[k].sum() / parts.lips[k].sum() for k in OVER])
    assert np.abs(front.covered[list(OVER)] - share).max() < 0.25


def _grown(mask: np.ndarray) -> np.ndarray:
    return torch.nn.functional.max_pool2d(torch.from_numpy(mask).float()[None], 9, 1, 4)[0].numpy() > 0


def test_a_talking_face_in_changing_light_is_whole() -> None:
    """Nothing is in front: no frame has a mask."""
    source, track = clip_of(*talking())
    assert find_front(source, track, ALL).packed == {}


def test_what_the_lips_show_is_no_object() -> None:
    """A bright tongue that appears for some frames stays the mouth's own."""
    pictures, points = talking()
    inside = [np.isin(k, OVER) for k in ALL]
    for k in np.flatnonzero(inside):
        height, width = pictures[k].shape[-2:]
        tongue = fill_polygon(torch.from_numpy(points[k : k + 1, INNER_LIPS]), (height, width))
        pictures[k] = torch.where(tongue, torch.tensor([0.85, 0.5, 0.5]).view(1, 3, 1, 1), pictures[k])
    source, track = clip_of(pictures, points)
    assert find_front(source, track, ALL).packed == {}


def test_a_scene_depends_on_itself_alone() -> None:
    """Another second half behind a cut changes nothing before it."""
    source, track, _ = covered("cup")
    other = [frame.rgb() for frame in source.frames()]
    doubled = other + [255 - picture for picture in other]
    scene = np.repeat([0, 1], COUNT).astype(np.int32)
    twice = replace(track.take(np.tile(ALL, 2)), scene=scene)
    alone = find_front(source, track, ALL)
    both = find_front(ArraySource(doubled, 25), twice, np.arange(2 * COUNT))
    assert alone.packed == {frame: packed for frame, packed in both.packed.items() if frame < COUNT}


def test_a_few_frames_are_what_they_are_in_the_whole() -> None:
    """A preview sees the cut of the full run."""
    source, track, _ = covered("rod")
    whole, some = find_front(source, track, ALL), find_front(source, track, ALL, asked=np.array([15]))
    one, other = whole.small(15), some.small(15)
    assert one is not None
    assert other is not None
    assert np.array_equal(one, other)


def test_too_few_frames_find_nothing() -> None:
    """A still picture has nothing to be compared with."""
    source, track, _ = covered("cup")
    assert find_front(source, track, np.arange(14, 18)).packed == {}
    assert find_front(source, track, np.empty(0, np.int64)).packed == {}


def test_the_clip_is_read_once_and_can_be_stopped() -> None:
    """Every frame that is used is reported."""
    source, track = clip_of(*talking())
    told: list[tuple[str, int, int]] = []
    find_front(source, track, ALL, lambda *call: told.append(call))
    assert next(call for call in told if call[1] == COUNT) == ("look for objects", COUNT, COUNT)
    assert {call[1] for call in told} == set(range(1, COUNT + 1))
