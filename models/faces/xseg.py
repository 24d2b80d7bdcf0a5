"""XSeg, DeepFaceLab's occlusion model, from the user's own ONNX file: which pixels of a face crop show the face.

The published files take one picture of 256×256 in OpenCV's channel order (BGR, 0…1, channels last) and give the weight of
the visible face, 0…1. They are GPL-3.0, so they are never fetched.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from ...errors import SeamSyncError
from ...extras import import_extra
from ...files import is_file
from ...parsing import parsed
from ...tensors import check_shape, shape_text
from ..weights import ModelFolders, find

SIZE = 256
_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")


class Session(Protocol):
    """What is used of an ``onnxruntime.InferenceSession``."""

    def get_inputs(self) -> list[Any]:
        """Inputs, each with ``name`` and ``shape``."""
        ...

    def run(self, names: Any, feed: Any) -> Any:
        """Outputs in order."""
        ...


class XSeg:
    """A loaded occlusion model.

    Args:
        session: the network.
        name: of its file, for messages.

    Raises:
        SeamSyncError: its input is no 256×256 picture.
    """

    size = SIZE

    def __init__(self, session: Session, name: str = "xseg") -> None:
        self.session, self.name = session, name
        given = session.get_inputs()[0]
        shape = list(given.shape)
        sides = [side for side in shape[1:] if side != 3]
        if len(shape) != 4 or 3 not in (shape[1], shape[3]) or any(isinstance(side, int) and side != SIZE for side in sides):
            raise SeamSyncError(f"{name} must take one picture [1,256,256,3] or [1,3,256,256], got {shape}; is it XSeg?")
        self._input, self._channels_last = given.name, shape[3] == 3
        self._single = shape[0] == 1

    def visible(self, images: torch.Tensor) -> torch.Tensor:
        """Where the face itself is seen.

        Args:
            images: float32 ``[B,3,256,256]``, RGB 0…1, faces aligned.

        Returns:
            float32 ``[B,1,256,256]`` on the device of ``images``, 0…1; 0 where something is in front of the face, or beside it.

        Raises:
            SeamSyncError: another shape, or a network that gives something else.
        """
        check_shape("images", images, "B,3,256,256", None, 3, SIZE, SIZE)
        pictures = images.flip(1).float().cpu().numpy()
        if self._channels_last:
            pictures = pictures.transpose(0, 2, 3, 1)
        step = 1 if self._single else max(len(pictures), 1)
        parts = [self._run(np.ascontiguousarray(pictures[i : i + step])) for i in range(0, len(pictures), step)]
        found = np.concatenate(parts) if parts else np.empty((0, 1, SIZE, SIZE), np.float32)
        return torch.from_numpy(found).to(images.device)

    def _run(self, pictures: np.ndarray) -> np.ndarray:
        with parsed(self.name, "XSeg", "is it XSeg?"):
            found = np.asarray(self.session.run(None, {self._input: pictures})[0], np.float32)
        if found.size != len(pictures) * SIZE * SIZE:
            raise SeamSyncError(f"{self.name} must give one weight a pixel, got {shape_text(found.shape)}; is it XSeg?")
        return found.reshape(len(pictures), 1, SIZE, SIZE).clip(0, 1)


def load_xseg(path: Path | None = None, models: ModelFolders | None = None) -> XSeg:
    """The user's XSeg file; downloads nothing.

    Args:
        path: the ONNX file; None: the one in the folder of the registry's model ``xseg``.
        models: a host's folders of models, if any.

    Raises:
        SeamSyncError: onnxruntime is not installed, the file is missing (names its page and folder), or it is no XSeg.
    """
    runtime = import_extra("onnxruntime", "the occlusion model 'xseg'")
    file = Path(path) if path else next(iter(find("xseg", models).values()))
    if not is_file(file):
        raise SeamSyncError(f"no such file: {file}")
    providers = [name for name in _PROVIDERS if name in runtime.get_available_providers()]
    with parsed(file, "an ONNX network", "is the download complete?"):
        return XSeg(runtime.InferenceSession(str(file), providers=providers), file.name)
