"""Small TensorFlow Lite files for the tests, built with the schema's own writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
import tflite

_TYPES = {"float32": tflite.TensorType.FLOAT32, "float16": tflite.TensorType.FLOAT16, "int32": tflite.TensorType.INT32}


@dataclass
class Operator:
    """One operator: its schema code, tensor indices, and its options as (kind, {field: value})."""

    code: int
    inputs: list[int]
    outputs: list[int]
    options: tuple[str, dict[str, Any]] | None = None


@dataclass
class Graph:
    """Tensors as (shape, constant or None), the operators between them, and names of tensors; tensor 0 is the input."""

    tensors: Sequence[tuple[tuple[int, ...], np.ndarray | None]]
    operators: list[Operator]
    outputs: list[int] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)


def _vector(builder: flatbuffers.Builder, values: list[int], offsets: bool = False) -> int:
    builder.StartVector(4, len(values), 4)
    for value in reversed(values):
        if offsets:
            builder.PrependUOffsetTRelative(value)
        else:
            builder.PrependInt32(value)
    return builder.EndVector()


def _options(builder: flatbuffers.Builder, kind: str, fields: dict[str, Any]) -> int:
    ready = {k: _vector(builder, v) if isinstance(v, list) else v for k, v in fields.items()}
    getattr(tflite, f"{kind}Start")(builder)
    for name, value in ready.items():
        getattr(tflite, f"{kind}Add{name}")(builder, value)
    return getattr(tflite, f"{kind}End")(builder)


def _operator(builder: flatbuffers.Builder, operator: Operator, place: int) -> int:
    inputs, outputs = _vector(builder, operator.inputs), _vector(builder, operator.outputs)
    options = _options(builder, *operator.options) if operator.options else None
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, place)
    tflite.OperatorAddInputs(builder, inputs)
    tflite.OperatorAddOutputs(builder, outputs)
    if operator.options:
        tflite.OperatorAddBuiltinOptionsType(builder, getattr(tflite.BuiltinOptions, operator.options[0]))
        tflite.OperatorAddBuiltinOptions(builder, options)
    return tflite.OperatorEnd(builder)


def _tensor(builder: flatbuffers.Builder, shape: tuple[int, ...], constant: np.ndarray | None, buffer: int, name: str) -> int:
    dims, text = _vector(builder, list(shape)), builder.CreateString(name)
    tflite.TensorStart(builder)
    tflite.TensorAddShape(builder, dims)
    tflite.TensorAddType(builder, _TYPES[str(constant.dtype)] if constant is not None else tflite.TensorType.FLOAT32)
    tflite.TensorAddBuffer(builder, buffer)
    tflite.TensorAddName(builder, text)
    return tflite.TensorEnd(builder)


def _buffers(builder: flatbuffers.Builder, constants: list[np.ndarray | None]) -> list[int]:
    found = []
    for constant in constants:
        data = builder.CreateByteVector(constant.tobytes()) if constant is not None else None
        tflite.BufferStart(builder)
        if data is not None:
            tflite.BufferAddData(builder, data)
        found.append(tflite.BufferEnd(builder))
    return found


def _code(builder: flatbuffers.Builder, code: int) -> int:
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddBuiltinCode(builder, code)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(code, 127))
    return tflite.OperatorCodeEnd(builder)


def build(graph: Graph) -> bytes:
    """The graph as the bytes of a ``.tflite`` file."""
    builder = flatbuffers.Builder(1024)
    buffers = _buffers(builder, [None, *(constant for _, constant in graph.tensors)])
    tensors = [
        _tensor(builder, shape, constant, i + 1, graph.names.get(i, f"tensor_{i}"))
        for i, (shape, constant) in enumerate(graph.tensors)
    ]
    operators = [_operator(builder, o, i) for i, o in enumerate(graph.operators)]
    codes = [_code(builder, o.code) for o in graph.operators]
    parts = [_vector(builder, v, offsets=True) for v in (tensors, operators)]
    inputs, outputs = _vector(builder, [0]), _vector(builder, graph.outputs or [len(graph.tensors) - 1])
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, parts[0])
    tflite.SubGraphAddOperators(builder, parts[1])
    tflite.SubGraphAddInputs(builder, inputs)
    tflite.SubGraphAddOutputs(builder, outputs)
    subgraph = tflite.SubGraphEnd(builder)
    lists = [_vector(builder, v, offsets=True) for v in (codes, [subgraph], buffers)]
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, lists[0])
    tflite.ModelAddSubgraphs(builder, lists[1])
    tflite.ModelAddBuffers(builder, lists[2])
    builder.Finish(tflite.ModelEnd(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())
