"""Networks that cost nothing, in the place of MuseTalk's: blocks of 8 × 8 pixels stand for latents."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...models.musetalk.layouts import FEATURES, STATES, STEPS
from ...models.musetalk.networks import Networks


class Blocks(nn.Module):
    """The encoder: means of blocks."""

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures ``[B,3,H,W]`` → ``[B,4,H/8,W/8]``."""
        small = nn.functional.avg_pool2d(pictures, 8)
        return torch.cat([small, small[:, :1]], 1)


class Enlarge(nn.Module):
    """The decoder: blocks of one colour."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents ``[B,4,h,w]`` → ``[B,3,8h,8w]``."""
        return nn.functional.interpolate(latents[:, :3], scale_factor=8.0)


class Reference(nn.Module):
    """The U-Net: the reference's latents."""

    def forward(self, latents: Tensor, tokens: Tensor) -> Tensor:
        """See :attr:`~seamsync.models.musetalk.networks.Networks.unet`."""
        return latents[:, 4:]


class Deaf(nn.Module):
    """Whisper: zeros."""

    def forward(self, mel: Tensor) -> Tensor:
        """See :attr:`~seamsync.models.musetalk.networks.Networks.whisper`."""
        return mel.new_zeros(len(mel), STEPS, STATES, FEATURES)


def stand_ins() -> Networks:
    """All four."""
    return Networks(Reference(), Blocks(), Enlarge(), Deaf())
