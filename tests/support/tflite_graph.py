"""Runs a ``.tflite`` graph operator by operator, as the file lists them: what the torch modules must agree with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tflite
import torch
import torch.nn.functional as F
from torch import Tensor

OPERATORS = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}


def run_graph(path: Path, images: Tensor) -> list[Tensor]:
    """Outputs for images ``[B,C,H,W]`` in the graph's order, each ``[B, elements]`` in channels-last order."""
    model: Any = tflite.Model.GetRootAs(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    values: dict[int, Any] = _constants(model, graph)
    values[graph.Inputs(0)] = images.contiguous(memory_format=torch.channels_last)
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex())
        name = OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        given = [values[int(i)] for i in operator.InputsAsNumpy()]
        out = int(operator.OutputsAsNumpy()[0])
        values[out] = _RUN[name](operator, given, tuple(graph.Tensors(out).ShapeAsNumpy()))
    found = [values[graph.Outputs(i)] for i in range(graph.OutputsLength())]
    return [(value.permute(0, 2, 3, 1) if value.ndim == 4 else value).flatten(1) for value in found]


def _constants(model: Any, graph: Any) -> dict[int, np.ndarray]:
    dtypes = {0: np.float32, 1: np.float16, 2: np.int32}
    found = {}
    for index in range(graph.TensorsLength()):
        tensor = graph.Tensors(index)
        data = model.Buffers(tensor.Buffer()).DataAsNumpy()
        if not isinstance(data, int):
            found[index] = np.frombuffer(data.tobytes(), dtypes[tensor.Type()]).reshape(tensor.ShapeAsNumpy())
    return found


def _options(operator: Any, kind: type) -> Any:
    table, found = operator.BuiltinOptions(), kind()
    found.Init(table.Bytes, table.Pos)
    return found


def _same(value: Tensor, kernel: tuple[int, int], stride: int) -> tuple[Tensor, tuple[int, int]]:
    """Pad as TensorFlow's "SAME" does; where both sides are alike, the padding for the operator itself."""
    pairs = []
    for size, reach in zip(value.shape[2:], kernel, strict=True):
        total = max((-(-size // stride) - 1) * stride + reach - size, 0)
        pairs.append((total // 2, total - total // 2))
    (top, bottom), (left, right) = pairs
    if (top, left) == (bottom, right):
        return value, (top, left)
    return F.pad(value, (left, right, top, bottom)), (0, 0)


def _convolution(operator: Any, given: list[Any], _: tuple[int, ...], *, depthwise: bool = False) -> Tensor:
    options = _options(operator, tflite.DepthwiseConv2DOptions if depthwise else tflite.Conv2DOptions)
    assert (options.DilationHFactor(), options.FusedActivationFunction()) == (1, 0)
    value, weight, bias = given[0], *(torch.from_numpy(np.array(constant, np.float32)) for constant in given[1:])
    weight = weight.permute((3, 0, 1, 2) if depthwise else (0, 3, 1, 2)).contiguous(memory_format=torch.channels_last)
    stride, padding = options.StrideH(), (0, 0)
    if options.Padding() == tflite.Padding.SAME:
        value, padding = _same(value, (weight.shape[2], weight.shape[3]), stride)
    return F.conv2d(value, weight, bias, stride, padding, groups=value.shape[1] if depthwise else 1)


def _max_pool(operator: Any, given: list[Any], _: tuple[int, ...]) -> Tensor:
    options = _options(operator, tflite.Pool2DOptions)
    size = (options.FilterHeight(), options.FilterWidth())
    assert size == (2, 2)
    assert all(side % 2 == 0 for side in given[0].shape[2:]), "SAME and VALID would differ"
    return F.max_pool2d(given[0], size, options.StrideH())


def _pad(operator: Any, given: list[Any], _: tuple[int, ...]) -> Tensor:
    amounts = [given[1][axis] for axis in (0, 3, 1, 2)]
    return F.pad(given[0], [int(n) for pair in reversed(amounts) for n in pair])


def _reshape(operator: Any, given: list[Any], shape: tuple[int, ...]) -> Tensor:
    return given[0].permute(0, 2, 3, 1).reshape(-1, *(int(n) for n in shape[1:]))


def _concatenate(operator: Any, given: list[Any], shape: tuple[int, ...]) -> Tensor:
    assert len(shape) == 3
    return torch.cat(given, _options(operator, tflite.ConcatenationOptions).Axis())


_RUN: dict[str, Callable[[Any, list[Any], tuple[int, ...]], Any]] = {
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": lambda *a: _convolution(*a, depthwise=True),
    "PRELU": lambda _, given, __: F.prelu(given[0], torch.from_numpy(given[1].astype(np.float32)).flatten()),
    "RELU": lambda _, given, __: F.relu(given[0]),
    "ADD": lambda _, given, __: given[0] + given[1],
    "MAX_POOL_2D": _max_pool,
    "PAD": _pad,
    "RESHAPE": _reshape,
    "CONCATENATION": _concatenate,
    "DEQUANTIZE": lambda _, given, __: given[0].astype(np.float32),
}
