"""The tracking pass on discs whose place is known, and on one real clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from blobs import BLUE, GREEN, RED, Disc, DiscNetworks, centers, paint, source_of
from seamsync.errors import Cancelled, SeamSyncError
from seamsync.media.video import VideoReader
from seamsync.models.weights import status
from seamsync.tracking.detect import CHUNK, track_face
from seamsync.tracking.options import TrackOptions
from seamsync.tracking.track import FaceTrack


def _track(scenes: list[list[Disc]], networks: DiscNetworks | None = None, **options: object) -> FaceTrack:
    frames = [paint(discs) for discs in scenes]
    return track_face(source_of(frames), networks or DiscNetworks(), TrackOptions(**options))  # type: ignore[arg-type]


def test_a_moving_face_is_followed_with_one_search() -> None:
    """Every frame is measured to within a pixel, and only the first is searched."""
    path = [(40 + 1.5 * t, 60 + 10 * np.sin(t / 6)) for t in range(50)]
    networks = DiscNetworks()
    track = _track([[(x, y, 40, RED)] for x, y in path], networks)
    assert len(track) == 50
    assert track.visible.all()
    assert np.abs(centers(track.landmarks) - path).max() < 1.0
    assert networks.searches == 1
    assert networks.fits <= 2.2 * 50
    assert track.mesh is None
    assert (track.scene == 0).all()


def test_a_sudden_run_is_caught() -> None:
    """A face that accelerates in the middle of a chunk is not lost."""
    x = 30 + np.concatenate([np.zeros(11), np.cumsum(np.full(14, 6.0))])
    track = _track([[(v, 60, 40, RED)] for v in x])
    assert track.visible.all()
    assert np.abs(centers(track.landmarks)[:, 0] - x).max() < 1.5


@pytest.mark.parametrize(
    ("rule", "index", "color_x"), [("largest", 0, 120), ("central", 0, 80), ("index", 0, 30), ("index", 2, 120)]
)
def test_which_face(rule: str, index: int, color_x: float) -> None:
    """Largest, most central, and the n-th from the left."""
    discs: list[Disc] = [(120, 80, 36, BLUE), (30, 40, 30, RED), (80, 60, 28, GREEN)]
    track = _track([discs] * 3, face=rule, index=index)
    assert track.visible.all()
    np.testing.assert_allclose(centers(track.landmarks)[:, 0], color_x, atol=1.0)


def test_an_index_nobody_has_is_never_visible() -> None:
    """Asking for the third of two faces finds none, and says so frame by frame."""
    track = _track([[(40, 60, 30, RED), (120, 60, 30, BLUE)]] * 4, face="index", index=2)
    assert not track.visible.any()


def test_stays_with_its_face_when_two_cross() -> None:
    """The other face passes in front; ours is picked up again behind it, never swapped."""
    ours = [30 + 2.0 * t for t in range(50)]
    other = [130 - 2.0 * t for t in range(50)]
    track = _track([[(a, 60, 40, RED), (b, 62, 42, BLUE)] for a, b in zip(ours, other, strict=True)], face="index", index=0)
    found = centers(track.landmarks)[:, 0]
    assert np.abs(found - ours)[track.visible].max() < 12
    assert track.visible[:18].all()
    assert track.visible[34:].all()
    assert np.abs(found - ours)[34:].max() < 1.5


def test_leaves_and_comes_back_while_a_larger_one_stays() -> None:
    """While our face is away nothing is visible; the larger stranger is not taken for it."""
    other_look: Disc = (120, 60, 50, BLUE)
    scenes: list[list[Disc]] = (
        [[(35, 60, 36, RED), other_look]] * 12 + [[other_look]] * 30 + [[(40, 55, 36, RED), other_look]] * 12
    )
    track = _track(scenes, face="index", index=0)
    assert track.visible[:12].all()
    assert not track.visible[13:41].any()
    assert track.visible[42:].all()
    np.testing.assert_allclose(centers(track.landmarks)[44:, 0], 40, atol=1.0)
    assert np.isfinite(track.landmarks).all()
    assert (track.confidence[13:41] == 0).all()


def test_a_face_that_comes_late_is_seen_from_its_first_frame() -> None:
    """Empty frames are searched sparsely, but a hit is followed back to where the face came in."""
    for first in range(20, 28):
        networks = DiscNetworks()
        track = _track([[]] * first + [[(80, 60, 40, RED)]] * (40 - first), networks)
        np.testing.assert_array_equal(np.flatnonzero(track.visible), np.arange(first, 40))
        assert networks.searches < first


def test_a_short_gap_is_bridged_and_a_long_one_is_not() -> None:
    """Up to ``max_gap`` frames without a face are interpolated and stay visible."""

    def clip(gap: int) -> list[list[Disc]]:
        return [[(40 + t, 60, 40, RED)] if not 10 <= t < 10 + gap else [] for t in range(30)]

    short = _track(clip(4), max_gap=4)
    assert short.visible.all()
    np.testing.assert_allclose(centers(short.landmarks)[:, 0], 40 + np.arange(30), atol=1.0)
    assert (short.confidence[10:14] == 0).all()
    long = _track(clip(5), max_gap=4)
    np.testing.assert_array_equal(np.flatnonzero(~long.visible), np.arange(10, 15))


def test_a_cut_begins_a_new_scene_and_a_new_search() -> None:
    """After the cut the face is elsewhere at once; nothing carries over."""
    before = [paint([(40, 60, 40, RED)]) for _ in range(20)]
    after = [255 - paint([(120, 50, 30, (255 - 200, 255 - 60, 255 - 60))], background=60) for _ in range(20)]
    track = track_face(source_of(before + after), DiscNetworks())
    np.testing.assert_array_equal(track.scene, np.repeat([0, 1], 20))
    assert track.visible.all()
    np.testing.assert_allclose(centers(track.landmarks)[:20], [[40, 60]] * 20, atol=1.0)
    np.testing.assert_allclose(centers(track.landmarks)[20:], [[120, 50]] * 20, atol=1.0)


def test_no_face_at_all_is_a_track_not_an_error() -> None:
    """Never visible, finite, of the right length."""
    track = _track([[]] * 11)
    assert len(track) == 11
    assert not track.visible.any()
    assert np.isfinite(track.landmarks).all()


def test_a_single_frame() -> None:
    """A still is a clip of one frame."""
    track = _track([[(80, 60, 40, RED)]])
    assert track.visible.tolist() == [True]


def test_a_face_over_the_border_is_tracked() -> None:
    """Half out of the frame still counts; gone does not."""
    x = np.linspace(100, 185, 40)
    track = _track([[(v, 60, 40, RED)] for v in x])
    assert track.visible[x < 155].all()
    assert not track.visible[x > 182].any()


def test_same_input_same_bytes() -> None:
    """The pass is deterministic."""
    scenes: list[list[Disc]] = [[(40 + t, 60, 40, RED), (120 - t, 70, 30, BLUE)] for t in range(20)]
    first, second = _track(scenes), _track(scenes)
    assert first.landmarks.tobytes() == second.landmarks.tobytes()


def test_progress_counts_frames_and_cancels() -> None:
    """Progress ends at the clip's length; Cancelled raised in it comes out."""
    frames = source_of([paint([(80, 60, 40, RED)])] * 20)
    seen: list[tuple[str, int, int]] = []
    track_face(frames, DiscNetworks(), progress=lambda *args: seen.append(args))
    assert seen[0] == ("track", 0, 20)
    assert seen[-1] == ("track", 20, 20)

    def stop(stage: str, done: int, total: int) -> None:
        if done >= CHUNK:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        track_face(frames, DiscNetworks(), progress=stop)


def test_a_search_can_be_stopped() -> None:
    """Searching takes long: it is told frame by frame, not a chunk at a time, while no face is found."""
    seen: list[int] = []
    track_face(source_of([paint([])] * CHUNK), DiscNetworks(), progress=lambda _, done, total: seen.append(done))
    assert seen == list(range(CHUNK + 1))


def test_options_are_checked() -> None:
    """Typos and impossible numbers are named."""
    with pytest.raises(SeamSyncError, match="did you mean 'largest'"):
        TrackOptions(face="larges")
    with pytest.raises(SeamSyncError, match="min_confidence must be 0…1"):
        TrackOptions(min_confidence=1.5)


def test_real_clip(media: Path) -> None:
    """A second of a real clip with the embedded networks: always visible, mesh and landmarks agree, a face of its size."""
    if status("facemesh")[0] != "present":
        pytest.skip("no face networks here; run: seamsync models get facemesh")
    from seamsync.models.faces.facemesh import load_face_networks

    source = VideoReader(media / "garden_1080x1920.mp4", duration=1.0)
    track = track_face(source, load_face_networks(torch.device("cpu")))
    assert len(track) == source.info.frame_count
    assert track.visible.all()
    assert track.confidence.min() > 0.9
    assert track.mesh is not None
    assert 170 < track.face_width.mean() < 210
