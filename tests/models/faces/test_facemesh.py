"""The mesh networks: crop geometry by hand, and the bundled portrait where the files are on disk."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from paths import SAMPLE
from seamsync.errors import SeamSyncError
from seamsync.media.sources import TensorSource
from seamsync.media.video import VideoReader
from seamsync.models.faces.facemesh import FaceMeshNetworks, load_face_networks
from seamsync.models.weights import status
from seamsync.tracking.crops import crop_to_frame, cut_crop, region_to_crop
from seamsync.tracking.detect import track_face
from seamsync.tracking.landmarks import MIRROR, landmarks_from_mesh


@pytest.fixture(scope="module")
def networks() -> FaceMeshNetworks:
    """The embedded networks, where they are on disk."""
    if status("facemesh")[0] != "present":
        pytest.skip("no face networks here; run: seamsync models get facemesh")
    return load_face_networks(torch.device("cpu"))


@pytest.fixture(scope="module")
def portrait(media: Path) -> np.ndarray:
    """A frame of a real clip, uint8 ``[h,w,3]``."""
    return next(iter(VideoReader(media / "slow_turn_512x512.mp4").frames())).rgb()


def test_threads_change_nothing(networks: FaceMeshNetworks) -> None:
    """Landmarks and boxes are the same bits, however many threads torch has. Single pictures differed."""
    crops = np.random.default_rng(0).integers(0, 256, (1, 192, 192, 3), dtype=np.uint8)
    before, found = torch.get_num_threads(), []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        found.append([*networks.fit_landmarks(crops), networks.detector.detect(crops[:, :128, :128])[1].scores])
    torch.set_num_threads(before)
    for other in found[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(found[0], other, strict=True))


def _landmarks(networks: FaceMeshNetworks, image: np.ndarray) -> tuple[np.ndarray, float]:
    """68 landmarks of the best face of a picture, and the probability."""
    region = networks.find_faces(image).regions[0]
    chance, mesh = np.zeros(1), np.zeros((1, 468, 3), np.float32)
    for _ in range(2):
        to_crop = region_to_crop(region, networks.crop_size)
        to_crop[:, 2] += to_crop[:, :2] @ [0.5, 0.5] - 0.5
        crop = cv2.warpAffine(image, to_crop, (networks.crop_size,) * 2, flags=cv2.INTER_LINEAR)
        points, chance = networks.fit_landmarks(crop[None])
        mesh = crop_to_frame(points, region[None], networks.crop_size)
        region = networks.crop_regions(mesh)[0]
    return landmarks_from_mesh(mesh[0]), float(chance[0])


def test_an_upside_down_face_has_its_mouth_above_its_eyes(networks: FaceMeshNetworks) -> None:
    """The track of a clip that was turned by 180° is the turned track of the clip, to a hundredth of the face width."""
    pictures = (
        torch.from_numpy(np.stack([frame.rgb() for frame in VideoReader(SAMPLE / "face.mp4", duration=0.4).frames()])) / 255
    )
    size = np.array([pictures.shape[2], pictures.shape[1]])
    upright, turned = (track_face(TensorSource(p, Fraction(25)), networks) for p in (pictures, pictures.flip(1, 2)))
    assert upright.visible.all()
    assert turned.visible.all()
    off = np.linalg.norm(size - turned.landmarks - upright.landmarks, axis=-1)
    assert off.max() < 0.01 * upright.face_width.min()


def test_missing_files_name_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the files the error says how to get them, and nothing downloads."""
    monkeypatch.setenv("SEAMSYNC_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(SeamSyncError, match="facemesh"):
        load_face_networks(torch.device("cpu"))


def test_region_of_a_turned_mesh(networks: FaceMeshNetworks) -> None:
    """The region turns, moves and grows with the mesh."""
    random = np.random.default_rng(0)
    mesh = random.uniform(-50, 50, (1, 468, 3))
    mesh[0, 33], mesh[0, 263] = (-30, 0, 0), (30, 0, 0)
    (plain,) = networks.crop_regions(mesh)
    angle = 0.4
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = mesh.copy()
    moved[..., :2] = 2 * mesh[..., :2] @ turn.T + (300, 200)
    (region,) = networks.crop_regions(moved)
    np.testing.assert_allclose(region[:2], 2 * turn @ plain[:2] + (300, 200))
    np.testing.assert_allclose(region[2:], [2 * plain[2], plain[3] + angle])


def test_landmarks_of_a_face(networks: FaceMeshNetworks, portrait: np.ndarray) -> None:
    """A probable face whose parts stand where parts of a face stand."""
    marks, chance = _landmarks(networks, portrait)
    assert chance > 0.9
    left_eye, right_eye, nose, mouth, chin = (
        marks[i].mean(0) for i in (range(36, 42), range(42, 48), [30], range(48, 68), [8])
    )
    assert left_eye[0] < nose[0] < right_eye[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < mouth[1] < chin[1]


def test_mirrored_picture_gives_the_mirrored_face(networks: FaceMeshNetworks, portrait: np.ndarray) -> None:
    """Left and right are the image's; the two agree within 2 % of the face."""
    marks, _ = _landmarks(networks, portrait)
    mirrored, _ = _landmarks(networks, np.ascontiguousarray(portrait[:, ::-1]))
    back = mirrored[MIRROR] * [-1, 1] + [portrait.shape[1], 0]
    assert np.sqrt(((back - marks) ** 2).sum(-1).mean()) < 0.02 * np.ptp(marks[:, 0])


def test_a_turned_and_shrunk_picture_gives_the_same_face(networks: FaceMeshNetworks, portrait: np.ndarray) -> None:
    """Rotated by 25° and at 40 % the landmarks land on the same skin within 2.5 % of the face."""
    marks, _ = _landmarks(networks, portrait)
    warp = cv2.getRotationMatrix2D((256, 256), 25, 0.4)
    turned, chance = _landmarks(networks, cv2.warpAffine(portrait, warp, (512, 512), flags=cv2.INTER_AREA))
    expected = marks @ warp[:, :2].T + warp[:, 2]
    assert chance > 0.9
    assert np.sqrt(((turned - expected) ** 2).sum(-1).mean()) < 0.025 * np.ptp(expected[:, 0])


def test_batch_equals_single(networks: FaceMeshNetworks) -> None:
    """A crop's landmarks do not depend on its neighbours in the batch; no crops, no error."""
    crops = np.random.default_rng(1).integers(0, 256, (3, 192, 192, 3), dtype=np.uint8)
    together, _ = networks.fit_landmarks(crops)
    alone = np.concatenate([networks.fit_landmarks(c[None])[0] for c in crops])
    np.testing.assert_allclose(together, alone, atol=2e-3)
    assert networks.fit_landmarks(crops[:0])[0].shape == (0, 468, 3)


def test_small_and_empty_pictures(networks: FaceMeshNetworks) -> None:
    """A 16×9 picture and a black one hold no face and raise nothing."""
    assert len(networks.find_faces(np.zeros((9, 16, 3), np.uint8))) == 0
    assert len(networks.find_faces(np.zeros((720, 400, 3), np.uint8))) == 0


def test_crop_of_a_frame_is_the_network_s_crop(media: Path, networks: FaceMeshNetworks) -> None:
    """Cutting from planes agrees with warping the RGB picture."""
    frame = next(iter(VideoReader(media / "slow_turn_512x512.mp4").frames()))
    region = np.array([250.0, 240, 200, 0.2])
    to_crop = region_to_crop(region, 192)
    to_crop[:, 2] += to_crop[:, :2] @ [0.5, 0.5] - 0.5
    wanted = cv2.warpAffine(frame.rgb(), to_crop, (192, 192), flags=cv2.INTER_LINEAR)
    assert np.abs(cut_crop(frame, region, 192).astype(int) - wanted).mean() < 1.5
