"""Define FaceTrack: landmarks, visibility and scenes of one face over a clip."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import frame_numbers, read_arrays
from ..errors import SeamSyncError, cause_of, printable, shown
from ..files import replacing
from ..media.frame import VideoInfo
from ..parsing import parsed
from ..progress import Warn, no_warning
from ..tensors import check_shape, frozen_array
from .landmarks import MESH_POINTS, face_width, landmarks_from_mesh
from .plausible import usable_frames, without_bad_frames

FORMAT = 1
#: Arrays of a file, one row a frame.
_NEEDED, _OPTIONAL = ("landmarks", "confidence", "visible", "scene"), ("mesh", "raw_jitter")
#: Frames a second that no clip has.
_FASTEST = 100_000
#: Largest number of a frame size or of a frame rate's fraction.
_LARGEST = 2**31 - 1


@dataclass(frozen=True, eq=False)
class FaceTrack:
    """Hold one face over a clip, a few kB a frame.

    Attributes:
        landmarks: float32 ``[T,68,2]``, pixels of the target frame; NaN-free (frames without a face repeat the nearest
            measured frame).
        confidence: float32 ``[T]``, 0…1, of the landmark network; 0 where the face was not measured.
        visible: bool ``[T]``; False: leave the frame alone.
        scene: int32 ``[T]``, counting up at every cut; nothing is smoothed across.
        frame_size: (width, height) of the target in pixels.
        fps: frames a second.
        mesh: float32 ``[T,468,3]`` pixels, where the detector gives one.
        raw_jitter: float32 ``[T]``, of a smoothed track: jitter of the measured landmarks
            (:func:`~.jitter.jitter_over_time` of the points that speech does not move), NaN where it is unknown.

    Example:
        >>> import numpy as np
        >>> from seamsync import FaceTrack
        >>> points, ones = np.zeros((5, 68, 2), np.float32), np.ones(5)
        >>> len(FaceTrack(points, ones, ones, np.zeros(5), frame_size=(640, 480), fps=25))
        5
    """

    landmarks: np.ndarray
    confidence: np.ndarray
    visible: np.ndarray
    scene: np.ndarray
    frame_size: tuple[int, int]
    fps: Fraction
    mesh: np.ndarray | None = None
    raw_jitter: np.ndarray | None = None

    def __post_init__(self) -> None:
        count = len(self.landmarks)
        for name, dtype in (("landmarks", np.float32), ("confidence", np.float32), ("visible", bool), ("scene", np.int32)):
            object.__setattr__(self, name, frozen_array(getattr(self, name), dtype))
        check_shape("landmarks", self.landmarks, "T,68,2", None, 68, 2)
        for name in ("confidence", "visible", "scene"):
            check_shape(name, getattr(self, name), "T", count)
        if self.mesh is not None:
            object.__setattr__(self, "mesh", frozen_array(self.mesh, np.float32))
            check_shape("mesh", self.mesh, "T,468,3", count, 468, 3)
        if self.raw_jitter is not None:
            object.__setattr__(self, "raw_jitter", frozen_array(self.raw_jitter, np.float32))
            check_shape("raw_jitter", self.raw_jitter, "T", count)
        self._check_values()

    def _check_values(self) -> None:
        _check_facts(self.frame_size, self.fps)
        for name, points in (("landmarks", self.landmarks), ("mesh", self.mesh)):
            if points is not None and not (good := usable_frames(points, self.frame_size)).all():
                raise SeamSyncError(
                    f"{name} must be finite and near the frame, which they are not in frames {frame_numbers(~good)}; "
                    "mark these frames as not visible and repeat the nearest frame's points"
                )
        if not (known := (self.confidence >= 0) & (self.confidence <= 1)).all():
            raise SeamSyncError(f"confidence must be 0…1, which it is not in frames {frame_numbers(~known)}")

    def __len__(self) -> int:
        return len(self.landmarks)

    @classmethod
    def from_points(
        cls,
        points: np.ndarray,
        confidence: np.ndarray,
        visible: np.ndarray,
        scene: np.ndarray,
        frame_size: tuple[int, int],
        fps: Fraction,
    ) -> FaceTrack:
        """Make a track from a landmark network's output: meshes ``[T,468,3]``, or 68 points ``[T,68,2]`` without one."""
        mesh = points if points.shape[1] == MESH_POINTS else None
        landmarks = points if mesh is None else landmarks_from_mesh(mesh)
        return cls(landmarks, confidence, visible, scene, frame_size, fps, mesh)

    @property
    def face_width(self) -> np.ndarray:
        """Return the face width of each frame, float32 ``[T]``, pixels."""
        return face_width(self.landmarks)

    def check_clip(self, info: VideoInfo) -> None:
        """Raise unless the track fits a clip: its frame size and its number of frames.

        Raises:
            SeamSyncError: says how they differ.
        """
        if self.frame_size != (info.width, info.height):
            raise SeamSyncError(
                f"the face track is of a {self.frame_size[0]}×{self.frame_size[1]} clip, "
                f"{info.name} is {info.width}×{info.height}; track this video, or give the one that was tracked"
            )
        if len(self) != info.frame_count:
            raise SeamSyncError(
                f"the face track has {len(self)} frames, {info.name} has {info.frame_count}: was it made with another "
                "start, duration or frame rate? Track this clip again"
            )

    def take(self, order: np.ndarray) -> FaceTrack:
        """Return the track in another frame order (loops, trims).

        Args:
            order: int ``[N]``, the source frame each output frame shows.

        Returns:
            A track of N frames. A step in ``order`` other than -1, 0 or 1 is a cut and begins a new scene.
        """
        return replace(
            self,
            landmarks=self.landmarks[order],
            confidence=self.confidence[order],
            visible=self.visible[order],
            scene=scenes_in_order(self.scene, order),
            mesh=None if self.mesh is None else self.mesh[order],
            raw_jitter=None if self.raw_jitter is None else self.raw_jitter[order],
        )

    def with_mesh(self, mesh: np.ndarray) -> FaceTrack:
        """Return the same track with another mesh ``[T,468,3]`` and the 68 landmarks computed from it."""
        return replace(self, mesh=mesh, landmarks=landmarks_from_mesh(mesh))

    def save(self, path: str | Path) -> Path:
        """Write an ``.npz`` (the suffix is added where it is missing), through a temporary file, and return its path.

        Raises:
            SeamSyncError: the folder cannot be written.
        """
        target = Path(path)
        target = target if target.suffix == ".npz" else target.with_name(target.name + ".npz")
        arrays: dict[str, Any] = {
            "landmarks": self.landmarks,
            "confidence": self.confidence,
            "visible": self.visible,
            "scene": self.scene,
        }
        more = {"mesh": self.mesh, "raw_jitter": self.raw_jitter}
        arrays |= {name: array for name, array in more.items() if array is not None}
        try:
            with replacing(target) as part, part.open("wb") as file:
                np.savez_compressed(
                    file,
                    format=np.int64(FORMAT),
                    frame_size=np.array(self.frame_size, np.int64),
                    fps=np.array([self.fps.numerator, self.fps.denominator], np.int64),
                    **arrays,
                )
        except (OSError, ValueError) as error:  # a ValueError is a NUL in the name
            raise SeamSyncError(f"cannot write the track to {shown(str(target))}: {cause_of(error)}") from error
        return target

    @classmethod
    def load(cls, path: str | Path, warn: Warn = no_warning) -> FaceTrack:
        """Read a track written by :meth:`save`; only plain arrays are read, never pickles.

        Frames whose points cannot be a face's, such as NaN, become frames without a face.

        Args:
            path: of the file.
            warn: called with the numbers of such frames.

        Raises:
            SeamSyncError: the file is missing, not a track, of a newer format, or has no frame with usable points.
        """
        if not os.path.exists(path):  # False for an impossible name too
            raise SeamSyncError(f"no face track at {printable(str(path))}")
        data = read_arrays(path, "a face track", (*_NEEDED, *_OPTIONAL, "format", "frame_size", "fps"))
        with parsed(path, "a face track", "track the clip again"):
            if (version := int(data["format"])) > FORMAT:
                raise SeamSyncError(f"{path} is a face track of format {version}; this SeamSync reads up to {FORMAT}")
            fps = Fraction(*(int(n) for n in data["fps"]))
            width, height = (int(n) for n in data["frame_size"])
            arrays = {name: data[name] for name in (*_NEEDED, *_OPTIONAL) if name in data}
            arrays["scene"] = np.cumsum(np.diff(arrays["scene"], prepend=arrays["scene"][:1]) != 0)
            try:
                _check_facts((width, height), fps)
                if not len(arrays["visible"]):
                    raise SeamSyncError("it has no frames; track the clip again")
                arrays = without_bad_frames(arrays, (width, height), str(path), warn)
                return cls(frame_size=(width, height), fps=fps, **arrays)
            except SeamSyncError as error:
                raise SeamSyncError(f"in {path}: {error}") from error


def _check_facts(frame_size: tuple[int, int], fps: Fraction) -> None:
    if min(frame_size) < 1 or not 0 < fps < _FASTEST:
        size = "×".join(map(str, frame_size))
        raise SeamSyncError(f"a face track needs a frame size and a frame rate above 0, got {size} at {fps} a second")
    if max(*frame_size, fps.numerator, fps.denominator) > _LARGEST:
        raise SeamSyncError(f"frame size and frame rate of a face track must be of numbers up to {_LARGEST}, got {shown(fps)}")


def require_face(track: FaceTrack, name: str) -> None:
    """Raise when no frame of the clip shows a face.

    Raises:
        SeamSyncError: says what was looked for and what helps.
    """
    if not track.visible.any():
        where = f"any of the {len(track)} frames of {name}" if len(track) > 1 else name
        raise SeamSyncError(
            f"no face found in {where}; the face should be at least about 40 px wide and "
            "both eyes visible. Try a closer crop, a lower minimum confidence (0.3), the detector face-alignment, or, "
            "where a face was chosen by its index, another index"
        )


def scenes_in_order(scene: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return scenes of frames in another order: int32 ``[N]`` from int ``[T]`` and int ``[N]``, one more at every jump."""
    jump = np.zeros(len(order), bool)
    jump[1:] = (np.abs(np.diff(order)) > 1) | (np.diff(scene[order]) != 0)
    return np.cumsum(jump, dtype=np.int32)
