"""MuseTalk's three files in reduced widths, laid out as published: with random weights, or with weights that copy the face."""

from __future__ import annotations

from pathlib import Path

import torch
from musetalk_networks import SMALL, sinusoids, whisper_state
from musetalk_networks import unet_state as random_unet
from musetalk_networks import vae_state as random_vae
from seamsync.models.musetalk.layouts import Layout, unet_shapes, vae_shapes, whisper_shapes
from seamsync.models.musetalk.run import SCALE

#: One channel a group: the norms treat every channel by itself.
NARROW = Layout((32, 32, 32, 32))
_OLD = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def old_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """An autoencoder's tensors as the published file names them."""
    found = {}
    for key, value in state.items():
        for new, old in _OLD.items():
            key = key.replace(f".attentions.0.{new}.", f".attentions.0.{old}.")
        found[key] = value
    return found


def whole_whisper(encoder: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A Whisper model: the encoder under its prefix, and something of the decoder."""
    return {f"model.encoder.{key}": value for key, value in encoder.items()} | {"model.decoder.other": torch.zeros(2)}


def write_files(
    folder: Path,
    unet: dict[str, torch.Tensor] | None = None,
    vae: dict[str, torch.Tensor] | None = None,
    whisper: dict[str, torch.Tensor] | None = None,
) -> Path:
    """Write the three files as the published repository lays them out; random weights by default. Returns the U-Net's path."""
    for name in ("musetalkV15", "sd-vae", "whisper"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    torch.save(unet or random_unet(SMALL), folder / "musetalkV15" / "unet.pth")
    torch.save(old_names(vae or random_vae(SMALL)), folder / "sd-vae" / "diffusion_pytorch_model.bin")
    torch.save(whole_whisper(whisper or local_whisper()), folder / "whisper" / "pytorch_model.bin")
    return folder / "musetalkV15" / "unet.pth"


def local_whisper() -> dict[str, torch.Tensor]:
    """An encoder whose steps know nothing of each other but of their neighbours: attention adds nothing."""
    return {key: value * (0 if ".out_proj." in key else 1) for key, value in whisper_state().items()}


def zero_whisper() -> dict[str, torch.Tensor]:
    """An encoder that hears nothing, quickly made."""
    found = {key: torch.zeros(shape) for key, shape in whisper_shapes().items()}
    return found | {"embed_positions.weight": sinusoids()}


def copying_vae() -> dict[str, torch.Tensor]:
    """An autoencoder whose latents are the picture averaged over 8 × 8 pixels, of mean 0 and deviation 1 a channel.

    Residual blocks and attention add nothing; every channel is carried beside its negative, so that SiLU drops out:
    silu(x) − silu(−x) = x.
    """
    state = {key: torch.zeros(shape) for key, shape in vae_shapes(NARROW).items()}
    _scales(state)
    for half, channels in (("encoder", 3), ("decoder", 4)):
        _split(state[f"{half}.conv_in.weight"], range(channels))
        _join(state[f"{half}.conv_out.weight"], 4 if half == "encoder" else 3, 1.0 if half == "encoder" else 0.5)
    for key, value in state.items():
        if "downsamplers" in key and key.endswith("weight"):
            for channel in range(32):
                value[channel, channel, :2, :2] = 0.25
        elif "upsamplers" in key and key.endswith("weight"):
            value[:, :, 1, 1] = torch.eye(32)
    state["quant_conv.weight"][:, :, 0, 0] = torch.eye(8)
    state["post_quant_conv.weight"][:, :, 0, 0] = torch.eye(4)
    return state


def copying_unet() -> dict[str, torch.Tensor]:
    """A U-Net that gives back the reference's latents, through its outermost skip connection."""
    state = {key: torch.zeros(shape) for key, shape in unet_shapes(NARROW).items()}
    _scales(state)
    _split(state["conv_in.weight"], range(4, 8))
    state["up_blocks.3.resnets.2.conv_shortcut.weight"][:, 32:, 0, 0] = torch.eye(32)
    _join(state["conv_out.weight"], 4, SCALE)
    return state


def _scales(state: dict[str, torch.Tensor]) -> None:
    for key, value in state.items():
        if value.ndim == 1 and key.endswith("weight"):
            value.fill_(1.0)


def _split(weight: torch.Tensor, channels: range) -> None:
    """Carry channels beside their negatives, eight places further."""
    for place, channel in enumerate(channels):
        weight[place, channel, 1, 1], weight[place + 8, channel, 1, 1] = 1.0, -1.0


def _join(weight: torch.Tensor, channels: int, gain: float) -> None:
    for channel in range(channels):
        weight[channel, channel, 1, 1], weight[channel, channel + 8, 1, 1] = gain, -gain
