"""Composite mouths as the published program does, for comparison; SeamSync's own compositor is :mod:`seamsync.blending`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from ...errors import check_choice
from ...media.clips import MouthClip
from ...media.video import FrameSource
from .published import OFFLINE, Blend, Box, around, cut, face_mask, parser_input

#: Modes of :func:`~.published.face_mask`.
MASKS = ("raw", "neck", "jaw")
#: Finds the classes of a face: RGB uint8 ``[512,512,3]`` → int ``[512,512]``.
Parse = Callable[[np.ndarray], np.ndarray]


def published_frames(
    source: FrameSource, mouths: MouthClip, parse: Parse, *, mask: str = "jaw", blur: float = OFFLINE
) -> Iterator[np.ndarray]:
    """Yield the frames with the mouths put in as the published program does.

    Args:
        source: the target clip.
        mouths: of a :class:`~.generator.MuseTalkGenerator` with ``published`` set: its boxes are whole pixels.
        parse: the face parser.
        mask: one of :data:`MASKS`; ``jaw`` is version 1.5's.
        blur: :data:`~.published.OFFLINE` or :data:`~.published.REALTIME`.

    Yields:
        uint8 ``[H,W,3]`` RGB; frames without a mouth are the clip's.

    Raises:
        SeamSyncError: an unknown mask.
    """
    check_choice("mask", mask, MASKS)
    for index, frame in enumerate(source.frames(mouths.frames)):
        picture = np.ascontiguousarray(frame.rgb()[..., ::-1])  # BGR, as that program works
        if mouths.active[index]:
            patch = np.asarray(mouths.patches[index]).transpose(1, 2, 0)[..., ::-1]
            box = _box(mouths.to_frame[index], patch.shape[0])
            face = cv2.resize(np.ascontiguousarray(patch), (box[2] - box[0], box[3] - box[1]))
            labels = parse(parser_input(cut(picture, around(box))))
            picture = Blend.plan(box, face_mask(labels, mask), blur).apply(picture, face)
        yield picture[..., ::-1]


def _box(to_frame: np.ndarray, size: int) -> Box:
    """Return the whole pixels that a patch covers."""
    left, top = to_frame[:, 2]
    right, bottom = to_frame[:, 2] + size * np.diag(to_frame)
    return round(left), round(top), round(right), round(bottom)
