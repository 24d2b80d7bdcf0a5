"""The generator: published keys, and the same picture as a plain second writing of it."""

from __future__ import annotations

import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.models.wav2lip.network import SIZES, Wav2Lip
from wav2lip_reference import expected_keys, published_keys, random_input, random_state, reference


@pytest.mark.parametrize("size", SIZES)
def test_keys(size: int) -> None:
    """Keys, shapes and order of the published layout."""
    state = Wav2Lip(size).state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == list(expected_keys(size).items())


def test_size_of_the_layouts() -> None:
    """As many keys and weights as the published files have."""
    counts = {size: (len(Wav2Lip(size).state_dict()), sum(p.numel() for p in Wav2Lip(size).parameters())) for size in SIZES}
    assert counts == {96: (352, 36_298_035), 256: (380, 53_605_683), 288: (422, 48_520_755)}


@pytest.mark.parametrize(("name", "prefix"), [("wav2lip", "module."), ("wav2lip_gan", "")])
def test_published_files(name: str, prefix: str) -> None:
    """The lists taken from the published files agree, word for word."""
    published = published_keys(name)
    if published is None:
        pytest.skip("no shared/models beside the project")
    assert published == [(prefix + key, shape) for key, shape in expected_keys(96).items()]


@pytest.mark.parametrize("size", SIZES)
@torch.inference_mode()
def test_parity(size: int) -> None:
    """The picture is the reference's, unfused and with batch norm worked in."""
    state = random_state(size)
    mel, faces = random_input(size, count=1)
    expected = reference(state, mel, faces)
    assert 0.03 < expected.std() < 0.3  # the signal went through, and saturates nothing
    network = Wav2Lip(size).eval()
    network.load_state_dict(state)
    assert (network(mel, faces) - expected).abs().max() <= 1e-6
    network.fold()
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in network.modules())
    assert (network(mel, faces) - expected).abs().max() <= 1e-5
    assert network.fold() is network  # folding again changes nothing
    assert all(p.dtype == torch.float32 for p in network.parameters())


@torch.inference_mode()
def test_both_inputs_matter() -> None:
    """Another window or another face gives another picture, and frames of a batch do not mix."""
    network = Wav2Lip().eval()
    network.load_state_dict(random_state())
    mel, faces = random_input(count=3)
    together = network(mel, faces)
    assert (network(mel.flip(0), faces) - together).abs().max() > 1e-5
    assert (network(mel, faces.flip(1)) - together).abs().max() > 1e-3
    alone = torch.cat([network(mel[i : i + 1], faces[i : i + 1]) for i in range(3)])
    assert (alone - together).abs().max() <= 1e-5


def test_unknown_size() -> None:
    """A size without a published layout is refused."""
    with pytest.raises(SeamSyncError, match="must be one of 96, 256, 288, got '128'"):
        Wav2Lip(128)
