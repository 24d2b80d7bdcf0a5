"""XSeg: what its network is fed and gives, and files of either layout through onnxruntime."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.models.faces.xseg import SIZE, XSeg, load_xseg


class BlueSession:
    """A network that gives the blue channel of BGR pictures, times two."""

    def __init__(self, shape: list[Any]) -> None:
        self.shape = shape
        self.batches: list[int] = []

    def get_inputs(self) -> list[Any]:
        """One picture."""
        return [SimpleNamespace(name="input", shape=self.shape)]

    def run(self, names: Any, feed: Any) -> list[np.ndarray]:
        """The first channel."""
        picture = feed["input"]
        assert picture.dtype == np.float32
        self.batches.append(len(picture))
        return [2 * (picture[..., :1] if self.shape[-1] == 3 else picture[:, :1])]


def pictures(count: int = 3) -> torch.Tensor:
    """Noise, RGB 0…1."""
    return torch.rand(count, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("shape", [[1, SIZE, SIZE, 3], ["N", SIZE, SIZE, 3], [1, 3, SIZE, SIZE], ["N", 3, None, None]])
def test_what_the_network_is_fed(shape: list[Any]) -> None:
    """OpenCV's channel order in the file's layout, one by one where it takes one; weights are clipped to 0…1."""
    session = BlueSession(shape)
    images = pictures()
    got = XSeg(session).visible(images)
    assert got.shape == (3, 1, SIZE, SIZE)
    assert torch.equal(got, (2 * images[:, 2:]).clamp(0, 1))
    assert session.batches == ([1, 1, 1] if shape[0] == 1 else [3])
    assert XSeg(session).visible(images[:0]).shape == (0, 1, SIZE, SIZE)


def test_other_networks_and_pictures_are_refused() -> None:
    """Other inputs and outputs are named."""
    with pytest.raises(SeamSyncError, match=r"must take one picture .* got \[1, 3, 512, 512\]"):
        XSeg(BlueSession([1, 3, 512, 512]))
    with pytest.raises(SeamSyncError, match=r"images must be \[B,3,256,256\]"):
        XSeg(BlueSession([1, SIZE, SIZE, 3])).visible(torch.zeros(1, 3, 64, 64))
    session = BlueSession([1, SIZE, SIZE, 3])
    session.run = lambda names, feed: [feed["input"]]  # type: ignore[method-assign]
    with pytest.raises(SeamSyncError, match=r"one weight a pixel, got \[1,256,256,3\]"):
        XSeg(session).visible(pictures(1))


def test_without_onnxruntime(monkeypatch: pytest.MonkeyPatch) -> None:
    """The missing package is named with the command that installs it."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SeamSyncError, match="pip install onnxruntime"):
        load_xseg()


def write_onnx(path: Path, *, channels_last: bool) -> Path:
    """A network of XSeg's input and output that gives the blue channel."""
    onnx = pytest.importorskip("onnx", reason="the tiny network is written with the package onnx")
    helper, kind = onnx.helper, onnx.TensorProto
    axis, shape = (3, [1, SIZE, SIZE, 3]) if channels_last else (1, [1, 3, SIZE, SIZE])
    out = [1, SIZE, SIZE, 1] if channels_last else [1, 1, SIZE, SIZE]
    index = helper.make_tensor("first", kind.INT64, [1], [0])
    graph = helper.make_graph(
        [helper.make_node("Gather", ["input", "first"], ["output"], axis=axis)],
        "tiny",
        [helper.make_tensor_value_info("input", kind.FLOAT, shape)],
        [helper.make_tensor_value_info("output", kind.FLOAT, out)],
        [index],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("channels_last", [True, False])
def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channels_last: bool) -> None:
    """A real file of either layout, by path and out of the registry's folder under another version's name."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is optional")
    path = write_onnx(tmp_path / "tiny.onnx", channels_last=channels_last)
    images = pictures(2)
    assert torch.equal(load_xseg(path).visible(images), images[:, 2:])
    (tmp_path / "seamsync" / "xseg").mkdir(parents=True)
    path.rename(tmp_path / "seamsync" / "xseg" / "xseg_2.onnx")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert torch.equal(load_xseg(models=tmp_path).visible(images), images[:, 2:])


def test_missing_and_broken_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not there names page, folder and licence; one that is no ONNX says so."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is optional")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(SeamSyncError, match=r"put xseg_1\.onnx into .* from https://github\.com/facefusion.*GPL-3\.0"):
        load_xseg()
    with pytest.raises(SeamSyncError, match="no such file"):
        load_xseg(tmp_path / "no.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"not a network")
    with pytest.raises(SeamSyncError, match=r"cannot be read .*is the download complete"):
        load_xseg(tmp_path / "broken.onnx")
