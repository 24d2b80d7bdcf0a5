"""Run the user's restoration models (GFPGAN, CodeFormer, RestoreFormer, ESRGAN and similar), through spandrel.

spandrel (MIT, optional) recognises the published architectures by names and shapes of their weights. CodeFormer's layers, which
are not for commercial use, are in the package spandrel-extra-arches. Files are read by :mod:`.weights`, which executes nothing
in them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from ..errors import SeamSyncError, cause_of, shortage
from ..extras import import_extra
from ..tensors import check_shape
from .weights import load_state_dict

#: Side of the aligned faces that face restorers were trained on, pixels.
FACE_SIDE = 512
_PURPOSES = ("SR", "FaceSR", "Restoration")
_EXTRA = "spandrel-extra-arches"
_BROKEN = "torch and torchvision must be of one release; reinstall them together"


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
    spandrel = import_extra("spandrel", "a restoration model", broken=_BROKEN)
    state = spandrel.canonicalize_state_dict(load_state_dict(path))
    registry = spandrel.MAIN_REGISTRY.copy()
    extra = _further_architectures()
    if extra is not None:
        registry.add(*extra.EXTRA_REGISTRY, ignore_duplicates=True)
    try:
        model = spandrel.ModelLoader(device, registry).load_from_state_dict(state)
    except spandrel.UnsupportedModelError as error:
        hint = "" if extra else f"; CodeFormer and some others need: pip install {_EXTRA}"
        raise SeamSyncError(f"{path.name} is of no architecture that spandrel knows{hint}") from error
    except Exception as error:
        if lack := shortage(error):
            raise SeamSyncError(f"{path.name}: {lack}") from error
        raise SeamSyncError(f"{path.name} does not fit the architecture it looks like ({cause_of(error)})") from error
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


def _further_architectures() -> Any:
    """Return the package of architectures that are not for commercial use; None where it is not installed."""
    try:
        return import_extra("spandrel_extra_arches", "CodeFormer", _EXTRA)
    except SeamSyncError:
        return None
