"""What Detect Face Landmarks shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from faces import face68, track_of
from seam_scenes import HeldClip
from seamsync.nodes.preview import contact_sheet, draw_track


@pytest.mark.parametrize(("count", "shape"), [(6, (80, 180, 3)), (4, (80, 180, 3)), (2, (40, 120, 3)), (1, (40, 60, 3))])
def test_pictures_lie_side_by_side(count: int, shape: tuple[int, ...]) -> None:
    """Row by row; what is left over is black."""
    pictures = np.stack([np.full((40, 60, 3), 10 * (index + 1), np.uint8) for index in range(count)])
    sheet = contact_sheet(pictures)
    assert sheet.shape == shape
    for index in range(6 if count > 3 else count):
        cell = sheet[index // 3 * 40 :, index % 3 * 60 :][:40, :60]
        assert (cell == (10 * (index + 1) if index < count else 0)).all()


def test_large_ones_are_shrunk() -> None:
    """To the longer side asked for."""
    assert contact_sheet(np.zeros((6, 768, 1024, 3), np.uint8), long_side=300).shape == (150, 300, 3)


def _moving(size: tuple[int, int], wide: float) -> tuple[HeldClip, np.ndarray]:
    """A grey clip of six frames, and a face of some width that moves from corner to corner over it."""
    steps = np.linspace(0, 1, 6)
    points = np.stack([face68((wide / 2 + t * (size[0] - wide), t * (size[1] - wide)), wide) for t in steps])
    return HeldClip([np.full(size[::-1], 120, np.uint8)] * 6), points


def _dots(picture: np.ndarray) -> np.ndarray:
    """Where the landmarks are drawn, x and y of each pixel."""
    return np.argwhere((picture[..., 1] > 200) & (picture[..., 0] < 140))[:, ::-1]


def test_a_small_face_fills_the_pictures() -> None:
    """In a full-body clip: its landmarks cover most of each picture, in the middle but at the frame's edges."""
    clip, points = _moving((480, 640), 40.0)
    pictures = draw_track(clip, track_of(points, (480, 640)))
    assert pictures.shape == (6, 384, 384, 3)
    for index, picture in enumerate(pictures):
        dots = _dots(picture)
        assert np.ptp(dots, axis=0).max() > 0.5 * 384
        if 0 < index < 5:
            assert np.abs((dots.min(0) + dots.max(0)) / 2 - 192).max() < 8


def test_a_face_as_large_as_the_frame_is_shown_whole() -> None:
    """No more is shown than there is; large pictures are shrunk."""
    clip, points = _moving((1000, 400), 350.0)
    assert draw_track(clip, track_of(points, (1000, 400)), long_side=300).shape[1:] == (196, 300, 3)


def test_a_frame_without_a_face_is_shown_whole() -> None:
    """Between black bars, with a red border; without any face all frames are whole."""
    clip, points = _moving((480, 640), 40.0)
    track = track_of(points, (480, 640))
    pictures = draw_track(clip, replace(track, visible=np.arange(6) != 2))
    lost = pictures[2]
    assert not len(_dots(lost))
    assert lost[0, 0].tolist() == [255, 40, 40]
    assert lost[192, 20].max() == 0, "the bar"
    assert abs(int(lost[192, 192, 0]) - int(pictures[1, 192, 192, 0])) < 2
    assert draw_track(clip, replace(track, visible=np.zeros(6, bool))).shape == (6, 640, 480, 3)
