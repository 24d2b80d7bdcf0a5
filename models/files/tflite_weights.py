"""Read the weights of a TensorFlow Lite file, to convert them once to safetensors.

Only the weights are read: the networks themselves are torch modules in :mod:`seamsync.models.faces`.
Source: the TensorFlow Lite schema, as published in the ``tflite`` package.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tflite
import torch

from ...errors import SeamSyncError
from ...parsing import parsed

_DTYPES = {tflite.TensorType.FLOAT32: np.float32, tflite.TensorType.FLOAT16: np.float16, tflite.TensorType.INT32: np.int32}
#: Operators that carry weights: the names of their constants, and the order of a weight's axes in torch.
_WEIGHTED: dict[int, tuple[tuple[str, ...], tuple[int, ...]]] = {
    tflite.BuiltinOperator.CONV_2D: (("weight", "bias"), (0, 3, 1, 2)),
    tflite.BuiltinOperator.DEPTHWISE_CONV_2D: (("weight", "bias"), (3, 0, 1, 2)),
    tflite.BuiltinOperator.PRELU: (("weight",), ()),
}
#: Tensors and operators of a graph; and bytes of all weights, as a multiple of the file's.
_MOST_PARTS, _MOST_COPIES = 10_000, 4


def read_tflite_weights(path: Path) -> dict[str, torch.Tensor]:
    """Read the weights of all convolutions and PReLUs of a ``.tflite`` file.

    Args:
        path: the file.

    Returns:
        float32 on the CPU under ``LAYER.weight`` and ``LAYER.bias``, where LAYER is the name of the operator's output in
        the file. Convolutions are ``[out, in / groups, h, w]``, slopes of a PReLU ``[C]``.

    Raises:
        SeamSyncError: the file is missing, is no TensorFlow Lite graph, is cut short, or holds constants of another type.
    """
    with parsed(path, "a network"):
        data = path.read_bytes()
    if data[4:8] != b"TFL3":
        raise SeamSyncError(f"{path} must be a TensorFlow Lite graph (bytes 4–8 are 'TFL3'), got {data[4:8]!r}")
    try:
        with parsed(path, "a network", "it is damaged or cut short; fetch it again"):
            return _read_weights(tflite.Model.GetRootAs(data, 0), _MOST_COPIES * len(data))
    except SeamSyncError as error:
        raise SeamSyncError(f"cannot use the network {path}: {error}") from error


def _read_weights(model: Any, most: int) -> dict[str, torch.Tensor]:
    """Return the weights; raise where they take more than ``most`` bytes: many parts may be the same bytes."""
    graph, found = model.Subgraphs(0), {}
    constants = _read_constants(model, graph)
    if graph.OperatorsLength() > _MOST_PARTS:
        raise ValueError(f"more than {_MOST_PARTS} operators")
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        inputs, output = [int(i) for i in operator.InputsAsNumpy()], int(operator.OutputsAsNumpy()[0])
        if kind == tflite.BuiltinOperator.DEQUANTIZE and inputs[0] in constants:  # fp16 weights are stored this way
            constants[output] = constants[inputs[0]]
        if kind not in _WEIGHTED:
            continue
        names, order = _WEIGHTED[kind]
        layer = graph.Tensors(output).Name().decode()
        for name, place in zip(names, inputs[1:], strict=False):
            if place not in constants:
                raise SeamSyncError(f"the {name} of {layer} must be a constant of the file")
            most -= constants[place].size * 4
            if most < 0:
                raise ValueError("more weights than bytes")
            found[f"{layer}.{name}"] = _tensor(constants[place], order)
    return found


def _tensor(array: np.ndarray, order: tuple[int, ...]) -> torch.Tensor:
    """Return a weight in torch's order of axes; biases and slopes flat."""
    array = array.transpose(order) if array.ndim == len(order) else array.reshape(-1)
    return torch.from_numpy(np.array(array, np.float32, order="C"))


def _read_constants(model: Any, graph: Any) -> dict[int, np.ndarray]:
    """Return every tensor that has bytes in the file, by its index."""
    constants = {}
    if graph.TensorsLength() > _MOST_PARTS:
        raise ValueError(f"more than {_MOST_PARTS} tensors")
    for index in range(graph.TensorsLength()):
        tensor = graph.Tensors(index)
        data = model.Buffers(tensor.Buffer()).DataAsNumpy()
        if isinstance(data, int) or len(data) == 0:
            continue
        if tensor.Type() not in _DTYPES or tensor.Sparsity() is not None:
            raise SeamSyncError(f"constant {tensor.Name()!r} must be dense float32, float16 or int32")
        constants[index] = np.frombuffer(data, _DTYPES[tensor.Type()]).reshape(tensor.ShapeAsNumpy())
    return constants
