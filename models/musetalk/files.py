"""Find the two files that MuseTalk needs beside its U-Net, wherever the user keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...errors import SeamSyncError
from ...files import is_file
from .. import weights
from ..weights import ModelFolders, search_dirs

#: Setting of :class:`~.entry.MuseTalkOptions` → the registered model, and where other programs keep its file, below a folder.
_MODELS = {"vae": "sd-vae-ft-mse", "whisper": "whisper-tiny"}
_PLACES = {
    "vae": (
        "sd-vae/diffusion_pytorch_model",
        "sd-vae-ft-mse/diffusion_pytorch_model",
        "sd-vae-ft-mse",
        "vae-ft-mse-840000-ema-pruned",
        "vae/sd-vae-ft-mse",
        "vae/vae-ft-mse-840000-ema-pruned",
    ),
    "whisper": (
        "whisper/model",
        "whisper/pytorch_model",
        "whisper-tiny/model",
        "whisper-tiny/pytorch_model",
        "whisper-tiny",
        "whisper_tiny",
    ),
}
_SUFFIXES = (".safetensors", ".bin", ".pth", ".pt", ".ckpt")
#: Folders of models in which other packs for ComfyUI keep MuseTalk's files.
_PACKS = ("", "musetalk", "MuseTalk", "diffusers/TMElyralab/MuseTalk", "audio_encoders")


def find_companions(path: Path, models: ModelFolders | None = None) -> dict[str, Path]:
    """Return the files of the autoencoder and of Whisper, as far as they are found.

    Looked for beside the U-Net and in the folders above it, as the published repository lays them out, then among the
    registered models, then in the places where other packs keep them.

    Args:
        path: the U-Net's file.
        models: a host's folders of models, if any.

    Returns:
        Paths for the settings ``vae`` and ``whisper``.
    """
    near = [path.parent, *path.parent.parents[:2]]
    far = [root / pack for root in search_dirs(models) for pack in _PACKS]
    found: dict[str, Path] = {}
    for setting, model in _MODELS.items():
        candidates = [*_places(near, setting), *weights.existing_files(model, models), *_places(far, setting)]
        if file := next(iter(candidates), None):
            found[setting] = file
    return found


def _places(folders: list[Path], setting: str) -> Iterator[Path]:
    """Yield the files there are in the usual places below some folders."""
    for folder in folders:
        for place in _PLACES[setting]:
            for suffix in _SUFFIXES:
                if is_file(file := folder / f"{place}{suffix}"):
                    yield file


def needed(path: Path, setting: str, given: Path | None) -> Path:
    """Return the file of a setting.

    Raises:
        SeamSyncError: it was not found; says what to do.
    """
    if given is not None:
        return given
    model = _MODELS[setting]
    raise SeamSyncError(
        f"MuseTalk needs {model} beside {path.name}: run 'seamsync models get {model}', or put it into "
        f"{path.parent / _PLACES[setting][0]}.safetensors; where your ComfyUI has it already, link it there"
    )
