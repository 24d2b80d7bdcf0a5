"""Graphs read from files give what slow loops over every pixel give."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tflite
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.models.files.tflite import TfliteGraph, load_tflite
from tflite_files import Graph, Operator, build

OP = tflite.BuiltinOperator
SAME, VALID = tflite.Padding.SAME, tflite.Padding.VALID


def _random(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _load(tmp: Path, graph: Graph) -> TfliteGraph:
    path = tmp / "graph.tflite"
    path.write_bytes(build(graph))
    return load_tflite(path)


def _run(tmp: Path, graph: Graph, image: np.ndarray) -> list[np.ndarray]:
    """Outputs for an image [B,H,W,C], each [B, elements]."""
    outputs = _load(tmp, graph)(torch.from_numpy(image.transpose(0, 3, 1, 2).copy()))
    return [o.detach().numpy() for o in outputs]


def _out_size(size: int, kernel: int, stride: int, dilation: int, padding: int) -> tuple[int, int]:
    """Output length and first input index of the first window, as TensorFlow defines them."""
    reach = (kernel - 1) * dilation + 1
    if padding == VALID:
        return math.ceil((size - reach + 1) / stride), 0
    out = math.ceil(size / stride)
    return out, -(max((out - 1) * stride + reach - size, 0) // 2)


def _windows(image: np.ndarray, kernel: tuple[int, int], stride: int, dilation: int, padding: int) -> Iterator[tuple]:
    """For every output pixel the input values [kh,kw,C] under it, NaN outside the image."""
    height, width, channels = image.shape
    rows, top = _out_size(height, kernel[0], stride, dilation, padding)
    columns, left = _out_size(width, kernel[1], stride, dilation, padding)
    for i in range(rows):
        for j in range(columns):
            window = np.full((*kernel, channels), np.nan)
            for a in range(kernel[0]):
                for b in range(kernel[1]):
                    y, x = top + i * stride + a * dilation, left + j * stride + b * dilation
                    if 0 <= y < height and 0 <= x < width:
                        window[a, b] = image[y, x]
            yield (i, j), (rows, columns), window


def _slow_convolution(image: np.ndarray, weight: np.ndarray, bias: np.ndarray, **how: int) -> np.ndarray:
    """CONV_2D of one image [H,W,C] with weight [O,kh,kw,C]."""
    out = np.zeros(0)
    for (i, j), (rows, columns), window in _windows(image, weight.shape[1:3], **how):  # type: ignore[arg-type]
        out = out if out.size else np.zeros((rows, columns, len(weight)))
        out[i, j] = (np.nan_to_num(window) * weight).sum((1, 2, 3)) + bias
    return out


sizes = st.tuples(st.integers(5, 9), st.integers(5, 9))


@given(
    size=sizes,
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.integers(1, 3),
    padding=st.sampled_from([SAME, VALID]),
)
@settings(max_examples=40, deadline=None)
def test_convolution(
    tmp_path_factory: pytest.TempPathFactory, size: tuple[int, int], kernel: tuple[int, int], stride: int, padding: int
) -> None:
    """Any size, stride and padding, with the fused RELU."""
    image, weight, bias = _random(1, 2, *size, 3), _random(2, 4, *kernel, 3), _random(3, 4)
    wanted = np.stack([_slow_convolution(one, weight, bias, stride=stride, dilation=1, padding=padding) for one in image])
    options = {"Padding": padding, "StrideH": stride, "StrideW": stride, "FusedActivationFunction": 1}
    options |= {"DilationHFactor": 1, "DilationWFactor": 1}
    tensors = [((1, *size, 3), None), (weight.shape, weight), (bias.shape, bias), ((1, *wanted.shape[1:]), None)]
    graph = Graph(tensors, [Operator(OP.CONV_2D, [0, 1, 2], [3], ("Conv2DOptions", options))])
    (got,) = _run(tmp_path_factory.mktemp("t"), graph, image)
    np.testing.assert_allclose(got, np.maximum(wanted, 0).reshape(2, -1), atol=1e-5)


@given(size=sizes, kernel=st.integers(1, 4), stride=st.integers(1, 2), multiplier=st.integers(1, 2))
@settings(max_examples=25, deadline=None)
def test_depthwise_convolution(
    tmp_path_factory: pytest.TempPathFactory, size: tuple[int, int], kernel: int, stride: int, multiplier: int
) -> None:
    """Each channel by its own kernels; output channel c·multiplier + m comes from channel c."""
    image, weight, bias = _random(1, 1, *size, 3), _random(2, 1, kernel, kernel, 3 * multiplier), _random(3, 3 * multiplier)
    parts = []
    for channel in range(3 * multiplier):
        one = weight[:, :, :, channel : channel + 1]
        source = image[0, :, :, channel // multiplier, None]
        parts.append(_slow_convolution(source, one, bias[channel : channel + 1], stride=stride, dilation=1, padding=SAME))
    wanted = np.concatenate(parts, -1)
    options = {"Padding": SAME, "StrideH": stride, "StrideW": stride, "DepthMultiplier": multiplier}
    options |= {"DilationHFactor": 1, "DilationWFactor": 1}
    tensors = [((1, *size, 3), None), (weight.shape, weight), (bias.shape, bias), ((1, *wanted.shape), None)]
    graph = Graph(tensors, [Operator(OP.DEPTHWISE_CONV_2D, [0, 1, 2], [3], ("DepthwiseConv2DOptions", options))])
    (got,) = _run(tmp_path_factory.mktemp("t"), graph, image)
    np.testing.assert_allclose(got[0], wanted.ravel(), atol=1e-5)


def test_dilated_convolution(tmp_path: Path) -> None:
    """Dilation counts in the padding too."""
    image, weight, bias = _random(1, 1, 9, 8, 2), _random(2, 3, 3, 3, 2), np.zeros(3, np.float32)
    wanted = _slow_convolution(image[0], weight, bias, stride=1, dilation=2, padding=SAME)
    options = {"Padding": SAME, "StrideH": 1, "StrideW": 1, "DilationHFactor": 2, "DilationWFactor": 2}
    tensors = [((1, 9, 8, 2), None), (weight.shape, weight), (bias.shape, bias), ((1, *wanted.shape), None)]
    graph = Graph(tensors, [Operator(OP.CONV_2D, [0, 1, 2], [3], ("Conv2DOptions", options))])
    np.testing.assert_allclose(_run(tmp_path, graph, image)[0][0], wanted.ravel(), atol=1e-5)


@given(size=sizes, kernel=st.integers(1, 3), stride=st.integers(1, 3), padding=st.sampled_from([SAME, VALID]))
@settings(max_examples=25, deadline=None)
def test_max_pool(
    tmp_path_factory: pytest.TempPathFactory, size: tuple[int, int], kernel: int, stride: int, padding: int
) -> None:
    """The largest value in the image under each window; padding never wins, even over negative values."""
    image = _random(4, 1, *size, 2) - 5
    wanted = np.zeros(0)
    for (i, j), shape, window in _windows(image[0], (kernel, kernel), stride, 1, padding):
        wanted = wanted if wanted.size else np.zeros((*shape, 2))
        wanted[i, j] = np.nanmax(window, axis=(0, 1))
    options = {"Padding": padding, "StrideH": stride, "StrideW": stride, "FilterHeight": kernel, "FilterWidth": kernel}
    graph = Graph(
        [((1, *size, 2), None), ((1, *wanted.shape), None)], [Operator(OP.MAX_POOL_2D, [0], [1], ("Pool2DOptions", options))]
    )
    (got,) = _run(tmp_path_factory.mktemp("t"), graph, image)
    np.testing.assert_allclose(got[0], wanted.ravel())


def test_add_relu_and_prelu(tmp_path: Path) -> None:
    """x + prelu(relu(x) - 1): per-channel slopes, a constant operand, a value used twice."""
    image, slope, minus = _random(5, 2, 4, 5, 3), np.array([[[0.1, 0.5, 2.0]]], np.float32), np.full(3, -1, np.float32)
    shape = (1, 4, 5, 3)
    tensors = [(shape, None), ((3,), minus), (slope.shape, slope), (shape, None), (shape, None), (shape, None), (shape, None)]
    operators = [
        Operator(OP.RELU, [0], [3]),
        Operator(OP.ADD, [3, 1], [4], ("AddOptions", {"FusedActivationFunction": 0})),
        Operator(OP.PRELU, [4, 2], [5]),
        Operator(OP.ADD, [0, 5], [6], ("AddOptions", {"FusedActivationFunction": 0})),
    ]
    shifted = np.maximum(image, 0) - 1
    wanted = image + np.where(shifted < 0, shifted * slope, shifted)
    (got,) = _run(tmp_path, Graph(tensors, operators), image)
    np.testing.assert_allclose(got, wanted.reshape(2, -1), atol=1e-6)


def test_pad_reshape_concatenate(tmp_path: Path) -> None:
    """Channels and space padded, both reshaped to rows in channels-last order, and the rows joined."""
    image, amounts = _random(6, 2, 3, 4, 2), np.array([[0, 0], [1, 0], [0, 2], [0, 1]], np.int32)
    padded = np.pad(image, [(0, 0), (1, 0), (0, 2), (0, 1)])
    wanted = np.concatenate([image.reshape(2, 12, 2), padded.reshape(2, 36, 2)], 1)
    tensors = [((1, 3, 4, 2), None), (amounts.shape, amounts), ((1, 4, 6, 3), None)]
    tensors += [((1, 12, 2), None), ((1, 36, 2), None), ((1, 48, 2), None)]
    operators = [
        Operator(OP.PAD, [0, 1], [2]),
        Operator(OP.RESHAPE, [0], [3], ("ReshapeOptions", {"NewShape": [1, 12, 2]})),
        Operator(OP.RESHAPE, [2], [4], ("ReshapeOptions", {"NewShape": [1, 36, 2]})),
        Operator(OP.CONCATENATION, [3, 4], [5], ("ConcatenationOptions", {"Axis": 1})),
    ]
    (got,) = _run(tmp_path, Graph(tensors, operators, [5]), image)
    np.testing.assert_allclose(got, wanted.reshape(2, -1))


def test_channel_concatenation(tmp_path: Path) -> None:
    """The file's last axis is the channels."""
    image = _random(7, 1, 2, 3, 2)
    tensors = [((1, 2, 3, 2), None), ((1, 2, 3, 2), None), ((1, 2, 3, 4), None)]
    operators = [Operator(OP.RELU, [0], [1]), Operator(OP.CONCATENATION, [0, 1], [2], ("ConcatenationOptions", {"Axis": -1}))]
    (got,) = _run(tmp_path, Graph(tensors, operators), image)
    np.testing.assert_allclose(got[0], np.concatenate([image, np.maximum(image, 0)], -1).ravel())


def test_half_precision_constants(tmp_path: Path) -> None:
    """Weights stored as float16 behind DEQUANTIZE count as float32; the batch does not change a result."""
    image, weight = _random(8, 3, 5, 5, 2), _random(9, 2, 3, 3, 2).astype(np.float16)
    bias = np.array([0.5, -0.5], np.float16)
    tensors = [((1, 5, 5, 2), None), (weight.shape, weight), (bias.shape, bias), (weight.shape, None), (bias.shape, None)]
    tensors.append(((1, 5, 5, 2), None))
    options = {"Padding": SAME, "StrideH": 1, "StrideW": 1, "DilationHFactor": 1, "DilationWFactor": 1}
    operators = [Operator(OP.DEQUANTIZE, [1], [3]), Operator(OP.DEQUANTIZE, [2], [4])]
    operators.append(Operator(OP.CONV_2D, [0, 3, 4], [5], ("Conv2DOptions", options)))
    graph = Graph(tensors, operators)
    (got,) = _run(tmp_path, graph, image)
    for b in range(3):
        wanted = _slow_convolution(
            image[b], weight.astype(np.float32), bias.astype(np.float32), stride=1, dilation=1, padding=SAME
        )
        np.testing.assert_allclose(got[b], wanted.ravel(), atol=1e-5)
    again = _run(tmp_path, graph, image)[0]
    assert got.tobytes() == again.tobytes()


def test_unknown_operator_is_named(tmp_path: Path) -> None:
    """The message says which operator, and which are known."""
    graph = Graph([((1, 4, 4, 1), None), ((1, 4, 4, 1), None)], [Operator(OP.LOGISTIC, [0], [1])])
    with pytest.raises(SeamSyncError, match=r"LOGISTIC.*CONV_2D"):
        _load(tmp_path, graph)


def test_bad_files_are_refused(tmp_path: Path) -> None:
    """Missing, another format, empty, or cut anywhere: an error of ours, never a crash."""
    with pytest.raises(SeamSyncError, match="cannot read"):
        load_tflite(tmp_path / "none.tflite")
    path = tmp_path / "bad.tflite"
    for content in (b"", b"\x89PNG\r\n\x1a\n" + bytes(50)):
        path.write_bytes(content)
        with pytest.raises(SeamSyncError, match="TensorFlow Lite"):
            load_tflite(path)
    weight = _random(2, 2, 3, 3, 1)
    options = {"Padding": SAME, "StrideH": 1, "StrideW": 1, "DilationHFactor": 1, "DilationWFactor": 1}
    tensors = [((1, 4, 4, 1), None), (weight.shape, weight), ((1, 4, 4, 2), None)]
    whole = build(Graph(tensors, [Operator(OP.CONV_2D, [0, 1], [2], ("Conv2DOptions", options))]))
    for cut in range(8, len(whole) - 8, 24):
        path.write_bytes(whole[:cut])
        with pytest.raises(SeamSyncError, match=r"bad\.tflite"):
            load_tflite(path)
