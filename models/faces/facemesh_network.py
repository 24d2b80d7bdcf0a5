"""The network of Face Mesh: 468 points and the probability of a face, from a crop.

Source: Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs" (2019). Widths and names
of layers are those of MediaPipe's ``face_landmark.tflite``.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...tracking.landmarks import MESH_POINTS
from .blocks import ResidualBlock, flatten_channels_last, load_network

#: Channels of the first layer, and of the branches' last layers.
_STEM, _NARROW = 16, 32
#: Output channels and stride of the blocks that both outputs share: 96×96 pixels down to 6×6.
_TRUNK = (
    *((16, 1), (16, 1), (32, 2), (32, 1), (32, 1), (64, 2), (64, 1), (64, 1)),
    *((128, 2), (128, 1), (128, 1), (128, 2), (128, 1), (128, 1)),
)
_WIDE = 128


class FaceMeshNetwork(nn.Module):
    """Predict the mesh and the probability of a face."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, _STEM, 3, 2), nn.PReLU(_STEM))
        channels, blocks = _STEM, []
        for out, stride in _TRUNK:
            blocks.append(_block(channels, out, stride))
            channels = out
        self.trunk = nn.Sequential(*blocks)
        self.points = _branch(wide_blocks=3, outputs=3 * MESH_POINTS)
        self.score = _branch(wide_blocks=1, outputs=1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Run a batch.

        Args:
            images: float32 ``[B,3,192,192]``, RGB, 0…1.

        Returns:
            points ``[B,468·3]``, x, y, z of each in pixels of the crop, and the logit of the probability ``[B,1]``.
        """
        images = images.contiguous(memory_format=torch.channels_last)
        # TensorFlow's "SAME" padding of a 3×3 kernel at stride 2: nothing before, one pixel after.
        shared = self.trunk(self.stem(F.pad(images, (0, 1, 0, 1))))
        return flatten_channels_last(self.points(shared)), flatten_channels_last(self.score(shared))


def _block(channels: int, out: int, stride: int = 1) -> ResidualBlock:
    return ResidualBlock(channels, out, nn.PReLU(out), stride)


def _branch(wide_blocks: int, outputs: int) -> nn.Sequential:
    """Reduce 6×6 pixels to 3×3 with ``wide_blocks`` blocks, to 32 channels, and to ``outputs`` values."""
    return nn.Sequential(
        _block(_WIDE, _WIDE, 2),
        *(_block(_WIDE, _WIDE) for _ in range(wide_blocks - 1)),
        nn.Conv2d(_WIDE, _NARROW, 1),
        nn.PReLU(_NARROW),
        _block(_NARROW, _NARROW),
        nn.Conv2d(_NARROW, outputs, 3, 3),
    )


def _layers() -> dict[str, str]:
    """Name of each layer in the file → name of the module here.

    A block with the number n has ``depthwise_conv2d_n`` and, with c the running number of its 1×1 convolution,
    ``conv2d_c`` and, with p that of its activation, ``p_re_lu_p``.
    """
    blocks = [(f"trunk.{n - 1}", n, n + 1, n + 1) for n in range(1, len(_TRUNK) + 1)]
    blocks += [("points.0", 15, 16, 16), ("points.1", 16, 17, 17), ("points.2", 17, 18, 18), ("points.5", 18, 20, 20)]
    blocks += [("score.0", 23, 28, 26), ("score.3", 24, 30, 28)]
    found = {"conv2d_1": "stem.0", "p_re_lu_1": "stem.1"}
    for name, depthwise, pointwise, activation in blocks:
        found[f"depthwise_conv2d_{depthwise}"] = f"{name}.depthwise"
        found[f"conv2d_{pointwise}"] = f"{name}.pointwise"
        found[f"p_re_lu_{activation}"] = f"{name}.activation"
    found |= {"conv2d_19": "points.3", "p_re_lu_19": "points.4", "conv2d_21": "points.6"}
    return found | {"conv2d_29": "score.1", "p_re_lu_27": "score.2", "conv2d_31": "score.4"}


def load_face_mesh(path: str | Path) -> FaceMeshNetwork:
    """Load the network from ``face_landmark.tflite`` or its converted copy.

    Raises:
        SeamSyncError: the file is missing or damaged, or holds another network.
    """
    return load_network(FaceMeshNetwork(), path, _layers())
