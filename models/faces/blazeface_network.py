"""The network of BlazeFace, short range.

Source: Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs" (2019). Widths and names of
layers are those of MediaPipe's ``face_detection_short_range.tflite``.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import ResidualBlock, flatten_channels_last, load_network

#: Output channels of the convolution before the blocks.
_STEM = 24
#: Output channels and stride of each block; the first part ends at 16×16 cells, the second at 8×8.
_FINE = ((24, 1), (28, 1), (32, 2), (36, 1), (42, 1), (48, 2), (56, 1), (64, 1), (72, 1), (80, 1), (88, 1))
_COARSE = ((96, 2), (96, 1), (96, 1), (96, 1), (96, 1))
#: Anchors of a cell in the two grids, and values of a box with its six keypoints.
_ANCHORS, _VALUES = (2, 6), 16


class BlazeFaceNetwork(nn.Module):
    """Predict a box, six keypoints and a score for each of 896 anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, _STEM, 5, 2)
        self.fine = _blocks(_STEM, _FINE)
        self.coarse = _blocks(_FINE[-1][0], _COARSE)
        widths = (_FINE[-1][0], _COARSE[-1][0])
        pairs = list(zip(widths, _ANCHORS, strict=True))
        self.scores = nn.ModuleList(nn.Conv2d(width, anchors, 1) for width, anchors in pairs)
        self.boxes = nn.ModuleList(nn.Conv2d(width, anchors * _VALUES, 1) for width, anchors in pairs)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Run a batch.

        Args:
            images: float32 ``[B,3,128,128]``, RGB, −1…1.

        Returns:
            boxes ``[B,896·16]`` and logits of the scores ``[B,896]``; the 16×16 grid first, row by row, the anchors of a
            cell one after another.
        """
        images = images.contiguous(memory_format=torch.channels_last)
        # TensorFlow's "SAME" padding of a 5×5 kernel at stride 2: one pixel before, two after.
        fine = self.fine(F.relu(self.stem(F.pad(images, (1, 2, 1, 2)))))
        grids = (fine, self.coarse(fine))
        boxes, scores = (
            torch.cat([flatten_channels_last(head(grid)) for head, grid in zip(heads, grids, strict=True)], 1)
            for heads in (self.boxes, self.scores)
        )
        return boxes, scores


def _blocks(channels: int, shapes: tuple[tuple[int, int], ...]) -> nn.Sequential:
    """Chain blocks of (output channels, stride)."""
    found = []
    for out, stride in shapes:
        found.append(ResidualBlock(channels, out, nn.ReLU(), stride))
        channels = out
    return nn.Sequential(*found)


def _layers() -> dict[str, str]:
    """Name of each layer in the file → name of the module here."""
    found = {"conv2d": "stem"}
    blocks = [*(f"fine.{i}" for i in range(len(_FINE))), *(f"coarse.{i}" for i in range(len(_COARSE)))]
    for index, block in enumerate(blocks):
        found[f"depthwise_conv2d_{index}" if index else "depthwise_conv2d"] = f"{block}.depthwise"
        found[f"conv2d_{index + 1}"] = f"{block}.pointwise"
    for index, cells in enumerate((8, 16)):  # the file names its heads by their stride
        found[f"classificator_{cells}"] = f"scores.{index}"
        found[f"regressor_{cells}"] = f"boxes.{index}"
    return found


def load_blazeface(path: str | Path) -> BlazeFaceNetwork:
    """Load the network from ``face_detection_short_range.tflite`` or its converted copy.

    Raises:
        SeamSyncError: the file is missing or damaged, or holds another network.
    """
    return load_network(BlazeFaceNetwork(), path, _layers())
