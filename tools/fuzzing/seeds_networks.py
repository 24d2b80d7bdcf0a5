"""Make small files of networks' weights: PyTorch's formats, safetensors, ONNX, TensorFlow Lite."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import onnx
import tflite
import torch
from safetensors.torch import save


def _state() -> dict[str, torch.Tensor]:
    """Return a few tensors that are named as Wav2Lip's are."""
    blocks = {f"face_encoder_blocks.{k}.0.conv_block.0.weight": torch.zeros(4, 6, 3, 3) for k in range(7)}
    return blocks | {"output_block.1.bias": torch.ones(3), "count": torch.tensor(5)}


def torch_files(folder: Path) -> dict[str, bytes]:
    """Return ``.pth``, ``.pt`` and ``.safetensors`` files."""
    state, found = _state(), {}
    for name, content, zipped in (
        ("plain.pth", state, True),
        (
            "holder.pth",
            {"state_dict": {f"module.{k}": v for k, v in state.items()}, "optimizer": {"lr": 0.1}, "epoch": 3},
            True,
        ),
        ("old.pth", state, False),
        ("object.pth", torch.nn.Linear(2, 2), True),
    ):
        out = io.BytesIO()
        torch.save(content, out, _use_new_zipfile_serialization=zipped)
        found[name] = out.getvalue()
    torch.jit.save(torch.jit.script(torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU())), folder / "script.pt")
    return {**found, "script.pt": (folder / "script.pt").read_bytes(), "plain.safetensors": save(state)}


def onnx_files() -> dict[str, bytes]:
    """Return a graph with the operators that Wav2Lip's has."""
    weight = onnx.numpy_helper.from_array(np.zeros((4, 6, 3, 3), np.float32), "w")
    numbers = [onnx.numpy_helper.from_array(np.ones(4, np.float32), name) for name in ("b", "gain", "shift", "mean", "var")]
    node: Any = onnx.helper.make_node
    nodes = [
        node("Conv", ["x", "w", "b"], ["c"], strides=[1, 1], pads=[1, 1, 1, 1]),
        node("BatchNormalization", ["c", "gain", "shift", "mean", "var"], ["n"], epsilon=1e-5),
        node("Relu", ["n"], ["r"]),
        node("Constant", [], ["k"], value=onnx.numpy_helper.from_array(np.zeros((1, 4, 1, 1), np.float32))),
        node("Add", ["r", "k"], ["y"]),
    ]
    places = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, n, 8, 8]) for name, n in (("x", 6), ("y", 4))
    ]
    graph = onnx.helper.make_graph(nodes, "g", places[:1], places[1:], [weight, *numbers])
    return {"graph.onnx": onnx.helper.make_model(graph).SerializeToString()}


def tflite_files() -> dict[str, bytes]:
    """Return a graph of one convolution and one PReLU, built with the schema's own writer."""
    return {"graph.tflite": _tflite()}


def _tflite() -> bytes:
    builder = flatbuffers.Builder(1024)
    weight, bias, slope = np.ones((4, 3, 3, 3), np.float32), np.ones(4, np.float32), np.ones((1, 1, 4), np.float16)
    tensors = [((1, 8, 8, 3), None), (weight.shape, weight), (bias.shape, bias), ((1, 6, 6, 4), None),
               (slope.shape, slope), ((1, 6, 6, 4), None)]  # fmt: skip
    buffers = [_table(builder, "Buffer")]
    rows = []
    for number, (shape, constant) in enumerate(tensors):
        stored = {} if constant is None else {"Data": builder.CreateByteVector(constant.tobytes())}
        buffers.append(_table(builder, "Buffer", **stored))
        kind = tflite.TensorType.FLOAT16 if number == 4 else tflite.TensorType.FLOAT32
        fields = {"Shape": _numbers(builder, shape), "Name": builder.CreateString(f"layer{number}")}
        rows.append(_table(builder, "Tensor", **fields, Type=kind, Buffer=number + 1))
    operators, codes = [], []
    for place, (code, inputs, output) in enumerate(
        ((tflite.BuiltinOperator.CONV_2D, (0, 1, 2), 3), (tflite.BuiltinOperator.PRELU, (3, 4), 5))
    ):
        ends = {"Inputs": _numbers(builder, inputs), "Outputs": _numbers(builder, (output,))}
        operators.append(_table(builder, "Operator", OpcodeIndex=place, **ends))
        codes.append(_table(builder, "OperatorCode", BuiltinCode=code, DeprecatedBuiltinCode=code))
    parts = {"Tensors": _offsets(builder, rows), "Operators": _offsets(builder, operators)}
    graph = _table(builder, "SubGraph", **parts, Inputs=_numbers(builder, (0,)), Outputs=_numbers(builder, (5,)))
    lists = {"OperatorCodes": codes, "Subgraphs": [graph], "Buffers": buffers}
    model = _table(builder, "Model", Version=3, **{name: _offsets(builder, rows) for name, rows in lists.items()})
    builder.Finish(model, file_identifier=b"TFL3")
    return bytes(builder.Output())


def _table(builder: flatbuffers.Builder, kind: str, **fields: Any) -> int:
    getattr(tflite, f"{kind}Start")(builder)
    for name, value in fields.items():
        getattr(tflite, f"{kind}Add{name}")(builder, value)
    return getattr(tflite, f"{kind}End")(builder)


def _numbers(builder: flatbuffers.Builder, values: tuple[int, ...]) -> int:
    return builder.CreateNumpyVector(np.array(values, np.int32))


def _offsets(builder: flatbuffers.Builder, values: list[int]) -> int:
    builder.StartVector(4, len(values), 4)
    for value in reversed(values):
        builder.PrependUOffsetTRelative(value)
    return builder.EndVector()
