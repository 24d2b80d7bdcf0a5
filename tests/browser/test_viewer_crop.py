"""The viewer's window: inside the frame, still on a still face, gently after a moving one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from seamsync.browser.viewer_crop import Crop, crop_windows, mouth_window
from seamsync.media.planes import Box

FRAME = (320, 240)


def path_of(speed: float, count: int = 60, noise: float = 0.0) -> dict[int, Box]:
    """Boxes of 60×40 pixels that move to the right."""
    shake = np.random.default_rng(0).normal(0, noise, (count, 2)).round().astype(int)
    return {k: (20 + int(speed * k) + x, 80 + y, 80 + int(speed * k) + x, 120 + y) for k, (x, y) in enumerate(shake.tolist())}


def windows(boxes: dict[int, Box], count: int = 60, side: int = 640, cut: int | None = None) -> Crop:
    """Of all frames, with a cut where wished."""
    scene = np.zeros(count, np.int32) if cut is None else (np.arange(count) >= cut).astype(np.int32)
    return crop_windows(boxes, np.arange(count), scene, FRAME, side)


def test_a_face_that_hardly_moves_is_seen_from_one_place() -> None:
    """So that the picture does not tremble with the mask."""
    crop = windows(path_of(0.2, noise=1.5))
    assert len(np.unique(crop.origins, axis=0)) == 1


def test_a_face_that_moves_far_is_followed() -> None:
    """Its box stays inside the window, which moves by no more than a little more than the face does."""
    boxes = path_of(3.0, noise=2.0)
    crop = windows(boxes)
    for k, box in boxes.items():
        x0, y0, x1, y1 = crop.box(k)
        assert x0 <= box[0] < box[2] <= x1
        assert y0 <= box[1] < box[3] <= y1
    steps = np.diff(crop.origins[8:-8], axis=0)
    assert steps.min() >= -2
    assert steps.max() <= 6


def test_a_window_does_not_glide_across_a_cut() -> None:
    """Before a cut it stays with what is before it."""
    boxes: dict[int, Box] = {k: (0, 0, 60, 40) if k < 30 else (260, 200, 320, 240) for k in range(60)}
    crop = windows(boxes, cut=30)
    assert len(np.unique(crop.origins[:30], axis=0)) == len(np.unique(crop.origins[30:], axis=0)) == 1
    assert (crop.origins[30] > crop.origins[29] + 100).all()


@given(
    st.lists(st.tuples(st.integers(-5, 319), st.integers(-5, 239), st.integers(1, 300), st.integers(1, 300)), max_size=8),
    st.integers(16, 700),
)
def test_windows_lie_inside_the_frame(corners: list[tuple[int, int, int, int]], side: int) -> None:
    """Whatever the boxes, even past the border; shown no larger than asked, nor enlarged."""
    boxes = {7 * k: (x, y, x + w, y + h) for k, (x, y, w, h) in enumerate(corners)}
    crop = windows(boxes, side=side)
    ends = crop.origins + np.array(crop.size)
    assert crop.origins.min() >= 0
    assert (ends <= FRAME).all()
    assert (crop.origins % 2 == 0).all()
    assert min(crop.cell) >= 1
    assert max(crop.cell) <= min(side, max(crop.size))


def test_a_mask_is_placed_to_the_pixel() -> None:
    """A box in frame pixels comes out where the same pixels of a picture do, at any scale."""
    crop = Crop(np.array([[40, 20]]), (120, 80), (240, 160))
    placed = crop.place(0, np.full((10, 20), 255, np.uint8), (60, 40, 100, 60))
    wanted = np.zeros((160, 240), bool)
    wanted[40:80, 40:120] = True
    assert ((placed > 127) != wanted).sum() <= 4  # its corners are round


def test_zoom_without_a_mouth_is_the_middle() -> None:
    """And with one, the median of what was seen, not the odd outlier."""
    assert mouth_window([], (100, 60)) == [25, 15, 50, 30]
    mouths = [np.array([[40, 20], [60, 30]])] * 5 + [np.array([[0, 0], [100, 60]])]
    x, y, width, height = mouth_window(mouths, (100, 60))
    assert abs(x + width / 2 - 50) < 0.1
    assert abs(y + height / 2 - 25) < 0.1
    assert abs(width - 34) < 0.1
    assert abs(width / height - 100 / 60) < 0.01
