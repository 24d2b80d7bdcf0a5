"""BlazeFace, short range: boxes and six keypoints of the faces in small square pictures.

Source: Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs" (2019); the anchor layout is
that of the published model card (strides 8, 16, 16, 16 on a 128×128 input, two anchors a cell and layer, unit size).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ...tensors import one_thread
from ...tracking.networks import FoundFaces
from ...tracking.tiles import cut_tiles
from .blazeface_network import load_blazeface

SIZE = 128
#: (cells along a side, anchors a cell).
_GRIDS = ((16, 2), (8, 6))
#: Logits beyond this are cut off before the sigmoid.
_LOGIT_LIMIT = 100.0
#: The landmark crop's side over the box's longer side.
_REGION_SCALE = 1.5


@dataclass(frozen=True, eq=False)
class Detections:
    """Faces in one picture or batch, flat.

    Attributes:
        boxes: float64 ``[N,4]`` x0, y0, x1, y1, pixels.
        keypoints: float64 ``[N,6,2]`` pixels: the eye left in the image, the right one, nose tip, mouth, the two ears.
        scores: float32 ``[N]``, 0…1.
    """

    boxes: np.ndarray
    keypoints: np.ndarray
    scores: np.ndarray

    def take(self, index: np.ndarray) -> Detections:
        """Those detections only, in that order."""
        return Detections(self.boxes[index], self.keypoints[index], self.scores[index])


def anchor_centers() -> np.ndarray:
    """Centres of the 896 anchors in input pixels, in the network's order: float32 ``[896,2]``."""
    found = []
    for cells, repeats in _GRIDS:
        axis = (np.arange(cells) + 0.5) * (SIZE / cells)
        grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 1, 2)
        found.append(np.repeat(grid, repeats, 1).reshape(-1, 2))
    return np.concatenate(found).astype(np.float32)


def suppress_overlaps(found: Detections, overlap: float = 0.3, inside: float = 0.6) -> Detections:
    """Keep the best of every heap of boxes (non-maximum suppression).

    Args:
        found: all detections of one picture.
        overlap: boxes whose intersection over union reaches this are one face.
        inside: so are boxes whose intersection covers this share of the smaller one (a face cut by a tile's edge).

    Returns:
        The kept detections, best first; each box and its keypoints are the score-weighted mean of those of its heap that
        agree well (intersection over union ≥ 0.5), which is steadier than the best one alone.
    """
    left = np.argsort(-found.scores, kind="stable")
    boxes, points, scores = [], [], []
    while len(left):
        best, others = found.boxes[left[0]], found.boxes[left]
        shared = np.maximum(np.minimum(best[2:], others[:, 2:]) - np.maximum(best[:2], others[:, :2]), 0).prod(1)
        area, areas = (best[2:] - best[:2]).prod(), (others[:, 2:] - others[:, :2]).prod(1)
        union = shared / np.maximum(area + areas - shared, 1e-9)
        heap = (union >= overlap) | (shared / np.maximum(np.minimum(area, areas), 1e-9) >= inside)
        heap[0] = True
        agree = left[union >= 0.5] if area > 0 else left[:1]
        weight = found.scores[agree].astype(np.float64)
        boxes.append(np.average(found.boxes[agree], 0, weight))
        points.append(np.average(found.keypoints[agree], 0, weight))
        scores.append(found.scores[left[0]])
        left = left[~heap]
    if not boxes:
        return found
    return Detections(np.array(boxes), np.array(points), np.array(scores, np.float32))


class BlazeFace(nn.Module):
    """The detector on a device, fed with uint8 pictures of any size.

    Args:
        path: ``face_detection_short_range.tflite``; its converted copy beside it is read where there is one.
        device: where it runs.
        min_score: detections below are dropped.
        batch: pictures run at once.
    """

    anchors: Tensor

    def __init__(self, path: str | Path, device: torch.device, *, min_score: float = 0.5, batch: int = 64) -> None:
        super().__init__()
        self.network = load_blazeface(path)
        self.register_buffer("anchors", torch.from_numpy(anchor_centers()))
        self.min_score, self.batch, self.device = min_score, batch, device
        self.to(device)

    def decode(self, regressors: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Network outputs → geometry.

        Args:
            regressors: ``[B,896·16]``: offset of the box's centre from the anchor, width, height, six keypoint offsets.
            logits: ``[B,896]``.

        Returns:
            float32 ``[B,896,8,2]`` input pixels: upper left and lower right corner, then the keypoints; and scores
            ``[B,896]``, 0…1.
        """
        raw = regressors.view(-1, len(self.anchors), 8, 2)
        center = raw[:, :, 0] + self.anchors
        half = raw[:, :, 1] / 2
        keypoints = raw[:, :, 2:] + self.anchors[:, None]
        geometry = torch.cat([torch.stack([center - half, center + half], 2), keypoints], 2)
        return geometry, logits.clamp(-_LOGIT_LIMIT, _LOGIT_LIMIT).sigmoid()

    @one_thread()  # a sum's last bits depend on the number of threads
    @torch.inference_mode()
    def detect(self, tiles: np.ndarray) -> tuple[np.ndarray, Detections]:
        """Faces in tiles, uint8 ``[K,128,128,3]``: the tile each one is in, int64 ``[N]``, and the faces in tile pixels."""
        parts = []
        for start in range(0, len(tiles), self.batch):
            pixels = torch.from_numpy(tiles[start : start + self.batch]).to(self.device)
            images = pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1.0)
            regressors, logits = self.network(images)
            geometry, scores = self.decode(regressors, logits)
            tile, anchor = torch.nonzero(scores >= self.min_score, as_tuple=True)
            parts.append((tile.cpu().numpy() + start, geometry[tile, anchor].cpu().numpy(), scores[tile, anchor].cpu().numpy()))
        tile, geometry, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
        return tile, Detections(geometry[:, :2].reshape(-1, 4).astype(np.float64), geometry[:, 2:].astype(np.float64), scores)

    def find(self, image: np.ndarray) -> Detections:
        """Faces in a picture, uint8 ``[H,W,3]`` RGB of any size, best first, in its pixels."""
        tiles = cut_tiles(image, SIZE)
        tile, found = self.detect(tiles.pixels)
        scale, origin = tiles.scale[tile], tiles.origin[tile]
        boxes = found.boxes * scale[:, None] + np.tile(origin, 2)
        points = found.keypoints * scale[:, None, None] + origin[:, None]
        limit = np.array(image.shape[1::-1])
        # A box cut by its tile's edge is seen whole in a neighbour; it must not win over that one.
        cut = ((found.boxes < 0) & (boxes > 0)) | ((found.boxes > SIZE) & (boxes < np.tile(limit, 2)))
        scores = np.where(cut.any(1), 0.5 * found.scores, found.scores).astype(np.float32)
        return suppress_overlaps(Detections(boxes, points, scores))


def regions_of_detections(found: Detections) -> FoundFaces:
    """The crops a face mesh wants for these detections: 1.5 × the box's longer side, turned so that the eyes are level."""
    center = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
    side = _REGION_SCALE * (found.boxes[:, 2:] - found.boxes[:, :2]).max(1, initial=0)
    eyes = found.keypoints[:, 1] - found.keypoints[:, 0]
    roll = np.arctan2(eyes[:, 1], eyes[:, 0])
    return FoundFaces(np.column_stack([center, np.maximum(side, 1.0), roll]), found.scores)
