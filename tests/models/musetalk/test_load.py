"""MuseTalk from files: where they are found, which are refused, and both ways of running from a command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from musetalk_files import NARROW, copying_unet, copying_vae, old_names, whole_whisper, write_files, zero_whisper
from seamsync.errors import SeamSyncError
from seamsync.models import generators, registry, weights
from seamsync.models.musetalk.files import find_companions
from seamsync.models.musetalk.generator import MuseTalkGenerator
from seamsync.models.musetalk.layouts import UNET, VAE, unet_shapes, vae_shapes, whisper_shapes
from seamsync.models.musetalk.load import load_networks
from seamsync.models.musetalk.names import vae_name, vae_state, whisper_state

#: Today's names of the autoencoder's parts → CompVis'.
_COMPVIS = (
    ("mid_block.resnets.0.", "mid.block_1."),
    ("mid_block.resnets.1.", "mid.block_2."),
    ("mid_block.attentions.0.", "mid.attn_1."),
    ("conv_shortcut", "nin_shortcut"),
    ("conv_norm_out", "norm_out"),
    (".resnets.", ".block."),
    (".downsamplers.0.", ".downsample."),
    (".upsamplers.0.", ".upsample."),
    ("down_blocks", "down"),
    ("attn_1.group_norm", "attn_1.norm"),
    ("attn_1.to_q", "attn_1.q"),
    ("attn_1.to_k", "attn_1.k"),
    ("attn_1.to_v", "attn_1.v"),
    ("attn_1.to_out.0", "attn_1.proj_out"),
)


def compvis_name(key: str) -> str:
    """A tensor's name in the checkpoints of Stable Diffusion, where the decoder's levels are counted from the other end."""
    for ours, theirs in _COMPVIS:
        key = key.replace(ours, theirs)
    if key.startswith("decoder.up_blocks."):
        level = int(key.split(".")[2])
        key = key.replace(f"up_blocks.{level}", f"up.{3 - level}")
    return key


def compvis(state: dict[str, torch.Tensor], prefix: str = "") -> dict[str, torch.Tensor]:
    """An autoencoder as Stable Diffusion's checkpoints have it: 1 × 1 convolutions in its attention."""
    return {
        prefix + compvis_name(key): value[..., None, None] if ".attentions." in key and value.ndim == 2 else value
        for key, value in state.items()
    }


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights that is the only one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nothing"))
    monkeypatch.setenv("SEAMSYNC_MODELS", str(tmp_path / "weights"))
    return tmp_path / "weights"


def test_names_of_the_autoencoder() -> None:
    """Every published name is found again from both older sets of names."""
    state = {key: torch.empty(shape, device="meta") for key, shape in vae_shapes(VAE).items()}
    for other in (state, old_names(state), compvis(state), compvis(state, "first_stage_model.")):
        assert {key: tuple(value.shape) for key, value in vae_state(other).items()} == vae_shapes(VAE)
    assert vae_name("decoder.up.3.block.0.nin_shortcut.weight") == "decoder.up_blocks.0.resnets.0.conv_shortcut.weight"
    more = compvis(state, "first_stage_model.") | {"model.diffusion_model.x": torch.zeros(1)}
    assert len(vae_state(more)) == 248
    assert len(vae_state(compvis(state) | {"model_ema.decay": torch.zeros(1)})) == 248


def test_names_of_whisper() -> None:
    """The encoder of a whole model, of an encoder, and without a prefix."""
    encoder = {key: torch.zeros(shape) for key, shape in whisper_shapes().items()}
    for other in (encoder, whole_whisper(encoder), {f"encoder.{key}": value for key, value in encoder.items()}):
        assert set(whisper_state(other)) == set(encoder)


def test_a_copying_network(own: Path, tmp_path: Path) -> None:
    """Files in the published layout, with the older names: the networks that they make give back a blurred face, in RGB."""
    pytest.importorskip("diffusers")
    path = write_files(tmp_path / "files", copying_unet(), copying_vae(), zero_whisper())
    assert generators.recognise(path).name == "musetalk"
    generator = generators.load_generator(path, device="cpu", sound_offset=1, chin_room=0.1, batch=2)
    assert isinstance(generator, MuseTalkGenerator)
    assert (generator.name, generator.offset_frames, generator.box.margin, generator.network.batch) == ("musetalk", 1, 0.1, 2)
    face = np.random.default_rng(0).integers(0, 256, (3, 16, 16), dtype=np.uint8).repeat(16, 1).repeat(16, 2)[None]
    made = generator.network.infer(np.zeros((1, 50, 384), np.float32), generator.network.encode(face))
    for channel in range(3):
        inner = slice(24, -24)
        assert np.corrcoef(made[0, channel, inner, inner].ravel(), face[0, channel, inner, inner].ravel())[0, 1] > 0.99
        other = (channel + 1) % 3
        assert np.corrcoef(made[0, channel, inner, inner].ravel(), face[0, other, inner, inner].ravel())[0, 1] < 0.5


@pytest.mark.parametrize(
    ("vae", "whisper"),
    [
        ("sd-vae/diffusion_pytorch_model.bin", "whisper/pytorch_model.bin"),
        ("sd-vae-ft-mse/diffusion_pytorch_model.safetensors", "whisper-tiny/model.safetensors"),
        ("../vae/vae-ft-mse-840000-ema-pruned.safetensors", "whisper-tiny.safetensors"),
    ],
)
def test_where_companions_lie(own: Path, tmp_path: Path, vae: str, whisper: str) -> None:
    """Beside the U-Net or above it, under the names of several programs."""
    path = tmp_path / "models" / "musetalk" / "musetalkV15" / "unet.pth"
    for file in (path, path.parents[1] / vae, path.parents[1] / whisper):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    found = find_companions(path)
    assert {name: file.resolve() for name, file in found.items()} == {
        "vae": (path.parents[1] / vae).resolve(),
        "whisper": (path.parents[1] / whisper).resolve(),
    }


def test_companions_in_the_folders_of_models(own: Path, tmp_path: Path) -> None:
    """The registered files first, then ComfyUI's own autoencoders and other packs' folders."""
    lonely = tmp_path / "elsewhere" / "unet.pth"
    models = tmp_path / "comfy" / "models"
    assert find_companions(lonely, [models / "seamsync", models]) == {}
    theirs = models / "vae" / "vae-ft-mse-840000-ema-pruned.safetensors"
    whisper = models / "diffusers" / "TMElyralab" / "MuseTalk" / "whisper" / "pytorch_model.bin"
    for file in (theirs, whisper):
        file.parent.mkdir(parents=True)
        file.write_bytes(b"x")
    assert find_companions(lonely, [models / "seamsync", models]) == {"vae": theirs, "whisper": whisper}
    ours = own / "musetalk" / "sd-vae" / "diffusion_pytorch_model.bin"
    ours.parent.mkdir(parents=True)
    ours.write_bytes(b"x")
    assert find_companions(lonely)["vae"] == ours


def test_missing_files(own: Path, tmp_path: Path) -> None:
    """The message names what is missing, the command, and where to put it."""
    with pytest.raises(
        SeamSyncError, match=r"musetalk is missing: run: seamsync models get musetalk; looked in .*licence: two"
    ):
        generators.load_generator("musetalk")
    path = tmp_path / "unet.pth"
    torch.save(copying_unet(), path)
    with pytest.raises(SeamSyncError, match=r"needs sd-vae-ft-mse beside unet\.pth: run 'seamsync models get sd-vae-ft-mse'"):
        generators.load_generator(path, device="cpu")


def test_wrong_files(tmp_path: Path) -> None:
    """A missing, a foreign or an incomplete file is refused before anything runs, with names and shapes."""
    pytest.importorskip("diffusers")
    unet = write_files(tmp_path, copying_unet(), copying_vae(), zero_whisper())
    vae, whisper = tmp_path / "sd-vae" / "diffusion_pytorch_model.bin", tmp_path / "whisper" / "pytorch_model.bin"
    with pytest.raises(
        SeamSyncError, match=r"diffusion_pytorch_model\.bin is not MuseTalk's U-Net: its \d+ tensors begin with"
    ):
        load_networks(vae, vae, whisper)
    with pytest.raises(SeamSyncError, match=r"unet\.pth is not the autoencoder sd-vae-ft-mse: its \d+ tensors begin with"):
        load_networks(unet, unet, whisper)
    with pytest.raises(SeamSyncError, match=r"of whisper-tiny\) is not this network: of 67 keys, 67 missing"):
        load_networks(unet, vae, vae)
    torch.save(copying_unet() | {"extra": torch.zeros(2), "conv_out.bias": torch.zeros(5)}, unet)
    with pytest.raises(SeamSyncError, match=r"1 unexpected \(extra\); 1 of another shape \(conv_out\.bias \[5\] for \[4\]\)"):
        load_networks(unet, vae, whisper)
    with pytest.raises(SeamSyncError, match="no such file"):
        load_networks(tmp_path / "none.pth", vae, whisper)


def test_recognised_by_shapes() -> None:
    """The published U-Net and reduced ones are recognised; the other files and Stable Diffusion's are not."""
    recognises = generators.get("musetalk").recognises
    assert recognises is not None
    assert recognises(unet_shapes(UNET))
    assert recognises(unet_shapes(NARROW))
    assert not recognises(vae_shapes(VAE))
    assert not recognises(unet_shapes(UNET) | {"conv_in.weight": (320, 4, 3, 3)})


def test_registered(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One command fetches all three; each has its licence, size and sha256; a large file counts by its size."""
    fetched: list[str] = []

    def _download(entry: registry.ModelEntry, folder: Path, progress: object) -> None:
        fetched.append(entry.name)
        for file in entry.files:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / file.name).open("wb") as stream:
                stream.truncate(file.size)

    monkeypatch.setattr(weights, "download", _download)
    monkeypatch.setattr(weights, "matches", lambda path, file: path.stat().st_size == file.size)
    paths = weights.fetch("musetalk")
    assert fetched == ["musetalk", "sd-vae-ft-mse", "whisper-tiny"]
    assert list(paths) == ["unet.pth", "sd-vae-ft-mse/diffusion_pytorch_model.bin", "whisper-tiny/pytorch_model.bin"]
    assert find_companions(paths["unet.pth"]) == {"vae": list(paths.values())[1], "whisper": list(paths.values())[2]}
    monkeypatch.setattr(weights, "matches", lambda path, file: pytest.fail("the large file was read"))
    assert weights.status("musetalk")[0] == "present"
    for name in fetched:
        assert all(file.size and file.sha256 and file.origin for file in registry.get(name).files)
    assert "OpenRAIL" in registry.get("musetalk").licence
    assert "README" in registry.get("musetalk").licence
