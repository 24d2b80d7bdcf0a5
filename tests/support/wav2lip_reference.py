"""Wav2Lip written out a second time, slow and plain: layers as a text, run by torch's functions from a state dict."""

from __future__ import annotations

import re

import torch
from paths import ROOT
from random_weights import random_weights
from torch import Tensor
from torch.nn import functional as F

# A unit is out[k kernel][s stride][p padding][r][t output padding], defaults k3 s1 p1; r residual, t transposed.
_AUDIO = "32 32r 32r 64s3,1 64r 64r 128s3 128r 128r 256s3,2 256r 512p0 512k1p0"
_LOW = "64s2 64r 64r 64r|128s2 128r 128r|256s2 256r 256r|512s2 512r"
_HIGH = "384s2t1 384r 384r|256s2t1 256r 256r|128s2t1 128r 128r|64s2t1 64r 64r"
_ENCODER = {
    96: f"16k7p3|32s2 32r 32r|{_LOW}|512p0 512k1p0",
    256: f"16k7p3|32s2 32r 32r|{_LOW}|512s2 512r|512k4p0 512k1p0",
    288: f"16k7p3|32k5s2p2 32r|32s2 32r 32r|{_LOW}|512p0 512k1p0|512p0 512k1p0",
}
_DECODER = {
    96: f"512k1p0|512p0t0 512r|512s2t1 512r 512r|{_HIGH}",
    256: f"512k1p0|512k4p0t0 512r|512s2t1 512r|512s2t1 512r 512r|{_HIGH}",
    288: f"512k1p0|512p0t0 512r|512s2t0 512r 512r|512s2t0 512r 512r|{_HIGH}|64s2t1 64r 64r",
}
_UNIT = re.compile(r"(\d+)(?:k(\d))?(?:s(\d)(?:,(\d))?)?(?:p(\d))?(r)?(?:t(\d))?$")


def _units(size: int) -> list[tuple[str, int, re.Match[str]]]:
    """Key prefix, input channels and text of every unit, in the state dict's order."""
    found: list[tuple[str, int, re.Match[str]]] = []

    def add(prefix: str, channels: int, text: str) -> int:
        for number, unit in enumerate(text.split()):
            match = _UNIT.match(unit)
            assert match, unit
            found.append((f"{prefix}.{number}", channels, match))
            channels = int(match[1])
        return channels

    skips, channels = [], 6
    for number, block in enumerate(_ENCODER[size].split("|")):
        skips.append(channels := add(f"face_encoder_blocks.{number}", channels, block))
    channels = add("audio_encoder", 1, _AUDIO)
    for number, block in enumerate(_DECODER[size].split("|")):
        channels = add(f"face_decoder_blocks.{number}", channels, block) + skips.pop()
    add("output_block", channels, "32")
    return found


def expected_keys(size: int) -> dict[str, tuple[int, ...]]:
    """Keys and shapes of the published layout, in order."""
    shapes: dict[str, tuple[int, ...]] = {}
    for prefix, channels, unit in _units(size):
        out, kernel = int(unit[1]), int(unit[2] or 3)
        pair = (out, channels) if unit[7] is None else (channels, out)
        shapes[f"{prefix}.conv_block.0.weight"] = (*pair, kernel, kernel)
        shapes[f"{prefix}.conv_block.0.bias"] = (out,)
        for name in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{prefix}.conv_block.1.{name}"] = (out,)
        shapes[f"{prefix}.conv_block.1.num_batches_tracked"] = ()
    return {**shapes, "output_block.1.weight": (3, 32, 1, 1), "output_block.1.bias": (3,)}


def random_state(size: int = 96, seed: int = 0) -> dict[str, Tensor]:
    """Made-up weights of that layout."""
    return random_weights(expected_keys(size), seed, gain=0.35)


def random_input(size: int = 96, count: int = 2, seed: int = 1) -> tuple[Tensor, Tensor]:
    """Mel windows ``[B,1,80,16]`` and faces ``[B,6,S,S]`` in their ranges."""
    generator = torch.Generator().manual_seed(seed)
    mel = torch.rand((count, 1, 80, 16), generator=generator) * 8 - 4
    return mel, torch.rand((count, 6, size, size), generator=generator)


def reference(state: dict[str, Tensor], mel: Tensor, faces: Tensor) -> Tensor:
    """The network's result, ``[B,3,S,S]``, worked out in the inputs' own precision."""
    size = faces.shape[-1]
    table = {prefix: unit for prefix, _, unit in _units(size)}

    def unit(prefix: str, value: Tensor) -> Tensor:
        _, _, down, right, padding, residual, grow = table[prefix].groups()
        step = (int(down or 1), int(right or down or 1))
        pad = 1 if padding is None else int(padding)
        w, b = (state[f"{prefix}.conv_block.0.{name}"].to(value) for name in ("weight", "bias"))
        plain = grow is None
        result = F.conv2d(value, w, b, step, pad) if plain else F.conv_transpose2d(value, w, b, step, pad, int(grow))
        mean, var, gain, shift = (
            state[f"{prefix}.conv_block.1.{name}"].to(value).view(1, -1, 1, 1)
            for name in ("running_mean", "running_var", "weight", "bias")
        )
        result = (result - mean) / (var + 1e-5).sqrt() * gain + shift
        return (result + value if residual else result).clamp(min=0)

    def run(stem: str, value: Tensor) -> Tensor:
        for prefix in table:
            if prefix.rpartition(".")[0] == stem:
                value = unit(prefix, value)
        return value

    features = []
    for number in range(len(_ENCODER[size].split("|"))):
        faces = run(f"face_encoder_blocks.{number}", faces)
        features.append(faces)
    value = run("audio_encoder", mel)
    for number in range(len(_DECODER[size].split("|"))):
        value = torch.cat([run(f"face_decoder_blocks.{number}", value), features.pop()], 1)
    value = run("output_block", value)
    return F.conv2d(value, state["output_block.1.weight"].to(value), state["output_block.1.bias"].to(value)).sigmoid()


def published_keys(name: str) -> list[tuple[str, tuple[int, ...]]] | None:
    """Keys and shapes in order, as listed from a published file; None where the list is not at hand."""
    path = ROOT.parent / "shared" / "models" / f"{name}.keys.txt"
    if not path.is_file():
        return None
    found = re.findall(r"^(\S+) \(([\d, ]*)\) \w+$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [(key, tuple(int(n) for n in shape.replace(",", " ").split())) for key, shape in found]
