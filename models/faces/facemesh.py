"""The embedded face networks: BlazeFace finds faces, the face-landmark network fits a mesh of 468 points.

Source: Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs" (2019).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ...tensors import one_thread
from ...tracking.landmarks import MESH_POINTS
from ...tracking.networks import FoundFaces, level_boxes
from ..weights import ModelFolders, find
from .blazeface import BlazeFace, regions_of_detections
from .facemesh_network import load_face_mesh

SIZE = 192
POINTS = MESH_POINTS
#: Outer eye corners in the mesh, left and right in the image.
_EYE_CORNERS = (33, 263)
#: Side of the crop over the longer side of the mesh's level bounding box.
_REGION_SCALE = 1.5


class FaceMeshNetworks:
    """Detector and mesh on one device; implements :class:`~seamsync.tracking.networks.FaceNetworks`.

    Args:
        detector: ``face_detection_short_range.tflite``; its converted copy beside it is read where there is one.
        mesh: ``face_landmark.tflite``; likewise.
        device: where both run.
        batch: crops run at once.
    """

    crop_size = SIZE

    def __init__(self, detector: str | Path, mesh: str | Path, device: torch.device, *, batch: int = 32) -> None:
        self.detector = BlazeFace(detector, device)
        self.mesh = load_face_mesh(mesh).to(device)
        self.device, self.batch = device, batch

    def find_faces(self, image: np.ndarray) -> FoundFaces:
        """Every face in a picture, uint8 ``[H,W,3]`` RGB of any size, best first."""
        return regions_of_detections(self.detector.find(image))

    @one_thread()  # a sum's last bits depend on the number of threads
    @torch.inference_mode()
    def fit_landmarks(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mesh in crops, uint8 ``[B,192,192,3]``: float32 ``[B,468,3]`` crop pixels, and probability float32 ``[B]``."""
        meshes, chances = [np.empty((0, POINTS, 3), np.float32)], [np.empty(0, np.float32)]
        for start in range(0, len(crops), self.batch):
            pixels = torch.from_numpy(crops[start : start + self.batch]).to(self.device)
            images = pixels.permute(0, 3, 1, 2).float().div_(255.0)
            points, logits = self.mesh(images)
            meshes.append(points.view(-1, POINTS, 3).cpu().numpy())
            chances.append(logits[:, 0].sigmoid().cpu().numpy())
        return np.concatenate(meshes), np.concatenate(chances)

    def crop_regions(self, points: np.ndarray) -> np.ndarray:
        """Squares 1.5 × the mesh's bounding box, eyes level: float64 ``[B,4]`` from ``[B,468,2 or 3]``."""
        eyes = points[:, _EYE_CORNERS[1], :2] - points[:, _EYE_CORNERS[0], :2]
        roll = np.arctan2(eyes[:, 1], eyes[:, 0]).astype(np.float64)
        middle, size = level_boxes(points, roll)
        return np.column_stack([middle, _REGION_SCALE * np.maximum(size.max(1), 1.0), roll])


def load_face_networks(device: torch.device, models: ModelFolders | None = None) -> FaceMeshNetworks:
    """The embedded face networks, from the files on disk; downloads nothing.

    Args:
        device: where they run.
        models: a host's folders of models, if any.

    Raises:
        SeamSyncError: the files are missing or damaged; names the command that fetches them.
    """
    files = find("facemesh", models)
    return FaceMeshNetworks(files["face_detection_short_range.tflite"], files["face_landmark.tflite"], device)
