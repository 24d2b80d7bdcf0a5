"""The operators of TensorFlow Lite's float graphs as torch modules.

Values of rank 4 are channels-first here, ``[B,C,H,W]``, where the file says ``[B,H,W,C]``; values of any other rank keep
the file's order. Padding "SAME" is TensorFlow's: out = ceil(in / stride), the odd pixel goes below and to the right.

Source: the TensorFlow Lite schema (``schema.fbs``) and the operator reference at tensorflow.org.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...errors import SeamSyncError

#: Where each axis of a [B,H,W,C] value sits in [B,C,H,W].
TO_CHANNELS_FIRST = (0, 3, 1, 2)
TO_CHANNELS_LAST = (0, 2, 3, 1)


def same_padding(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Pixels TensorFlow's "SAME" adds before and after an axis of ``size`` pixels."""
    reach = (kernel - 1) * dilation + 1
    total = max((math.ceil(size / stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def activate(value: Tensor, name: str) -> Tensor:
    """A fused activation by its schema name: NONE, RELU, RELU6, RELU_N1_TO_1 or TANH.

    Raises:
        SeamSyncError: any other name.
    """
    match name:
        case "NONE":
            return value
        case "RELU":
            return F.relu(value)
        case "RELU6":
            return F.relu6(value)
        case "RELU_N1_TO_1":
            return value.clamp(-1.0, 1.0)
        case "TANH":
            return value.tanh()
    raise SeamSyncError(f"the graph uses the activation {name}, which SeamSync does not know")


def _pad_same(
    value: Tensor, kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int], fill: float
) -> Tensor:
    """Uneven "SAME" padding; an even one is left to the operator itself, which pads without a copy."""
    top, bottom = same_padding(value.shape[2], kernel[0], stride[0], dilation[0])
    left, right = same_padding(value.shape[3], kernel[1], stride[1], dilation[1])
    return F.pad(value, (left, right, top, bottom), value=fill)


class Convolution(nn.Module):
    """CONV_2D, and DEPTHWISE_CONV_2D when ``groups`` is the number of input channels.

    Args:
        weight: float ``[out, in / groups, h, w]``.
        bias: float ``[out]`` or ``None``.
        stride: vertical, horizontal.
        dilation: vertical, horizontal.
        groups: 1, or the number of input channels.
        same: TensorFlow's "SAME" padding; otherwise none.
        activation: schema name, see :func:`activate`.
    """

    weight: Tensor
    bias: Tensor | None

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor | None,
        *,
        stride: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
        groups: int = 1,
        same: bool = True,
        activation: str = "NONE",
    ) -> None:
        super().__init__()
        self.register_buffer("weight", weight.contiguous(memory_format=torch.channels_last))
        self.register_buffer("bias", bias)
        self.stride, self.dilation, self.groups = stride, dilation, groups
        self.same, self.activation = same, activation

    def forward(self, value: Tensor) -> Tensor:
        """``[B,C,H,W]`` → ``[B,out,H',W']``."""
        high, wide = self.weight.shape[2:]
        padding = (0, 0)
        if self.same:
            rows = same_padding(value.shape[2], high, self.stride[0], self.dilation[0])
            columns = same_padding(value.shape[3], wide, self.stride[1], self.dilation[1])
            if rows[0] == rows[1] and columns[0] == columns[1]:
                padding = (rows[0], columns[0])
            else:
                value = _pad_same(value, (high, wide), self.stride, self.dilation, 0.0)
        out = F.conv2d(value, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)
        return activate(out, self.activation)


class MaxPool(nn.Module):
    """MAX_POOL_2D over ``size`` (vertical, horizontal) windows."""

    def __init__(self, size: tuple[int, int], stride: tuple[int, int], *, same: bool, activation: str = "NONE") -> None:
        super().__init__()
        self.size, self.stride, self.same, self.activation = size, stride, same, activation

    def forward(self, value: Tensor) -> Tensor:
        """``[B,C,H,W]`` → ``[B,C,H',W']``; padding never wins."""
        if self.same:
            value = _pad_same(value, self.size, self.stride, (1, 1), -math.inf)
        return activate(F.max_pool2d(value, self.size, self.stride), self.activation)


class PRelu(nn.Module):
    """PRELU: negative values times a slope ``[C,1,1]`` or ``[C,H,W]``."""

    slope: Tensor

    def __init__(self, slope: Tensor) -> None:
        super().__init__()
        self.register_buffer("slope", slope)

    def forward(self, value: Tensor) -> Tensor:
        """``[B,C,H,W]`` → the same shape."""
        if self.slope.numel() == value.shape[1]:
            return F.prelu(value, self.slope.flatten())
        return torch.where(value < 0, value * self.slope, value)


class Relu(nn.Module):
    """RELU."""

    def forward(self, value: Tensor) -> Tensor:
        """Any shape → the same shape."""
        return F.relu(value)


class Add(nn.Module):
    """ADD of two values, or of a value and a constant."""

    constant: Tensor | None

    def __init__(self, constant: Tensor | None = None, *, activation: str = "NONE") -> None:
        super().__init__()
        self.register_buffer("constant", constant)
        self.activation = activation

    def forward(self, value: Tensor, other: Tensor | None = None) -> Tensor:
        """Two values that broadcast, or one and the stored constant."""
        second = self.constant if other is None else other
        if second is None:
            raise SeamSyncError("ADD must have two operands, got one")
        return activate(value + second, self.activation)


class Pad(nn.Module):
    """PAD with zeros; ``amounts`` is a pair (before, after) for every axis as torch orders them."""

    def __init__(self, amounts: list[tuple[int, int]]) -> None:
        super().__init__()
        self.flat = [int(n) for pair in reversed(amounts) for n in pair]

    def forward(self, value: Tensor) -> Tensor:
        """Any shape, each axis grown by its pair."""
        return F.pad(value, self.flat)


class Reshape(nn.Module):
    """RESHAPE to the file's shape, whose first axis, the batch of 1, becomes the batch at hand."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, value: Tensor) -> Tensor:
        """``[B,…]`` → ``[B, *shape[1:]]``, elements in the file's (channels-last) order."""
        if value.ndim == 4:
            value = value.permute(TO_CHANNELS_LAST)
        value = value.reshape(value.shape[0], *self.shape[1:])
        return value.permute(TO_CHANNELS_FIRST) if value.ndim == 4 else value


class Concatenate(nn.Module):
    """CONCATENATION along an axis given as torch orders them."""

    def __init__(self, axis: int, *, activation: str = "NONE") -> None:
        super().__init__()
        self.axis, self.activation = axis, activation

    def forward(self, *values: Tensor) -> Tensor:
        """Values alike but for the joined axis → one value."""
        return activate(torch.cat(values, self.axis), self.activation)
