"""A mask that the user brings, such as ComfyUI's MASK."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..tensors import check_dtype, check_shape


@dataclass(frozen=True, eq=False)
class ExternalMask:
    """Weights over the target's frame.

    Attributes:
        weights: uint8 ``[N,h,w]``, 0…255, at the frame's size or another of the same aspect; one picture for the whole
            clip, or one a target frame.
    """

    weights: np.ndarray

    def __post_init__(self) -> None:
        check_dtype("mask", self.weights, "uint8")
        check_shape("mask", self.weights, "N,h,w", None, None, None)
