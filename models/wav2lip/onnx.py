"""Wav2Lip's weights out of an ONNX file, into our own network: so that it runs on any device, in any precision.

Exporters work batch norm into convolutions, drop the layers' names, and may reorder branches that do not depend on each
other. What stays is the order along each of the three chains (speech, face, and what comes of both), the shapes, strides
and padding; all of it must be the published layout's, or the file is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from ...errors import SeamSyncError, printable, shown
from ...extras import import_extra
from ...files import is_file
from ...parsing import parsed
from .network import SIZES, Wav2Lip

#: Operations of the published layouts, and those that only pass values on.
_KNOWN = {"Conv", "ConvTranspose", "BatchNormalization", "Relu", "Add", "Concat", "Sigmoid", "Constant", "Identity", "Cast"}
#: Characters of the names of operations that a message shows.
_SHOWN = 160


@dataclass
class _Convolution:
    """One convolution of the graph, batch norm worked in: weight, bias, and stride, padding, output padding as found."""

    weight: np.ndarray
    bias: np.ndarray
    transposed: bool
    layout: tuple[Any, ...]

    def normalise(self, gain: np.ndarray, shift: np.ndarray, mean: np.ndarray, variance: np.ndarray, epsilon: float) -> None:
        """Work the batch norm behind it in.

        Raises:
            ValueError: it has not one value a channel. The arrays would be broadcast to any size.
        """
        if {gain.shape, shift.shape, mean.shape, variance.shape, self.bias.shape} != {self.bias.shape[:1]}:
            raise ValueError("a batch norm that does not fit its convolution")
        factor = gain / np.sqrt(variance + epsilon)
        self.weight = self.weight * factor.reshape((1, -1, 1, 1) if self.transposed else (-1, 1, 1, 1))
        self.bias = (self.bias - mean) * factor + shift


def read_onnx(path: Path) -> Wav2Lip:
    """The network of a file that somebody exported, with batch norm worked in, float32 on the CPU.

    Args:
        path: ``.onnx`` of 96, 256 or 288 pixels, in single or half precision.

    Raises:
        SeamSyncError: the package onnx is missing, the file is, it is damaged, or another network.
    """
    onnx = import_extra("onnx", "a file of weights in .onnx")
    if not is_file(path):
        raise SeamSyncError(f"no such file: {path}")
    with parsed(path, "ONNX", "is the download complete?"):
        graph = onnx.load(str(path), load_external_data=False).graph
        chains = _chains(graph, onnx)
        strange = sorted({str(node.op_type) for node in graph.node} - _KNOWN)
        adds = sum(node.op_type == "Add" for node in graph.node)
        for size in SIZES if not strange else ():
            network = Wav2Lip(size).fold()
            if sum(getattr(part, "residual", False) for part in network.modules()) == adds and _fill(network, chains):
                return network
    count = sum(map(len, chains))
    seen = f"it has {printable(', '.join(strange))[:_SHOWN]} too" if strange else f"its {count} convolutions are other ones"
    raise SeamSyncError(
        f"{path.name} is no Wav2Lip of 96, 256 or 288 pixels as published: {seen}; give the .pth if there is one"
    )


def _chains(graph: Any, onnx: Any) -> list[list[_Convolution]]:
    """Convolutions in order, by which of the graph's inputs they depend on."""
    values = {item.name: _array(item, onnx) for item in graph.initializer}
    sources = {item.name: frozenset([item.name]) for item in graph.input if item.name not in values}
    made: dict[str, _Convolution] = {}
    chains: dict[frozenset[str], list[_Convolution]] = {}
    for node in graph.node:
        attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        if node.op_type == "Constant":
            values[node.output[0]] = _array(attributes["value"], onnx)
        elif node.op_type in ("Identity", "Cast") and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]]
        reached = frozenset().union(*(sources.get(name, frozenset()) for name in node.input))
        sources.update(dict.fromkeys(node.output, reached))
        if node.op_type in ("Conv", "ConvTranspose"):
            made[node.output[0]] = found = _convolution(node, attributes, values)
            chains.setdefault(reached, []).append(found)
        elif node.op_type == "BatchNormalization":
            gain, shift, mean, variance = (values[name] for name in node.input[1:])
            made[node.input[0]].normalise(gain, shift, mean, variance, attributes.get("epsilon", 1e-5))
    return list(chains.values())


def _array(tensor: Any, onnx: Any) -> np.ndarray:
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raise SeamSyncError(f"the weights {shown(str(tensor.name))} lie in another file; give an .onnx file that holds them")
    return onnx.numpy_helper.to_array(tensor).astype(np.float64)


def _convolution(node: Any, attributes: dict[str, Any], values: dict[str, np.ndarray]) -> _Convolution:
    weight, transposed = values[node.input[1]], node.op_type == "ConvTranspose"
    channels = weight.shape[1 if transposed else 0]
    bias = values[node.input[2]] if len(node.input) > 2 else np.zeros(channels)
    if weight.ndim != 4 or bias.shape != (channels,):
        raise ValueError("a convolution that is not one of pictures")
    pads = attributes.get("pads", [0] * 4)
    layout = (attributes.get("strides", [1, 1]), pads[:2], pads[2:], attributes.get("output_padding", [0, 0]))
    return _Convolution(weight, bias, transposed, tuple(tuple(part) for part in layout))


def _fill(network: Wav2Lip, chains: list[list[_Convolution]]) -> bool:
    """Put the weights into a folded network; False where a convolution is not the one it should be."""
    speech, *joined = network.face_decoder_blocks  # the first has seen no face yet
    parts = ([network.audio_encoder, speech], [network.face_encoder_blocks], [*joined, network.output_block])
    wanted = [[layer for part in chain for layer in _convolutions(part)] for chain in parts]
    by_input = {chain[0].weight.shape[1 - chain[0].transposed]: chain for chain in chains}
    pairs = []
    for own in wanted:
        chain = by_input.get(own[0].in_channels, [])
        if len(chain) != len(own) or not all(map(_alike, own, chain)):
            return False
        pairs += zip(own, chain, strict=True)
    with torch.no_grad():
        for own, found in pairs:
            own.weight.copy_(torch.from_numpy(found.weight))
            cast(Any, own.bias).copy_(torch.from_numpy(found.bias))
    return len(chains) == len(wanted)


def _convolutions(part: nn.Module) -> list[nn.Conv2d | nn.ConvTranspose2d]:
    return [module for module in part.modules() if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)]


def _alike(own: nn.Conv2d | nn.ConvTranspose2d, found: _Convolution) -> bool:
    layout = (own.stride, own.padding, own.padding, own.output_padding)
    transposed = isinstance(own, nn.ConvTranspose2d)
    return (tuple(own.weight.shape), transposed, layout) == (found.weight.shape, found.transposed, found.layout)
