"""Hold the mouth patches of a clip, in memory or in a temporary file."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from ..arrays import frame_numbers
from ..errors import SeamSyncError, cause_of, check_range
from ..tensors import check_dtype, check_shape, frozen_array

#: Patches beyond this many bytes are stored in a temporary file instead of memory. It is small beside what the compositor
#: needs, so that a long speech takes no more memory than a short one.
SPILL_BYTES = 32 << 20


class SpilledArray:
    """Hold a read-only uint8 array ``[T, …]`` in a temporary file that is deleted with the object.

    Slices are read and not memory-mapped, so resident memory does not grow with what was read. Threads and forked processes
    may read at the same time.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, item_shape: tuple[int, ...]) -> None:
        self._item = item_shape
        self._bytes = int(np.prod(item_shape))
        self._count = 0
        self._file = tempfile.TemporaryFile(prefix="seamsync-", suffix=".patches")  # noqa: SIM115 (lives as long as self)
        self._lock = Lock()
        weakref.finalize(self, self._file.close)

    def append(self, items: np.ndarray) -> None:
        """Add items, uint8 ``[n, *item_shape]``, at the end.

        Raises:
            SeamSyncError: the disk is full.
        """
        try:
            with self._lock:
                self._file.seek(self._count * self._bytes)
                self._file.write(np.ascontiguousarray(items, np.uint8).data)
                self._file.flush()
        except OSError as error:
            folder = Path(tempfile.gettempdir())
            why = f"cannot keep mouth patches in {folder}: {cause_of(error)}; set TMPDIR to a larger disk"
            raise SeamSyncError(why) from error
        self._count += len(items)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return ``(T, *item_shape)``."""
        return (self._count, *self._item)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int | slice | np.ndarray) -> np.ndarray:
        """Return items as a fresh array; an int gives one item, a slice or an int array several."""
        if isinstance(index, int | np.integer):
            return self._read(range(self._count)[int(index)])
        if isinstance(index, slice):
            index = np.arange(self._count)[index]
        picked = [self._read(int(i)) for i in np.asarray(index)]
        return np.stack(picked) if picked else np.empty((0, *self._item), np.uint8)

    def _read(self, index: int) -> np.ndarray:
        return np.frombuffer(self._read_bytes(index * self._bytes), np.uint8).reshape(self._item)

    def _read_bytes(self, start: int) -> bytes:
        if hasattr(os, "pread"):  # leaves the position alone, which threads and forked processes share
            return os.pread(self._file.fileno(), self._bytes, start)
        with self._lock:  # Windows
            self._file.seek(start)
            return self._file.read(self._bytes)


def store_patches(chunks: Iterable[np.ndarray], *, limit: int = SPILL_BYTES) -> np.ndarray | SpilledArray:
    """Join uint8 chunks ``[n,3,h,w]`` into one array: in memory up to ``limit`` bytes, in a temporary file past it."""
    held: list[np.ndarray] = []
    size = 0
    spilled: SpilledArray | None = None
    for chunk in chunks:
        check_dtype("patches", chunk, "uint8")
        if spilled is None and size + chunk.nbytes > limit:
            spilled = SpilledArray(chunk.shape[1:])
            for earlier in held:
                spilled.append(earlier)
            held.clear()
        if spilled is not None:
            spilled.append(chunk)
        else:
            held.append(chunk)
            size += chunk.nbytes
    if spilled is not None:
        return spilled
    return np.concatenate(held) if held else np.empty((0, 3, 1, 1), np.uint8)


@dataclass(frozen=True, eq=False)
class MouthClip:
    """Hold generated mouths over time: the output of every generator, the input of the compositor.

    Attributes:
        patches: uint8 ``[T,3,h,w]``, RGB, gamma-coded, at the generator's own resolution.
        to_frame: float64 ``[T,2,3]``, patch pixel → frame pixel (pixel centres at .5 in both).
        active: bool ``[T]``; False: leave the frame alone.
        frames: int64 ``[T]``, the target frame each mouth belongs to (a looped target repeats some).
        landmarks: float32 ``[T,68,2]`` of the generated face in frame pixels, where the generator knows them.
        inset: pixels at the patch's border that the generator did not make and that must stay outside the mask.
        source: name and settings of the generator, for reports.
        notes: sentences for the user, as "no speech was found".
        opacity: float32 ``[T]``, 0…1, factor on alpha, with which a generator fades to the original mouth and back; None: 1
            everywhere.
        curves: named per-frame curves, ``[T]`` each, as the driving lip opening; for reports and measurements.

    Example:
        >>> import numpy as np
        >>> from seamsync import MouthClip
        >>> patches, place = np.zeros((4, 3, 96, 96), np.uint8), np.tile(np.eye(2, 3), (4, 1, 1))
        >>> len(MouthClip(patches, place, active=np.ones(4, bool), frames=np.arange(4)))
        4
    """

    patches: np.ndarray | SpilledArray
    to_frame: np.ndarray
    active: np.ndarray
    frames: np.ndarray
    landmarks: np.ndarray | None = None
    inset: float = 1.0
    source: dict[str, Any] = field(default_factory=dict)
    curves: dict[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    opacity: np.ndarray | None = None

    def __post_init__(self) -> None:
        count = len(self.patches)
        check_dtype("patches", self.patches, "uint8")  # type: ignore[arg-type]
        check_shape("patches", self.patches, "T,3,h,w", None, 3, None, None)  # type: ignore[arg-type]
        for name, dtype in (("to_frame", np.float64), ("active", bool), ("frames", np.int64)):
            object.__setattr__(self, name, frozen_array(getattr(self, name), dtype))
        check_shape("to_frame", self.to_frame, "T,2,3", count, 2, 3)
        check_shape("active", self.active, "T", count)
        check_shape("frames", self.frames, "T", count)
        if self.landmarks is not None:
            object.__setattr__(self, "landmarks", frozen_array(self.landmarks, np.float32))
            check_shape("landmarks", self.landmarks, "T,68,2", count, 68, 2)
        if self.opacity is not None:
            object.__setattr__(self, "opacity", frozen_array(self.opacity, np.float32))
            check_shape("opacity", self.opacity, "T", count)
            check_range("opacity", float(self.opacity.min(initial=0)), 0.0, 1.0)
            check_range("opacity", float(self.opacity.max(initial=0)), 0.0, 1.0)
        self._check_values()

    def _check_values(self) -> None:
        """Raise for places that are not finite, and for frames below 0, where a mouth is shown."""
        finite = np.isfinite(self.to_frame).all((1, 2))
        if self.landmarks is not None:
            finite &= np.isfinite(self.landmarks).all((1, 2))
        for name, good in (("to_frame and landmarks must be finite", finite), ("frames must be 0 or more", self.frames >= 0)):
            if (bad := self.active & ~good).any():
                raise SeamSyncError(f"{name}, which they are not for mouths {frame_numbers(bad)}; mark these as not active")

    def __len__(self) -> int:
        return len(self.active)
