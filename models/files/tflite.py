"""TensorFlow Lite graphs as torch modules: read the file, build the layers, run in batch on any device.

Only what plain convolutional float graphs need: fp16 weights are widened to float32 once, when the file is read.
Source: the TensorFlow Lite schema, as published in the ``tflite`` package.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tflite
import torch
from torch import Tensor, nn

from ...errors import SeamSyncError
from . import tflite_ops as ops

_DTYPES = {tflite.TensorType.FLOAT32: np.float32, tflite.TensorType.FLOAT16: np.float16, tflite.TensorType.INT32: np.int32}
_BROKEN_FILE = (struct.error, ValueError, IndexError, TypeError, AttributeError, OverflowError)


def _names(enum: type) -> dict[int, str]:
    """Value → name of a schema enumeration."""
    return {value: name for name, value in vars(enum).items() if isinstance(value, int)}


_OPERATORS = _names(tflite.BuiltinOperator)
_ACTIVATIONS = _names(tflite.ActivationFunctionType)


class _Operation:
    """One operator of the file with its constants, in the words of this module."""

    def __init__(self, graph: Any, operator: Any, name: str, constants: dict[int, np.ndarray]) -> None:
        self.name = name
        self.inputs = [int(i) for i in operator.InputsAsNumpy() if i >= 0]
        self.outputs = [int(i) for i in operator.OutputsAsNumpy()]
        self._graph, self._operator, self._constants = graph, operator, constants

    def options(self, kind: type) -> Any:
        """The operator's options table, read as ``kind`` of the schema."""
        table, found = self._operator.BuiltinOptions(), kind()
        if table is None:
            raise SeamSyncError(f"operator {self.name} must carry its options, got none")
        found.Init(table.Bytes, table.Pos)
        return found

    def constant(self, place: int) -> np.ndarray:
        """The constant at an input place, in the file's layout."""
        if place >= len(self.inputs) or self.inputs[place] not in self._constants:
            raise SeamSyncError(f"input {place} of operator {self.name} must be a constant of the file")
        return self._constants[self.inputs[place]]

    @property
    def values(self) -> list[int]:
        """Inputs that are computed, not constants."""
        return [i for i in self.inputs if i not in self._constants]

    def rank(self, place: int = 0) -> int:
        """Number of axes of the value at an input place."""
        return self._graph.Tensors(self.inputs[place]).ShapeLength()

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the first output, as the file has it."""
        return tuple(int(n) for n in self._graph.Tensors(self.outputs[0]).ShapeAsNumpy())


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(array, np.float32, order="C"))


def _channels_first(constant: np.ndarray) -> Tensor:
    """A constant operand of a rank-4 value: [C], [1,1,C], [H,W,C] or [1,H,W,C] → [C,H,W]."""
    full = constant.reshape((1,) * (4 - constant.ndim) + constant.shape)
    return _tensor(full[0].transpose(2, 0, 1))


def _convolution(op: _Operation, depthwise: bool) -> nn.Module:
    options = op.options(tflite.DepthwiseConv2DOptions if depthwise else tflite.Conv2DOptions)
    weight = op.constant(1).transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))
    groups = weight.shape[0] // options.DepthMultiplier() if depthwise else 1
    return ops.Convolution(
        _tensor(weight),
        _tensor(op.constant(2)) if len(op.inputs) > 2 else None,
        stride=(options.StrideH(), options.StrideW()),
        dilation=(options.DilationHFactor(), options.DilationWFactor()),
        groups=groups,
        same=options.Padding() == tflite.Padding.SAME,
        activation=_ACTIVATIONS[options.FusedActivationFunction()],
    )


def _max_pool(op: _Operation) -> nn.Module:
    options = op.options(tflite.Pool2DOptions)
    return ops.MaxPool(
        (options.FilterHeight(), options.FilterWidth()),
        (options.StrideH(), options.StrideW()),
        same=options.Padding() == tflite.Padding.SAME,
        activation=_ACTIVATIONS[options.FusedActivationFunction()],
    )


def _add(op: _Operation) -> nn.Module:
    activation = _ACTIVATIONS[op.options(tflite.AddOptions).FusedActivationFunction()]
    fixed = [place for place, index in enumerate(op.inputs) if index not in op.values]
    return ops.Add(_channels_first(op.constant(fixed[0])) if fixed else None, activation=activation)


def _pad(op: _Operation) -> nn.Module:
    amounts = [(int(before), int(after)) for before, after in op.constant(1)]
    return ops.Pad([amounts[axis] for axis in ops.TO_CHANNELS_FIRST] if len(amounts) == 4 else amounts)


def _concatenate(op: _Operation) -> nn.Module:
    options, rank = op.options(tflite.ConcatenationOptions), op.rank()
    axis = options.Axis() % rank
    activation = _ACTIVATIONS[options.FusedActivationFunction()]
    return ops.Concatenate(ops.TO_CHANNELS_FIRST.index(axis) if rank == 4 else axis, activation=activation)


_BUILDERS: dict[str, Callable[[_Operation], nn.Module]] = {
    "CONV_2D": lambda op: _convolution(op, depthwise=False),
    "DEPTHWISE_CONV_2D": lambda op: _convolution(op, depthwise=True),
    "PRELU": lambda op: ops.PRelu(_channels_first(op.constant(1))),
    "RELU": lambda op: ops.Relu(),
    "ADD": _add,
    "MAX_POOL_2D": _max_pool,
    "PAD": _pad,
    "RESHAPE": lambda op: ops.Reshape(op.out_shape),
    "CONCATENATION": _concatenate,
}


def _read_constants(model: Any, graph: Any) -> dict[int, np.ndarray]:
    """Every tensor that has bytes in the file, by its index."""
    constants = {}
    for index in range(graph.TensorsLength()):
        tensor = graph.Tensors(index)
        data = model.Buffers(tensor.Buffer()).DataAsNumpy()
        if isinstance(data, int) or len(data) == 0:
            continue
        if tensor.Type() not in _DTYPES or tensor.Sparsity() is not None:
            raise SeamSyncError(f"constant {tensor.Name()!r} must be dense float32, float16 or int32")
        constants[index] = np.frombuffer(data.tobytes(), _DTYPES[tensor.Type()]).reshape(tensor.ShapeAsNumpy())
    return constants


class TfliteGraph(nn.Module):
    """A read graph. Call it with images; weights are buffers, so ``.to(device)`` moves it.

    Attributes:
        input_size: (width, height) of the images it takes, in pixels.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        graph = model.Subgraphs(0)
        self._inputs = [int(graph.Inputs(i)) for i in range(graph.InputsLength())]
        self._outputs = [int(graph.Outputs(i)) for i in range(graph.OutputsLength())]
        _, height, width, _ = (int(n) for n in graph.Tensors(self._inputs[0]).ShapeAsNumpy())
        self.input_size = (width, height)
        self._steps: list[tuple[list[int], int]] = []
        self._layers = nn.ModuleList()
        constants = _read_constants(model, graph)
        for index in range(graph.OperatorsLength()):
            self._append(model, graph, graph.Operators(index), constants)
        self._last_use = {i: step for step, (values, _) in enumerate(self._steps) for i in values}

    def _append(self, model: Any, graph: Any, operator: Any, constants: dict[int, np.ndarray]) -> None:
        code = model.OperatorCodes(operator.OpcodeIndex())
        name = _OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        op = _Operation(graph, operator, name, constants)
        if name == "DEQUANTIZE":
            constants[op.outputs[0]] = op.constant(0).astype(np.float32)
            return
        if name not in _BUILDERS:
            raise SeamSyncError(f"the graph uses the operator {name}; SeamSync knows {', '.join(sorted(_BUILDERS))}")
        self._layers.append(_BUILDERS[name](op))
        self._steps.append((op.values, op.outputs[0]))

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Run a batch.

        Args:
            images: float32 ``[B,C,H,W]`` of the graph's input size and range.

        Returns:
            The graph's outputs in its order, each flattened to ``[B, elements]`` as the file orders them.
        """
        # Channels-last memory: five times faster on a CPU, and what tensor cores want.
        known = {self._inputs[0]: images.contiguous(memory_format=torch.channels_last)}
        for step, (layer, (values, output)) in enumerate(zip(self._layers, self._steps, strict=True)):
            known[output] = layer(*(known[i] for i in values))
            for i in set(values):
                if self._last_use[i] == step and i not in self._outputs:
                    del known[i]
        found = (known[i] for i in self._outputs)
        return tuple((v.permute(ops.TO_CHANNELS_LAST) if v.ndim == 4 else v).flatten(1) for v in found)


def load_tflite(path: str | Path) -> TfliteGraph:
    """Read a ``.tflite`` file of one float input and plain convolutional layers.

    Args:
        path: the file.

    Returns:
        The graph in eval mode on the CPU.

    Raises:
        SeamSyncError: the file is missing, is no TensorFlow Lite graph, is cut short, or uses an unknown operator.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise SeamSyncError(f"cannot read the network {path}: {error.strerror}") from error
    if data[4:8] != b"TFL3":
        raise SeamSyncError(f"{path} must be a TensorFlow Lite graph (bytes 4–8 are 'TFL3'), got {data[4:8]!r}")
    try:
        return TfliteGraph(tflite.Model.GetRootAs(data, 0)).eval()
    except SeamSyncError as error:
        raise SeamSyncError(f"cannot use the network {path}: {error}") from error
    except _BROKEN_FILE as error:
        raise SeamSyncError(f"{path} is damaged or cut short ({type(error).__name__}: {error}); fetch it again") from error
