"""Load MuseTalk from three files: the U-Net, the autoencoder, and Whisper; find the other two beside the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from ...errors import SeamSyncError
from ...tensors import shape_text
from ..weights import check_shapes, load_state_dict
from .layouts import Layout, Shape, unet_layout, unet_shapes, vae_layout, vae_shapes, whisper_shapes
from .names import vae_state, whisper_state
from .networks import DiffusersLibrary, NetworkLibrary, Networks


def load_networks(
    unet: Path, vae: Path, whisper: Path, library: NetworkLibrary | None = None, dtype: torch.dtype = torch.float32
) -> Networks:
    """Return the networks of three files, on the CPU; nothing in the files is executed.

    Args:
        unet: ``unet.pth`` of MuseTalk 1.5, ``pytorch_model.bin`` of MuseTalk 1, or a network of the same layout.
        vae: of ``sd-vae-ft-mse``, under any of the names that :func:`~.names.vae_state` knows.
        whisper: of ``whisper-tiny``; what is not of the encoder is ignored.
        library: whose classes are used; None: diffusers and transformers.
        dtype: of the U-Net and the autoencoder. Whisper is always float32: it is small, and works once for a whole clip.

    Raises:
        SeamSyncError: a file is missing, damaged, or of another network; or the library is not installed.
    """
    library = library or DiffusersLibrary()
    layout, state = _read_layout(unet, dtype, dict, unet_layout, unet_shapes, "MuseTalk's U-Net")
    network = library.unet(layout, state)
    layout, state = _read_layout(vae, dtype, vae_state, vae_layout, vae_shapes, "the autoencoder sd-vae-ft-mse")
    encoder, decoder = library.vae(layout, state)
    state = _cast(whisper_state(load_state_dict(whisper, mapped=True)), torch.float32)
    check_shapes(whisper_shapes(), _shapes(state), f"{whisper.name} (for the encoder of whisper-tiny)")
    return Networks(network, encoder, decoder, library.whisper(state))


def _read_layout(
    path: Path,
    dtype: torch.dtype,
    renamed: Callable[[Mapping[str, torch.Tensor]], dict[str, torch.Tensor]],
    layout_of: Callable[[Mapping[str, Shape]], Layout | None],
    shapes_of: Callable[[Layout], dict[str, Shape]],
    what: str,
) -> tuple[Layout, dict[str, torch.Tensor]]:
    """Return a file's layout and its tensors, which are complete and of the right shapes."""
    state = renamed(load_state_dict(path, mapped=True))
    layout = layout_of(_shapes(state))
    if layout is None:
        first = ", ".join(f"{name} {shape_text(shape)}" for name, shape in list(_shapes(state).items())[:2])
        raise SeamSyncError(f"{path.name} is not {what}: its {len(state)} tensors begin with {first}")
    check_shapes(shapes_of(layout), _shapes(state), f"{path.name} (for {what})")
    return layout, _cast(state, dtype)


def _shapes(state: Mapping[str, torch.Tensor]) -> dict[str, Shape]:
    return {name: tuple(value.shape) for name, value in state.items()}


def _cast(state: Mapping[str, torch.Tensor], dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Return the tensors in a type; those that have it already stay where they lie, in the mapped file."""
    return {name: value.to(dtype) for name, value in state.items()}
