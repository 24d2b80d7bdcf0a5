"""SyncNet 2: the published layout, parity with a second writing of it, its cepstra and its windows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.media.audio import Audio
from seamsync.models.syncnet.mfcc import mfcc
from seamsync.models.syncnet.v2 import SyncNet2, face_volumes, load_syncnet2
from syncnet2_reference import expected_keys, random_state, reference


def test_keys() -> None:
    """102 keys of the published shapes; as many weights as the published network has."""
    network = SyncNet2()
    assert {key: tuple(value.shape) for key, value in network.state_dict().items()} == expected_keys()
    assert len(expected_keys()) == 102
    assert sum(p.numel() for p in network.parameters()) == 13_631_616


@torch.inference_mode()
def test_parity(tmp_path: Path) -> None:
    """In float64 the embeddings are the reference's, from a file of old PyTorch without batch counters; in float32 nearly."""
    state = random_state()
    file = tmp_path / "syncnet_v2.model"
    counted = {key: value for key, value in state.items() if not key.endswith("tracked")}
    torch.save(counted, file, _use_new_zipfile_serialization=False)
    generator = torch.Generator().manual_seed(1)
    inputs = {"aud": torch.randn((2, 1, 13, 20), generator=generator) * 5}
    inputs["lip"] = torch.rand((2, 3, 5, 224, 224), generator=generator) * 255
    network = load_syncnet2(file, torch.device("cpu"))
    rounded = network(*inputs.values())
    exact = network.double()(*(value.double() for value in inputs.values()))
    for stem, got, near in zip(inputs, exact, rounded, strict=True):
        expected = reference(state, stem, inputs[stem])
        assert expected.shape == (2, 1024)
        assert (expected[0] - expected[1]).abs().max() > 0.01 * expected.abs().max()  # the input went through
        assert (got - expected).abs().max() <= 1e-10
        assert (near - expected).abs().max() <= 5e-6 * expected.abs().max()


def test_another_network_is_refused(tmp_path: Path) -> None:
    """A checkpoint of other keys is named."""
    file = tmp_path / "x.model"
    torch.save({"a": torch.zeros(1)}, file)
    with pytest.raises(SeamSyncError, match="is not this network: of 102 keys, 88 missing"):
        load_syncnet2(file, torch.device("cpu"))


def slow_mfcc(samples: np.ndarray) -> np.ndarray:
    """The recipe for 16-bit samples spelled out, coefficient by coefficient: float64 ``[13,N]``."""
    emphasised = [float(samples[0])] + [float(b) - 0.97 * float(a) for a, b in pairwise(samples)]
    count = 1 + max(int(np.ceil((len(samples) - 400) / 160)), 0)
    emphasised += [0.0] * (400 + 160 * (count - 1) - len(samples))
    edges = [int(513 * 700 * (10 ** (k * np.log10(1 + 8000 / 700) * 2595 / 27 / 2595) - 1) / 16000) for k in range(28)]
    waves = np.exp(-2j * np.pi * np.outer(np.arange(257), np.arange(400)) / 512)
    columns = []
    for frame in range(count):
        power = abs(waves @ np.array(emphasised[160 * frame : 160 * frame + 400])) ** 2 / 512
        logs = []
        for low, centre, high in zip(edges, edges[1:], edges[2:], strict=False):
            band = sum(power[i] * (i - low) / (centre - low) for i in range(low, centre))
            band += sum(power[i] * (high - i) / (high - centre) for i in range(centre, high))
            logs.append(np.log(band or np.finfo(float).eps))
        column = []
        for n in range(13):
            scale = np.sqrt((1 if n == 0 else 2) / 26) * (1 + 11 * np.sin(np.pi * n / 22))
            column.append(scale * sum(v * np.cos(np.pi * n * (2 * b + 1) / 52) for b, v in enumerate(logs)))
        column[0] = np.log(power.sum() or np.finfo(float).eps)
        columns.append(column)
    return np.array(columns).T


@pytest.mark.parametrize("count", [3000, 400, 150])
def test_cepstra(count: int) -> None:
    """Every coefficient is the reference's, and the last column is filled up with zeros."""
    samples = np.random.default_rng(0).integers(-9000, 9000, count)
    got = mfcc(Audio((samples / 32768)[None], 16000))
    np.testing.assert_allclose(got, slow_mfcc(samples), atol=1e-5)  # values reach 60


def test_cepstra_of_silence() -> None:
    """Digital silence has finite cepstra."""
    silence = mfcc(Audio(np.zeros((1, 1000)), 16000))
    np.testing.assert_allclose(silence, slow_mfcc(np.zeros(1000)), atol=1e-5)


def test_cepstra_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks leave no trace."""
    audio = Audio(np.random.default_rng(0).normal(0, 0.1, (1, 20000)), 16000)
    whole = mfcc(audio)
    monkeypatch.setattr("seamsync.models.syncnet.mfcc._BLOCK", 7)
    np.testing.assert_allclose(mfcc(audio), whole, atol=1e-5)


def test_cepstra_need_sound() -> None:
    """No samples are an error."""
    with pytest.raises(SeamSyncError, match="audio is empty"):
        mfcc(Audio(np.zeros((1, 0)), 16000))


def test_volumes() -> None:
    """Window t holds frames t … t + 4 of each colour, blue first, 0…255."""
    crops = np.random.default_rng(0).integers(0, 256, (6, 224, 224, 3), np.uint8)
    volumes = face_volumes(crops)
    assert volumes.shape == (2, 3, 5, 224, 224)
    np.testing.assert_array_equal(volumes[1, 0, 3].numpy(), crops[4, :, :, 2])
    np.testing.assert_array_equal(volumes[0, 2, 4].numpy(), crops[4, :, :, 0])
