"""The second detector behind a stand-in for its package."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from faces import face68
from seamsync.errors import SeamSyncError
from seamsync.models.faces import face_alignment
from seamsync.models.faces.face_alignment import SIZE, FaceAlignmentNetworks, load_face_alignment, peaks
from seamsync.models.registry import get


def _heat(marks: np.ndarray, cells: int = 64) -> torch.Tensor:
    """Gaussian heat maps [68,h,w] with peaks at marks [68,2] in pixels of a 256 px crop."""
    axis = (np.arange(cells) + 0.5) * SIZE / cells
    apart = (axis[None, None, :] - marks[:, 0, None, None]) ** 2 + (axis[None, :, None] - marks[:, 1, None, None]) ** 2
    return torch.from_numpy(0.9 * np.exp(-apart / (2 * 5.0**2))).float()


class _Aligner:
    """What the package's FaceAlignment offers, with one known face."""

    def __init__(self, landmarks_type: int = 1, **settings: Any) -> None:
        self.settings = settings
        self.face_detector = SimpleNamespace(detect_from_image=lambda image: [[5, 5, 9, 9, 0.6], [40, 30, 120, 130, 0.99]])

    def face_alignment_net(self, images: torch.Tensor) -> torch.Tensor:
        assert images.dtype == torch.float32
        assert float(images.max()) <= 1.0
        return _heat(face68((128, 110), 130)).expand(len(images), -1, -1, -1)


def _package(url: str) -> Any:
    return SimpleNamespace(
        api=SimpleNamespace(models_urls={"2DFAN-4": url}), LandmarksType=SimpleNamespace(TWO_D=1), FaceAlignment=_Aligner
    )


@pytest.fixture
def networks() -> FaceAlignmentNetworks:
    """The adapter around the stand-in."""
    return FaceAlignmentNetworks(_Aligner(), torch.device("cpu"), batch=2)


def test_peaks_to_a_fraction_of_a_cell() -> None:
    """Gaussian peaks anywhere are found within a twentieth of a cell."""
    marks = np.random.default_rng(0).uniform(30, 220, (68, 2))
    place, value = peaks(_heat(marks)[None])
    np.testing.assert_allclose(place[0].numpy() * SIZE, marks, atol=0.2)
    assert (value > 0.7).all()


def test_empty_heat_is_finite() -> None:
    """All-zero and negative maps give some point and no confidence."""
    for fill in (0.0, -1.0):
        place, value = peaks(torch.full((1, 68, 8, 8), fill))
        assert torch.isfinite(place).all()
        assert (value <= 0).all()


def test_landmarks_and_confidence(networks: FaceAlignmentNetworks) -> None:
    """68 points in crop pixels, no mesh; three crops run as two batches."""
    points, chance = networks.fit_landmarks(np.full((3, SIZE, SIZE, 3), 255, np.uint8))
    assert points.shape == (3, 68, 2)
    np.testing.assert_allclose(points[2], face68((128, 110), 130), atol=0.3)
    assert (chance > 0.7).all()
    assert networks.fit_landmarks(np.zeros((0, SIZE, SIZE, 3), np.uint8))[0].shape == (0, 68, 2)


def test_faces_come_best_first(networks: FaceAlignmentNetworks) -> None:
    """Boxes become crops: 200/195 of width plus height, a little above the middle."""
    found = networks.find_faces(np.zeros((200, 200, 3), np.uint8))
    np.testing.assert_allclose(found.scores, [0.99, 0.6])
    np.testing.assert_allclose(found.regions[0], [80, 80 - 0.12 * 100, 180 * 200 / 195, 0])


def test_no_faces(networks: FaceAlignmentNetworks) -> None:
    """An empty list is an empty result."""
    networks.aligner.face_detector = SimpleNamespace(detect_from_image=lambda image: [])
    assert len(networks.find_faces(np.zeros((20, 20, 3), np.uint8))) == 0


def test_crop_regions_level_the_eyes(networks: FaceAlignmentNetworks) -> None:
    """The crop turns with the face and stays above its middle in its own direction."""
    face = face68((0, 0), 100)
    angle = 0.5
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    plain, turned = networks.crop_regions(np.stack([face, face @ turn.T]))
    assert plain[3] == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(turned, [*(turn @ plain[:2]), plain[2], angle], atol=1e-3)


def test_package_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the error names the command that installs it."""
    monkeypatch.setitem(sys.modules, "face_alignment", None)
    with pytest.raises(SeamSyncError, match="pip install 'face-alignment"):
        load_face_alignment(torch.device("cpu"))


def test_weights_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without weights on disk nothing downloads; the error names the command."""
    monkeypatch.setitem(sys.modules, "face_alignment", _package("https://x/2DFAN4-11f355bf06.pth.tar"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(SeamSyncError, match="face-alignment"):
        load_face_alignment(torch.device("cpu"))


def test_loading(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the files found the package is built from them; a version that wants others is refused."""
    files = {file.name: tmp_path / file.name for file in get("face-alignment").files}
    monkeypatch.setattr(face_alignment, "find", lambda name, models=None: files)
    fan = next(name for name in files if name.startswith("2DFAN"))
    monkeypatch.setitem(sys.modules, "face_alignment", _package(f"https://x/{fan}"))
    loaded = load_face_alignment(torch.device("cpu"))
    assert loaded.aligner.settings["face_detector_kwargs"]["path_to_detector"].startswith(str(tmp_path))
    assert loaded.aligner.settings["compile"] is False
    monkeypatch.setitem(sys.modules, "face_alignment", _package("https://x/2DFAN4-newer.zip"))
    with pytest.raises(SeamSyncError, match="2DFAN4-newer"):
        load_face_alignment(torch.device("cpu"))
