"""The compositor keeps the design's invariants, on planes, with every shape and falloff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from engine_cases import away_from_mouth
from faces import face68, track_of
from scipy import ndimage
from seamsync.blending import composite
from seamsync.blending.composite import composite_frames
from seamsync.blending.presets import PRESETS
from seamsync.blending.settings import SHAPES, ColorMatch, MouthMask, SeamSettings, SeamTemporal
from seamsync.errors import SeamSyncError
from seamsync.media.clips import MouthClip
from seamsync.media.video import PlanarFrame, VideoInfo
from seamsync.quality.recorder import ReportRecorder
from seamsync.tracking.track import FaceTrack

CPU = torch.device("cpu")
#: The patch as it is.
NO_MATCH = ColorMatch(method="none", shading=0.0, sharpness=0.0, grain=0.0, detail=0.0)
WIDTH, HEIGHT = 320, 240
INFO = VideoInfo("test", WIDTH, HEIGHT, Fraction(25), 8)


def planes(seed: int, info: VideoInfo = INFO) -> PlanarFrame:
    """Smooth random picture."""
    rng = np.random.default_rng(seed)
    frame = PlanarFrame.blank(info.width, info.height, info.chroma, info.bit_depth, info.color)
    top = (1 << info.bit_depth) - 1
    for plane, spread in zip(frame.planes, (0.5, 0.2, 0.2), strict=True):
        smooth = ndimage.gaussian_filter(rng.random(plane.shape), 3, mode="reflect")
        smooth = (smooth - smooth.mean()) / np.abs(smooth - smooth.mean()).max()
        plane[...] = np.round((0.5 + spread * 0.8 * smooth) * top)
    return frame


class Memory:
    """Frames held in memory as a FrameSource."""

    def __init__(self, frames: list[PlanarFrame], info: VideoInfo = INFO) -> None:
        self.info = replace(info, frame_count=len(frames))
        self.warnings: list[str] = []
        self._frames = frames

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Fresh copies in ``order``."""
        for index in range(len(self._frames)) if order is None else order:
            yield self._frames[int(index)].copy()


def source(count: int = 1, info: VideoInfo = INFO) -> Memory:
    """Clip of different pictures."""
    return Memory([planes(seed, info) for seed in range(count)], info)


def mouths(pictures: np.ndarray, corner: tuple[int, int], **changes: object) -> MouthClip:
    """Patches ``[T,3,h,w]`` whose pixels lie on the frame's, from ``corner`` on."""
    count = len(pictures)
    to_frame = np.tile(np.array([[1.0, 0, corner[0]], [0, 1.0, corner[1]]]), (count, 1, 1))
    parts: dict[str, object] = {
        "patches": pictures,
        "to_frame": to_frame,
        "active": np.ones(count, bool),
        "frames": np.arange(count),
    }
    return MouthClip(**(parts | changes))  # type: ignore[arg-type]


def cut(frame: PlanarFrame, add: float = 0.0) -> np.ndarray:
    """Patch over most of the frame, a constant brighter, uint8 ``[1,3,h,w]``."""
    rgb = frame.rgb((60, 60, 280, 236)).astype(np.float32) + add * 255
    return rgb.clip(0, 255).round().astype(np.uint8).transpose(2, 0, 1)[None]


def run(
    clip: Memory, patches: MouthClip, settings: SeamSettings, track: FaceTrack | None = None
) -> tuple[list[PlanarFrame], ReportRecorder]:
    """All frames, and the log."""
    log = ReportRecorder()
    track = track or track_of(np.stack([face68()] * clip.info.frame_count), (clip.info.width, clip.info.height))
    return list(composite_frames(clip, track, patches, settings, CPU, recorder=log)), log


def difference(one: PlanarFrame, two: PlanarFrame) -> np.ndarray:
    """Largest difference of RGB a pixel, ``[h,w]``."""
    return np.abs(one.rgb().astype(int) - two.rgb().astype(int)).max(-1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bit_depth", [8, 10])
@pytest.mark.parametrize("chroma", [(2, 2), (1, 1)])
def test_outside_the_mask_planes_stay(shape: str, bit_depth: int, chroma: tuple[int, int]) -> None:
    """Samples without support are bit-identical, whatever the patch."""
    info = replace(INFO, bit_depth=bit_depth, chroma=chroma)
    clip = source(info=info)
    noise = np.random.default_rng(0).integers(0, 256, (1, 3, 180, 220), dtype=np.uint8)
    settings = SeamSettings(mask=MouthMask(shape=shape))
    (result,), _ = run(clip, mouths(noise, (60, 60)), settings)
    wide = np.zeros((HEIGHT, WIDTH), bool)
    wide[104 if shape == "upper_face" else 120 :, 90:230] = True  # every shape lies in here
    changed = result.y != clip._frames[0].y
    assert changed.any()
    assert not changed[~wide].any()
    for mine, theirs in zip(result.planes[1:], clip._frames[0].planes[1:], strict=True):
        small = wide[:: chroma[1], :: chroma[0]]
        assert not (mine != theirs)[~small].any()


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_patch_that_equals_the_target_returns_it(name: str) -> None:
    """Within one stored step everywhere, with every preset."""
    clip = source()
    (result,), _ = run(clip, mouths(cut(clip._frames[0]), (60, 60)), PRESETS[name])
    for mine, theirs in zip(result.planes, clip._frames[0].planes, strict=True):
        assert np.abs(mine.astype(int) - theirs.astype(int)).max() <= 1


@pytest.mark.parametrize("space", ["ycbcr", "rgb", "lab"])
def test_colour_match_takes_a_constant_away(space: str) -> None:
    """A patch a constant brighter gives back the target's skin within 2/255."""
    clip = source()
    settings = SeamSettings(color=ColorMatch(space=space))
    (result,), _ = run(clip, mouths(cut(clip._frames[0], 0.06), (60, 60)), settings)
    assert difference(result, clip._frames[0])[away_from_mouth(face68(), (HEIGHT, WIDTH))].max() <= 2
    (plain,), _ = run(clip, mouths(cut(clip._frames[0], 0.06), (60, 60)), SeamSettings(color=NO_MATCH))
    assert difference(plain, clip._frames[0]).max() >= 12


def test_full_alpha_is_the_patch() -> None:
    """In the middle of the mask the patch's own pixels stand."""
    clip, other = source(), planes(9)
    settings = SeamSettings(color=NO_MATCH, mask=MouthMask(shape="box", feather=0.02, alignment=0.0))
    (result,), log = run(clip, mouths(cut(other), (60, 60)), settings)
    middle = (slice(190, 210), slice(150, 170))
    assert difference(result, other)[middle].max() <= 3  # chroma is stored at half size
    assert 0 < log.columns["mask_share"][0] < 1


def test_mirrored_input_mirrored_output() -> None:
    """The whole engine has no preferred side."""
    rng = np.random.default_rng(5)
    info = replace(INFO, chroma=(1, 1))
    frame, patch = planes(0, info), rng.integers(0, 256, (1, 3, 160, 200), dtype=np.uint8)
    flipped = frame.copy()
    for mine, theirs in zip(frame.planes, flipped.planes, strict=True):
        theirs[...] = mine[:, ::-1]
    track = track_of(face68()[None])
    (one,), _ = run(Memory([frame], info), mouths(patch, (60, 70)), SeamSettings(), track)
    mirrored_patch = mouths(patch[..., ::-1].copy(), (60, 70))
    (two,), _ = run(Memory([flipped], info), mirrored_patch, SeamSettings(), track)
    assert np.abs(one.y.astype(int) - two.y[:, ::-1].astype(int)).max() <= 2


@pytest.mark.parametrize("centre", [(0.0, 130.0), (320.0, 130.0), (160.0, 230.0), (160.0, 0.0), (-400.0, 90.0), (160.0, 900.0)])
def test_faces_at_and_past_the_border(centre: tuple[float, float]) -> None:
    """A mask cut by the border, or outside the frame, is no trouble."""
    clip = source()
    patch = np.full((1, 3, 200, 200), 200, np.uint8)
    track = track_of(face68(centre)[None])
    corner = (int(centre[0]) - 100, int(centre[1]))
    (result,), log = run(clip, mouths(patch, corner), SeamSettings(), track)
    assert log.columns["status"][0] in ("composited", "outside the frame")
    seen = -60 < centre[0] < WIDTH + 60 and centre[1] < HEIGHT - 40  # some of the lower face
    assert (log.columns["mask_share"][0] > 0) == (difference(result, clip._frames[0]).max() > 0) == seen


def test_odd_sizes() -> None:
    """Odd frames, odd patches."""
    info = replace(INFO, width=319, height=239)
    clip = source(info=info)
    (result,), _ = run(clip, mouths(np.full((1, 3, 161, 151), 90, np.uint8), (81, 75)), SeamSettings())
    assert difference(result, clip._frames[0]).max() > 10


def test_frames_without_a_face_keep_their_pixels() -> None:
    """They pass through untouched, and the report says so."""
    clip = source(4)
    track = replace(track_of(np.stack([face68()] * 4)), visible=np.array([True, False, True, True]))
    patches = np.full((4, 3, 180, 220), 255, np.uint8)
    clip_mouths = mouths(patches, (60, 60), active=np.array([True, True, False, True]))
    result, log = run(clip, clip_mouths, SeamSettings(), track)
    changed = [bool(difference(a, b).any()) for a, b in zip(result, clip._frames, strict=True)]
    assert changed == [True, False, False, True]
    report = log.report(SeamSettings(), clip_mouths)
    assert report.summary["composited"] == 2
    assert "1 of 4 frames keep their original pixels: no face" in report.notes


def test_a_clip_without_any_face_passes_through() -> None:
    """Such a track's landmarks are all zero; nothing is composited, and nothing fails."""
    clip = source(2)
    track = replace(track_of(np.zeros((2, 68, 2))), visible=np.zeros(2, bool))
    result, log = run(clip, mouths(np.full((2, 3, 180, 220), 255, np.uint8), (60, 60)), SeamSettings(), track)
    assert log.columns["status"].tolist() == ["no face", "no face"]
    assert not any(difference(a, b).any() for a, b in zip(result, clip._frames, strict=True))


def test_nothing_crosses_a_cut() -> None:
    """Frames before a cut come out the same whatever stands behind it."""
    landmarks = np.stack([face68((160 + 3 * t, 130)) for t in range(6)])
    scene = np.array([0, 0, 0, 1, 1, 1], np.int32)
    other = landmarks.copy()
    other[3:] += 40
    patches = np.random.default_rng(3).integers(0, 256, (6, 3, 180, 220), dtype=np.uint8)
    second = patches.copy()
    second[3:] = 255 - second[3:]
    clip = source(6)
    results = [
        run(clip, mouths(p, (60, 60)), SeamSettings(), replace(track_of(marks), scene=scene))[0]
        for p, marks in ((patches, landmarks), (second, other))
    ]
    for one, two in zip(results[0][:3], results[1][:3], strict=True):
        np.testing.assert_array_equal(one.y, two.y)


def test_looped_order_and_determinism() -> None:
    """Output frames show the target frames the mouths name; two runs give the same bytes."""
    clip = source(3)
    order = np.array([0, 1, 2, 1, 0])
    patches = np.random.default_rng(2).integers(0, 256, (5, 3, 180, 220), dtype=np.uint8)
    (first, log), (second, _) = (run(clip, mouths(patches, (60, 60), frames=order), SeamSettings()) for _ in range(2))
    for frame, again, index in zip(first, second, order, strict=True):
        np.testing.assert_array_equal(frame.y, again.y)
        np.testing.assert_array_equal(frame.y[:100], clip._frames[index].y[:100])
    assert log.columns["target_frame"].tolist() == order.tolist()


@pytest.mark.parametrize("name", list(PRESETS))
def test_batches_equal_single_frames(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batched way, as on a GPU, gives what single frames give."""
    clip, settings = source(5), PRESETS[name]
    landmarks = np.stack([face68((150 + 9 * t, 120 + 2 * t), 110 + 3 * t) for t in range(5)])
    patches = np.concatenate([cut(planes(t + 20)) for t in range(5)])
    track = track_of(landmarks)
    monkeypatch.setattr(composite, "_CPU_BATCH", 1)
    single, _ = run(clip, mouths(patches, (60, 60)), settings, track)
    monkeypatch.setattr(composite, "batch_size", lambda plan, device: 3)
    batched, _ = run(clip, mouths(patches, (60, 60)), settings, track)
    for one, two in zip(single, batched, strict=True):
        apart = np.abs(one.y.astype(int) - two.y.astype(int))
        assert apart.max() <= 3
        assert apart.mean() < 0.02


def test_batches_at_the_border_of_odd_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """ROIs of one size, although one is cut by a border that the chroma grid does not meet."""
    clip = source(4, replace(INFO, width=319, height=239))
    centres = ((150, 120), (290, 120), (250, 180), (20, 110))
    track = track_of(np.stack([face68(centre, 60 + 20 * k) for k, centre in enumerate(centres)]), (319, 239))
    patches = np.stack([planes(seed + 20).rgb().transpose(2, 0, 1) for seed in range(4)])
    plain = SeamSettings(temporal=SeamTemporal(mask_beta=0))
    monkeypatch.setattr(composite, "_CPU_BATCH", 1)
    single, _ = run(clip, mouths(patches, (0, 0)), plain, track)
    monkeypatch.setattr(composite, "batch_size", lambda plan, device: 4)
    batched, _ = run(clip, mouths(patches, (0, 0)), plain, track)
    for one, two, before in zip(single, batched, clip._frames, strict=True):
        assert (one.y != before.y).any()
        for mine, theirs in zip(one.planes, two.planes, strict=True):
            apart = np.abs(mine.astype(int) - theirs.astype(int))
            assert (apart > 2).sum() <= 30  # where an outline ends past the border, and at its corners between lattice nodes
            assert apart.max() <= 8


def test_mismatches_are_named() -> None:
    """A track of another size or length, and mouths past the clip's end."""
    clip = source()
    patch = np.zeros((1, 3, 50, 50), np.uint8)
    with pytest.raises(SeamSyncError, match="track is of a 640×480 clip"):
        run(clip, mouths(patch, (0, 0)), SeamSettings(), track_of(face68()[None], (640, 480)))
    with pytest.raises(SeamSyncError, match="track has 3 frames, test has 1"):
        run(clip, mouths(patch, (0, 0)), SeamSettings(), track_of(np.stack([face68()] * 3)))
    with pytest.raises(SeamSyncError, match="target frame 7, but the track has only 1"):
        run(clip, mouths(patch, (0, 0), frames=np.array([7])), SeamSettings())


def test_temporal_smoothing_steadies_the_mask() -> None:
    """Noise on the landmarks' shape moves the mask less with smoothing than without."""
    rng = np.random.default_rng(0)
    landmarks = np.stack([face68()] * 12) + rng.normal(0, 1.0, (12, 68, 2)).astype(np.float32)
    landmarks[:, 36:48] = face68()[36:48]
    landmarks[:, [0, 16]] = face68()[[0, 16]]
    shares = {}
    for beta in (0.0, 0.9):
        settings = SeamSettings(temporal=SeamTemporal(mask_beta=beta))
        _, log = run(source(12), mouths(np.zeros((12, 3, 180, 220), np.uint8), (60, 60)), settings, track_of(landmarks))
        pixels = log.columns["mask_share"] * 1.0
        shares[beta] = np.abs(np.diff(pixels)).mean()
    assert shares[0.9] < 0.7 * shares[0.0]
