"""Composite a few frames, by the engine that renders the clip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .blending.composite import Compositor
from .blending.faces import load_face_readers
from .blending.mask.front import find_occluders
from .blending.plan import plan_seam
from .blending.settings import SeamSettings
from .browser.tuner import Tuner
from .errors import SeamSyncError
from .media.clips import MouthClip
from .media.inputs import VideoInput, open_source
from .models.device import pick_device
from .runtime import DEFAULT_RUNTIME, Runtime
from .tracking.track import FaceTrack


def preview_composite(
    source: VideoInput,
    track: FaceTrack,
    mouths: MouthClip,
    frames: Sequence[int],
    *,
    settings: SeamSettings | None = None,
    runtime: Runtime = DEFAULT_RUNTIME,
    tuner: Tuner | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Composite chosen output frames only. A ``tuner`` collects what a browser needs to compose the first of them itself.

    Returns:
        Pictures uint8 ``[N,H,W,3]`` and alpha float32 ``[N,H,W]``, 0 where the frame stays unchanged. Colour gains are
        those of each frame alone; the full run smooths them over time.

    Raises:
        SeamSyncError: a frame number outside the clip, or a model that the mask needs is missing.

    Example:
        >>> from seamsync import generate_mouths, preview_composite, track_video
        >>> track = track_video("face.mp4")
        >>> mouths = generate_mouths("face.mp4", track, "speech.wav")
        >>> pictures, alphas = preview_composite("face.mp4", track, mouths, [0, -1])
        >>> len(pictures), alphas.ndim
        (2, 3)
    """
    clip, settings, device = open_source(source), settings or SeamSettings(), pick_device(runtime.device)
    wanted = [index + len(mouths) if index < 0 else index for index in frames]
    outside = [index for index in wanted if not 0 <= index < len(mouths)]
    if outside or not wanted:
        raise SeamSyncError(f"preview frames must be 0…{len(mouths) - 1}, got {list(frames)}")
    front = find_occluders(clip, track, mouths, settings.mask, runtime.progress, mouths.frames[wanted])
    plan = plan_seam(track, mouths, settings, clip.info, front=front)
    readers = load_face_readers(settings.mask, device, runtime.models)
    pictures, alphas = [], []
    for index, frame in zip(wanted, clip.frames(mouths.frames[wanted]), strict=True):
        alpha = np.zeros((clip.info.height, clip.info.width), np.float32)
        if plan.compose[index]:
            engine = Compositor(plan, mouths, settings, clip.info, device, readers)
            before = frame.copy() if tuner is not None and not tuner.full else None
            x0, y0, x1, y1 = (composed := engine.compose([index], [frame])).boxes[0]
            alpha[y0:y1, x0:x1] = composed.alpha[0, 0].cpu().numpy()
            if tuner is not None and before is not None:
                tuner.add(plan, settings, clip.info, before, composed)
        pictures.append(frame.rgb())
        alphas.append(alpha)
    return np.stack(pictures), np.stack(alphas)
