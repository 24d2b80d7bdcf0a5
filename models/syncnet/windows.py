"""What networks that measure lip-sync take at once: five pictures at 25 frames a second, and the sound that goes with them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from ...errors import SeamSyncError
from ...tensors import check_dtype, check_shape

#: Frames a second of the pictures the networks know.
FPS = Fraction(25)
#: Pictures in a row that they look at, at once.
FRAMES = 5


def frames_shown(fps: Fraction, count: int) -> np.ndarray:
    """Which frame of a clip is on the screen in the middle of each frame at 25 fps: int64 ``[⌊count · 25 / fps⌋]``.

    Worked out in whole numbers; at 25 fps it is 0, 1, 2, …

    Raises:
        SeamSyncError: ``fps`` not above 0.
    """
    if fps <= 0:
        raise SeamSyncError(f"fps must be more than 0, got {fps}")
    num, den = fps.numerator, 2 * FPS.numerator * fps.denominator
    shown = [(2 * t + 1) * num // den for t in range(count * FPS.numerator * fps.denominator // num)]
    return np.array(shown, np.int64)


def crop_windows(crops: np.ndarray, rows: int, columns: int) -> Tensor:
    """Five crops in a row, at each place there is.

    Args:
        crops: uint8 ``[N,rows,columns,3]``, RGB, at 25 frames a second.
        rows, columns: what a crop must have.

    Returns:
        float32 ``[N−4,5,3,rows,columns]``, BGR 0…255; N < 5 gives none.

    Raises:
        SeamSyncError: crops of another shape or type.
    """
    check_shape("crops", crops, f"N,{rows},{columns},RGB", None, rows, columns, 3)
    check_dtype("crops", crops, "uint8")
    bgr = torch.from_numpy(np.ascontiguousarray(crops[..., ::-1])).permute(0, 3, 1, 2).float()
    count = max(len(bgr) - FRAMES + 1, 0)
    return bgr[torch.arange(count)[:, None] + torch.arange(FRAMES)]


def speech_windows(features: np.ndarray, first: int, last: int, *, rate: int, span: int) -> Tensor:
    """What goes with the windows of crops that begin at frames ``first`` … ``last`` at 25 fps, as the networks were trained.

    Args:
        features: of the speech, float32 ``[D,N]``.
        first: first frame, ≥ 0.
        last: the frame after the last; windows past the end of the sound are left out.
        rate: columns a second.
        span: columns of a window; that of frame t begins at column ⌊t · rate / 25⌋.

    Returns:
        float32 ``[B,1,D,span]``, B = min(last, :func:`speech_count`) − first, at least 0.
    """
    check_shape("features", features, "D,columns", None, None)
    frames = np.arange(first, min(last, speech_count(features.shape[1], rate, span)))
    columns = (frames * rate // FPS.numerator)[:, None] + np.arange(span)
    return torch.from_numpy(features[:, columns].transpose(1, 0, 2)[:, None].copy())


def speech_count(columns: int, rate: int, span: int) -> int:
    """How many frames at 25 fps have a whole window in so many columns; see :func:`speech_windows`."""
    return -(-max(columns - span + 1, 0) * FPS.numerator // rate)
