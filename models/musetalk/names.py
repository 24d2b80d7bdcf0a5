"""Bring the names of a checkpoint to those of the published files (:mod:`.layouts`).

The autoencoder is found under three sets of names: diffusers' of today; diffusers' of 2022, which the published file has;
and those of the Stable Diffusion checkpoints (CompVis), as ``vae-ft-mse-840000-ema-pruned`` has them. Whisper's encoder is
found with and without the rest of the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch

#: CompVis → diffusers, as patterns to replace one after another.
_COMPVIS = (
    (r"^first_stage_model\.", ""),
    (r"^encoder\.down\.(\d)\.block\.", r"encoder.down_blocks.\1.resnets."),
    (r"^encoder\.down\.(\d)\.downsample\.", r"encoder.down_blocks.\1.downsamplers.0."),
    (r"^(encoder|decoder)\.mid\.block_1\.", r"\1.mid_block.resnets.0."),
    (r"^(encoder|decoder)\.mid\.block_2\.", r"\1.mid_block.resnets.1."),
    (r"^(encoder|decoder)\.mid\.attn_1\.", r"\1.mid_block.attentions.0."),
    (r"\.nin_shortcut\.", ".conv_shortcut."),
    (r"^(encoder|decoder)\.norm_out\.", r"\1.conv_norm_out."),
)
#: The decoder's levels are counted from the other end.
_COMPVIS_UP = re.compile(r"^decoder\.up\.(\d)\.(block|upsample)\.")
#: Names of the middle's attention → those of today.
_ATTENTION = {
    "norm": "group_norm",
    "q": "to_q",
    "k": "to_k",
    "v": "to_v",
    "proj_out": "to_out.0",
    "query": "to_q",
    "key": "to_k",
    "value": "to_v",
    "proj_attn": "to_out.0",
}
_ATTENTION_NAME = re.compile(r"(\.mid_block\.attentions\.0\.)(\w+)(\.(?:weight|bias))$")
#: Prefixes under which Whisper's encoder is stored, the longest first.
_WHISPER = ("model.encoder.", "encoder.")


def vae_name(key: str) -> str:
    """Return the name of today for a tensor of the autoencoder.

    Example:
        >>> vae_name("decoder.up.3.block.0.nin_shortcut.weight")
        'decoder.up_blocks.0.resnets.0.conv_shortcut.weight'
    """
    for pattern, ours in _COMPVIS:
        key = re.sub(pattern, ours, key)
    if up := _COMPVIS_UP.match(key):
        part = {"block": "resnets", "upsample": "upsamplers.0"}[up[2]]
        key = f"decoder.up_blocks.{3 - int(up[1])}.{part}.{key[up.end() :]}"
    return _ATTENTION_NAME.sub(lambda found: found[1] + _ATTENTION.get(found[2], found[2]) + found[3], key)


def vae_state(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return an autoencoder's tensors under the names of today; weights of its attention are matrices.

    Of a whole Stable Diffusion checkpoint only the autoencoder is taken. Averages that training left are dropped.
    """
    whole = any(key.startswith("first_stage_model.") for key in state)
    found: dict[str, torch.Tensor] = {}
    for key, value in state.items():
        if (whole and not key.startswith("first_stage_model.")) or key.startswith(("model_ema.", "loss.")):
            continue
        name = vae_name(key)
        found[name] = value[:, :, 0, 0] if ".attentions." in name and value.ndim == 4 else value
    return found


def whisper_state(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the encoder's tensors of a Whisper model, or those of an encoder alone, without a prefix."""
    for prefix in _WHISPER:
        if found := {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}:
            return found
    return dict(state)
