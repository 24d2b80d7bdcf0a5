"""Every generator by name, or by the file of its weights."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from ..errors import SeamSyncError, check_choice
from ..tracking.face_box import FaceBox
from .base import GENERATORS, Generator
from .device import pick_device
from .rewrite.generator import Rewrite
from .wav2lip.generator import Wav2LipGenerator
from .wav2lip.load import load_wav2lip
from .wav2lip.run import LipNetwork
from .weights import ModelFolders, find


def load_generator(name: str | Path, *, device: str = "auto", models: ModelFolders | None = None, **settings: Any) -> Generator:
    """A generator, ready to run; downloads nothing.

    Args:
        name: one of :data:`~.base.GENERATORS`, or the path of a Wav2Lip checkpoint (``.pth``, ``.pt``, ``.safetensors``,
            ``.onnx``).
        device: where a network runs.
        models: a host's folders of models, if any.
        settings: for ``rewrite``, ``mode``; for Wav2Lip ``precision``, ``batch``, ``compiled`` and ``memory`` of
            :class:`~.wav2lip.run.LipNetwork`, ``pads``, ``level`` and ``steadiness`` of
            :class:`~seamsync.tracking.face_box.FaceBox`, ``silence_threshold``, ``offset_frames`` and ``pad_mode`` of
            :class:`~.wav2lip.generator.Wav2LipGenerator`.

    Raises:
        SeamSyncError: no such generator or file, weights that are missing (says where to get them, under which licence) or of
            another network, or an unknown setting.
    """
    if name == GENERATORS[0]:
        return Rewrite(**_known(name, settings, Rewrite))
    where = pick_device(device)
    path = next(iter(find(str(name), models).values())) if name in GENERATORS[1:] else _file(name)
    return _wav2lip(path, where, _known(name, settings, LipNetwork, FaceBox, Wav2LipGenerator))


def _file(name: str | Path) -> Path:
    """The checkpoint at a path; what does not look like one is taken for a mistyped name."""
    path = Path(name).expanduser()
    if not path.is_file():
        if not path.suffix and len(path.parts) == 1:
            check_choice("generator", str(name), GENERATORS)
        raise SeamSyncError(f"no checkpoint at {path}; give a Wav2Lip file, or one of {', '.join(GENERATORS)}")
    return path


def _known(name: str | Path, settings: dict[str, Any], *makers: Callable[..., object]) -> dict[str, Any]:
    """The settings, once each is one that a maker takes."""
    taken = {key for maker in makers for key in inspect.signature(maker).parameters} - {"network", "device", "name", "box"}
    for key in settings:
        check_choice(f"setting of {name}", key, sorted(taken))
    return settings


def _wav2lip(path: Path, device: torch.device, settings: dict[str, Any]) -> Wav2LipGenerator:
    """Settings go to the part that takes them."""

    def _for(maker: Callable[..., object]) -> dict[str, Any]:
        return {key: value for key, value in settings.items() if key in inspect.signature(maker).parameters}

    box, generate = FaceBox(**_for(FaceBox)), _for(Wav2LipGenerator)
    return Wav2LipGenerator(LipNetwork(load_wav2lip(path), device, **_for(LipNetwork)), path.name, box, **generate)
