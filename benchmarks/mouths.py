"""Simulated mouths: what a generator's output looks like to the compositor, without a generator.

The mouth of a frame is that of the same person a moment later: other lips, another jaw, nearly the same light. It is
brought onto the frame by a similarity that does not look at the lips, taken down to the generator's own resolution, and
given a generator's faults: few pixels or softness, a colour cast, and, if asked for, a misalignment. Nothing in the
measurement needs a network, and the landmarks of the generated face are known.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ..blending.mask.shapes import face_frames
from ..media.clips import MouthClip, store_patches
from ..media.video import FrameSource
from ..tracking.align import apply_affine, compose_affine, fit_similarity, invert_affine
from ..tracking.jitter import stretches
from ..tracking.landmarks import LIPS
from ..tracking.track import FaceTrack

#: Frames between a picture and the one whose mouth it gets.
LATER = 7
#: Patches of at most this many pixels show the whole face, as Wav2Lip's 96 do; larger ones its lower part, sharper.
WHOLE_FACE = 128
#: What they cover: the face's box grown by these shares of its width (each side) and height (above the brows, below the
#: chin), axis-aligned; or left, top and side in face coordinates.
BOX, WINDOW = (0.03, 0.02, 0.08), (-0.6, 0.1, 1.2)
#: Softness of the larger patches, patch pixels; colour cast of all, 8-bit levels of RGB.
BLUR, CAST = 1.0, (9, -5, 6)
#: Way of a misalignment.
ASKEW = (0.8, 0.6)

#: The simulations of the quality benchmarks: patch size, and misalignment in pixels of the frame.
KINDS: dict[str, dict[str, float]] = {
    "96": {"size": 96, "shift": 0.0},
    "96 askew": {"size": 96, "shift": 2.0},
    "256": {"size": 256, "shift": 0.0},
    "256 askew": {"size": 256, "shift": 2.0},
}


def simulated_mouths(source: FrameSource, track: FaceTrack, *, size: float = 256, shift: float = 0.0) -> MouthClip:
    """One patch a frame of ``source``.

    Args:
        source: the target.
        track: its face.
        size: side of the patches, pixels.
        shift: how far patches and generated landmarks lie beside their place, pixels of the frame.

    Returns:
        Patches uint8 ``[T,3,size,size]``, active where the face is visible, with the generated face's landmarks.
    """
    side = int(size)
    other = later_frames(track)
    kept = np.setdiff1d(np.arange(track.landmarks.shape[1]), LIPS)
    motion = fit_similarity(track.landmarks[other][:, kept], track.landmarks[:, kept])
    place = _whole_face(track, side) if side <= WHOLE_FACE else _lower_face(track, side)
    from_other = compose_affine(invert_affine(place), motion)
    offset = shift * np.array(ASKEW)
    askew = place.copy()
    askew[:, :, 2] += offset
    return MouthClip(
        patches=store_patches(_cut(source, other, from_other, side)),
        to_frame=askew,
        active=track.visible,
        frames=np.arange(len(track)),
        landmarks=(apply_affine(motion, track.landmarks[other]) + offset).astype(np.float32),
        inset=1.0 if side <= WHOLE_FACE else 2.0,
        source={"name": "simulated", "size": side, "shift": shift},
    )


def later_frames(track: FaceTrack, later: int = LATER) -> np.ndarray:
    """For every frame the one ``later``, turning round at the end of its visible stretch of scene: int64 ``[T]``."""
    other = np.arange(len(track))
    for start, stop in stretches(track):
        last = stop - start - 1
        place = (np.arange(stop - start) + later) % max(2 * last, 1)
        other[start:stop] = start + np.minimum(place, 2 * last - place)
    return other


def _whole_face(track: FaceTrack, side: int) -> np.ndarray:
    """Patch pixel → frame pixel of an axis-aligned box around the face, ``[T,2,3]``; not to one scale in x and y."""
    points = track.landmarks.astype(np.float64)
    low, high = points.min(1), points.max(1)
    extent = np.maximum(high - low, 1e-3)
    across, above, below = BOX
    low = low - extent * (across, above)
    high = high + extent * (across, below)
    place = np.zeros((len(track), 2, 3))
    place[:, 0, 0], place[:, 1, 1] = ((high - low) / side).T
    place[:, :, 2] = low
    return place


def _lower_face(track: FaceTrack, side: int) -> np.ndarray:
    """Patch pixel → frame pixel of a square that turns with the face, ``[T,2,3]``."""
    left, top, extent = WINDOW
    to_face = np.array([[extent / side, 0, left], [0, extent / side, top]])
    return compose_affine(face_frames(track.landmarks), np.tile(to_face, (len(track), 1, 1)))


def _cut(source: FrameSource, order: np.ndarray, to_patch: np.ndarray, side: int) -> Iterator[np.ndarray]:
    """Patches uint8 ``[1,3,side,side]`` out of the frames ``order``, averaged down, with a generator's faults."""
    for frame, affine in zip(source.frames(order), to_patch, strict=True):
        finer = max(1, int(np.ceil(1 / np.sqrt(abs(np.linalg.det(affine[:, :2]))))))  # pixels of the frame a patch pixel
        matrix = affine * finer
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts pixel centres from 0
        room = (side * finer, side * finer)
        patch = cv2.warpAffine(frame.rgb(), matrix, room, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        patch = cv2.resize(patch, (side, side), interpolation=cv2.INTER_AREA)
        if side > WHOLE_FACE:
            patch = cv2.GaussianBlur(patch, (0, 0), BLUR)
        tinted = patch.astype(np.int16) + np.array(CAST, np.int16)
        yield tinted.clip(0, 255).astype(np.uint8).transpose(2, 0, 1)[None]
