"""MuseTalk on a GPU at its true size, with random weights: ms a frame, share of the matrix peak, memory, against a plain loop.

``python -m seamsync.benchmarks.musetalk.gpu`` runs this part alone, in under four minutes; ``seamsync bench musetalk`` runs it
too, where there is a GPU.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from ...models.musetalk.hearing import TOKENS
from ...models.musetalk.layouts import FEATURES, UNET, VAE, Shape, unet_shapes, vae_shapes, whisper_shapes
from ...models.musetalk.networks import DiffusersLibrary, Networks
from ...models.musetalk.run import SCALE, MuseTalkNetwork
from .. import row, table

#: Billions of operations a frame, a multiply-add counted as two: U-Net on 32 × 32, decoder to 256 × 256.
_UNET, _DECODER = 177.8, 622.2
BATCHES, ROUNDS = (8, 16), 12
_SIDE = 8192
#: Share of the matrix peak to reach in U-Net and decoder.
GOAL = 0.45


def gpu_rows(batches: tuple[int, ...] = BATCHES, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """Lines for each batch: ms a frame, share of the measured peak, against the published loop, peak memory."""
    device = torch.device("cuda")
    networks = true_size(torch.float16)
    network = MuseTalkNetwork(networks, device, precision="float16")
    peak = matrix_peak(device)
    rows: list[dict[str, Any]] = []
    for batch in batches:
        network.batch = batch
        torch.cuda.reset_peak_memory_stats()
        ours = seconds_a_frame(lambda tokens, latents: network.infer(tokens, latents), batch, rounds)
        memory = torch.cuda.max_memory_allocated() / 2**30
        theirs = seconds_a_frame(lambda tokens, latents: plain(networks, device, tokens, latents), batch, rounds)
        share = (_UNET + _DECODER) * 1e9 / ours / peak
        what = f"GPU: batch {batch}, fp16"
        faster, wanted = theirs / ours, f"goal; peak {peak / 1e12:.0f} TFLOP/s"
        rows += [
            row(f"{what}: ms a frame", 1e3 * ours, 1e3 * theirs, "plain loop, ms", faster, "≥ 2", faster >= 2),
            row(f"{what}: share of the matrix peak", share, GOAL, wanted, share / GOAL, "≥ 1", share >= GOAL),
            row(f"{what}: peak memory, GiB", memory, memory, "", 1.0, "", None),
        ]
    return rows


def true_size(dtype: torch.dtype) -> Networks:
    """The networks in the published widths with random weights, on the CPU."""
    library = DiffusersLibrary()
    encoder, decoder = library.vae(VAE, random_state(vae_shapes(VAE), dtype))
    unet = library.unet(UNET, random_state(unet_shapes(UNET), dtype))
    return Networks(unet, encoder, decoder, library.whisper(random_state(whisper_shapes(), torch.float32)))


def random_state(shapes: Mapping[str, Shape], dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Weights of unit gain; scales 1, biases 0."""
    generator = torch.Generator().manual_seed(0)
    state: dict[str, torch.Tensor] = {}
    for name, shape in shapes.items():
        if len(shape) == 1:
            state[name] = torch.full(shape, float(name.endswith("weight")), dtype=dtype)
        else:
            bound = math.sqrt(3 * shape[0] / math.prod(shape))
            state[name] = torch.empty(shape).uniform_(-bound, bound, generator=generator).to(dtype)
    return state


def matrix_peak(device: torch.device, side: int = _SIDE, rounds: int = 20) -> float:
    """Operations a second of a product of float16 matrices."""
    a = torch.randn(side, side, device=device, dtype=torch.float16)
    b = torch.randn(side, side, device=device, dtype=torch.float16)
    for _ in range(3):
        torch.matmul(a, b)
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(rounds):
        torch.matmul(a, b)
    torch.cuda.synchronize()
    return 2 * side**3 * rounds / (time.perf_counter() - start)


def seconds_a_frame(speak: Callable[[np.ndarray, np.ndarray], Any], batch: int, rounds: int) -> float:
    """Seconds of a frame, from tokens and latents in memory to pictures in memory."""
    rng = np.random.default_rng(0)
    tokens = rng.normal(0, 1, (batch, TOKENS, FEATURES)).astype(np.float32)
    latents = (SCALE * rng.normal(0, 1, (batch, 8, 32, 32))).astype(np.float16)
    for _ in range(2):
        speak(tokens, latents)
    start = time.perf_counter()
    for _ in range(rounds):
        speak(tokens, latents)
    return (time.perf_counter() - start) / rounds / batch


@torch.inference_mode()
def plain(networks: Networks, device: torch.device, tokens: np.ndarray, latents: np.ndarray) -> np.ndarray:
    """A batch as the published program runs it: contiguous layout, pictures through float32 on the CPU."""
    seen = torch.from_numpy(latents).to(device, torch.float16)
    made = networks.unet(seen, torch.from_numpy(tokens).to(device, torch.float16))
    pictures = networks.decoder((1 / SCALE) * made)
    pictures = (pictures / 2 + 0.5).clamp(0, 1).detach().cpu().permute(0, 2, 3, 1).float().numpy()
    return (pictures * 255).round().astype("uint8")[..., ::-1]


if __name__ == "__main__":
    print(table(gpu_rows()))
