"""Find the landmarks of a generated face: tracked where the generator does not give them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np

from ..errors import SeamSyncError
from ..media.clips import MouthClip
from ..media.frame import PlanarFrame
from ..media.video import FrameSource
from ..progress import ProgressRepeater
from ..runtime import Runtime
from ..tracking.align import compose_affine
from ..tracking.crops import region_to_crop
from ..tracking.options import SmoothOptions
from ..tracking.refit import Change, refit_landmarks
from ..tracking.smooth import smooth_track
from ..tracking.track import FaceTrack
from .device import pick_device
from .faces.facemesh import load_face_networks

#: Below this probability of a face the target's landmarks are taken.
_SURE = 0.5
#: Said where the landmark network is not on disk.
UNKNOWN = (
    "the generated lips are unknown, so lips and teeth may take the colour of skin; 'seamsync models fetch facemesh' mends it"
)


def generated_landmarks(
    frames: Iterable[PlanarFrame], face: FaceTrack, runtime: Runtime, change: Change | None = None
) -> np.ndarray | None:
    """Track the generated face, near the target's.

    Args:
        frames: T frames.
        face: the target's face in each of them.
        runtime: where the network runs, and whom it informs.
        change: puts the generated mouth into what the network is shown, where the frames do not have it.

    Returns:
        float32 ``[T,68,2]``, smoothed; the target's where the face is not seen. None where the network's files are missing.
    """
    try:
        networks = load_face_networks(pick_device(runtime.device), runtime.models)
    except SeamSyncError:
        return None
    progress = ProgressRepeater(runtime.progress)
    points, confidence = refit_landmarks(frames, face.landmarks, networks, change=change, progress=progress)
    seen = face.visible & (confidence >= _SURE)
    points = np.where(seen[:, None, None], points, face.landmarks)
    track = replace(face, landmarks=points, confidence=confidence, visible=seen, mesh=None, raw_jitter=None)
    return smooth_track(track, SmoothOptions(), progress.repeat).landmarks


def with_generated_landmarks(source: FrameSource, track: FaceTrack, mouths: MouthClip, runtime: Runtime) -> MouthClip:
    """Return the mouths with the landmarks of the generated face, tracked where the generator gives none.

    Args:
        source: the target clip.
        track: its face.
        mouths: the generated mouths.
        runtime: where the network runs, and whom it informs.
    """
    if mouths.landmarks is not None or not mouths.active.any():
        return mouths
    face = track.take(mouths.frames)
    face = replace(face, visible=face.visible & mouths.active)
    landmarks = generated_landmarks(source.frames(mouths.frames), face, runtime, _Paste(mouths))
    return replace(mouths, notes=(*mouths.notes, UNKNOWN)) if landmarks is None else replace(mouths, landmarks=landmarks)


class _Paste:
    """Puts the mouths of a clip into crops of the target."""

    def __init__(self, mouths: MouthClip) -> None:
        self._mouths = mouths

    def __call__(self, index: int, crop: np.ndarray, region: np.ndarray) -> np.ndarray:
        """Return the crop with the patch of one frame over it, without the border that the generator did not make."""
        mouths, size = self._mouths, crop.shape[0]
        if not mouths.active[index]:
            return crop
        patch = np.ascontiguousarray(np.asarray(mouths.patches[index]).transpose(1, 2, 0))
        to_crop = compose_affine(region_to_crop(region, size), mouths.to_frame[index])
        to_crop[:, 2] += to_crop[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts from the centre of the first pixel
        inset = int(np.ceil(mouths.inset))
        inside = np.zeros(patch.shape[:2], np.uint8)
        inside[inset : patch.shape[0] - inset, inset : patch.shape[1] - inset] = 1
        mask = cv2.warpAffine(inside, to_crop, (size, size), flags=cv2.INTER_NEAREST)
        shown = cv2.warpAffine(patch, to_crop, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.where(mask[..., None] > 0, shown, crop)
