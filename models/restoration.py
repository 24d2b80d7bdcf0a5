"""Run the user's restoration models (GFPGAN, CodeFormer, RestoreFormer, ESRGAN and similar), through spandrel.

spandrel (MIT, optional) recognises the published architectures by names and shapes of their weights. CodeFormer's layers, which
are not for commercial use, are in the package spandrel-extra-arches. Files are read by :mod:`.weights`, which executes nothing
in them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from ..errors import SeamSyncError
from ..tensors import check_shape
from .weights import load_state_dict

#: Side of the aligned faces that face restorers were trained on, pixels.
FACE_SIDE = 512
_PURPOSES = ("SR", "FaceSR", "Restoration")
_EXTRA = "spandrel-extra-arches"


class Restorer:
    """Restore pictures by a loaded model.

    Args:
        run: float32 ``[B,3,h,w]`` RGB 0…1 on ``device`` → ``[B,3,h·scale,w·scale]``.
        name: for reports.
        scale: output pixels an input pixel.
        face: it takes one face, framed as in FFHQ, of 512 × 512 pixels; otherwise any picture.
        device: on which it runs.
        batch: pictures run at once. The last batch is filled up, so a picture's result never depends on the clip's length.
            It is halved when the device runs out of memory.
    """

    def __init__(
        self,
        run: Callable[[torch.Tensor], torch.Tensor],
        *,
        name: str = "restorer",
        scale: int = 1,
        face: bool = False,
        device: torch.device | None = None,
        batch: int = 1,
    ) -> None:
        self.name, self.scale, self.face, self.batch = name, scale, face, batch
        self.device = device or torch.device("cpu")
        self._run = run

    @torch.inference_mode()
    def restore(self, images: torch.Tensor) -> torch.Tensor:
        """Return restored pictures, on the CPU.

        Args:
            images: float32 ``[B,3,h,w]``, RGB 0…1.

        Returns:
            float32 ``[B,3,h·scale,w·scale]``, 0…1.

        Raises:
            SeamSyncError: the device's memory is too small for one picture, or the model gave another size.
        """
        done: list[torch.Tensor] = []
        while len(done) < len(images):
            part = images[len(done) : len(done) + self.batch]
            try:
                result = self._run(_filled(part, self.batch).to(self.device))
            except torch.cuda.OutOfMemoryError as error:
                self._halve(error)
                continue
            check_shape(f"result of {self.name}", result, "B,3,h,w", self.batch, 3, *(n * self.scale for n in part.shape[-2:]))
            done += result[: len(part)].float().clamp(0, 1).cpu()
        return torch.stack(done)

    def _halve(self, error: Exception) -> None:
        torch.cuda.empty_cache()
        if self.batch == 1:
            why = "has too little memory for one picture; use a smaller model, or the CPU"
            raise SeamSyncError(f"{self.name}: {self.device} {why}") from error
        self.batch //= 2


def _filled(images: torch.Tensor, count: int) -> torch.Tensor:
    """Return ``count`` pictures, the last one repeated."""
    return torch.cat([images, images[-1:].expand(count - len(images), -1, -1, -1)])


def load_restorer(path: Path, device: torch.device) -> Restorer:
    """Load the model in a file of the user's own, ``.safetensors``, ``.pth``, ``.pt`` or ``.ckpt``.

    Args:
        path: the file.
        device: on which it runs.

    Raises:
        SeamSyncError: spandrel is not installed or cannot be imported, the file is damaged, of an unknown architecture, or
            of a model that does not turn one picture into one.
    """
    spandrel = _import("spandrel")
    state = spandrel.canonicalize_state_dict(load_state_dict(path))
    registry = spandrel.MAIN_REGISTRY.copy()
    extra = _import("spandrel_extra_arches", optional=True)
    if extra is not None:
        registry.add(*extra.EXTRA_REGISTRY, ignore_duplicates=True)
    try:
        model = spandrel.ModelLoader(device, registry).load_from_state_dict(state)
    except spandrel.UnsupportedModelError as error:
        hint = "" if extra else f"; CodeFormer and some others need: pip install {_EXTRA}"
        raise SeamSyncError(f"{path.name} is of no architecture that spandrel knows{hint}") from error
    except (RuntimeError, KeyError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise SeamSyncError(f"{path.name} does not fit the architecture it looks like ({first[:120]})") from error
    return _restorer(model, path.name, device)


def _restorer(model: Any, name: str, device: torch.device) -> Restorer:
    """Make a restorer of spandrel's description of a model."""
    if model.purpose not in _PURPOSES or (model.input_channels, model.output_channels) != (3, 3):
        what = f"{model.architecture.name} ({model.purpose}, {model.input_channels} to {model.output_channels} channels)"
        raise SeamSyncError(f"{name} must turn an RGB picture into one, got {what}; choose a restoration or upscale model")
    return Restorer(
        model.eval(),
        name=name,
        scale=model.scale,
        face=model.purpose == "FaceSR",
        device=device,
        batch=1 if device.type == "cpu" else 4,
    )


def _import(module: str, *, optional: bool = False) -> Any:
    """Import a package that is not required. The error names a broken one: torchvision beside another torch makes spandrel
    fail.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        if optional:
            return None
        raise SeamSyncError(f"restoration models need the package {module}; run: pip install {module}") from error
    except (RuntimeError, OSError) as error:
        why = f"{module} cannot be imported ({error}); torch and torchvision must be of one release"
        raise SeamSyncError(f"{why}; reinstall them together") from error
