"""Build well-known networks of ComfyUI's own classes, so that nothing has to be installed for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import comfy.ops
import torch
from comfy.audio_encoders.whisper import AudioEncoder
from comfy.diffusers_convert import convert_vae_state_dict
from comfy.ldm.models.autoencoder import AutoencoderKL
from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel
from comfy.utils import unet_to_diffusers
from torch import Tensor, nn

from ..models.musetalk.layouts import BANDS, FEATURES, HEADS, LATENT, LAYERS, STEPS, Layout
from ..models.musetalk.networks import LatentDecoder, MeanEncoder, filled
from .host import known

#: Layers that are made without being initialised; their parameters are read as they are.
_OPERATIONS = comfy.ops.disable_weight_init


class HostNetworks:
    """See :class:`~seamsync.models.musetalk.networks.NetworkLibrary`."""

    def unet(self, layout: Layout, state: Mapping[str, Tensor]) -> nn.Module:
        """Return the U-Net."""
        first = layout.widths[0]
        config: dict[str, Any] = {
            "image_size": 32,
            "in_channels": 2 * LATENT,
            "out_channels": LATENT,
            "model_channels": first,
            "num_res_blocks": [2, 2, 2, 2],
            "channel_mult": [width // first for width in layout.widths],
            "transformer_depth": [1, 1, 1, 1, 1, 1, 0, 0],
            "transformer_depth_middle": 1,
            "transformer_depth_output": [1] * 9 + [0] * 3,
            "context_dim": FEATURES,
            "num_heads": HEADS,
            "use_spatial_transformer": True,
            "use_linear_in_transformer": False,
            "legacy": False,
        }
        names = unet_to_diffusers(config)
        dtype = state["conv_in.weight"].dtype
        made = known(UNetModel, **config, dtype=dtype, device=torch.device("meta"), operations=_OPERATIONS)
        return _UNet(filled(made, {names[name]: value for name, value in state.items()}))

    def vae(self, layout: Layout, state: Mapping[str, Tensor]) -> tuple[nn.Module, nn.Module]:
        """Return the autoencoder's two halves."""
        first = layout.widths[0]
        config = {
            "double_z": True,
            "z_channels": LATENT,
            "resolution": 256,
            "in_channels": 3,
            "out_ch": 3,
            "ch": first,
            "ch_mult": [width // first for width in layout.widths],
            "num_res_blocks": 2,
            "attn_resolutions": [],
            "dropout": 0.0,
        }
        with torch.device("meta"):
            made = AutoencoderKL(ddconfig=config, embed_dim=LATENT)
        filled(made, convert_vae_state_dict(dict(state)))
        return MeanEncoder(made.encoder, made.quant_conv), LatentDecoder(made.post_quant_conv, made.decoder)

    def whisper(self, state: Mapping[str, Tensor]) -> nn.Module:
        """Return Whisper tiny's encoder."""
        sizes = {"n_mels": BANDS, "n_ctx": STEPS, "n_state": FEATURES, "n_head": 6, "n_layer": LAYERS}
        made = AudioEncoder(**sizes, dtype=torch.float32, device=torch.device("meta"), operations=_OPERATIONS)
        return _Whisper(filled(made, state))


class _UNet(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, latents: Tensor, tokens: Tensor) -> Tensor:
        """See :attr:`~seamsync.models.musetalk.networks.Networks.unet`."""
        steps = torch.zeros(len(latents), dtype=latents.dtype, device=latents.device)
        return self.inner(latents, steps, context=tokens)


class _Whisper(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, mel: Tensor) -> Tensor:
        """See :attr:`~seamsync.models.musetalk.networks.Networks.whisper`."""
        return torch.stack(self.inner(mel)[1], 2)
