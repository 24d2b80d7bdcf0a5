"""Use what is in front of the target's face: find it for a clip, and bring its weight onto the ROI."""

from __future__ import annotations

import numpy as np
import torch

from ...media.clips import MouthClip
from ...media.video import FrameSource
from ...progress import Progress, no_progress
from ...tracking.front.find import find_front
from ...tracking.front.masks import FrontMasks
from ...tracking.front.small_faces import SIZE, small_to_picture
from ...tracking.track import FaceTrack
from ..frame_batch import FrameBatch
from ..pixels.primitives import warp
from ..settings import MouthMask

#: Weights below this are noise of the soft edge's end.
_FAINT = 0.02


def find_occluders(
    source: FrameSource,
    track: FaceTrack,
    mouths: MouthClip,
    settings: MouthMask,
    progress: Progress = no_progress,
    asked: np.ndarray | None = None,
) -> FrontMasks | None:
    """Find what is in front of the mouth, where the settings ask for it; a linked mask that cuts things out replaces it.

    Args:
        source: the target clip.
        track: its face.
        mouths: the generated mouths; frames without one are not looked at.
        settings: ``occlusion`` and the linked mask are used.
        progress: called for every frame that is read.
        asked: int, target frames that are composited, where those are few; None: all.

    Returns:
        None: it is not to be found from the clip.
    """
    given = settings.external is not None and settings.external_mode == "minus"
    fits = len(track) == source.info.frame_count and int(mouths.frames.max(initial=-1)) < len(track)  # else the plan says so
    if settings.occlusion != "auto" or given or not fits:
        return None
    return find_front(source, track, mouths.frames[mouths.active], progress, asked)


def front_weight(front: FrontMasks, frames: np.ndarray, batch: FrameBatch, device: torch.device) -> torch.Tensor | None:
    """Return the weight of what is in front of the face on the ROI.

    Args:
        front: of the clip.
        frames: int ``[B]``, the batch's target frames.
        batch: the frames.
        device: of the result.

    Returns:
        float32 ``[B,1,H,W]``, exactly 0 away from objects; None: these frames show none.
    """
    small = [front.small(frame) for frame in frames]
    if all(one is None for one in small):
        return None
    weights = np.stack([np.zeros(SIZE, np.uint8) if one is None else one for one in small])[:, None]
    place = torch.from_numpy(small_to_picture(batch.landmarks))
    weight = warp(torch.from_numpy(weights).to(device), place, batch.size)
    return torch.where(weight > _FAINT, weight, 0.0)
