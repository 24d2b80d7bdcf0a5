"""What Wav2Lip's own face detector costs: S3FD's layers with random numbers in them. It finds nothing.

Source of the layers: Zhang et al., "S3FD: Single Shot Scale-invariant Face Detector" (2017): VGG-16 to conv5_3, the
convolutional fc6 and fc7, conv6 and conv7, and a box and a score head on each of six maps.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

#: (convolutions, channels) of VGG-16; a pooling ends each.
_VGG = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
#: Channels of the maps with heads, and score channels of each.
_HEADS = ((256, 4), (512, 2), (512, 2), (1024, 2), (512, 2), (256, 2))


def _block(before: int, layers: tuple[tuple[int, int, int, int], ...]) -> nn.Sequential:
    """Convolutions of (channels, kernel, stride, padding), each with a ReLU."""
    made: list[nn.Module] = []
    for channels, kernel, stride, padding in layers:
        made += [nn.Conv2d(before, channels, kernel, stride, padding), nn.ReLU(inplace=True)]
        before = channels
    return nn.Sequential(*made)


class S3FDCost(nn.Module):
    """All multiplications of S3FD for one picture."""

    def __init__(self) -> None:
        super().__init__()
        before, stages = 3, []
        for count, channels in _VGG:
            stages.append(_block(before, ((channels, 3, 1, 1),) * count))
            before = channels
        stages.append(_block(before, ((1024, 3, 1, 3), (1024, 1, 1, 0))))
        stages.append(_block(1024, ((256, 1, 1, 0), (512, 3, 2, 1))))
        stages.append(_block(512, ((128, 1, 1, 0), (256, 3, 2, 1))))
        self.stages = nn.ModuleList(stages)
        self.heads = nn.ModuleList(nn.Conv2d(channels, scores + 4, 3, padding=1) for channels, scores in _HEADS)
        self.scales = nn.ParameterList(torch.ones(1, channels, 1, 1) for channels, _ in _HEADS[:3])

    @torch.inference_mode()
    def forward(self, images: Tensor) -> list[Tensor]:
        """Heads of float ``[B,3,H,W]``."""
        value, maps = images, []
        for place, stage in enumerate(self.stages):
            value = stage(value)
            if place >= 2:
                maps.append(value)
            if place < 5:
                value = nn.functional.max_pool2d(value, 2, 2)
        for place, scale in enumerate(self.scales):
            maps[place] = maps[place] * (scale / maps[place].square().sum(1, keepdim=True).sqrt().add(1e-10))
        return [head(each) for head, each in zip(self.heads, maps, strict=True)]

    def look(self, picture: np.ndarray) -> None:
        """Do the work for a picture, uint8 ``[H,W,3]`` BGR."""
        mean = torch.tensor([104.0, 117.0, 123.0]).view(1, 3, 1, 1)
        self(torch.from_numpy(picture).permute(2, 0, 1)[None].float() - mean)
