"""Wav2Lip's files: every container and layout people have, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.models.wav2lip.load import load_wav2lip, picture_size
from seamsync.models.wav2lip.network import SIZES, Wav2Lip
from wav2lip_files import published_container, save_legacy
from wav2lip_reference import expected_keys, random_state


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    """Weights of 96 pixels."""
    return random_state()


def _same(network: Wav2Lip, state: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(value, state[key]) for key, value in network.state_dict().items())


@pytest.mark.parametrize("prefix", ["", "module."])
def test_published_container(tmp_path: Path, state: dict[str, torch.Tensor], prefix: str) -> None:
    """The legacy container with storages on cuda:0, optimizer and prefix: read with weights_only, and only weights are kept."""
    path = save_legacy(published_container(state, prefix=prefix), tmp_path / "wav2lip.pth")
    assert torch.load(path, map_location="cpu", weights_only=True)["global_step"] == 258_000
    with path.open("rb") as stream:
        assert b"cuda:0" in stream.read(1 << 16)
    network = load_wav2lip(path)
    assert _same(network, state)
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())


@pytest.mark.filterwarnings("ignore:.*torch.jit.*", "ignore:.*TorchScript.*")
def test_torchscript(tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    """The traced files give the same weights."""
    network = Wav2Lip().eval()
    network.load_state_dict(state)
    example = (torch.zeros(1, 1, 80, 16), torch.zeros(1, 6, 96, 96))
    torch.jit.trace(network, example, check_trace=False).save(str(tmp_path / "a.pt"))  # type: ignore[union-attr]
    assert _same(load_wav2lip(tmp_path / "a.pt"), state)


def test_safetensors(tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    """So does a re-saved file in half precision, which is brought to the precision asked for."""
    safetensors = pytest.importorskip("safetensors.torch", reason="safetensors is optional")
    half = {key: value.half() if value.is_floating_point() else value for key, value in state.items()}
    safetensors.save_file(half, tmp_path / "a.safetensors")
    network = load_wav2lip(tmp_path / "a.safetensors", dtype=torch.bfloat16, fold=True)
    assert {p.dtype for p in network.parameters()} == {torch.bfloat16}
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in network.modules())


@pytest.mark.parametrize("size", SIZES)
def test_layouts_are_told_apart(size: int) -> None:
    """By the blocks of the face encoder."""
    assert picture_size(expected_keys(size), "a.pth") == size


@pytest.mark.parametrize("size", [256, 288])
def test_larger_networks(tmp_path: Path, size: int) -> None:
    """Their files become networks of their size."""
    state = {key: value.half() if value.ndim else value for key, value in random_state(size).items()}
    torch.save(published_container(state), tmp_path / "wav2lip256.pth")
    network = load_wav2lip(tmp_path / "wav2lip256.pth")
    assert network.size == size
    assert _same(network, {key: value.float() if value.ndim else value for key, value in state.items()})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (["audio_refine.0.weight", "face_encoder_blocks.0.0.conv_block.0.weight"], "TANGO"),
        (["sam.sa.conv1.weight", "audio_refine.0.weight", "face_encoder_blocks.0.0.conv_block.0.weight"], "spatial attention"),
        (["face_encoder.0.weight", "face_decoder.0.weight"], "written anew"),
        (["face_encoder_blocks.0.0.conv_block.0.weight", "binary_pred.0.weight"], "discriminator"),
        (["face_encoder.0.conv_block.0.weight", "audio_encoder.0.conv_block.0.weight"], "SyncNet .* makes no pictures"),
        (["conv1_1.weight"], "S3FD"),
        (["unet.weight", "vae.weight", "x"], "no Wav2Lip: its 3 keys begin with unet.weight, vae.weight"),
        ([f"face_encoder_blocks.{n}.0.conv_block.0.weight" for n in range(10)], "another layout: it has 10 blocks"),
    ],
)
def test_other_networks(keys: list[str], message: str) -> None:
    """Files that people mistake for it are named for what they are, with what to give instead."""
    with pytest.raises(SeamSyncError, match=rf"{message}.*give wav2lip\.pth"):
        picture_size(keys, "a.pth")


def test_almost_the_layout(tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    """One layer missing and one of another width: counted and named."""
    changed = {key: value for key, value in state.items() if "face_encoder_blocks.2.3" not in key}
    changed["output_block.1.bias"] = torch.zeros(4)
    torch.save(changed, tmp_path / "a.pth")
    with pytest.raises(SeamSyncError, match=r"of 352 keys, 7 missing .* 1 of another shape \(output_block\.1\.bias \[4\]"):
        load_wav2lip(tmp_path / "a.pth")


def test_truncated_download(tmp_path: Path) -> None:
    """A file cut short says how many bytes the published one has."""
    path = save_legacy(published_container({"a": torch.zeros(5000)}), tmp_path / "wav2lip.pth")
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(SeamSyncError, match="it has 9,000 bytes, the published file has 435,807,851"):
        load_wav2lip(path)
