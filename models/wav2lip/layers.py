"""Wav2Lip's layers, in the layout of the published checkpoints of 96, 256 and 288 pixels.

Sources: Prajwal et al., "A Lip Sync Expert Is All You Need for Speech to Lip Generation In the Wild" (2020); the layers as
Rudrabha/Wav2Lip (96), LiveTalking (256) and primepake/wav2lip_288x288 have them. Names of modules are the checkpoints' keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

Pair = tuple[int, int]


@dataclass(frozen=True)
class Layer:
    """One unit of a table: a convolution, batch norm, ReLU.

    Attributes:
        out: channels it gives; those it takes follow from the layer before.
        kernel, stride, padding: as ``nn.Conv2d`` has them.
        residual: its input is added before the ReLU.
        grow: for a transposed convolution, its output padding; None: a plain one.
    """

    out: int
    kernel: int = 3
    stride: int | Pair = 1
    padding: int = 1
    residual: bool = False
    grow: int | None = None


Block = tuple[Layer, ...]


def _then(first: Layer, more: int) -> Block:
    """A layer, and as many residual ones of its width."""
    return (first, *([Layer(first.out, residual=True)] * more))


def _half(out: int, more: int, kernel: int = 3) -> Block:
    """Encoder block that halves the picture."""
    return _then(Layer(out, kernel, 2, kernel // 2), more)


def _point(kernel: int) -> Block:
    """Encoder block that ``kernel`` pixels go into without padding."""
    return Layer(512, kernel, 1, 0), Layer(512, 1, 1, 0)


def _twice(out: int, more: int = 2, grow: int = 1) -> Block:
    """Decoder block that doubles the picture; one pixel less without ``grow``."""
    return _then(Layer(out, 3, 2, 1, grow=grow), more)


def _open(kernel: int) -> Block:
    """Decoder block from one pixel to ``kernel``."""
    return _then(Layer(512, kernel, 1, 0, grow=0), 1)


#: A mel window of 80 × 16 down to one pixel of 512 channels; in SyncNet too, with one unit more.
AUDIO: Block = (
    *_then(Layer(32), 2),
    *_then(Layer(64, stride=(3, 1)), 2),
    *_then(Layer(128, stride=3), 2),
    *_then(Layer(256, stride=(3, 2)), 1),
    *_point(3),
)
_FIRST, _SPEECH = (Layer(16, 7, 1, 3),), (Layer(512, 1, 1, 0),)
_DEEP = (_half(64, 3), _half(128, 2), _half(256, 2), _half(512, 1))
_RISE = (_twice(384), _twice(256), _twice(128), _twice(64))

#: Blocks of the face encoder, by the picture's side.
ENCODERS: dict[int, tuple[Block, ...]] = {
    96: (_FIRST, _half(32, 2), *_DEEP, _point(3)),
    256: (_FIRST, _half(32, 2), *_DEEP, _half(512, 1), _point(4)),
    288: (_FIRST, _half(32, 1, 5), _half(32, 2), *_DEEP, _point(3), _point(3)),
}
#: Blocks of the face decoder; after each, the encoder's features of that size are put beside.
DECODERS: dict[int, tuple[Block, ...]] = {
    96: (_SPEECH, _open(3), _twice(512), *_RISE),
    256: (_SPEECH, _open(4), _twice(512, 1), _twice(512), *_RISE),
    288: (_SPEECH, _open(3), _twice(512, grow=0), _twice(512, grow=0), *_RISE, _twice(64)),
}


class Unit(nn.Module):
    """Convolution, batch norm, ReLU: ``[B,channels,h,w]`` → ``[B,layer.out,h',w']``."""

    def __init__(self, channels: int, layer: Layer) -> None:
        super().__init__()
        sizes = (channels, layer.out, layer.kernel, layer.stride, layer.padding)
        convolution = nn.Conv2d(*sizes) if layer.grow is None else nn.ConvTranspose2d(*sizes, layer.grow)
        self.conv_block = nn.Sequential(convolution, nn.BatchNorm2d(layer.out))
        self.residual = layer.residual

    def forward(self, value: Tensor) -> Tensor:
        """See the class."""
        result = self.conv_block(value)
        return F.relu_(result.add_(value) if self.residual else result)

    def fold(self) -> None:
        """Work the batch norm's fixed statistics into the convolution, in float64; for inference only."""
        if len(self.conv_block) == 1:
            return
        convolution, norm = cast(Any, self.conv_block.double())
        transposed = isinstance(convolution, nn.ConvTranspose2d)
        self.conv_block = nn.Sequential(fuse_conv_bn_eval(convolution, norm, transposed).float())


def units(channels: int, block: Block) -> nn.Sequential:
    """The layers of a block, the first of which takes ``channels``."""
    widths = (channels, *(layer.out for layer in block))
    return nn.Sequential(*(Unit(width, layer) for width, layer in zip(widths, block, strict=False)))
