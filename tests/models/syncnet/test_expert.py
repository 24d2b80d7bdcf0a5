"""Wav2Lip's SyncNet: published keys, parity with a second writing of it, and what it is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.models.syncnet.expert import SyncNet, face_windows, load_syncnet
from syncnet_reference import expected_keys, random_state, reference
from wav2lip_reference import published_keys


def random_input(count: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    """Mel windows and faces in their ranges."""
    generator = torch.Generator().manual_seed(1)
    mel = torch.rand((count, 1, 80, 16), generator=generator) * 8 - 4
    return mel, torch.rand((count, 15, 48, 96), generator=generator)


def test_keys() -> None:
    """Keys, shapes and order of the published layout; as many weights as the file has."""
    network = SyncNet()
    assert [(key, tuple(value.shape)) for key, value in network.state_dict().items()] == list(expected_keys().items())
    assert len(expected_keys()) == 217
    assert sum(p.numel() for p in network.parameters()) == 16_435_072


def test_published_file() -> None:
    """The list taken from the published file agrees, word for word."""
    published = published_keys("lipsync_expert")
    if published is None:
        pytest.skip("no shared/models beside the project")
    assert published == list(expected_keys().items())


@torch.inference_mode()
def test_parity(tmp_path: Path) -> None:
    """The embeddings are the reference's, unfused, and loaded from the published container with batch norm worked in."""
    state, (mel, faces) = random_state(), random_input()
    expected = reference(state, mel, faces)
    network = SyncNet().eval()
    network.load_state_dict(state)
    file = tmp_path / "lipsync_expert.pth"
    content = {"state_dict": state, "optimizer": {"state": {}}, "global_step": 1751230, "global_epoch": 2448}
    torch.save(content, file, _use_new_zipfile_serialization=False)
    loaded = load_syncnet(file, torch.device("cpu"))
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in loaded.modules())
    for candidate in (network, loaded):
        for got, wanted in zip(candidate(mel, faces), expected, strict=True):
            assert got.shape == (2, 512)
            assert wanted.std() > 0.01  # the signal went through
            assert (got - wanted).abs().max() <= 1e-6


def test_another_network_is_refused(tmp_path: Path) -> None:
    """A checkpoint of other keys is named, with what is wrong."""
    file = tmp_path / "x.pth"
    torch.save({"face_encoder.0.conv_block.0.weight": torch.zeros(1)}, file)
    with pytest.raises(SeamSyncError, match=r"x\.pth is not this network: of 217 keys, 216 missing"):
        load_syncnet(file, torch.device("cpu"))


def test_windows_of_faces() -> None:
    """Window t holds frames t … t + 4, one after the other, each as blue, green, red, 0…1."""
    crops = np.random.default_rng(0).integers(0, 256, (7, 48, 96, 3), np.uint8)
    windows = face_windows(crops)
    assert windows.shape == (3, 15, 48, 96)
    for t in range(3):
        for frame in range(5):
            for channel in range(3):
                expected = crops[t + frame, :, :, 2 - channel] / np.float32(255)
                np.testing.assert_allclose(windows[t, 3 * frame + channel].numpy(), expected, atol=1e-7)
    assert face_windows(crops[:4]).shape == (0, 15, 48, 96)


def test_windows_of_faces_must_be_half_crops() -> None:
    """Whole crops and floats are refused."""
    with pytest.raises(SeamSyncError, match="crops must be"):
        face_windows(np.zeros((5, 96, 96, 3), np.uint8))
    with pytest.raises(SeamSyncError, match="crops must be uint8"):
        face_windows(np.zeros((5, 48, 96, 3), np.float32))
