"""Networks that stand for MuseTalk's where a test must know what comes out: pictures of 16 pixels, one latent a picture."""

from __future__ import annotations

from typing import Any

import torch
from seamsync.models.musetalk.networks import Networks
from seamsync.models.musetalk.run import SCALE, MuseTalkNetwork
from torch import Tensor, nn

SIZE = 16


class Ears(nn.Module):
    """Stands for Whisper: every state of a step is the loudest band of its two columns, 0…1 for −1.5…1.5."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, mel: Tensor) -> Tensor:
        """See the class."""
        self.calls += 1
        loud = mel.amax(1).unflatten(1, (1500, 2)).amax(2)
        return ((loud + 1.5) / 3)[:, :, None, None].expand(-1, -1, 5, 384)


class Eyes(nn.Module):
    """Stands for the encoder: the picture averaged over 8 × 8 pixels."""

    def __init__(self, room: int = 1000) -> None:
        super().__init__()
        self.room, self.seen = room, 0

    def forward(self, pictures: Tensor) -> Tensor:
        """See the class; two pictures a frame."""
        if len(pictures) > 2 * self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        self.seen += len(pictures) // 2
        small = nn.functional.avg_pool2d(pictures, 8)
        return torch.cat([small, small.mean(1, keepdim=True)], 1)


class Mouth(nn.Module):
    """Stands for the decoder: latents as blocks of 8 × 8 pixels."""

    def forward(self, latents: Tensor) -> Tensor:
        """See the class."""
        return nn.functional.interpolate(latents[:, :3], scale_factor=8.0)


class Copy(nn.Module):
    """Stands for the U-Net: gives back the reference, unless there are more frames than there is room for.

    Args:
        room: frames.
        broken: types in which no number comes out.
        black: types in which black comes out.
    """

    def __init__(self, room: int = 1000, broken: tuple[Any, ...] = (), black: tuple[Any, ...] = ()) -> None:
        super().__init__()
        self.room, self.broken, self.black = room, broken, black
        self.heard: list[Tensor] = []

    def forward(self, latents: Tensor, tokens: Tensor) -> Tensor:
        """See the class."""
        if len(latents) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        self.heard.append(tokens)
        made = self.answer(latents, tokens)
        made = torch.full_like(made, torch.nan) if latents.dtype in self.broken else made
        return torch.full_like(made, -1.1 * SCALE) if latents.dtype in self.black else made

    def answer(self, latents: Tensor, tokens: Tensor) -> Tensor:
        """What comes out."""
        return latents[:, 4:]


class Listen(Copy):
    """Stands for the U-Net: the whole face as bright as the loudest of what is heard; 0 is black, 1 is white."""

    def answer(self, latents: Tensor, tokens: Tensor) -> Tensor:
        """See the class; feature 1 of token 0 has the position 1, others are at most 1 more."""
        loud = (tokens[:, ::5, 0] - _first_positions(tokens.device)).amax(1)
        return ((2 * loud - 1) * SCALE)[:, None, None, None].expand(-1, 4, *latents.shape[2:]).to(latents.dtype)


def _first_positions(device: torch.device) -> Tensor:
    return torch.arange(0, 50, 5, dtype=torch.float32, device=device).sin()


def stub_network(
    unet: Copy | None = None, eyes: Eyes | None = None, ears: Ears | None = None, **settings: Any
) -> MuseTalkNetwork:
    """The stand-ins as a network on the CPU."""
    networks = Networks(unet or Copy(), eyes or Eyes(), Mouth(), ears or Ears())
    return MuseTalkNetwork(networks, torch.device("cpu"), size=SIZE, **settings)
