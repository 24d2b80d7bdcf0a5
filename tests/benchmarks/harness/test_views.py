"""Views for people: the same calm square around the mouth, kept without loss, two of them side by side."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from faces import face68, track_of
from seam_scenes import HeldClip
from seamsync.benchmarks.harness.views import GAP, SIDE, View, ViewWriter, view_of, write_pair
from seamsync.media.video import VideoReader


def clip_of(count: int, shade: int) -> HeldClip:
    """A ramp from left to right, lighter from frame to frame."""
    ramp = np.tile(np.linspace(shade, shade + 60, 320), (240, 1))
    return HeldClip([(ramp + 5 * t).astype(np.uint8) for t in range(count)])


def write_view(path: Path, clip: HeldClip, view: View) -> None:
    """The view of every frame."""
    with ViewWriter(path, view, Fraction(25)) as writer:
        for index, frame in enumerate(clip.frames()):
            writer.write(frame, index)


def test_view_follows_calmly_and_stays_in_its_scene() -> None:
    """A trembling face: whole pixels that hardly move, one size; beyond a cut, where the face is there."""
    random = np.random.default_rng(0)
    still = np.stack([face68((120.0, 100.0)) + random.normal(0, 3, 2).astype(np.float32) for _ in range(40)])
    track = track_of(np.concatenate([still, still + np.array([80, 0], np.float32)]))
    view = view_of(replace(track, scene=np.repeat([0, 1], 40).astype(np.int32)))
    assert view.side == pytest.approx(1.4 * 120, abs=2)
    first, second = view.corners[:40, 0], view.corners[40:, 0]
    assert np.ptp(first) <= 3
    assert np.ptp(still[:, 0, 0]) > 8
    np.testing.assert_array_equal(second - first, 80)
    mouth = track.landmarks[:40, 48:60].mean((0, 1))
    np.testing.assert_allclose(view.corners[:40].mean(0) + view.side / 2, mouth, atol=2)


@pytest.mark.parametrize("corner", [(40, 30), (-30, -20), (300, 220), (-200, 500)])
def test_cut_is_that_of_the_picture_with_its_border_repeated(corner: tuple[int, int]) -> None:
    """Against padding the whole picture, inside, over the edge and far outside."""
    frame = next(iter(clip_of(1, 60).frames()))
    padded = np.pad(frame.rgb(), ((600, 600), (600, 600), (0, 0)), mode="edge")
    x, y = corner
    view = View(np.array([corner]), 64)
    np.testing.assert_array_equal(view.cut(frame, 0), padded[y + 600 : y + 664, x + 600 : x + 664])


@pytest.mark.parametrize("side", [100, 2 * SIDE])
def test_pairs_show_both_clips_in_step(tmp_path: Path, side: int) -> None:
    """At any size of the view: frame by frame the left one's and the right one's picture, with a gap."""
    view = View(np.zeros((3, 2), np.int64), side)
    for name, shade in (("left", 60), ("right", 120)):
        write_view(tmp_path / f"{name}.mkv", clip_of(3, shade), view)
    write_pair(tmp_path / "left.mkv", tmp_path / "right.mkv", tmp_path / "pair.mp4")
    pair = VideoReader(tmp_path / "pair.mp4")
    assert (pair.info.width, pair.info.height, pair.info.chroma) == (640, SIDE, (2, 2))
    for index, frame in enumerate(pair.frames()):
        for columns, shade in ((slice(None, SIDE), 60), (slice(-SIDE, None), 120)):
            reach = min(1.0, side / 320)
            shown = frame.y[150, columns].astype(float)
            ramp = shade + 5 * index + 60 * np.minimum(np.arange(SIDE) / SIDE * side / 320, 1.0)
            np.testing.assert_allclose(shown[10:-10], ramp[10:-10], atol=4)
            assert np.ptp(ramp) == pytest.approx(60 * reach, abs=1)
        assert frame.y[:, SIDE + 4 : SIDE + GAP - 4].max() < 45


def test_views_are_kept_without_loss(tmp_path: Path) -> None:
    """Noise comes back to within the rounding of its colours."""
    noise = np.random.default_rng(0).integers(60, 180, (240, 320)).astype(np.uint8)
    clip, view = HeldClip([noise]), View(np.zeros((1, 2), np.int64), 80)
    write_view(tmp_path / "view.mkv", clip, replace(view, side=SIDE))
    kept = next(iter(VideoReader(tmp_path / "view.mkv").frames())).rgb().astype(int)
    frame = next(iter(clip.frames()))
    wanted = replace(view, side=SIDE).cut(frame, 0).astype(int)
    assert np.abs(kept - wanted).max() <= 2
