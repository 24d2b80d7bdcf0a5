"""ONNX files: the weights of every way of exporting, and other graphs refused."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.models.wav2lip.load import load_wav2lip
from seamsync.models.wav2lip.network import Wav2Lip
from wav2lip_reference import random_input, random_state

onnx: Any = pytest.importorskip("onnx", reason="onnx is optional")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
_KEPT = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}


def _export(network: torch.nn.Module, path: Path, **settings: Any) -> Path:
    inputs = ["mel_spectrogram", "video_frames"]
    torch.onnx.export(network, random_input(count=1), path, dynamo=False, input_names=inputs, opset_version=13, **settings)
    return path


def _network() -> Wav2Lip:
    network = Wav2Lip().eval()
    network.load_state_dict(random_state())
    return network


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exported as usual: batch norm worked into the plain convolutions, not into the transposed ones."""
    return _export(_network(), tmp_path_factory.mktemp("onnx") / "wav2lip_gan.onnx")


@torch.inference_mode()
def test_same_pictures(exported: Path, tmp_path: Path) -> None:
    """Our network with the file's weights gives the pictures of the network that was exported."""
    expected = _network()(*random_input(count=1))
    for path in (exported, _export(_network(), tmp_path / "kept.onnx", **_KEPT)):
        network = load_wav2lip(path, fold=True)
        assert (network(*random_input(count=1)) - expected).abs().max() <= 1e-5


def test_reordered_half_precision(exported: Path, tmp_path: Path) -> None:
    """Branches in another order, weights in half precision or as constants: the same weights within that precision."""
    model = onnx.load(str(exported))
    graph, values = model.graph, {item.name: item for item in model.graph.initializer}
    nodes, bias = list(graph.node), next(node for node in graph.node if node.op_type == "Conv").input[2]
    heard = {"mel_spectrogram"}
    for node in nodes:
        heard |= set(node.output) if set(node.input) <= heard | set(values) else set()
    speech = [node for node in nodes if node.output[0] in heard]
    constant = onnx.helper.make_node("Constant", [], [bias], value=values.pop(bias))
    half = [onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(v).astype("float16"), k) for k, v in values.items()]
    for part, items in ((graph.node, [constant, *speech, *(n for n in nodes if n not in speech)]), (graph.initializer, half)):
        del part[:]
        part.extend(items)
    onnx.save(model, str(tmp_path / "a.onnx"))
    own, other = load_wav2lip(exported).state_dict(), load_wav2lip(tmp_path / "a.onnx").state_dict()
    assert len(speech) > 20
    assert all((own[key] - other[key]).abs().max() <= 1e-3 * own[key].abs().max() for key in own)


class _Leaky(torch.nn.Module):
    """Some other network with the same inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(6, 3, 3)

    def forward(self, mel: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
        """Use both."""
        return torch.nn.functional.leaky_relu(self.layer(faces) + mel.mean())


def test_other_graphs(exported: Path, tmp_path: Path) -> None:
    """Another network, a changed stride, a missing addition, and a file that is no ONNX."""
    with pytest.raises(SeamSyncError, match=r"no Wav2Lip of .* it has LeakyRelu, ReduceMean too"):
        load_wav2lip(_export(_Leaky(), tmp_path / "leaky.onnx"))
    model = onnx.load(str(exported))
    changed = next(node for node in model.graph.node if node.op_type == "Conv")
    next(item for item in changed.attribute if item.name == "strides").ints[:] = [2, 2]
    onnx.save(model, str(tmp_path / "a.onnx"))
    with pytest.raises(SeamSyncError, match=r"its 51 convolutions are other ones; give the \.pth"):
        load_wav2lip(tmp_path / "a.onnx")
    (tmp_path / "b.onnx").write_bytes(exported.read_bytes()[:100_000])
    with pytest.raises(SeamSyncError, match="is the download complete"):
        load_wav2lip(tmp_path / "b.onnx")
    with pytest.raises(SeamSyncError, match="no such file"):
        load_wav2lip(tmp_path / "c.onnx")


def test_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without onnx the message says what to install."""
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(SeamSyncError, match="pip install onnx"):
        load_wav2lip(tmp_path / "a.onnx")
