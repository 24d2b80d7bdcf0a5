"""The Wav2Lip generator: a mel window and a face with its lower half hidden give the face that says it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...errors import check_choice
from .layers import AUDIO, DECODERS, ENCODERS, Layer, Unit, units

#: Sides of the published pictures, pixels.
SIZES = tuple(ENCODERS)


class Wav2Lip(nn.Module):
    """The network; its ``state_dict`` has the published keys, shapes and order.

    Args:
        size: side of the picture, one of :data:`SIZES`.

    Raises:
        SeamSyncError: another size.
    """

    def __init__(self, size: int = 96) -> None:
        super().__init__()
        check_choice("size of Wav2Lip", str(size), map(str, SIZES))
        self.size = size
        encoder, decoder = ENCODERS[size], DECODERS[size]
        skips = [block[-1].out for block in encoder]
        before = [6, *skips[:-1]]
        self.face_encoder_blocks = nn.ModuleList(units(c, block) for c, block in zip(before, encoder, strict=True))
        self.audio_encoder = units(1, AUDIO)
        joined = [block[-1].out + skip for block, skip in zip(decoder, reversed(skips), strict=True)]
        before = [AUDIO[-1].out, *joined[:-1]]
        self.face_decoder_blocks = nn.ModuleList(units(c, block) for c, block in zip(before, decoder, strict=True))
        self.output_block = nn.Sequential(Unit(joined[-1], Layer(32)), nn.Conv2d(32, 3, 1), nn.Sigmoid())

    def forward(self, mel: Tensor, faces: Tensor) -> Tensor:
        """Faces that say what is heard.

        Args:
            mel: float ``[B,1,80,16]``, −4…4.
            faces: float ``[B,6,S,S]``, BGR 0…1: the face with rows S/2… black, then a reference of the same person.

        Returns:
            float ``[B,3,S,S]``, BGR 0…1, the whole face.
        """
        value, features = faces, []
        for block in self.face_encoder_blocks:
            value = block(value)
            features.append(value)
        value = self.audio_encoder(mel)
        for block in self.face_decoder_blocks:
            value = torch.cat([block(value), features.pop()], 1)
        return self.output_block(value)

    def fold(self) -> Wav2Lip:
        """Put the network into inference mode with batch norm worked into the convolutions; returns it."""
        self.eval()
        for part in self.modules():
            if isinstance(part, Unit):
                part.fold()
        return self
