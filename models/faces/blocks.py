"""The residual block that BlazeFace and Face Mesh are built from, and how their weights are loaded.

Source: Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs" (2019), section 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..files.converted import load_converted
from ..weights import check_keys

Network = TypeVar("Network", bound=nn.Module)


class ResidualBlock(nn.Module):
    """Add a depthwise 3×3 and a 1×1 convolution to a shortcut, then apply the activation.

    With stride 2 the shortcut is a 2×2 max pooling, and the convolution is padded below and to the right only, as
    TensorFlow's "SAME" padding does for even sizes. Where ``out`` exceeds ``channels``, the shortcut gets channels of zeros.

    Args:
        channels: of the input.
        out: channels of the output, at least ``channels``.
        activation: the module applied to the sum.
        stride: 1 or 2.
    """

    def __init__(self, channels: int, out: int, activation: nn.Module, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, stride, padding=1 if stride == 1 else 0, groups=channels)
        self.pointwise = nn.Conv2d(channels, out, 1)
        self.activation = activation
        self.stride, self.added = stride, out - channels

    def forward(self, value: Tensor) -> Tensor:
        """Map ``[B,channels,h,w]`` to ``[B,out,h/stride,w/stride]``."""
        shortcut = value
        if self.stride == 2:
            shortcut = F.max_pool2d(value, 2)
            value = F.pad(value, (0, 1, 0, 1))
        if self.added:
            shortcut = F.pad(shortcut, (0, 0, 0, 0, 0, self.added))
        return self.activation(shortcut + self.pointwise(self.depthwise(value)))


def flatten_channels_last(value: Tensor) -> Tensor:
    """Return ``[B,C,h,w]`` as ``[B, h·w·C]``: rows, then columns, then channels, as TensorFlow orders them."""
    return value.permute(0, 2, 3, 1).flatten(1)


def load_network(network: Network, path: str | Path, layers: Mapping[str, str]) -> Network:
    """Load a network's weights from the published ``.tflite`` file.

    Args:
        network: whose parameters are set.
        path: the ``.tflite`` file; its converted copy beside it is read where there is one.
        layers: name of each layer in the file → name of the module in ``network``.

    Returns:
        ``network`` in eval mode on the CPU, its weights in channels-last memory.

    Raises:
        SeamSyncError: the file is missing or damaged, or holds another network.
    """
    path = Path(path)
    state = {}
    for key, tensor in load_converted(path).items():
        layer, _, kind = key.rpartition(".")
        state[f"{layers.get(layer, layer)}.{kind}"] = tensor
    check_keys(network.state_dict(), state, path.name)
    network.load_state_dict(state)
    # Channels-last memory is five times faster on a CPU, and what tensor cores want.
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval().requires_grad_(False)
