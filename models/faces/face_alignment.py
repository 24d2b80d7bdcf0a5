"""The second face detector: S3FD and the 2D face alignment network of the ``face-alignment`` package.

The package is optional and imported only here, when it is asked for; its weights must lie on disk already.

Sources: Zhang et al., "S³FD: Single Shot Scale-invariant Face Detector" (2017); Bulat and Tzimiropoulos, "How Far are We
from Solving the 2D & 3D Face Alignment Problem?" (2017), also for the size of the crop.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlparse

import numpy as np
import torch
from torch import Tensor

from ...errors import SeamSyncError
from ...extras import import_extra
from ...tracking.landmarks import EYE_LEFT_OF_IMAGE, EYE_RIGHT_OF_IMAGE
from ...tracking.networks import FoundFaces, level_boxes
from ..weights import ModelFolders, find

SIZE = 256
#: The crop's side over width plus height of the face's box, and how far above the box's middle it is centred, in heights.
_SIDE, _RAISE = 200 / 195, 0.12
_PACKAGE = "'face-alignment>=1.5'"
#: Half the window around a heat map's peak whose centroid is the landmark, in cells.
_REACH = 3


def peaks(heat: Tensor) -> tuple[Tensor, Tensor]:
    """Landmarks of heat maps, to a fraction of a cell.

    Args:
        heat: float ``[B,68,h,w]``; negative values count as zero.

    Returns:
        float ``[B,68,2]`` x, y as shares of the map's width and height (0…1), and the peak values ``[B,68]``.
    """
    batch, marks, height, width = heat.shape
    value, place = heat.flatten(2).max(-1)
    x, y = place % width, place // width
    columns, rows = torch.arange(width, device=heat.device), torch.arange(height, device=heat.device)
    near = ((columns - x[..., None]).abs() <= _REACH)[:, :, None] & ((rows - y[..., None]).abs() <= _REACH)[..., None]
    mass = heat.clamp(min=0) * near
    total = mass.sum((-2, -1)).clamp(min=1e-12)
    found_x = (mass.sum(-2) * (columns + 0.5)).sum(-1) / total
    found_y = (mass.sum(-1) * (rows + 0.5)).sum(-1) / total
    flat = value <= 0
    found_x, found_y = torch.where(flat, x + 0.5, found_x), torch.where(flat, y + 0.5, found_y)
    return torch.stack([found_x / width, found_y / height], -1), value.view(batch, marks)


class FaceAlignmentNetworks:
    """The package's networks on one device; implements :class:`~seamsync.tracking.networks.FaceNetworks`.

    Args:
        aligner: a ``face_alignment.FaceAlignment``.
        device: where it runs.
        batch: crops run at once.
    """

    crop_size = SIZE

    def __init__(self, aligner: Any, device: torch.device, *, batch: int = 8) -> None:
        self.aligner, self.device, self.batch = aligner, device, batch

    def find_faces(self, image: np.ndarray) -> FoundFaces:
        """Every face in a picture, uint8 ``[H,W,3]`` RGB of any size, best first."""
        found = self.aligner.face_detector.detect_from_image(image)
        rows = np.array([row[:5] for row in found], np.float64).reshape(-1, 5)
        rows = rows[np.argsort(-rows[:, 4], kind="stable")]
        middle, size = (rows[:, :2] + rows[:, 2:4]) / 2, rows[:, 2:4] - rows[:, :2]
        return FoundFaces(_regions(middle, size, np.zeros(len(rows))), rows[:, 4].astype(np.float32))

    @torch.inference_mode()
    def fit_landmarks(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Landmarks in crops, uint8 ``[B,256,256,3]``: float32 ``[B,68,2]`` crop pixels, and mean heat ``[B]``, 0…1."""
        points, chances = [np.empty((0, 68, 2), np.float32)], [np.empty(0, np.float32)]
        for start in range(0, len(crops), self.batch):
            pixels = torch.from_numpy(crops[start : start + self.batch]).to(self.device)
            heat = self.aligner.face_alignment_net(pixels.permute(0, 3, 1, 2).float().div_(255.0).contiguous())
            place, value = peaks(heat[-1] if isinstance(heat, list | tuple) else heat)
            points.append(place.mul(SIZE).float().cpu().numpy())
            chances.append(value.mean(1).clamp(0, 1).float().cpu().numpy())
        return np.concatenate(points), np.concatenate(chances)

    def crop_regions(self, points: np.ndarray) -> np.ndarray:
        """The crops for faces with these points ``[B,68,2]``, eyes level: float64 ``[B,4]``."""
        eyes = points[:, EYE_RIGHT_OF_IMAGE].mean(1) - points[:, EYE_LEFT_OF_IMAGE].mean(1)
        roll = np.arctan2(eyes[:, 1], eyes[:, 0]).astype(np.float64)
        return _regions(*level_boxes(points, roll), roll)


def _regions(middle: np.ndarray, size: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """Crops for boxes: middle ``[N,2]``, width and height ``[N,2]`` along and across ``roll`` ``[N]``: ``[N,4]``."""
    up = np.stack([np.sin(roll), -np.cos(roll)], -1)
    center = middle + _RAISE * size[:, 1:] * up
    return np.column_stack([center, np.maximum(_SIDE * size.sum(1), 1.0), roll])


def _check_weights(package: ModuleType, files: dict[str, Path]) -> None:
    """Refuse a version of the package that would fetch other weights than those on disk."""
    wanted = Path(urlparse(str(package.api.models_urls.get("2DFAN-4", ""))).path).name
    if wanted not in files:
        raise SeamSyncError(
            f"this version of face-alignment reads {wanted or 'unknown weights'}, got {', '.join(sorted(files))} on disk; "
            f"run: pip install {_PACKAGE}"
        )


def load_face_alignment(device: torch.device, models: ModelFolders | None = None) -> FaceAlignmentNetworks:
    """The package's detector and landmark network, from weights on disk; downloads nothing.

    Args:
        device: where they run.
        models: a host's folders of models, if any.

    Raises:
        SeamSyncError: the package is not installed, its weights are missing (names the command that fetches them), or its
            version wants others.
    """
    package = import_extra("face_alignment", "the detector 'face-alignment'", f"{_PACKAGE}, or use the detector 'mediapipe'")
    files = find("face-alignment", models)
    _check_weights(package, files)
    detector = next(str(path) for name, path in files.items() if name.startswith("s3fd"))
    aligner = package.FaceAlignment(
        package.LandmarksType.TWO_D,
        device=str(device),
        flip_input=False,
        compile=False,
        face_detector="sfd",
        face_detector_kwargs={"path_to_detector": detector},
    )
    return FaceAlignmentNetworks(aligner, device)
