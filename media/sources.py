"""Pictures in memory as a clip."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import torch

from ..errors import SeamSyncError
from .frame import PlanarFrame, VideoInfo
from .planes import planes_from_rgb


class TensorSource:
    """A ComfyUI ``IMAGE`` as a :class:`~seamsync.media.video.FrameSource`: converted a frame at a time, never copied whole.

    Args:
        images: float ``[T,H,W,3]``, 0…1, gamma-coded (a fourth channel is ignored), on any device.
        fps: frames a second.
        name: what messages call it.
        has_audio: sound comes with it.

    Raises:
        SeamSyncError: no frames, or another shape.
    """

    def __init__(self, images: torch.Tensor, fps: Fraction, *, name: str = "the images", has_audio: bool = False) -> None:
        if images.ndim != 4 or images.shape[-1] not in (3, 4) or 0 in images.shape:
            raise SeamSyncError(f"images must be [T,H,W,3] with at least one frame, got {list(images.shape)}")
        self._images = images
        count, height, width, _ = images.shape
        self.info = VideoInfo(name, width, height, Fraction(fps), count, chroma=(1, 1), has_audio=has_audio)
        self.warnings: list[str] = []

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Frames as BT.709 4:4:4 planes, 8 bit limited range; ``order`` as in ``FrameSource``.

        Raises:
            SeamSyncError: an index outside the clip.
        """
        count = len(self._images)
        wanted = np.arange(count) if order is None else np.asarray(order, np.int64)
        if len(wanted) and (wanted.min() < 0 or wanted.max() >= count):
            raise SeamSyncError(f"frame order must be 0…{count - 1}, got {wanted.min()}…{wanted.max()}")
        return (self._frame(int(k)) for k in wanted)

    def _frame(self, index: int) -> PlanarFrame:
        rgb = self._images[index, ..., :3].to(torch.float32).permute(2, 0, 1)[None]
        frame = PlanarFrame.blank(self.info.width, self.info.height, (1, 1), 8, self.info.color)
        for source, target in zip(planes_from_rgb(rgb, self.info.color, 8), frame.planes, strict=True):
            target[...] = source[0].cpu().numpy()
        return frame
