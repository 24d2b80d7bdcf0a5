"""Clips made smaller, turned and cropped."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.media.frame import PlanarFrame, VideoInfo
from seamsync.media.reshape import CroppedSource, Reshape, TurnedSource, reshaped

CHROMA = ((1, 1), (2, 1), (2, 2))


class Noise:
    """A clip of noise in every plane, of any layout."""

    def __init__(self, size: tuple[int, int], chroma: tuple[int, int], depth: int = 8) -> None:
        self.info = VideoInfo("noise", *size, Fraction(25), 3, depth, chroma, pixel_aspect=Fraction(4, 3))
        self.warnings: list[str] = ["noise"]

    def frames(self, order: np.ndarray | None = None) -> Iterator[PlanarFrame]:
        """Frame k is drawn with the seed k."""
        info = self.info
        for index in range(info.frame_count) if order is None else order:
            rng = np.random.default_rng(int(index))
            frame = PlanarFrame.blank(info.width, info.height, info.chroma, info.bit_depth, info.color)
            for plane in frame.planes:
                plane[...] = rng.integers(0, 1 << info.bit_depth, plane.shape)
            yield frame


@pytest.mark.parametrize("chroma", CHROMA)
@pytest.mark.parametrize("size", [(12, 8), (13, 9)])
def test_turned_as_opencv_turns(size: tuple[int, int], chroma: tuple[int, int]) -> None:
    """Luma is exactly OpenCV's clockwise turn, chroma too where its grid allows; shapes are those of the info."""
    source = Noise(size, chroma, 10)
    turned = TurnedSource(source)
    assert (turned.info.width, turned.info.height) == size[::-1]
    assert turned.info.pixel_aspect == Fraction(3, 4)
    assert turned.warnings == ["noise"]
    for frame, before in zip(turned.frames(np.array([2, 0])), source.frames(np.array([2, 0])), strict=True):
        assert (frame.width, frame.height, frame.chroma, frame.bit_depth) == (*size[::-1], turned.info.chroma, 10)
        np.testing.assert_array_equal(frame.y, cv2.rotate(np.ascontiguousarray(before.y), cv2.ROTATE_90_CLOCKWISE))
        if chroma != (2, 1):
            np.testing.assert_array_equal(frame.v, cv2.rotate(np.ascontiguousarray(before.v), cv2.ROTATE_90_CLOCKWISE))
        else:
            places = (np.arange(size[0]) + 0.5) / 2 - 0.5
            wide = np.stack([np.interp(places, np.arange(before.v.shape[1]), row) for row in before.v])
            np.testing.assert_allclose(frame.v, wide.T[:, ::-1], atol=0.6)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CHROMA), st.integers(0, 9), st.integers(0, 9), st.integers(2, 30), st.integers(2, 30))
def test_cropped_is_a_slice(chroma: tuple[int, int], top: int, left: int, rows: int, columns: int) -> None:
    """Every plane is a slice of the original, from the chroma sample at or before the corner; luma and chroma stay together."""
    source = Noise((41, 39), chroma)
    cropped = CroppedSource(source, (top, top + rows, left, left + columns))
    x0, y0 = left - left % chroma[0], top - top % chroma[1]
    frame, before = next(iter(cropped.frames())), next(iter(source.frames()))
    assert (frame.width, frame.height) == (cropped.info.width, cropped.info.height)
    np.testing.assert_array_equal(frame.y, before.y[y0 : min(top + rows, 39), x0 : min(left + columns, 41)])
    start = before.u[y0 // chroma[1] :, x0 // chroma[0] :]
    np.testing.assert_array_equal(frame.u, start[: frame.u.shape[0], : frame.u.shape[1]])


def test_all_together_in_their_order() -> None:
    """Smaller first, then turned, then cropped: as by OpenCV on the luma."""
    source = Noise((64, 48), (2, 2))
    done = reshaped(source, Reshape(factor=2, turned=True, crop=(2, -1, 0, 20)))
    assert (done.info.width, done.info.height) == (20, 30)
    small = cv2.resize(np.ascontiguousarray(next(iter(source.frames())).y), (32, 24), interpolation=cv2.INTER_AREA)
    expected = cv2.rotate(small, cv2.ROTATE_90_CLOCKWISE)[2:, :20]
    np.testing.assert_array_equal(next(iter(done.frames())).y, expected)


def test_a_height_keeps_the_proportions() -> None:
    """The width follows; a factor comes before it."""
    info = reshaped(Noise((640, 360), (2, 2)), Reshape(height=180)).info
    assert (info.width, info.height) == (320, 180)
    assert reshaped(Noise((640, 360), (2, 2)), Reshape(factor=2, height=90)).info.width == 160


def test_nothing_to_do_is_the_clip_itself() -> None:
    """No view is laid over it."""
    source = Noise((8, 8), (2, 2))
    assert reshaped(source, Reshape()) is source


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (Reshape(crop=(5, 4, 0, -1)), "crop must be top bottom left right inside the 40×30"),
        (Reshape(crop=(0, -1, 60, -1)), "crop must be"),
        (Reshape(crop=(-3, -1, 0, -1)), "crop must be"),
        (Reshape(factor=20), "nothing is left of it at 2×1"),
    ],
)
def test_nothing_left(how: Reshape, message: str) -> None:
    """Said with the numbers."""
    with pytest.raises(SeamSyncError, match=message):
        reshaped(Noise((40, 30), (2, 2)), how)
    with pytest.raises(SeamSyncError, match="must be 1…64"):
        Reshape(factor=0)
    with pytest.raises(SeamSyncError, match="four numbers"):
        Reshape(crop=(1, 2, 3))  # type: ignore[arg-type]
