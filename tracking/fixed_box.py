"""Make a track of an average face at rest in a box that the user gives, for a face that could not be found."""

from __future__ import annotations

import numpy as np

from ..errors import SeamSyncError
from ..media.frame import VideoInfo
from .face_box import FOREHEAD
from .landmarks import MIRROR
from .track import FaceTrack

#: Left half of an average frontal face with closed lips (landmark: x, y): jaw ends at x ± 0.5, brows at y 0, unit a face width.
#: Mean of the frontal frames of seven tracked clips, each brought to the others by a similarity, and its mirror image.
_LEFT = {
    0: (-0.500, 0.201), 1: (-0.493, 0.302), 2: (-0.486, 0.405), 3: (-0.436, 0.628), 4: (-0.391, 0.719),
    5: (-0.339, 0.785), 6: (-0.272, 0.844), 7: (-0.157, 0.922), 8: (0.0, 0.957),
    17: (-0.412, 0.063), 18: (-0.367, 0.022), 19: (-0.297, 0.000), 20: (-0.207, 0.004), 21: (-0.105, 0.015),
    27: (0.0, 0.137), 28: (0.0, 0.244), 29: (0.0, 0.342), 30: (0.0, 0.404),
    31: (-0.124, 0.473), 32: (-0.054, 0.491), 33: (0.0, 0.493),
    36: (-0.329, 0.170), 37: (-0.278, 0.143), 38: (-0.202, 0.139), 39: (-0.128, 0.181),
    40: (-0.193, 0.194), 41: (-0.267, 0.193),
    48: (-0.198, 0.623), 49: (-0.118, 0.582), 50: (-0.059, 0.571), 51: (0.0, 0.579),
    57: (0.0, 0.731), 58: (-0.058, 0.726), 59: (-0.109, 0.706),
    60: (-0.171, 0.622), 61: (-0.047, 0.617), 62: (0.0, 0.619), 66: (0.0, 0.665), 67: (-0.048, 0.662),
}  # fmt: skip


def average_face() -> np.ndarray:
    """Return an average face, frontal, at rest: float64 ``[68,2]``, jaw ends 1 apart, brows at y 0, chin at about 0.96."""
    points = np.empty((68, 2))
    for index, (x, y) in _LEFT.items():
        points[index] = x, y
        points[MIRROR[index]] = -x, y
    return points


def box_track(info: VideoInfo, box: tuple[int, int, int, int]) -> FaceTrack:
    """Return a constant track: the average face in a box, in every frame of a clip.

    Args:
        info: of the clip.
        box: (top, bottom, left, right), pixels, as Wav2Lip's ``--box``.

    Returns:
        Its face box (see :mod:`.face_box`) is the box given. Visible in every frame, one scene, confidence 0, as nothing
        was measured.

    Raises:
        SeamSyncError: the box is empty or leaves the picture.
    """
    top, bottom, left, right = box
    if not (0 <= top < bottom <= info.height and 0 <= left < right <= info.width):
        raise SeamSyncError(f"box must be top bottom left right inside the {info.width}×{info.height} picture, got {list(box)}")
    face = average_face()
    x = left + (right - left) * (face[:, 0] + 0.5)
    y = top + (bottom - top) * (FOREHEAD + face[:, 1] / face[8, 1]) / (FOREHEAD + 1)
    count = info.frame_count
    return FaceTrack(
        landmarks=np.tile(np.stack([x, y], -1), (count, 1, 1)),
        confidence=np.zeros(count),
        visible=np.ones(count, bool),
        scene=np.zeros(count, np.int32),
        frame_size=(info.width, info.height),
        fps=info.fps,
    )
