"""Converted weights: made once, checked each time, made again when damaged."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import tflite
import torch
from safetensors.torch import save_file
from seamsync.errors import SeamSyncError
from seamsync.models.files import converted, tflite_weights
from seamsync.models.files.converted import load_converted, tensors_sha256
from tflite_files import Graph, Operator, build

WEIGHT = np.random.default_rng(0).normal(size=(2, 3, 3, 1)).astype(np.float32)


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registered ``.tflite`` file of one convolution called ``layer``."""
    tensors = [((1, 4, 4, 1), None), (WEIGHT.shape, WEIGHT), ((1, 4, 4, 2), None)]
    path = tmp_path / "toy.tflite"
    path.write_bytes(build(Graph(tensors, [Operator(tflite.BuiltinOperator.CONV_2D, [0, 1], [2])], names={2: "layer"})))
    known = tensors_sha256(tflite_weights.read_tflite_weights(path))
    monkeypatch.setattr(converted, "converted_sha256", lambda name: {"toy.tflite": known}[name])
    return path


def _forbid_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise AssertionError(f"{path} was converted again")

    monkeypatch.setattr(tflite_weights, "read_tflite_weights", refuse)


def _check(weights: dict[str, torch.Tensor]) -> None:
    assert list(weights) == ["layer.weight"]
    np.testing.assert_array_equal(weights["layer.weight"].numpy(), WEIGHT.transpose(0, 3, 1, 2))


def test_converted_once(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first load writes the copy; the next reads it and leaves the source alone."""
    _check(load_converted(source))
    assert sorted(path.name for path in source.parent.iterdir()) == ["toy.safetensors", "toy.tflite"]
    _forbid_reading(monkeypatch)
    _check(load_converted(source))


@pytest.mark.parametrize("damage", ["cut", "other numbers", "other names"])
def test_damaged_copy_is_made_again(source: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    """A copy that cannot be read, or holds other tensors, is replaced."""
    load_converted(source)
    copy = source.with_suffix(".safetensors")
    tensor = torch.from_numpy(WEIGHT.transpose(0, 3, 1, 2).copy())
    if damage == "cut":
        copy.write_bytes(copy.read_bytes()[:-4])
    elif damage == "other numbers":
        save_file({"layer.weight": tensor + 1}, copy)
    else:
        save_file({"layer.bias": tensor}, copy)
    _check(load_converted(source))
    _forbid_reading(monkeypatch)
    _check(load_converted(source))


def test_other_weights_are_refused(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source whose weights are not the recorded ones leaves no copy."""
    monkeypatch.setattr(converted, "converted_sha256", lambda name: "0" * 64)
    with pytest.raises(SeamSyncError, match="does not hold the published weights"):
        load_converted(source)
    assert [path.name for path in source.parent.iterdir()] == ["toy.tflite"]


def test_a_folder_that_cannot_be_written(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights are converted in memory."""

    def refuse(path: Path, content: bytes) -> None:
        raise PermissionError(13, "Permission denied", os.fspath(path))

    monkeypatch.setattr(converted, "write_file", refuse)
    _check(load_converted(source))
    assert [path.name for path in source.parent.iterdir()] == ["toy.tflite"]


def test_a_file_that_is_not_registered(tmp_path: Path) -> None:
    """Its name is checked before anything is read."""
    with pytest.raises(SeamSyncError, match=r"file must be one of face_detection_short_range\.tflite"):
        load_converted(tmp_path / "other.tflite")


def test_hash_of_tensors() -> None:
    """Names, shapes, types and values count; the order of the mapping does not."""
    one = {"a": torch.zeros(2, 3), "b": torch.ones(1)}
    others = [
        {"a": torch.zeros(3, 2), "b": torch.ones(1)},
        {"a": torch.zeros(2, 3), "c": torch.ones(1)},
        {"a": torch.zeros(2, 3), "b": torch.ones(1, dtype=torch.int32)},
        {"a": torch.zeros(2, 3), "b": torch.zeros(1)},
    ]
    assert tensors_sha256(one) == tensors_sha256(dict(reversed(one.items())))
    assert len({tensors_sha256(other) for other in [one, *others]}) == 5
