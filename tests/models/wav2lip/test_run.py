"""The network at work: channel order, hidden half, batches, precision."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from lip_stubs import Stub, lip_network
from seamsync.errors import SeamSyncError
from seamsync.models.wav2lip.network import Wav2Lip
from seamsync.models.wav2lip.run import LipNetwork, pick_dtype
from wav2lip_reference import random_state, reference

CPU = torch.device("cpu")


def _input(count: int, size: int = 8) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(5)
    mel = draw.uniform(-4, 4, (count, 1, 80, 16)).astype(np.float32)
    return mel, draw.integers(0, 256, (count, 3, size, size), dtype=np.uint8)


def test_what_the_network_sees() -> None:
    """BGR over 255, first with the lower half black, then whole; the answer comes back RGB, to the byte."""
    stub, (mel, faces) = Stub(), _input(5)
    assert (lip_network(stub, batch=5).infer(mel, faces) == faces).all()
    ((heard, seen),) = stub.calls
    assert (heard.numpy() == mel).all()
    expected = faces[:, ::-1].astype(np.float32) / 255
    np.testing.assert_allclose(seen[:, 3:], expected)
    np.testing.assert_allclose(seen[:, :3, :4], expected[:, :, :4])
    assert not seen[:, :3, 4:].any()


def test_batches() -> None:
    """Never more frames than the batch, in order, whatever is left over."""
    stub, (mel, faces) = Stub(), _input(7)
    assert (lip_network(stub, batch=3).infer(mel, faces) == faces).all()
    assert [len(heard) for heard, _ in stub.calls] == [3, 3, 1]
    assert len(lip_network(stub).infer(mel[:0], faces[:0])) == 0
    assert (lip_network(stub).batch, lip_network(stub, batch=128).batch) == (4, 16)


def test_out_of_memory() -> None:
    """The batch halves until it fits, stays so, and no frame is lost; one that never fits ends with advice."""
    stub, (mel, faces) = Stub(room=3), _input(9)
    network = lip_network(stub, batch=8)
    assert (network.infer(mel, faces) == faces).all()
    assert network.batch == 2
    with pytest.raises(SeamSyncError, match="too little memory for one frame"):
        lip_network(Stub(room=0), batch=4).infer(mel, faces)


def test_precisions() -> None:
    """What each name comes to, on a CPU and on a GPU."""
    gpu = torch.device("mps")
    names = ("auto", "float32", "float16", "bfloat16")
    assert [pick_dtype(name, CPU) for name in names] == [torch.float32] * 3 + [torch.bfloat16]
    assert [pick_dtype(name, gpu) for name in names] == [torch.float16, torch.float32, torch.float16, torch.bfloat16]
    with pytest.raises(SeamSyncError, match="did you mean 'float16'"):
        pick_dtype("float61", CPU)


class Overflowing(Stub):
    """Gives no numbers in half precision, as some GPUs do."""

    def forward(self, mel: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
        """See the class."""
        answer = super().forward(mel, faces)
        return answer if answer.dtype == torch.float32 else answer * torch.nan


def test_half_precision_that_fails() -> None:
    """The frames are run again in single precision, which stays."""
    stub, (mel, faces) = Overflowing(), _input(5)
    network = lip_network(stub, precision="bfloat16", batch=2)
    assert (network.infer(mel, faces) == faces).all()
    assert network.dtype == torch.float32
    assert [seen.dtype for _, seen in stub.calls] == [torch.bfloat16] + [torch.float32] * 3


def test_real_network() -> None:
    """The whole path against the reference: equal to a grey level in single precision, near it in bfloat16."""
    mel, faces = _input(2, 96)
    state = random_state()
    seen = torch.from_numpy(faces[:, ::-1].copy()).float() / 255
    hidden = seen.clone()
    hidden[:, :, 48:] = 0
    expected = reference(state, torch.from_numpy(mel), torch.cat([hidden, seen], 1)).flip(1).mul(255).numpy()
    for precision, bound in (("float32", 0.51), ("bfloat16", 6.0)):
        network = Wav2Lip()
        network.load_state_dict(state)
        made = LipNetwork(network, CPU, precision=precision).infer(mel, faces)
        assert np.abs(made - expected).max() <= bound, precision


def test_compiled_batches_are_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiled network always gets the same number of frames; what fills them up does not come back."""
    monkeypatch.setattr(torch, "compile", lambda network: network)
    stub, (mel, faces) = Stub(), _input(5)
    assert (lip_network(stub, batch=4, compiled=True).infer(mel, faces) == faces).all()
    assert [len(heard) for heard, _ in stub.calls] == [4, 4]


def test_wrong_input() -> None:
    """Faces of another size, other types, and a window too few."""
    network, (mel, faces) = lip_network(Stub()), _input(2)
    with pytest.raises(SeamSyncError, match=r"faces must be \[B,3,S,S\] = \[\*,3,8,8\]"):
        network.infer(mel, faces[..., :4])
    with pytest.raises(SeamSyncError, match="faces must be uint8"):
        network.infer(mel, faces.astype(np.float32))
    with pytest.raises(SeamSyncError, match="mel must be"):
        network.infer(mel[:1], faces)
