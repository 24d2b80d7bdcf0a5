"""Pictures in memory as a clip."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
import torch

from ..errors import SeamSyncError
from .frame import PlanarFrame, VideoInfo
from .planes import planes_from_rgb

#: Frame rates given as floats, 29.97 for instance, become fractions with at most this denominator.
_DENOMINATOR = 1001


class PictureSource(ABC):
    """A clip of RGB pictures, as a :class:`~seamsync.media.video.FrameSource`. One frame at a time is converted.

    Args:
        info: facts of the clip.

    Attributes:
        info: as given.
        warnings: empty.
    """

    def __init__(self, info: VideoInfo) -> None:
        self.info = info
        self.warnings: list[str] = []

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Return frames as BT.709 4:4:4 planes, 8 bit limited range; ``order`` as in ``FrameSource``.

        Raises:
            SeamSyncError: an index outside the clip.
        """
        count = self.info.frame_count
        wanted = np.arange(count) if order is None else np.asarray(order, np.int64)
        if len(wanted) and (wanted.min() < 0 or wanted.max() >= count):
            raise SeamSyncError(f"frame order must be 0…{count - 1}, got {wanted.min()}…{wanted.max()}")
        return (self._frame(int(k)) for k in wanted)

    def _frame(self, index: int) -> PlanarFrame:
        rgb = self._picture(index).permute(2, 0, 1)[None]
        frame = PlanarFrame.blank(self.info.width, self.info.height, (1, 1), 8, self.info.color)
        for source, target in zip(planes_from_rgb(rgb, self.info.color, 8), frame.planes, strict=True):
            target[...] = source[0].cpu().numpy()
        return frame

    @abstractmethod
    def _picture(self, index: int) -> torch.Tensor:
        """Return one picture, float32 ``[H,W,3]``, 0…1."""


class TensorSource(PictureSource):
    """A ComfyUI ``IMAGE`` as a clip; it is never copied whole.

    Args:
        images: float ``[T,H,W,3]``, 0…1, gamma-coded (a fourth channel is ignored), on any device.
        fps: frames a second.
        name: the clip's name in messages.
        has_audio: whether sound comes with it.

    Raises:
        SeamSyncError: no frames, or another shape.
    """

    def __init__(self, images: torch.Tensor, fps: Fraction, *, name: str = "the images", has_audio: bool = False) -> None:
        if images.ndim != 4 or images.shape[-1] not in (3, 4) or 0 in images.shape:
            raise SeamSyncError(f"images must be [T,H,W,3] with at least one frame, got {list(images.shape)}")
        self._images = images
        count, height, width, _ = images.shape
        super().__init__(VideoInfo(name, width, height, Fraction(fps), count, chroma=(1, 1), has_audio=has_audio))

    def _picture(self, index: int) -> torch.Tensor:
        return self._images[index, ..., :3].to(torch.float32)


class ArraySource(PictureSource):
    """RGB arrays as a clip; they are never copied whole.

    Args:
        frames: uint8 ``[T,H,W,3]``, or a list of uint8 ``[H,W,3]`` of one size.
        fps: frames a second, > 0. A float becomes the nearest fraction with a denominator up to 1001: 29.97 is 30000/1001.
        name: the clip's name in messages.

    Raises:
        SeamSyncError: no frames, another shape or dtype, or an impossible rate; the message names the expected form.
    """

    def __init__(self, frames: np.ndarray | Sequence[np.ndarray], fps: float | Fraction, *, name: str = "the frames") -> None:
        if isinstance(frames, np.ndarray):
            if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[-1] != 3 or 0 in frames.shape:
                raise SeamSyncError(f"frames must be uint8 [T,H,W,3], got {frames.dtype} {list(frames.shape)}")
        elif not frames:
            raise SeamSyncError("frames must be uint8 [T,H,W,3] or a list of uint8 [H,W,3], got an empty list")
        self._frames = [np.asarray(frame) for frame in frames]
        height, width = self._frames[0].shape[:2]
        for index, frame in enumerate(self._frames):
            if frame.dtype != np.uint8 or frame.shape != (height, width, 3) or not frame.size:
                expected, got = f"uint8 [{height},{width},3]", f"{frame.dtype} {list(frame.shape)}"
                raise SeamSyncError(
                    f"each frame must be uint8 [H,W,3], all of one size, here {expected}; frame {index} is {got}"
                )
        if not 0 < fps < 1000:
            raise SeamSyncError(f"fps must be above 0 and below 1000, got {fps}")
        rate = _fraction(fps)
        super().__init__(VideoInfo(name, width, height, rate, len(self._frames), chroma=(1, 1)))

    def _picture(self, index: int) -> torch.Tensor:
        return torch.from_numpy(self._frames[index].astype(np.float32) / 255.0)


def _fraction(fps: float | Fraction) -> Fraction:
    """Return the rate as a fraction; floats near n·1000/1001 become exactly that."""
    if isinstance(fps, Fraction | int):
        return Fraction(fps)
    ntsc = Fraction(round(fps) * 1000, _DENOMINATOR)
    return ntsc if not fps.is_integer() and abs(float(ntsc) - fps) < 0.01 else Fraction(fps).limit_denominator(_DENOMINATOR)
