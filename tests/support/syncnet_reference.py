"""Wav2Lip's SyncNet written out a second time, slow and plain, in float64."""

from __future__ import annotations

import re

import torch
from random_weights import random_weights
from torch import Tensor

# A layer is out[k kernel][s stride[,stride]][p padding][r]; defaults k3 s1 p1, r residual.
_LAYERS = {
    "face_encoder": (
        15,
        "32k7p3 64k5s1,2 64r 64r 128s2 128r 128r 128r 256s2 256r 256r 512s2 512r 512r 512s2 512p0 512k1p0",
    ),
    "audio_encoder": (1, "32 32r 32r 64s3,1 64r 64r 128s3 128r 128r 256s3,2 256r 256r 512p0 512k1p0"),
}
_LAYER = re.compile(r"(\d+)(?:k(\d))?(?:s(\d)(?:,(\d))?)?(?:p(\d))?(r)?$")
_NORM = ("weight", "bias", "running_mean", "running_var")


def _table() -> list[tuple[str, int, re.Match[str]]]:
    """Key prefix, input channels and text of every layer, in the state dict's order."""
    found: list[tuple[str, int, re.Match[str]]] = []
    for stem, (channels, text) in _LAYERS.items():
        for number, layer in enumerate(text.split()):
            match = _LAYER.match(layer)
            assert match, layer
            found.append((f"{stem}.{number}.conv_block", channels, match))
            channels = int(match[1])
    return found


def expected_keys() -> dict[str, tuple[int, ...]]:
    """Keys and shapes of the published layout, in order."""
    shapes: dict[str, tuple[int, ...]] = {}
    for prefix, channels, layer in _table():
        out, kernel = int(layer[1]), int(layer[2] or 3)
        shapes |= {f"{prefix}.0.weight": (out, channels, kernel, kernel), f"{prefix}.0.bias": (out,)}
        shapes |= {f"{prefix}.1.{name}": (out,) for name in _NORM}
        shapes[f"{prefix}.1.num_batches_tracked"] = ()
    return shapes


def random_state(seed: int = 0) -> dict[str, Tensor]:
    """Made-up weights of that layout."""
    return random_weights(expected_keys(), seed, gain=0.4)


def reference(state: dict[str, Tensor], mel: Tensor, faces: Tensor) -> tuple[Tensor, Tensor]:
    """Embeddings float64 ``[B,512]`` of the speech and of the faces: convolutions as sums over patches."""
    values = {"audio_encoder": mel.double(), "face_encoder": faces.double()}
    for prefix, _, layer in _table():
        stem = prefix.split(".")[0]
        values[stem] = _layer(
            {key: value.double() for key, value in state.items() if key.startswith(f"{prefix}.")}, prefix, layer, values[stem]
        )
    heard, seen = (values[stem].flatten(1) for stem in ("audio_encoder", "face_encoder"))
    return heard / heard.norm(dim=1, keepdim=True), seen / seen.norm(dim=1, keepdim=True)


def _layer(state: dict[str, Tensor], prefix: str, layer: re.Match[str], value: Tensor) -> Tensor:
    """One layer, by unfolding the picture into patches."""
    kernel, down, padding = int(layer[2] or 3), int(layer[3] or 1), int(layer[5] or 1)
    right = int(layer[4] or down)
    weight, bias = state[f"{prefix}.0.weight"], state[f"{prefix}.0.bias"]
    patches = torch.nn.functional.pad(value, (padding,) * 4).unfold(2, kernel, down).unfold(3, kernel, right)
    result = torch.einsum("bcyxij,ocij->boyx", patches, weight) + bias[:, None, None]
    gain, shift, mean, variance = (state[f"{prefix}.1.{name}"][:, None, None] for name in _NORM)
    result = gain * (result - mean) / (variance + 1e-5) ** 0.5 + shift
    return (result + value if layer[6] else result).clamp(min=0)
