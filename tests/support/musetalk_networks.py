"""MuseTalk's networks in reduced widths, with weights in closed form, and what they give; run as a script for a real host.

``python musetalk_networks.py OUT.npz`` in ComfyUI's folder builds them of the host's classes.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from closed_form import closed_form_state, u
from seamsync.models.musetalk.hearing import SAMPLES, log_mel, positions
from seamsync.models.musetalk.layouts import FEATURES, STEPS, Layout, unet_shapes, vae_shapes, whisper_shapes
from seamsync.models.musetalk.networks import NetworkLibrary

#: Widths of the reference numbers.
SMALL = Layout((32, 64, 64, 64))


def sinusoids() -> torch.Tensor:
    """Whisper's fixed table of positions, ``[1500,384]``."""
    rates = torch.exp(-(math.log(10000) / (FEATURES // 2 - 1)) * torch.arange(FEATURES // 2))
    angle = torch.arange(STEPS)[:, None] * rates
    return torch.cat([angle.sin(), angle.cos()], 1)


def unet_state(layout: Layout = SMALL) -> dict[str, torch.Tensor]:
    """Weights of the U-Net."""
    return closed_form_state("musetalk-unet-small/", unet_shapes(layout))


def vae_state(layout: Layout = SMALL) -> dict[str, torch.Tensor]:
    """Weights of the autoencoder."""
    return closed_form_state("musetalk-vae-small/", vae_shapes(layout))


def whisper_state() -> dict[str, torch.Tensor]:
    """Weights of Whisper tiny's encoder."""
    return closed_form_state("whisper-tiny/encoder.", whisper_shapes()) | {"embed_positions.weight": sinusoids()}


def speech_wave() -> np.ndarray:
    """Three seconds of noise, padded to 30."""
    wave = np.zeros(SAMPLES, np.float32)
    wave[:50_000] = 0.3 * u("whisper-tiny/input.audio", 50_000)
    return wave


def reference_outputs(library: NetworkLibrary) -> dict[str, np.ndarray]:
    """What each network gives for inputs in closed form."""

    def _input(name: str, *shape: int) -> torch.Tensor:
        return torch.from_numpy(u(name, *shape).astype(np.float32))

    tokens = _input("musetalk/input.audio", 2, 50, 384) + torch.from_numpy(positions().copy())
    encoder, decoder = library.vae(SMALL, vae_state())
    found: dict[str, Any] = {"tokens": tokens, "log_mel": torch.from_numpy(log_mel(speech_wave()))[None]}
    with torch.inference_mode():
        found["unet"] = library.unet(SMALL, unet_state())(_input("musetalk-unet-small/input.latent", 2, 8, 16, 16), tokens)
        found["encoder"] = encoder(_input("musetalk-vae-small/input.image", 1, 3, 64, 64))
        found["decoder"] = decoder(_input("musetalk-vae-small/input.latent", 1, 4, 8, 8))
        found["whisper"] = library.whisper(whisper_state())(found["log_mel"])
    return {name: value.numpy() for name, value in found.items()}


def main(out: Path) -> None:
    """Write what the host's networks give."""
    from comfy.options import enable_args_parsing

    enable_args_parsing()
    from seamsync.nodes.networks import HostNetworks

    np.savez(out, **reference_outputs(HostNetworks()))  # type: ignore[arg-type]


if __name__ == "__main__":
    target, sys.argv[1:] = Path(sys.argv[1]), ["--cpu"]
    main(target)
