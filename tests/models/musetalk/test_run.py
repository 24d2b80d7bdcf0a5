"""MuseTalk at work: batches, memory, precision, and what comes out unusable."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from musetalk_stubs import SIZE, Copy, Eyes, Listen, stub_network
from seamsync.errors import SeamSyncError
from seamsync.models.musetalk.run import MuseTalkNetwork


def faces(count: int) -> np.ndarray:
    """Pictures of one level each."""
    levels = np.linspace(40, 240, count).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (count, 3, SIZE, SIZE)).copy()


def made(network: MuseTalkNetwork, count: int) -> np.ndarray:
    """What the network makes of faces and silence."""
    return network.infer(np.zeros((count, 50, 384), np.float32), network.encode(faces(count)))


@pytest.mark.parametrize("batch", [1, 3, 16])
def test_batches(batch: int) -> None:
    """The batch changes nothing; a copying network gives each face back."""
    np.testing.assert_array_equal(made(stub_network(batch=batch), 7), faces(7))


def test_latents() -> None:
    """The masked face first: its lower half is −1, scaled; then the whole one."""
    latents = stub_network().encode(np.full((1, 3, SIZE, SIZE), 255, np.uint8))
    assert latents.shape == (1, 8, 2, 2)
    np.testing.assert_allclose(latents[0, :4, 0], 0.18215, rtol=1e-6)
    np.testing.assert_allclose(latents[0, :4, 1], -0.18215, rtol=1e-6)
    np.testing.assert_allclose(latents[0, 4:], 0.18215, rtol=1e-6)


def test_too_little_memory() -> None:
    """The batch is halved until it fits, in both networks, and every frame is made once."""
    network = stub_network(Copy(room=3), Eyes(room=5), batch=16)
    np.testing.assert_array_equal(made(network, 11), faces(11))
    assert network.batch == 2
    with pytest.raises(SeamSyncError, match="too little memory for one frame of 16 pixels"):
        made(stub_network(Copy(room=0)), 2)


@pytest.mark.parametrize("what", ["broken", "black"])
def test_unusable_in_half_precision(what: str) -> None:
    """The batch is made again in float32 and counted; the network works in half precision before and after."""
    unet = Copy(broken=(torch.bfloat16,)) if what == "broken" else Copy(black=(torch.bfloat16,))
    network = stub_network(unet, precision="bfloat16", batch=4)
    assert network.dtype == torch.bfloat16
    assert np.abs(made(network, 6).astype(int) - faces(6)).max() <= 2
    assert (network.repeated, network.lost) == (6, 0)
    assert [tokens.dtype for tokens in unet.heard] == [torch.bfloat16, torch.float32] * 2


def test_unusable_at_all() -> None:
    """What has no number in float32 either comes out black and is counted."""
    network = stub_network(Copy(broken=(torch.float32,)))
    assert not made(network, 2).any()
    assert (network.repeated, network.lost) == (0, 2)


def test_dark_faces_are_not_black() -> None:
    """A dark picture is one."""
    network = stub_network(Listen(), precision="bfloat16")
    tokens = np.full((1, 50, 384), 0.05, np.float32)
    assert 10 <= network.infer(tokens, network.encode(faces(1))).mean() <= 16
    assert network.repeated == 0


def test_wrong_input() -> None:
    """Shapes and types are checked with the expected form."""
    network = stub_network()
    with pytest.raises(SeamSyncError, match=r"faces must be \[B,3,S,S\] = \[\*,3,16,16\], got \[1,3,8,8\]"):
        network.encode(np.zeros((1, 3, 8, 8), np.uint8))
    with pytest.raises(SeamSyncError, match="faces must be uint8"):
        network.encode(np.zeros((1, 3, 16, 16), np.float32))
    with pytest.raises(SeamSyncError, match="tokens must be"):
        network.infer(np.zeros((1, 50, 383), np.float32), np.zeros((1, 8, 2, 2), np.float32))
    with pytest.raises(SeamSyncError, match="batch"):
        stub_network(batch=-1)


def test_compiled_batches_keep_their_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiled network is given as many frames every time."""
    monkeypatch.setattr(torch, "compile", lambda network: network)
    unet = Copy()
    network = stub_network(unet, compiled=True, batch=4)
    np.testing.assert_array_equal(made(network, 6), faces(6))
    assert [len(tokens) for tokens in unet.heard] == [4, 4]
