"""Weights read from ``.tflite`` files: their names, types and order of axes."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
import tflite
from seamsync.errors import SeamSyncError
from seamsync.models.files.tflite_weights import read_tflite_weights
from tflite_files import Graph, Operator, build

OP = tflite.BuiltinOperator


def _random(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _read(tmp: Path, graph: Graph) -> dict[str, np.ndarray]:
    path = tmp / "graph.tflite"
    path.write_bytes(build(graph))
    return {name: tensor.numpy() for name, tensor in read_tflite_weights(path).items()}


def test_every_layer_with_weights(tmp_path: Path) -> None:
    """Convolution [O,h,w,I] → [O,I,h,w], depthwise [1,h,w,C] → [C,1,h,w], PReLU [1,1,C] → [C]; named by their outputs."""
    full, depthwise, slope, bias = _random(1, 4, 3, 2, 3), _random(2, 1, 5, 3, 4), _random(3, 1, 1, 4), _random(4, 4)
    value = ((1, 8, 8, 4), None)
    tensors = [((1, 8, 8, 3), None), (full.shape, full), (bias.shape, bias), value]
    tensors += [(depthwise.shape, depthwise), value, (slope.shape, slope), value, value]
    operators = [
        Operator(OP.CONV_2D, [0, 1, 2], [3]),
        Operator(OP.DEPTHWISE_CONV_2D, [3, 4, 2], [5]),
        Operator(OP.PRELU, [5, 6], [7]),
        Operator(OP.RELU, [7], [8]),
    ]
    got = _read(tmp_path, Graph(tensors, operators, names={3: "first", 5: "second", 7: "third", 8: "fourth"}))
    assert list(got) == ["first.weight", "first.bias", "second.weight", "second.bias", "third.weight"]
    assert got["first.weight"].shape == (4, 3, 3, 2)
    assert got["second.weight"].shape == (4, 1, 5, 3)
    assert got["first.weight"][1, 2, 0, 1] == full[1, 0, 1, 2]
    assert got["second.weight"][3, 0, 4, 1] == depthwise[0, 4, 1, 3]
    np.testing.assert_array_equal(got["third.weight"], slope.ravel())
    np.testing.assert_array_equal(got["second.bias"], bias)


def test_half_precision_is_widened(tmp_path: Path) -> None:
    """Weights stored as float16 behind DEQUANTIZE come as the same numbers in float32; without a bias there is none."""
    weight = _random(9, 2, 3, 3, 2).astype(np.float16)
    tensors = [((1, 5, 5, 2), None), (weight.shape, weight), (weight.shape, None), ((1, 5, 5, 2), None)]
    operators = [Operator(OP.DEQUANTIZE, [1], [2]), Operator(OP.CONV_2D, [0, 2], [3])]
    got = _read(tmp_path, Graph(tensors, operators, names={3: "only"}))
    assert list(got) == ["only.weight"]
    assert got["only.weight"].dtype == np.float32
    np.testing.assert_array_equal(got["only.weight"], weight.astype(np.float32).transpose(0, 3, 1, 2))


def test_computed_weights_are_refused(tmp_path: Path) -> None:
    """A weight that another operator computes is not in the file."""
    tensors = [((1, 3, 3, 1), None), ((1, 3, 3, 1), None), ((1, 3, 3, 1), None)]
    operators = [Operator(OP.RELU, [0], [1]), Operator(OP.CONV_2D, [0, 1], [2])]
    with pytest.raises(SeamSyncError, match="the weight of layer must be a constant"):
        _read(tmp_path, Graph(tensors, operators, names={2: "layer"}))


def test_bad_files_are_refused(tmp_path: Path) -> None:
    """Missing, another format, empty, or cut anywhere: an error of ours, never a crash."""
    with pytest.raises(SeamSyncError, match="cannot read"):
        read_tflite_weights(tmp_path / "none.tflite")
    path = tmp_path / "bad.tflite"
    for content in (b"", b"\x89PNG\r\n\x1a\n" + bytes(50)):
        path.write_bytes(content)
        with pytest.raises(SeamSyncError, match="TensorFlow Lite"):
            read_tflite_weights(path)
    weight = _random(2, 2, 3, 3, 1)
    tensors = [((1, 4, 4, 1), None), (weight.shape, weight), ((1, 4, 4, 2), None)]
    whole = build(Graph(tensors, [Operator(OP.CONV_2D, [0, 1], [2])]))
    for cut in range(8, len(whole) - 8, 24):
        path.write_bytes(whole[:cut])
        with pytest.raises(SeamSyncError, match=r"bad\.tflite"):
            read_tflite_weights(path)


@pytest.mark.parametrize("seed", range(20))
def test_a_changed_byte(seed: int, tmp_path: Path) -> None:
    """Whatever one changed byte leads to, the reader gives weights or names the file."""
    weights = _random(1, 2, 1, 1, 3)
    tensors = [((1, 8, 8, 3), None), (weights.shape, weights), ((2,), _random(2, 2)), ((1, 8, 8, 2), None)]
    content = bytearray(build(Graph(tensors, [Operator(OP.CONV_2D, [0, 1, 2], [3])], names={3: "a"})))
    chance = np.random.default_rng(seed)
    for place in chance.integers(8, len(content), 4):
        content[place] = chance.integers(256)
    (tmp_path / "a.tflite").write_bytes(content)
    with contextlib.suppress(SeamSyncError):
        read_tflite_weights(tmp_path / "a.tflite")


def test_operators_that_share_their_weights(tmp_path: Path) -> None:
    """A file whose operators come to many times its bytes is refused before they are copied."""
    weights = _random(1, 64, 3, 3, 64)
    tensors = [((1, 8, 8, 64), None), (weights.shape, weights), *[((1, 8, 8, 64), None)] * 9]
    operators = [Operator(OP.CONV_2D, [0, 1], [place]) for place in range(2, 11)]
    (tmp_path / "a.tflite").write_bytes(build(Graph(tensors, operators, names={k: f"n{k}" for k in range(2, 11)})))
    with pytest.raises(SeamSyncError, match="more weights than bytes"):
        read_tflite_weights(tmp_path / "a.tflite")
