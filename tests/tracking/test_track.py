"""FaceTrack: what it holds, saving and loading, other frame orders."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faces import face68, track_of
from seamsync.errors import SeamSyncError
from seamsync.media.frame import VideoInfo
from seamsync.tracking.landmarks import landmarks_from_mesh
from seamsync.tracking.track import FORMAT, FaceTrack


def _track(mesh: bool = False) -> FaceTrack:
    track = track_of(np.stack([face68((100 + t, 90)) for t in range(12)]))
    track = replace(track, scene=np.repeat([0, 1], 6), visible=np.arange(12) != 3, fps=Fraction(30000, 1001))
    return track.with_mesh(np.random.default_rng(0).uniform(0, 200, (12, 468, 3))) if mesh else track


@pytest.mark.parametrize("mesh", [False, True])
def test_saved_and_loaded_is_the_same(tmp_path: Path, mesh: bool) -> None:
    """Every field survives bit for bit, and no temporary file is left."""
    track = _track(mesh)
    path = track.save(tmp_path / "face")
    assert path.name == "face.npz"
    assert [p.name for p in tmp_path.iterdir()] == ["face.npz"]
    loaded = FaceTrack.load(path)
    for name in ("landmarks", "confidence", "visible", "scene"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(track, name))
    assert (loaded.frame_size, loaded.fps) == (track.frame_size, track.fps)
    if track.mesh is None:
        assert loaded.mesh is None
    else:
        np.testing.assert_array_equal(loaded.mesh, track.mesh)  # type: ignore[arg-type]


def test_raw_jitter_is_kept_and_may_be_missing(tmp_path: Path) -> None:
    """Saved, loaded, reordered; a file of before has none; another length is refused."""
    jitter = np.where(np.arange(12) == 3, np.nan, np.linspace(0, 0.01, 12))
    track = replace(_track(), raw_jitter=jitter)
    loaded = FaceTrack.load(track.save(tmp_path / "new"))
    np.testing.assert_array_equal(loaded.raw_jitter, jitter.astype(np.float32))  # type: ignore[arg-type]
    np.testing.assert_array_equal(loaded.take(np.array([5, 2])).raw_jitter, jitter[[5, 2]].astype(np.float32))  # type: ignore[arg-type]
    old = _track().save(tmp_path / "old")
    assert "raw_jitter" not in np.load(old)
    assert FaceTrack.load(old).raw_jitter is None
    with pytest.raises(SeamSyncError, match=r"raw_jitter must be \[T\]"):
        replace(_track(), raw_jitter=jitter[:5])


def test_bad_files_are_named(tmp_path: Path) -> None:
    """Missing, not an archive, another archive, or of the future."""
    with pytest.raises(SeamSyncError, match="no face track at"):
        FaceTrack.load(tmp_path / "none.npz")
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"hello")
    with pytest.raises(SeamSyncError, match="cannot be read as a face track"):
        FaceTrack.load(bad)
    np.savez(bad, something=np.zeros(3))
    with pytest.raises(SeamSyncError, match="cannot be read as a face track"):
        FaceTrack.load(bad)
    np.savez(bad, format=np.int64(FORMAT + 1))
    with pytest.raises(SeamSyncError, match="format"):
        FaceTrack.load(bad)
    with pytest.raises(SeamSyncError, match=r"cannot read the face track .*: Is a directory"):
        FaceTrack.load(tmp_path)


def test_unwritable_folder_is_named(tmp_path: Path) -> None:
    """Saving below a file is refused with the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SeamSyncError, match="cannot write the track"):
        _track().save(tmp_path / "file" / "face.npz")


def test_pickles_are_not_read(tmp_path: Path) -> None:
    """An object array, which would run code, is refused."""
    np.savez(tmp_path / "evil.npz", format=np.array([{"a": 1}], dtype=object))
    with pytest.raises(SeamSyncError, match="cannot be read as a face track"):
        FaceTrack.load(tmp_path / "evil.npz")


def test_the_suffix_is_added_not_exchanged(tmp_path: Path) -> None:
    """What stands behind a dot in the name stays, so that two takes do not become one file."""
    assert _track().save(tmp_path / "take.1").name == "take.1.npz"
    assert _track().save(tmp_path / "take.2.npz").name == "take.2.npz"


@pytest.mark.parametrize("content", [b"", b"no track", b"PK\x03\x04 cut off"])
def test_other_files_are_named(tmp_path: Path, content: bytes) -> None:
    """Empty, text, and a cut archive."""
    (tmp_path / "face.npz").write_bytes(content)
    with pytest.raises(SeamSyncError, match="cannot be read as a face track"):
        FaceTrack.load(tmp_path / "face.npz")


def test_a_plain_array_is_no_track(tmp_path: Path) -> None:
    """NumPy reads it, and what comes is not an archive."""
    np.save(tmp_path / "face.npy", np.zeros(3))
    with pytest.raises(SeamSyncError, match="cannot be read as a face track"):
        FaceTrack.load(tmp_path / "face.npy")


def test_take_reorders_and_marks_jumps() -> None:
    """Ping-pong stays in one scene; a jump and an old cut begin new ones."""
    track = _track(mesh=True)
    there_and_back = track.take(np.array([0, 1, 2, 2, 1, 0]))
    np.testing.assert_array_equal(there_and_back.scene, 0)
    np.testing.assert_array_equal(there_and_back.landmarks[:, 8], track.landmarks[[0, 1, 2, 2, 1, 0], 8])
    np.testing.assert_array_equal(track.take(np.array([4, 5, 6, 7])).scene, [0, 0, 1, 1])
    np.testing.assert_array_equal(track.take(np.array([3, 4, 0, 1])).scene, [0, 0, 1, 1])
    assert track.take(np.array([3])).visible.tolist() == [False]


def test_mesh_and_landmarks_agree() -> None:
    """with_mesh and from_points take the 68 points from the mesh; 68 points alone leave it empty."""
    mesh = np.random.default_rng(0).uniform(0, 200, (2, 468, 3)).astype(np.float32)
    rest = (np.ones(2), np.ones(2, bool), np.zeros(2, int), (320, 240), Fraction(25))
    track = FaceTrack.from_points(mesh, *rest)
    np.testing.assert_array_equal(track.landmarks, landmarks_from_mesh(mesh))
    np.testing.assert_array_equal(_track().take(np.array([0, 1])).with_mesh(mesh).landmarks, track.landmarks)
    plain = FaceTrack.from_points(track.landmarks, *rest)
    assert plain.mesh is None


def test_a_track_of_another_clip_is_named() -> None:
    """Another size or another length; the track's own clip passes."""
    track = _track()
    info = VideoInfo("a.mp4", *track.frame_size, track.fps, len(track))
    track.check_clip(info)
    with pytest.raises(SeamSyncError, match=r"a\.mp4 is 64×48"):
        track.check_clip(replace(info, width=64, height=48))
    with pytest.raises(SeamSyncError, match=r"track has 12 frames, a\.mp4 has 13"):
        track.check_clip(replace(info, frame_count=13))


def test_a_file_without_frames_is_refused(tmp_path: Path) -> None:
    """It is found when it is read, not when a frame is missing."""
    none = np.zeros(0)
    FaceTrack(np.zeros((0, 68, 2)), none, none, none, frame_size=(64, 64), fps=Fraction(25)).save(tmp_path / "track.npz")
    with pytest.raises(SeamSyncError, match="has no frames"):
        FaceTrack.load(tmp_path / "track.npz")


@pytest.mark.parametrize(("size", "fps"), [((2**40, 64), Fraction(25)), ((64, 64), Fraction(25 * 2**70 + 1, 2**70))])
def test_numbers_that_no_file_can_hold(size: tuple[int, int], fps: Fraction) -> None:
    """They are refused when the track is made, not when it is saved."""
    with pytest.raises(SeamSyncError, match="numbers up to 2147483647"):
        FaceTrack(np.stack([face68()]), np.ones(1), np.ones(1), np.zeros(1), frame_size=size, fps=fps)


def test_frozen_and_checked() -> None:
    """Arrays cannot be written, and wrong shapes are named."""
    track = _track()
    with pytest.raises(ValueError, match="read-only"):
        track.landmarks[0, 0] = 1
    with pytest.raises(SeamSyncError, match=r"landmarks must be \[T,68,2\]"):
        replace(track, landmarks=np.zeros((12, 5, 2)))
    with pytest.raises(SeamSyncError, match=r"visible must be \[T\] = \[12\], got \[3\]"):
        replace(track, visible=np.ones(3, bool))


def test_the_callers_arrays_stay_writable() -> None:
    """A track does not freeze what it was given."""
    mine = np.ones(12, np.float32)
    replace(_track(), confidence=mine)
    mine[0] = 0.5


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30, -5000.0])
@pytest.mark.parametrize("mesh", [False, True])
def test_a_frame_of_unusable_points_has_no_face(value: float, mesh: bool, tmp_path: Path) -> None:
    """One bad coordinate in a file costs its frame, not the clip: the nearest good frame's points stand there, unseen."""
    track = _track(mesh)
    arrays = {name: getattr(track, name).copy() for name in ("landmarks", "confidence", "visible", "scene")}
    arrays |= {"mesh": track.mesh.copy()} if track.mesh is not None else {}
    arrays["mesh" if mesh else "landmarks"][8, 40, 1] = value
    facts = {"format": np.int64(FORMAT), "frame_size": np.array(track.frame_size), "fps": np.array([30000, 1001])}
    np.savez(tmp_path / "face.npz", **facts, **arrays)
    said: list[str] = []
    loaded = FaceTrack.load(tmp_path / "face.npz", said.append)
    assert loaded.visible.tolist() == [frame not in (3, 8) for frame in range(12)]
    assert loaded.confidence[8] == 0
    np.testing.assert_array_equal(loaded.landmarks[8], track.landmarks[7])
    np.testing.assert_array_equal(np.delete(loaded.landmarks, 8, 0), np.delete(track.landmarks, 8, 0))
    assert len(said) == 1
    assert "1 of 12 frames have unusable points and keep their picture: 8" in said[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fps": np.array([0, 1])}, "frame rate above 0, got"),
        ({"fps": np.array([-25, 1])}, "frame rate above 0, got"),
        ({"fps": np.array([25, 0])}, "cannot be read as a face track"),
        ({"frame_size": np.array([0, 9])}, "frame size"),
        ({"visible": np.ones(11, bool)}, "cannot be read|visible must be"),
        ({"scene": np.zeros((12, 2), int)}, "cannot be read|scene must be"),
        ({"confidence": np.full(12, 1.5)}, "confidence must be 0…1, which it is not in frames 0, 1"),
        ({"confidence": np.ones(12, complex)}, "must hold numbers, got complex128"),
        ({"landmarks": np.full((12, 68, 2), np.nan)}, "no frame has points of a face"),
    ],
)
def test_values_of_a_file_are_checked(changes: dict[str, np.ndarray], words: str, tmp_path: Path) -> None:
    """Rate, size, shapes and kinds."""
    track = _track()
    arrays = {name: getattr(track, name) for name in ("landmarks", "confidence", "visible", "scene")}
    facts = {"format": np.int64(FORMAT), "frame_size": np.array(track.frame_size), "fps": np.array([25, 1])}
    values: dict[str, Any] = {**facts, **arrays, **changes}
    np.savez(tmp_path / "face.npz", **values)
    with pytest.raises(SeamSyncError, match=words):
        FaceTrack.load(tmp_path / "face.npz")


def test_unusable_points_are_refused_where_a_track_is_made() -> None:
    """The message names the frames."""
    points = np.array(_track().landmarks)
    points[5, 3, 0] = np.nan
    with pytest.raises(SeamSyncError, match="landmarks must be finite and near the frame, which they are not in frames 5;"):
        replace(_track(), landmarks=points)


def test_a_packed_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """Zeros that are a thousand times the file's size."""
    track = _track()
    arrays = {name: getattr(track, name) for name in ("landmarks", "confidence", "visible", "scene")}
    facts = {"format": np.int64(FORMAT), "frame_size": np.array(track.frame_size), "fps": np.array([25, 1])}
    np.savez_compressed(tmp_path / "face.npz", **facts, **arrays, mesh=np.zeros((12_000, 468, 3), np.float32))
    with pytest.raises(SeamSyncError, match="unpacks from"):
        FaceTrack.load(tmp_path / "face.npz")
