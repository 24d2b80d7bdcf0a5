"""BiSeNet with a ResNet trunk, in the layout of the published face parsers' checkpoints.

Sources: Yu et al., "BiSeNet: Bilateral Segmentation Network for Real-time Semantic Segmentation" (2018), with the trunk's
stride-8 features in place of the spatial path; He et al., "Deep Residual Learning for Image Recognition" (2015).
Names of modules are the checkpoints' keys.
"""

from __future__ import annotations

import re
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: Residual blocks of each stage, by what the trunk is called.
TRUNKS = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3)}
_WIDTHS = (64, 128, 256, 512)


def _convolution(channels: int, out: int, kernel: int = 1, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False)


def _unit(channels: int, out: int, kernel: int) -> nn.Sequential:
    """Convolution ``conv``, batch norm ``bn``, ReLU: ``[B,channels,h,w]`` → ``[B,out,h,w]``."""
    parts = {"conv": _convolution(channels, out, kernel), "bn": nn.BatchNorm2d(out), "relu": nn.ReLU()}
    return nn.Sequential(OrderedDict(parts))


def _head(channels: int, middle: int, classes: int) -> nn.Sequential:
    """Class scores: a 3×3 unit ``conv`` and a projection ``conv_out``."""
    parts = {"conv": _unit(channels, middle, 3), "conv_out": _convolution(middle, classes)}
    return nn.Sequential(OrderedDict(parts))


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut, which is projected where shape changes: ``[B,c,h,w]`` → ``[B,out,h/s,w/s]``."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = _convolution(channels, out, 3, stride), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = _convolution(out, out, 3), nn.BatchNorm2d(out)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or channels != out:
            self.downsample = nn.Sequential(_convolution(channels, out, 1, stride), nn.BatchNorm2d(out))

    def forward(self, value: Tensor) -> Tensor:
        """See the class."""
        inner = F.relu(self.bn1(self.conv1(value)))
        return F.relu(self.bn2(self.conv2(inner)) + self.downsample(value))


class Trunk(nn.Module):
    """ResNet of basic blocks without its classifier; ``blocks`` a stage."""

    def __init__(self, blocks: tuple[int, ...]) -> None:
        super().__init__()
        self.conv1, self.bn1 = _convolution(3, _WIDTHS[0], 7, 2), nn.BatchNorm2d(_WIDTHS[0])
        channels = _WIDTHS[0]
        for stage, (count, width) in enumerate(zip(blocks, _WIDTHS, strict=True)):
            first = ResidualBlock(channels, width, 1 if stage == 0 else 2)
            self.add_module(
                f"layer{stage + 1}", nn.Sequential(first, *(ResidualBlock(width, width, 1) for _ in range(count - 1)))
            )
            channels = width

    def forward(self, images: Tensor) -> list[Tensor]:
        """``[B,3,h,w]`` → features ``[B,128,h/8,w/8]``, ``[B,256,h/16,w/16]``, ``[B,512,h/32,w/32]``."""
        value = F.max_pool2d(F.relu(self.bn1(self.conv1(images))), 3, 2, 1)
        stages = []
        for stage in range(1, 5):
            value = self.get_submodule(f"layer{stage}")(value)
            stages.append(value)
        return stages[1:]


class AttentionRefinement(nn.Module):
    """A 3×3 unit whose channels are weighed by their own means: ``[B,channels,h,w]`` → ``[B,out,h,w]``."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.conv = _unit(channels, out, 3)
        self.conv_atten, self.bn_atten = _convolution(out, out), nn.BatchNorm2d(out)

    def forward(self, value: Tensor) -> Tensor:
        """See the class."""
        value = self.conv(value)
        return value * self.bn_atten(self.conv_atten(value.mean((2, 3), keepdim=True))).sigmoid()


class ContextPath(nn.Module):
    """What is where, from coarse to fine: the deepest features, with their mean over the picture, brought up to stride 8."""

    def __init__(self, blocks: tuple[int, ...]) -> None:
        super().__init__()
        self.resnet = Trunk(blocks)
        self.arm16, self.arm32 = AttentionRefinement(256, 128), AttentionRefinement(512, 128)
        self.conv_head32, self.conv_head16 = _unit(128, 128, 3), _unit(128, 128, 3)
        self.conv_avg = _unit(512, 128, 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """``[B,3,h,w]`` → trunk features and context, both ``[B,128,h/8,w/8]``."""
        fine, middle, deep = self.resnet(images)
        context = self.arm32(deep) + self.conv_avg(deep.mean((2, 3), keepdim=True))
        context = self.conv_head32(F.interpolate(context, middle.shape[2:])) + self.arm16(middle)
        return fine, self.conv_head16(F.interpolate(context, fine.shape[2:]))


class FeatureFusion(nn.Module):
    """Joins both paths and weighs the channels by their means: two ``[B,128,h,w]`` → ``[B,256,h,w]``."""

    def __init__(self) -> None:
        super().__init__()
        self.convblk = _unit(256, 256, 1)
        self.conv1, self.conv2 = _convolution(256, 64), _convolution(64, 256)

    def forward(self, fine: Tensor, context: Tensor) -> Tensor:
        """See the class."""
        value = self.convblk(torch.cat([fine, context], 1))
        weight = self.conv2(F.relu(self.conv1(value.mean((2, 3), keepdim=True)))).sigmoid()
        return value + value * weight


class BiSeNet(nn.Module):
    """Scores of every class at every pixel.

    Args:
        classes: how many.
        trunk: one of :data:`TRUNKS`.

    The two heads ``conv_out16`` and ``conv_out32`` served training only; they are here to hold their weights.
    """

    def __init__(self, classes: int = 19, trunk: str = "resnet18") -> None:
        super().__init__()
        self.cp = ContextPath(TRUNKS[trunk])
        self.ffm = FeatureFusion()
        self.conv_out = _head(256, 256, classes)
        self.conv_out16, self.conv_out32 = _head(128, 64, classes), _head(128, 64, classes)

    def forward(self, images: Tensor) -> Tensor:
        """``[B,3,h,w]``, normalised, h and w multiples of 32 → scores (logits) ``[B,classes,h,w]``."""
        scores = self.conv_out(self.ffm(*self.cp(images)))
        return F.interpolate(scores, images.shape[2:], mode="bilinear", align_corners=True)


#: Keys of the yakhyo/face-parsing checkpoints and ours, as patterns to replace one after another.
_RENAMED = (
    (r"^fpn\.backbone\.", "cp.resnet."),
    (r"^fpn\.", "cp."),
    (r"^ffm\.conv_block\.", "ffm.convblk."),
    (r"\.attention\.0\.", ".conv_atten."),
    (r"\.attention\.1\.", ".bn_atten."),
    (r"^(conv_out\d*)\.conv\.", r"\1.conv_out."),
    (r"\.conv_block\.", ".conv."),
    (r"\.norm\.", ".bn."),
)


def from_renamed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Keys of the yakhyo/face-parsing checkpoints in this layout; other state dicts come back as they are.

    There the context path is ``fpn`` and its trunk ``backbone``, which keeps a classifier ``fc`` that nothing uses.
    """
    if not any(key.startswith("fpn.") for key in state):
        return state
    return {_rename(key): value for key, value in state.items() if not key.startswith("fpn.backbone.fc.")}


def _rename(key: str) -> str:
    for pattern, ours in _RENAMED:
        key = re.sub(pattern, ours, key)
    return key


def trunk_of(state: dict[str, Tensor]) -> str:
    """Which of :data:`TRUNKS` a state dict in this layout has, by the blocks of its third stage."""
    return "resnet34" if "cp.resnet.layer3.2.conv1.weight" in state else "resnet18"
