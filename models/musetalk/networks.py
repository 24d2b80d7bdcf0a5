"""Build MuseTalk's three networks: of diffusers' and transformers' classes, or of a host's own.

Both sides give the same three modules with the same calls (:class:`Networks`), filled from the same tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ...extras import import_extra
from .layouts import BANDS, FEATURES, HEADS, LATENT, LAYERS, STEPS, Layout

#: What installs diffusers and transformers.
EXTRA = "'seamsync[musetalk]'"
_WHAT = "MuseTalk outside of ComfyUI"


@dataclass(frozen=True, eq=False)
class Networks:
    """The networks, on any device.

    Attributes:
        unet: latents ``[B,8,h,w]`` (masked, reference) and tokens of speech ``[B,50,384]`` → latents ``[B,4,h,w]``.
        encoder: pictures ``[B,3,H,W]``, −1…1 → the most likely latents ``[B,4,H/8,W/8]``, not scaled.
        decoder: latents ``[B,4,h,w]``, not scaled → pictures ``[B,3,8h,8w]``, about −1…1.
        whisper: log-mel ``[B,80,3000]`` → hidden states ``[B,1500,5,384]``: after the convolutions, after layers 1, 2 and 3,
            and the normalised last one.
    """

    unet: nn.Module
    encoder: nn.Module
    decoder: nn.Module
    whisper: nn.Module


class NetworkLibrary(Protocol):
    """Classes of well-known networks. Tensors are named as in :mod:`.layouts`, complete, and of one float type."""

    def unet(self, layout: Layout, state: Mapping[str, Tensor]) -> nn.Module:
        """Return the U-Net, see :attr:`Networks.unet`."""
        ...

    def vae(self, layout: Layout, state: Mapping[str, Tensor]) -> tuple[nn.Module, nn.Module]:
        """Return the autoencoder's two halves, see :attr:`Networks.encoder` and :attr:`Networks.decoder`."""
        ...

    def whisper(self, state: Mapping[str, Tensor]) -> nn.Module:
        """Return Whisper tiny's encoder, see :attr:`Networks.whisper`."""
        ...


class DiffusersLibrary:
    """Build the networks of diffusers' and transformers' classes; both are imported here, at the first use.

    Raises:
        SeamSyncError: a package is missing or broken; says what installs them.
    """

    def unet(self, layout: Layout, state: Mapping[str, Tensor]) -> nn.Module:
        """See :class:`NetworkLibrary`."""
        diffusers = import_extra("diffusers", _WHAT, EXTRA)
        with torch.device("meta"):
            inner = diffusers.UNet2DConditionModel(
                in_channels=2 * LATENT,
                out_channels=LATENT,
                block_out_channels=layout.widths,
                attention_head_dim=HEADS,
                cross_attention_dim=FEATURES,
            )
        return _UNet(filled(inner, state))

    def vae(self, layout: Layout, state: Mapping[str, Tensor]) -> tuple[nn.Module, nn.Module]:
        """See :class:`NetworkLibrary`."""
        diffusers = import_extra("diffusers", _WHAT, EXTRA)
        with torch.device("meta"):
            inner = diffusers.AutoencoderKL(
                block_out_channels=layout.widths,
                latent_channels=LATENT,
                layers_per_block=2,
                down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4,
            )
        filled(inner, state)
        return MeanEncoder(inner.encoder, inner.quant_conv), LatentDecoder(inner.post_quant_conv, inner.decoder)

    def whisper(self, state: Mapping[str, Tensor]) -> nn.Module:
        """See :class:`NetworkLibrary`."""
        transformers = import_extra("transformers", _WHAT, EXTRA)
        modeling = import_extra("transformers.models.whisper.modeling_whisper", _WHAT, EXTRA)
        config = transformers.WhisperConfig(
            num_mel_bins=BANDS,
            d_model=FEATURES,
            encoder_layers=LAYERS,
            encoder_attention_heads=6,
            encoder_ffn_dim=4 * FEATURES,
            max_source_positions=STEPS,
        )
        with torch.device("meta"):
            inner = modeling.WhisperEncoder(config)
        return _Whisper(filled(inner, state))


def filled(network: nn.Module, state: Mapping[str, Tensor]) -> nn.Module:
    """Return a network made on the meta device with its tensors put in, not copied, ready for inference."""
    network.load_state_dict(dict(state), strict=True, assign=True)
    return network.eval().requires_grad_(False)


class _UNet(nn.Module):
    """Run diffusers' U-Net once, at time step 0."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, latents: Tensor, tokens: Tensor) -> Tensor:
        """See :attr:`Networks.unet`."""
        step = torch.zeros((), dtype=torch.long, device=latents.device)
        return self.inner(latents, step, encoder_hidden_states=tokens, return_dict=False)[0]


class MeanEncoder(nn.Module):
    """Encode to the mean of the latents' distribution, which is its mode."""

    def __init__(self, inner: nn.Module, quantise: nn.Module) -> None:
        super().__init__()
        self.inner, self.quantise = inner, quantise

    def forward(self, pictures: Tensor) -> Tensor:
        """See :attr:`Networks.encoder`."""
        return self.quantise(self.inner(pictures))[:, :LATENT]


class LatentDecoder(nn.Module):
    """Decode latents that were not scaled."""

    def __init__(self, quantise: nn.Module, inner: nn.Module) -> None:
        super().__init__()
        self.quantise, self.inner = quantise, inner

    def forward(self, latents: Tensor) -> Tensor:
        """See :attr:`Networks.decoder`."""
        return self.inner(self.quantise(latents))


class _Whisper(nn.Module):
    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, mel: Tensor) -> Tensor:
        """See :attr:`Networks.whisper`."""
        return torch.stack(self.inner(mel, output_hidden_states=True).hidden_states, 2)
