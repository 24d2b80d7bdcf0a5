"""Networks that stand for Wav2Lip where a test must know what comes out."""

from __future__ import annotations

from typing import Any, cast

import torch
from seamsync.models.wav2lip.network import Wav2Lip
from seamsync.models.wav2lip.run import LipNetwork


class Stub(torch.nn.Module):
    """Stands for the network: gives what ``answer`` makes of its inputs, and keeps them."""

    def __init__(self, size: int = 8, room: int = 1000) -> None:
        super().__init__()
        self.size, self.room = size, room
        self.calls: list[tuple[torch.Tensor, torch.Tensor]] = []

    def fold(self) -> Stub:
        """Nothing to fold."""
        return self

    def forward(self, mel: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
        """The reference, unless there are more frames than there is room for."""
        if len(faces) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        self.calls.append((mel, faces))
        return faces[:, 3:]


class Listener(Stub):
    """Paints the whole face as bright as the loudest thing it hears: −4 is black, 4 is white."""

    def forward(self, mel: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
        """See the class."""
        self.calls.append((mel, faces))
        loud = (mel.amax((1, 2, 3), keepdim=True) + 4) / 8
        return loud.expand(-1, 3, self.size, self.size)


def lip_network(stub: Stub, **settings: Any) -> LipNetwork:
    """The stub in the place of the network, on the CPU."""
    return LipNetwork(cast(Wav2Lip, stub), torch.device("cpu"), **settings)
