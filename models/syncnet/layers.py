"""Build layers of Wav2Lip's SyncNet, in the layout of the published lipsync_expert.pth.

Source: Prajwal et al., "A Lip Sync Expert Is All You Need for Speech to Lip Generation In the Wild" (2020), and the layers
as Rudrabha/Wav2Lip has them. The units are those of :mod:`..wav2lip.layers`.
"""

from __future__ import annotations

from ..wav2lip.layers import AUDIO, Block, Layer


def _residual(out: int, times: int) -> Block:
    """Build residual layers."""
    return (Layer(out, residual=True),) * times


#: Five half faces of 48 × 96 in colour (15 channels) down to one pixel of 512 channels.
FACE: Block = (
    Layer(32, 7, 1, 3),
    *(Layer(64, 5, (1, 2), 1), *_residual(64, 2)),
    *(Layer(128, stride=2), *_residual(128, 3)),
    *(Layer(256, stride=2), *_residual(256, 2)),
    *(Layer(512, stride=2), *_residual(512, 2)),
    *(Layer(512, stride=2), Layer(512, 3, 1, 0), Layer(512, 1, 1, 0)),
)
_WIDE = AUDIO.index(Layer(256, residual=True))
#: The generator's audio encoder with its residual layer of 256 channels twice.
SPEECH: Block = (*AUDIO[:_WIDE], *AUDIO[_WIDE : _WIDE + 1], *AUDIO[_WIDE:])
