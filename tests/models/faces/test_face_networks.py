"""BlazeFace and Face Mesh as torch modules give bit for bit what their published graphs give, run operator by operator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from seamsync.errors import SeamSyncError
from seamsync.models.faces.blazeface_network import load_blazeface
from seamsync.models.faces.blocks import ResidualBlock, flatten_channels_last
from seamsync.models.faces.facemesh_network import load_face_mesh
from seamsync.models.weights import find, status
from tflite_graph import run_graph


@pytest.fixture(scope="module")
def files() -> dict[str, Path]:
    """The published files, where they are on disk."""
    if status("facemesh")[0] != "present":
        pytest.skip("no face networks here; run: seamsync models get facemesh")
    return find("facemesh")


def _images(count: int, side: int, low: float) -> torch.Tensor:
    """Random pictures between ``low`` and 1, in channels-last memory as frames come."""
    random = np.random.default_rng(count).uniform(low, 1, (count, side, side, 3)).astype(np.float32)
    return torch.from_numpy(random).permute(0, 3, 1, 2)


@pytest.mark.parametrize("count", [1, 5])
def test_blazeface_is_the_published_graph(files: dict[str, Path], count: int) -> None:
    """Boxes and scores, of one picture and of a batch."""
    path = files["face_detection_short_range.tflite"]
    images = _images(count, 128, -1)
    with torch.inference_mode():
        got = load_blazeface(path)(images)
    wanted = run_graph(path, images)
    assert [tuple(value.shape) for value in got] == [(count, 896 * 16), (count, 896)]
    assert all(torch.equal(a, b) for a, b in zip(got, wanted, strict=True))


@pytest.mark.parametrize("count", [1, 5])
def test_face_mesh_is_the_published_graph(files: dict[str, Path], count: int) -> None:
    """Points and probability, of one crop and of a batch."""
    path = files["face_landmark.tflite"]
    images = _images(count, 192, 0)
    with torch.inference_mode():
        got = load_face_mesh(path)(images)
    wanted = run_graph(path, images)
    assert [tuple(value.shape) for value in got] == [(count, 468 * 3), (count, 1)]
    assert all(torch.equal(a, b) for a, b in zip(got, wanted, strict=True))


def test_the_other_network_is_refused(files: dict[str, Path]) -> None:
    """Each loader says that the other's file is not its network."""
    with pytest.raises(SeamSyncError, match=r"face_landmark\.tflite is not this network"):
        load_blazeface(files["face_landmark.tflite"])


@pytest.mark.parametrize(("channels", "out", "stride"), [(3, 3, 1), (3, 5, 1), (3, 5, 2), (4, 4, 2)])
def test_residual_block(channels: int, out: int, stride: int) -> None:
    """Every output pixel, summed by loops over the 3×3 window, the 1×1 weights and the shortcut."""
    torch.manual_seed(0)
    block = ResidualBlock(channels, out, torch.nn.ReLU(), stride)
    value = torch.randn(1, channels, 6, 4)
    got = block(value).detach()
    assert block.depthwise.bias is not None
    assert block.pointwise.bias is not None
    padded = F.pad(value, (1, 1, 1, 1))[0]
    begin = 1 if stride == 2 else 0  # the pixel at which the window of output 0 begins, in the padded picture
    for y in range(6 // stride):
        for x in range(4 // stride):
            top, left = begin + y * stride, begin + x * stride
            window = padded[:, top : top + 3, left : left + 3]
            middle = (window * block.depthwise.weight[:, 0]).sum((1, 2)) + block.depthwise.bias
            inner = block.pointwise.weight[:, :, 0, 0] @ middle + block.pointwise.bias
            under = value[0, :, y * stride : (y + 1) * stride, x * stride : (x + 1) * stride].amax((1, 2))
            wanted = torch.relu(inner + torch.cat([under, torch.zeros(out - channels)]))
            torch.testing.assert_close(got[0, :, y, x], wanted.detach())


def test_flatten_channels_last() -> None:
    """Rows, then columns, then channels."""
    value = torch.arange(24).reshape(1, 2, 3, 4)
    flat = flatten_channels_last(value)
    assert flat[0].tolist() == [value[0, c, y, x].item() for y in range(3) for x in range(4) for c in range(2)]
