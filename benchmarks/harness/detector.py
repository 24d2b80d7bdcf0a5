"""The seam detector: how well a small network tells crops along a seam from untouched ones, on people it has not seen.

One network is trained for every clip left out, on the crops of all others, and asked about the clip left out; its area
under the ROC curve there is the number. 0.5 says that it cannot tell, 1 that it always can. It is a lower bound: another
detector may see more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import rankdata
from torch import nn

from ...errors import SeamSyncError
from ...tensors import one_thread

#: Times through the crops, crops a step, and the step's size.
EPOCHS, BATCH, RATE = 10, 48, 4e-3
#: Crops of a clip, of either sort, at most.
MOST = 240
#: 8-bit levels of luma, Cb and Cr that count as one.
_SCALE = (16.0, 6.0, 6.0)


@dataclass(frozen=True)
class Detection:
    """What the detector found.

    Attributes:
        auc: mean over the clips left out, 0…1; NaN with fewer than two clips.
        spread: standard deviation over those clips.
        clips: the AUC of each.
    """

    auc: float
    spread: float
    clips: dict[str, float]


class SeamNet(nn.Module):
    """Some 4000 weights: three convolutions, then the mean along the seam; across it the place stays known.

    Takes crops float32 ``[N,3,32,32]`` in units of :data:`_SCALE`; gives float32 ``[N]``, larger the more like a composite.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(),
            nn.Conv2d(8, 12, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(12, 16, 3, padding=1), nn.ReLU(),
        )  # fmt: skip
        self.out = nn.Linear(16 * 16, 1)

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        """See the class."""
        found = self.layers(crops)
        return self.out(found.mean(-1).flatten(1))[:, 0]


def detect(composites: Mapping[str, np.ndarray], untouched: Mapping[str, np.ndarray], seed: int = 0) -> Detection:
    """Train and ask, one clip left out at a time.

    Args:
        composites: clip → crops uint8 ``[N,3,32,32]`` of :func:`~.detector_crops.cut_crops` along the seam.
        untouched: clip → crops of frames that nobody changed.
        seed: of weights and order; the same gives the same numbers.

    Raises:
        SeamSyncError: the two do not have the same clips.
    """
    if set(composites) != set(untouched):
        raise SeamSyncError(f"the detector needs both sorts of crops of every clip, got {list(composites)}, {list(untouched)}")
    data = {clip: _labelled(composites[clip], untouched[clip]) for clip in sorted(composites)}
    data = {clip: pair for clip, pair in data.items() if 0 < pair[1].sum() < len(pair[1])}
    if len(data) < 2:
        return Detection(np.nan, np.nan, {})
    found = {}
    for left_out, (crops, labels) in data.items():
        rest = [pair for clip, pair in data.items() if clip != left_out]
        net = _train(torch.cat([pair[0] for pair in rest]), torch.cat([pair[1] for pair in rest]), seed)
        with torch.no_grad(), one_thread():
            found[left_out] = auc(net(crops).numpy(), labels.numpy() > 0)
    numbers = np.array(list(found.values()))
    return Detection(float(numbers.mean()), float(numbers.std()), found)


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve: how often a positive scores above a negative, ties half (Mann and Whitney, 1947).

    Args:
        scores: ``[N]``.
        positive: bool ``[N]``, some of them and not all.
    """
    ahead = int(positive.sum())
    ranks = rankdata(scores)[positive].sum() - ahead * (ahead + 1) / 2
    return float(ranks / (ahead * (len(scores) - ahead)))


def _labelled(composites: np.ndarray, untouched: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Crops as the net takes them, without their own mean colour, which only tells people apart; and 1 or 0 for each."""
    kept = [
        crops[np.unique(np.linspace(0, len(crops) - 1, min(MOST, len(crops))).astype(int))] for crops in (composites, untouched)
    ]
    crops = torch.from_numpy(np.concatenate(kept)).float()
    crops = (crops - crops.mean((2, 3), keepdim=True)) / torch.tensor(_SCALE)[:, None, None]
    labels = torch.cat([torch.ones(len(kept[0])), torch.zeros(len(kept[1]))])
    return crops, labels


def _train(crops: torch.Tensor, labels: torch.Tensor, seed: int) -> SeamNet:
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        net = SeamNet()
        steps = EPOCHS * -(-len(crops) // BATCH)
        descent = torch.optim.Adam(net.parameters(), RATE, weight_decay=1e-4)
        slower = torch.optim.lr_scheduler.CosineAnnealingLR(descent, steps)
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(crops)).split(BATCH):
                loss = F.binary_cross_entropy_with_logits(net(_mirrored(crops[rows])), labels[rows])
                descent.zero_grad()
                loss.backward()
                descent.step()
                slower.step()
    return net


def _mirrored(crops: torch.Tensor) -> torch.Tensor:
    """Half of them mirrored along the seam."""
    flip = torch.rand(len(crops)) < 0.5
    return torch.where(flip[:, None, None, None], crops.flip(-1), crops)
