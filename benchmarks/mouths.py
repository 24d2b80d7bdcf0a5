"""Simulated mouths: what a small generator's output looks like to the compositor, without a generator.

The lower face of each frame, resampled to the generator's size, softened and given a colour cast: the same number of
pixels, the same faults at the seam, and no network in the measurement.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..blending.shapes import face_frames
from ..media.clips import MouthClip, store_patches
from ..media.video import FrameSource
from ..tracking.align import compose_affine, invert_affine
from ..tracking.track import FaceTrack

#: Patch pixels: side, and what they cover in face coordinates: left, top and side in face widths.
SIZE, WINDOW = 256, (-0.6, 0.1, 1.2)
CAST = (9, -5, 6)


def simulated_mouths(source: FrameSource, track: FaceTrack, *, size: int = SIZE) -> MouthClip:
    """One patch a frame of ``source``.

    Args:
        source: the target.
        track: its face.
        size: side of the patches, pixels.

    Returns:
        Patches uint8 ``[T,3,size,size]``, active where the face is visible.
    """
    left, top, side = WINDOW
    to_face = np.array([[side / size, 0, left], [0, side / size, top]])
    to_frame = compose_affine(face_frames(track.landmarks), np.tile(to_face, (len(track), 1, 1)))

    def cut(rgb: np.ndarray, affine: np.ndarray) -> np.ndarray:
        back = invert_affine(affine)
        back[:, 2] += back[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts pixel centres from 0
        patch = cv2.warpAffine(rgb, back, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        patch = cv2.GaussianBlur(patch, (0, 0), 1.2).astype(np.int16) + np.array(CAST, np.int16)
        return patch.clip(0, 255).astype(np.uint8).transpose(2, 0, 1)[None]

    patches = store_patches(cut(frame.rgb(), affine) for frame, affine in zip(source.frames(), to_frame, strict=True))
    return MouthClip(
        patches=patches,
        to_frame=to_frame,
        active=track.visible,
        frames=np.arange(len(track)),
        landmarks=track.landmarks,
        inset=2.0,
        source={"name": "simulated", "size": size},
    )
