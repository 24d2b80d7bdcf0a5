"""The regions of a face that a parser tells apart, by name.

CelebAMask-HQ's 19 classes (Lee et al., "MaskGAN", 2020) in the order of the published BiSeNet face parsers.
"""

from __future__ import annotations

import numpy as np

CLASSES = (
    "background",
    "skin",
    "left brow",
    "right brow",
    "left eye",
    "right eye",
    "glasses",
    "left ear",
    "right ear",
    "earring",
    "nose",
    "mouth",
    "upper lip",
    "lower lip",
    "neck",
    "necklace",
    "cloth",
    "hair",
    "hat",
)
_GROUPS = {
    "lips": ("upper lip", "lower lip"),
    "brows": ("left brow", "right brow"),
    "eyes": ("left eye", "right eye"),
    "ears": ("left ear", "right ear"),
    "face": ("skin", "nose", "mouth", "upper lip", "lower lip"),
}
#: Every name a user may write: single classes and groups of them.
REGIONS = (*CLASSES, *_GROUPS)


def class_mask(regions: list[str]) -> np.ndarray:
    """Which of the 19 classes belong to the named regions, bool ``[19]``."""
    wanted = {name for region in regions for name in _GROUPS.get(region, (region,))}
    return np.array([name in wanted for name in CLASSES])
