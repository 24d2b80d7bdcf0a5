"""Pictures shown on a node."""

from __future__ import annotations

import torch


class PreviewImage:
    def __init__(self, image: torch.Tensor) -> None:
        if image.ndim != 4 or image.shape[-1] != 3 or not image.is_floating_point():
            raise TypeError(f"IMAGE must be float [B,H,W,3], got {image.dtype} {list(image.shape)}")
        self.count = len(image)

    def as_dict(self) -> dict[str, list[dict[str, str]]]:
        return {"images": [{"filename": f"{i}.png", "subfolder": "", "type": "temp"} for i in range(self.count)]}
