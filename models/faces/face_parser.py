"""The face parser: how likely each of the 19 classes of :mod:`.regions` is at every pixel of aligned face crops."""

from __future__ import annotations

from pathlib import Path

import torch

from ...tensors import check_shape
from ..weights import ModelFolders, check_keys, find, load_state_dict
from .bisenet import BiSeNet, from_renamed, trunk_of
from .regions import CLASSES

#: Side of the crops the weights were trained on, pixels.
SIZE = 512
#: Statistics of ImageNet, by which the trunk's pictures are normalised.
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class FaceParser:
    """A loaded parser.

    Args:
        network: with its weights; moved to ``device``, in half precision and channels-last where that is faster.
        device: where it runs.
        batch: crops run at once.
    """

    size = SIZE

    def __init__(self, network: BiSeNet, device: torch.device, *, batch: int = 16) -> None:
        self.dtype = torch.float16 if device.type == "cuda" else torch.float32
        self.network = network.eval().to(device, self.dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.device, self.batch = device, batch
        self._mean = torch.tensor(_MEAN, device=device).view(3, 1, 1)
        self._deviation = torch.tensor(_DEVIATION, device=device).view(3, 1, 1)

    @torch.inference_mode()
    def parse(self, images: torch.Tensor) -> torch.Tensor:
        """Class probabilities.

        Args:
            images: float32 ``[B,3,512,512]``, RGB 0…1, faces aligned as in FFHQ.

        Returns:
            float32 ``[B,19,512,512]`` on the parser's device, summing to 1 over the classes.

        Raises:
            SeamSyncError: another shape.
        """
        check_shape("images", images, "B,3,512,512", None, 3, SIZE, SIZE)
        parts = []
        for part in images.split(self.batch):
            normal = (part.to(self.device) - self._mean) / self._deviation
            scores = self.network(normal.to(self.dtype, memory_format=torch.channels_last))
            parts.append(scores.float().softmax(1).contiguous())
        return torch.cat(parts) if parts else torch.empty((0, len(CLASSES), SIZE, SIZE), device=self.device)


def load_face_parser(device: torch.device, models: ModelFolders | None = None, *, path: Path | None = None) -> FaceParser:
    """The parser from weights on disk; downloads nothing.

    Args:
        device: where it runs.
        models: a host's folders of models, if any.
        path: a file of the user's own instead of the registered one: ``79999_iter.pth``, facexlib's
            ``parsing_bisenet.pth``, or a ``resnet18.pt`` or ``resnet34.pt`` of yakhyo/face-parsing.

    Raises:
        SeamSyncError: the weights are missing (names the command that fetches them), damaged, or of another network.
    """
    file = path or next(iter(find("face-parser", models).values()))
    state = from_renamed(load_state_dict(file))
    network = BiSeNet(len(CLASSES), trunk_of(state))
    check_keys(network.state_dict(), state, file.name)
    network.load_state_dict(state)
    return FaceParser(network, device)
