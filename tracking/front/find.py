"""Find what covers the mouth of the target in every frame of a clip: hands, cups, microphones, leaves.

An object in front is what differs from all that this face looks like in its scene (:mod:`.evidence`), beyond lips and teeth,
for several frames (:mod:`.objects`). A scene is looked at as a whole, so both directions in time are used. What covers the
mouth in most of a scene is taken for a part of the face.
"""

from __future__ import annotations

import numpy as np
import torch

from ...media.clips import SpilledArray
from ...media.video import FrameSource
from ...progress import Check, Progress, ProgressRepeater, no_progress
from ...tensors import one_thread
from ..track import FaceTrack
from .appearance import FaceAppearance, pictures
from .evidence import FEWEST, learn_face, mark
from .masks import FrontMasks, pack
from .objects import closed_objects, find_objects, soft_masks
from .small_faces import read_small_faces
from .zones import zones

#: Frames of a scene that its model is learned from, at most; frames that are looked at together; and frames beside those
#: asked for that are looked at too.
_LEARNED, _CHUNK, _BESIDE = 80, 512, 4


def find_front(
    source: FrameSource,
    track: FaceTrack,
    frames: np.ndarray,
    progress: Progress = no_progress,
    asked: np.ndarray | None = None,
) -> FrontMasks:
    """Find what is in front of the mouth.

    Args:
        source: the target clip.
        track: its smoothed face.
        frames: int, target frames that are used, in any order, repeats allowed.
        progress: called for every frame with the stage :data:`~.small_faces.STAGE`.
        asked: int, the frames to look at, where those are few: of the others, only those that a model is learned from are
            read. None: all.
    """
    used = np.unique(frames)
    used = used[track.visible[used]]
    scenes = [used[track.scene[used] == number] for number in np.unique(track.scene[used])]
    scenes = [scene for scene in scenes if len(scene) >= FEWEST]
    learned = [scene[np.unique(np.linspace(0, len(scene) - 1, _LEARNED).astype(int))] for scene in scenes]
    if asked is not None:
        near = np.unique(np.asarray(asked)[:, None] + np.arange(-_BESIDE, _BESIDE + 1))
        scenes = [np.union1d(some, np.intersect1d(scene, near)) for scene, some in zip(scenes, learned, strict=True)]
    masks = FrontMasks({}, np.zeros(len(track), np.float32))
    if not scenes:
        return masks
    repeater, start = ProgressRepeater(progress), 0
    small = read_small_faces(source, track, np.concatenate(scenes), repeater)
    with one_thread():
        for scene, some in zip(scenes, learned, strict=True):
            rows = start + np.arange(len(scene))
            start += len(scene)
            model = learn_face(pictures(small[rows[np.isin(scene, some)]]), zones(track.landmarks[some]), repeater.repeat)
            _look(small, rows, scene, track, model, masks, repeater.repeat)
    return masks


def _look(
    small: np.ndarray | SpilledArray,
    rows: np.ndarray,
    scene: np.ndarray,
    track: FaceTrack,
    model: FaceAppearance,
    masks: FrontMasks,
    check: Check,
) -> None:
    """Enter the objects of one scene into ``masks``.

    Args:
        small: small pictures of the clip.
        rows: int ``[N]``, those of the scene.
        scene: int ``[N]``, their target frames.
        track: the face.
        model: of the face in this scene.
        masks: receives what is found.
        check: called for every chunk.
    """
    for first in range(0, len(scene), _CHUNK):
        check()
        frames, seen = scene[first : first + _CHUNK], pictures(small[rows[first : first + _CHUNK]])
        parts = zones(track.landmarks[frames])
        face = torch.from_numpy(parts.face)
        misses = model.misses(seen, model.explain(seen, face), face)
        marked = mark(misses, parts)
        if not marked.any():
            continue
        objects = closed_objects(find_objects(marked, misses.numpy(), seen.numpy(), parts, frames))
        masks.covered[frames] = (objects & parts.lips).sum((1, 2)) / np.maximum(parts.lips.sum((1, 2)), 1)
        weights = soft_masks(objects, parts, frames)
        for index in np.flatnonzero(weights.any((1, 2))):
            masks.packed[int(frames[index])] = pack(weights[index])
