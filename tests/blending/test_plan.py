"""The plan: which frames are composited, and ROIs that hold the mask and lie on the chroma grid."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from faces import face68, track_of, turned_face
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.blending import plan as module
from seamsync.blending.plan import STATUS, SeamPlan, plan_seam
from seamsync.blending.settings import MouthMask, SeamSettings, SeamTemporal
from seamsync.media.clips import MouthClip
from seamsync.media.video import VideoInfo
from seamsync.tracking.pose import head_pose
from seamsync.tracking.track import FaceTrack


def still_mouths(count: int, **changes: object) -> MouthClip:
    """Grey patches over the middle of the frame."""
    parts: dict[str, object] = {
        "patches": np.full((count, 3, 50, 60), 128, np.uint8),
        "to_frame": np.tile(np.array([[2.0, 0, 100], [0, 2.0, 130]]), (count, 1, 1)),
        "active": np.ones(count, bool),
        "frames": np.arange(count),
        "inset": 1.0,
    }
    return MouthClip(**(parts | changes))  # type: ignore[arg-type]


def plan_of(track: FaceTrack, mouths: MouthClip, settings: SeamSettings) -> SeamPlan:
    """Plan on a clip of as many frames as the track has."""
    return plan_seam(track, mouths, settings, VideoInfo("test", 320, 240, Fraction(25), len(track)))


@settings(max_examples=30, deadline=None)
@given(x=st.floats(-100, 420), y=st.floats(-100, 340), width=st.floats(20, 300))
def test_boxes_hold_the_mask_inside_the_frame(x: float, y: float, width: float) -> None:
    """Even corners, inside the frame, around every point of the outline that the frame shows."""
    plan = plan_of(track_of(face68((x, y), width)[None]), still_mouths(1), SeamSettings())
    x0, y0, x1, y1 = plan.box(0)
    if not plan.compose[0]:
        assert (x0, y0, x1, y1) == (0, 0, 0, 0)
        return
    assert 0 <= x0 < x1 <= 320
    assert 0 <= y0 < y1 <= 240
    assert x0 % 2 == y0 % 2 == x1 % 2 == y1 % 2 == 0
    points = plan.outline([0])[0]
    shown = points[(points > 0).all(1) & (points < (320, 240)).all(1)]
    assert ((shown >= (x0, y0)) & (shown <= (x1, y1))).all()


def test_status_says_why() -> None:
    """No face, an inactive mouth and a mask outside the frame are told apart."""
    landmarks = np.stack([face68(), face68(), face68(), face68((-900, 0))])
    track = replace(track_of(landmarks), visible=np.array([True, False, True, True]))
    mouths = still_mouths(4, active=np.array([True, True, False, True]))
    plan = plan_of(track, mouths, SeamSettings())
    assert [STATUS[s] for s in plan.status] == ["composited", "no face", "left alone", "outside the frame"]
    assert plan.compose.tolist() == [True, False, False, False]


def test_quad_is_the_patch_less_its_inset() -> None:
    """Corners of the usable part in frame pixels."""
    plan = plan_of(track_of(face68()[None]), still_mouths(1, inset=5.0), SeamSettings())
    np.testing.assert_allclose(plan.quad([0])[0], [[110, 140], [210, 140], [210, 220], [110, 220]])


def test_outward_feather_has_room() -> None:
    """The ROI grows with what alpha can reach."""
    track = track_of(face68((160, 90), 80)[None])
    inward, outward = (
        plan_of(track, still_mouths(1), SeamSettings(mask=MouthMask(feather_side=side, feather=0.2)))
        for side in ("inward", "outward")
    )
    assert inward.box(0)[0] - outward.box(0)[0] >= 14


def test_looped_mouths_take_their_targets_landmarks() -> None:
    """An output frame is laid out on the target frame it shows; a jump in the order is a cut."""
    landmarks = np.stack([face68((120 + 10 * t, 130)) for t in range(4)])
    plan = plan_of(track_of(landmarks), still_mouths(4, frames=np.array([3, 2, 0, 0])), SeamSettings())
    assert plan.scene.tolist() == [0, 0, 1, 1]
    outline = plan.outline([0, 2])
    assert outline[0, :, 0].mean() > outline[1, :, 0].mean() + 20


def test_a_fast_opening_stays_covered() -> None:
    """Smoothing the outline over time never lets the lips of either face stand out of it."""
    opening = np.where((np.arange(30) > 14) & (np.arange(30) < 18), 0.15, 0.0)
    landmarks = np.stack([face68((160, 100), 100, opening=float(o)) for o in opening])
    generated = np.stack([face68((160, 100), 100, opening=float(o)) for o in opening[::-1]])
    settings = SeamSettings(mask=MouthMask(shape="mouth"), temporal=SeamTemporal(mask_beta=0.95))
    plan = plan_of(track_of(landmarks), still_mouths(30, landmarks=generated), settings)
    for t in range(30):
        outline = plan.outline([t])[0].astype(np.float32)
        for face in (landmarks[t], generated[t]):
            assert min(cv2.pointPolygonTest(outline, (float(x), float(y)), True) for x, y in face[48:60]) > -0.3


def drifting(count: int, step: tuple[float, float]) -> np.ndarray:
    """A face that moves by ``step`` a frame, float32 ``[T,68,2]``."""
    return np.stack([face68((120 + t * step[0], 100 + t * step[1]), 80, opening=0.1 * (t % 2)) for t in range(count)])


def test_motion_is_the_faces_velocity() -> None:
    """Pixels a frame, whatever the mouth does; one-sided beside a cut, 0 in a scene of one frame."""
    landmarks = np.concatenate([drifting(6, (3, -1)), drifting(5, (-2, 0)), drifting(1, (0, 0))])
    track = replace(track_of(landmarks), scene=np.repeat([0, 1, 2], [6, 5, 1]).astype(np.int32))
    plan = plan_of(track, still_mouths(12), SeamSettings())
    expected = np.repeat([(3.0, -1.0), (-2.0, 0.0), (0.0, 0.0)], [6, 5, 1], axis=0)
    np.testing.assert_allclose(plan.motion(np.arange(12)), expected, atol=1.2)
    np.testing.assert_allclose(plan.motion([2, 8]), [(3, -1), (-2, 0)], atol=0.01)
    np.testing.assert_allclose(plan.motion([11]), [(0, 0)], atol=1e-9)


def test_motion_widens_the_roi() -> None:
    """The ROI holds what the widened edge can reach."""
    track = track_of(drifting(8, (4, 0)))
    boxes = {}
    for frames in (0.0, 3.0):
        settings = SeamSettings(mask=MouthMask(feather_side="outward"), temporal=SeamTemporal(motion_widening=frames))
        boxes[frames] = plan_of(track, still_mouths(8), settings).boxes[4]
    assert boxes[0.0][0] - boxes[3.0][0] >= 10


def test_profiles_fade_without_popping() -> None:
    """A head that turns to 80° and back fades out and in smoothly, is left alone between, and starts anew at a cut."""
    yaw = np.concatenate([np.linspace(0, 80, 40), np.full(20, 80), np.linspace(80, 0, 40), np.zeros(20)])
    landmarks = np.stack([turned_face(float(angle), 0, 0, 80) + (-140, -80) for angle in yaw]).astype(np.float32)
    track = replace(track_of(landmarks), scene=(np.arange(120) >= 100).astype(np.int32))
    settings = SeamSettings(mask=MouthMask(profile_start=40.0, profile_end=65.0))
    plan = plan_of(track, still_mouths(120), settings)
    weight = plan.profile(np.arange(120))
    assert weight.dtype == np.float32
    assert (weight[:10] == 1).all()
    assert (weight[45:55] == 0).all()
    assert [STATUS[s] for s in plan.status[45:55]] == ["profile"] * 10
    assert not plan.compose[45:55].any()
    assert np.abs(np.diff(weight[:100])).max() < 0.15
    np.testing.assert_allclose(weight[:100], weight[:100][::-1], atol=0.03)
    assert (weight[100:] == 1).all()
    off = replace(settings, mask=MouthMask(profile_start=90.0, profile_end=90.0))
    assert (plan_of(track, still_mouths(120), off).profile(np.arange(120)) == 1).all()


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_a_profile_fades_by_the_smooth_step(share: float) -> None:
    """A head that holds still has the weight 3s² − 2s³, s the share of the range that is left to ``profile_end``."""
    landmarks = np.stack([turned_face(50, 0, 0, 80) + (-140, -80)] * 4).astype(np.float32)
    yaw = float(np.abs(head_pose(landmarks)[0][0]))
    mask = MouthMask(profile_start=yaw - 10 * (1 - share), profile_end=yaw + 10 * share)
    weight = plan_of(track_of(landmarks), still_mouths(4), SeamSettings(mask=mask)).profile(np.arange(4))
    np.testing.assert_allclose(weight, 3 * share**2 - 2 * share**3, atol=2e-3)


def test_a_long_plan_is_made_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same plan, with a check before every piece in each of its passes."""
    track, mouths, made = track_of(np.repeat(face68()[None], 40, 0)), still_mouths(40), []
    whole = plan_of(track, mouths, SeamSettings())
    monkeypatch.setattr(module, "_BLOCK", 7)
    info = VideoInfo("test", 320, 240, Fraction(25), 40)
    pieces = plan_seam(track, mouths, SeamSettings(), info, lambda: made.append(1))
    assert len(made) == 3 * 6
    np.testing.assert_array_equal(pieces.boxes, whole.boxes)
