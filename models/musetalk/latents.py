"""Encode a clip's faces, each frame once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

#: Frames whose latents are kept: 128 MB in half precision, 256 MB in float32.
KEPT = 8192

#: Cuts faces out of the clip: int ``[N]`` frames → each one's face, uint8 ``[3,S,S]``.
Cut = Callable[[np.ndarray], Iterator[np.ndarray]]


class FaceLatents:
    """Encode faces when they are needed, and keep the latents of frames that are shown again.

    Args:
        cut: reads faces from the clip.
        encode: of the network, uint8 ``[B,3,S,S]`` → ``[B,8,S/8,S/8]``.
        most: latents to keep; frames past it that are shown again are encoded again.
    """

    def __init__(self, cut: Cut, encode: Callable[[np.ndarray], np.ndarray], most: int = KEPT) -> None:
        self._cut, self._encode, self._most = cut, encode, most
        self._kept: dict[int, np.ndarray] = {}
        #: Faces that were encoded, for reports.
        self.encoded = 0

    def read(self, frames: np.ndarray, batch: int) -> Iterator[np.ndarray]:
        """Yield the latents ``[8,S/8,S/8]`` of frames, in their order.

        Args:
            frames: int ``[N]``.
            batch: faces to encode at once.
        """
        plan = self._plan(frames)
        made = zip(plan, self._made([frame for frame, _ in plan], batch), strict=True)
        for frame in frames.tolist():
            latents = self._kept.get(frame)
            if latents is None:
                (_, keep), latents = next(made)
                if keep:
                    self._kept[frame] = latents
            yield latents

    def keep_all(self, count: int, batch: int) -> Iterator[int]:
        """Encode the frames 0 … ``count`` − 1 and keep them all; yield how many are done."""
        wanted = [frame for frame in range(count) if frame not in self._kept]
        for done, latents in enumerate(self._made(wanted, batch)):
            self._kept[wanted[done]] = latents
            yield count - len(wanted) + done + 1

    def _plan(self, frames: np.ndarray) -> list[tuple[int, bool]]:
        """Return the frames that have to be encoded, in their order, and which of them are kept."""
        left, known = Counter(frames.tolist()), set(self._kept)
        plan: list[tuple[int, bool]] = []
        for frame in frames.tolist():
            left[frame] -= 1
            if frame in known:
                continue
            keep = left[frame] > 0 and len(known) < self._most
            plan.append((frame, keep))
            if keep:
                known.add(frame)
        return plan

    def _made(self, wanted: list[int], batch: int) -> Iterator[np.ndarray]:
        """Yield the latents of frames, encoded a batch at a time."""
        faces = self._cut(np.array(wanted, np.int64))
        while group := list(islice(faces, batch)):
            self.encoded += len(group)
            yield from self._encode(np.stack(group))
