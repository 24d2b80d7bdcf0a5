"""Read the face of every frame as a small picture in face coordinates, a few milliseconds a frame."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ...media.clips import SpilledArray, store_patches
from ...media.frame import PlanarFrame
from ...media.video import FrameSource
from ...progress import Progress
from ..align import apply_affine, compose_affine, invert_affine
from ..face_frame import face_frames
from ..track import FaceTrack

#: Pixels a face width of the small pictures, and what they show: left, top, right, bottom in face coordinates.
PIXELS = 48
WINDOW = (-0.625, -0.0625, 0.625, 1.1875)
#: Height and width of the small pictures.
SIZE = (round((WINDOW[3] - WINDOW[1]) * PIXELS), round((WINDOW[2] - WINDOW[0]) * PIXELS))
STAGE = "look for objects"
_CHUNK = 32
_CORNERS = np.array([[0, 0], [SIZE[1], 0], [SIZE[1], SIZE[0]], [0, SIZE[0]]], np.float64)


def small_to_picture(landmarks: np.ndarray) -> np.ndarray:
    """Return the similarity from small-picture pixels to the pixels of landmarks ``[T,68,2]``: float64 ``[T,2,3]``."""
    to_face = np.array([[1 / PIXELS, 0, WINDOW[0]], [0, 1 / PIXELS, WINDOW[1]]])
    return compose_affine(face_frames(landmarks), np.tile(to_face, (len(landmarks), 1, 1)))


def small_landmarks(landmarks: np.ndarray) -> np.ndarray:
    """Return landmarks ``[T,68,2]`` in small-picture pixels, float64."""
    return apply_affine(invert_affine(small_to_picture(landmarks)), landmarks)


def read_small_faces(
    source: FrameSource, track: FaceTrack, frames: np.ndarray, progress: Progress
) -> np.ndarray | SpilledArray:
    """Read small pictures of the target's face.

    Args:
        source: the target clip.
        track: its face.
        frames: int64 ``[N]``, frames to read.
        progress: called for every frame with the stage :data:`STAGE`.

    Returns:
        uint8 ``[N,3,h,w]``: luma and the two colour differences as stored, brought to 8 bit.
    """
    place = small_to_picture(track.landmarks[frames])

    def _chunks() -> Iterator[np.ndarray]:
        chunk: list[np.ndarray] = []
        for index, frame in enumerate(source.frames(frames)):
            chunk.append(small_face(frame, place[index]))
            progress(STAGE, index + 1, len(frames))
            if len(chunk) == _CHUNK or index + 1 == len(frames):
                yield np.stack(chunk)
                chunk.clear()

    return store_patches(_chunks())


def small_face(frame: PlanarFrame, to_frame: np.ndarray) -> np.ndarray:
    """Return one small picture, uint8 ``[3,h,w]``.

    Args:
        frame: of the clip.
        to_frame: float64 ``[2,3]``, small-picture pixel → frame pixel.
    """
    planes = [frame.y, frame.u, frame.v]
    grids = [(1, 1), frame.chroma, frame.chroma]
    return np.stack([_reduced(plane, to_frame, grid, frame.bit_depth) for plane, grid in zip(planes, grids, strict=True)])


def _reduced(plane: np.ndarray, to_frame: np.ndarray, grid: tuple[int, int], bit_depth: int) -> np.ndarray:
    """Return a plane in the place of the small picture: averaged down by a whole factor, then warped."""
    to_plane = to_frame / np.array([[grid[0]], [grid[1]]])
    factor = max(1, round(float(np.sqrt(abs(np.linalg.det(to_plane[:, :2]))))))
    corners = apply_affine(to_plane, _CORNERS)
    low = np.clip(np.floor(corners.min(0)).astype(int) - factor, 0, np.array(plane.shape[::-1]) - 1)
    high = np.clip(np.ceil(corners.max(0)).astype(int) + factor, low + 1, plane.shape[::-1])
    size = np.maximum((high - low) // factor, 1)
    high = np.minimum(low + size * factor, high)
    crop = np.ascontiguousarray(plane[low[1] : high[1], low[0] : high[0]])
    if bit_depth > 8:
        crop = (crop >> (bit_depth - 8)).astype(np.uint8)
    small = cv2.resize(crop, size.tolist(), interpolation=cv2.INTER_AREA) if factor > 1 else crop
    matrix = to_plane.copy()
    matrix[:, 2] -= low
    matrix *= (np.array(small.shape[::-1]) / (high - low))[:, None]
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts from the centre of the first pixel
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(small, matrix, SIZE[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
