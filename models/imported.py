"""Import mouths from another tool's finished result: the lower face of every frame, cut along whole pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..errors import SeamSyncError
from ..media.clips import MouthClip, store_patches
from ..media.inputs import VideoInput, open_source
from ..media.loops import play_order
from ..media.video import FrameSource
from ..runtime import DEFAULT_RUNTIME, Runtime
from ..tracking.track import FaceTrack
from .generated_face import UNKNOWN, generated_landmarks

_SIDE = 0.15  # margin beside the jaw, face widths
_BELOW = 0.25  # margin below the chin, for mouths that open wider than the original


def import_mouths(
    result: VideoInput,
    track: FaceTrack,
    *,
    result_track: FaceTrack | None = None,
    loop: str = "ping_pong",
    runtime: Runtime = DEFAULT_RUNTIME,
) -> MouthClip:
    """Cut the lower face out of every frame of a finished lip-sync result.

    Nothing is resampled: a patch is a rectangle of whole pixels of the result, of one size for the whole clip.

    Args:
        result: the other tool's output for the tracked clip, same framing, any resolution.
        track: the face of the original clip.
        result_track: the face of ``result``; tracked near the original's where it is None. With it the mask covers the union of
            both mouths, and lips and teeth keep their colours.
        loop: how the original continues where the result is longer.
        runtime: where the result is tracked, and whom the job informs.

    Raises:
        SeamSyncError: another frame rate or aspect than the track's, no visible face, or a ``result_track`` of another clip.

    Example:
        >>> from seamsync import import_mouths, track_video
        >>> len(import_mouths("face.mp4", track_video("face.mp4")))
        8
    """
    result = open_source(result)
    info, count = result.info, result.info.frame_count
    scale = np.array(track.frame_size, np.float64) / (info.width, info.height)
    _check_fits(result, track, result_track, scale)
    frames = play_order(len(track), count, loop=loop)
    track = track.take(frames)
    corners, (width, height) = _boxes(track, scale, (info.width, info.height))

    def patches() -> Iterator[np.ndarray]:
        """Yield the rectangles, one at a time."""
        for index, frame in enumerate(result.frames(np.arange(len(frames)))):
            x, y = corners[index]
            yield frame.rgb((x, y, x + width, y + height)).transpose(2, 0, 1)[None]
            runtime.progress("import", index + 1, len(frames))

    to_frame = np.zeros((len(frames), 2, 3))
    to_frame[:, [0, 1], [0, 1]] = scale
    to_frame[:, :, 2] = corners * scale
    stored = store_patches(patches())
    landmarks = _result_landmarks(result, track, scale, runtime) if result_track is None else result_track.landmarks[:count]
    notes = (UNKNOWN,) if landmarks is None else ()
    landmarks = None if landmarks is None else landmarks * scale.astype(np.float32)
    source = {"name": "import", "from": info.name}
    return MouthClip(stored, to_frame, track.visible, frames, landmarks, source=source, notes=notes)


def _result_landmarks(result: FrameSource, track: FaceTrack, scale: np.ndarray, runtime: Runtime) -> np.ndarray | None:
    """Track the result near the face of the original; float32 ``[T,68,2]`` in its pixels, None without the network's files."""
    size, landmarks = (result.info.width, result.info.height), track.landmarks / scale.astype(np.float32)
    near = replace(track, landmarks=landmarks, frame_size=size, mesh=None)
    return generated_landmarks(result.frames(np.arange(len(track))), near, runtime)


def _check_fits(result: FrameSource, track: FaceTrack, result_track: FaceTrack | None, scale: np.ndarray) -> None:
    """Raise unless the result is of the tracked clip."""
    info = result.info
    if not track.visible.any():
        raise SeamSyncError(f"no face is visible in any of the {len(track)} tracked frames; track the original clip first")
    if abs(float(info.fps / track.fps) - 1) > 1e-3:
        raise SeamSyncError(
            f"{info.name} runs at {float(info.fps):.3f} frames/s, the tracked clip at {float(track.fps):.3f}; "
            "load the clip at the result's rate and track it again"
        )
    if abs(scale[0] / scale[1] - 1) > 0.02:
        size, own = f"{info.width}x{info.height}", "{}x{}".format(*track.frame_size)
        raise SeamSyncError(f"{info.name} is {size}, the tracked clip {own}: another framing; uncropped results are needed")
    if result_track is not None and len(result_track) != info.frame_count:
        raise SeamSyncError(
            f"result_track has {len(result_track)} frames, {info.name} has {info.frame_count}; track that video"
        )


def _boxes(track: FaceTrack, scale: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int]]:
    """Return top-left corners int64 ``[T,2]`` and the one (width, height) of the patches, in pixels of the result."""
    points, unit = track.landmarks / scale, (track.face_width / scale[0])[:, None]
    low = np.concatenate([points[..., 0].min(1, keepdims=True) - _SIDE * unit, points[:, 27, 1:]], axis=1)
    high = points.max(1) + np.concatenate([_SIDE * unit, _BELOW * unit], axis=1)
    extent = np.ceil((high - low)[track.visible].max(0)).astype(np.int64) + 1
    extent = np.minimum(extent, size)
    corner = np.floor((low + high - extent) / 2).astype(np.int64)
    return np.clip(corner, 0, np.array(size) - extent), (int(extent[0]), int(extent[1]))
