"""What the viewer is given: the right pixels of the right frames, in bounded files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from seamsync.browser.viewer import GAIN, VIEWS, write_view
from seamsync.browser.viewer_bounds import FRAMES, PIXELS
from seamsync.errors import SeamSyncError
from seamsync.media.views import ResizedSource
from view_cases import BOX, PEAK, SIZE, WORST, clips, face_track, report

#: What JPEG changes of a plain or soft picture, 8-bit levels.
_JPEG = 3


def view(folder: Path, count: int = 40, **options: Any) -> dict[str, Any]:
    """Write and read the view of :mod:`view_cases`."""
    original, result = clips(count)
    return json.loads(write_view(options.pop("told", report(count)), original, result, folder, **options).read_text())


def cells(folder: Path, told: dict[str, Any], name: str) -> list[np.ndarray]:
    """The pictures of a view, RGB, as the page cuts them out of their sheets."""
    (width, height), across, each = told["cell"], told["across"], told["across"] * told["down"]
    sheets = [cv2.imread(str(folder / file)) for file in told["sheets"][name]]
    found = []
    for index in range(len(told["frames"])):
        x, y = index % each % across * width, index % each // across * height
        found.append(sheets[index // each][y : y + height, x : x + width, ::-1])
    return found


def test_each_picture_is_of_its_frame(tmp_path: Path) -> None:
    """Original and result have the levels of the frames that the list names; the difference is eight times theirs."""
    told = view(tmp_path)
    assert told["frames"] == list(range(40))
    original, result = (list(clip.frames()) for clip in clips(40))
    pictures = {name: cells(tmp_path, told, name) for name in VIEWS}
    for index, frame in enumerate(told["frames"]):
        before, after = (float(clip[frame].rgb().mean()) for clip in (original, result))
        assert abs(pictures["original"][index].mean() - before) <= _JPEG
        assert abs(pictures["result"][index].mean() - after) <= _JPEG
        assert abs(pictures["difference"][index].mean() - GAIN * (after - before)) <= _JPEG


def test_the_mask_lies_where_it_did(tmp_path: Path) -> None:
    """Alpha fills its box in the window, black around it; a frame whose mask was not kept is black, and said to be."""
    told = view(tmp_path)
    assert told["masked"] == [True] * 39 + [False]
    cell = np.array(told["cell"])
    size = (np.array(BOX[2:]) - BOX[:2]) * 1.5  # half as much room again as the masks need
    np.testing.assert_array_equal(cell, size)
    (left, top), (right, bottom) = (size / 6).astype(int), (size * 5 / 6).astype(int)
    alpha = cells(tmp_path, told, "alpha")
    inside = np.zeros(cell[::-1], bool)
    inside[top:bottom, left:right] = True
    sure = cv2.erode(inside.astype(np.uint8), np.ones((3, 3))) > 0
    never = cv2.dilate(inside.astype(np.uint8), np.ones((5, 5))) == 0
    for picture in alpha[:-1]:
        assert picture[sure].min() >= 255 - 4 * _JPEG
        assert picture[never].max() <= 4 * _JPEG
    assert alpha[-1].max() <= _JPEG


def test_the_seam_is_a_ring_of_heat(tmp_path: Path) -> None:
    """Grey but for the ring along the mask's edge, which is black where nothing but the level differs."""
    told = view(tmp_path)
    picture = cells(tmp_path, told, "seam")[3].astype(int)
    left, middle = told["cell"][0] // 6, told["cell"][1] // 2
    assert picture[middle, left].max() <= 8  # on the edge
    assert picture[middle, told["cell"][0] // 2].min() > 60  # inside
    assert picture[middle, 3].min() > 60  # outside


def test_long_clips_show_the_frames_that_matter(tmp_path: Path) -> None:
    """The worst frame and the peak are among the few shown; files and pixels stay bounded."""
    told = view(tmp_path, 300, frames=40)
    assert len(told["frames"]) <= 40
    assert {PEAK, WORST, 0} <= set(told["frames"])
    assert told["worst"][0]["frame"] == WORST
    assert told["count"] == 300
    large = view(tmp_path, 300, frames=FRAMES[1], side=640)
    assert len(large["frames"]) <= PIXELS // 640**2


def test_landmarks_are_those_of_the_frames(tmp_path: Path) -> None:
    """In pixels of the picture, none where there is no face; the zoom is on the mouth."""
    track = face_track(40)
    told = view(tmp_path, track=track)
    assert told["landmarks"][0] is None
    origin = np.array(BOX[:2]) - (np.array(BOX[2:]) - BOX[:2]) / 4
    points = np.array(told["landmarks"][5]).reshape(68, 2)
    np.testing.assert_allclose(points, track.landmarks[5] - origin, atol=0.051)
    x, y, width, height = told["mouth"]
    mouth = points[48:68]
    assert (mouth.min(0) > (x, y)).all()
    assert (mouth.max(0) < (x + width, y + height)).all()
    assert width < 0.7 * told["cell"][0]
    assert abs(width / height - told["cell"][0] / told["cell"][1]) < 0.01


@pytest.mark.parametrize("length", [20, 40])
def test_a_looped_target_and_another_result_of_it(length: int, tmp_path: Path) -> None:
    """The clip before is the target, played again where it ends, or a result as long as this one: each has its own frames."""
    order = np.arange(40) % 20
    looped = report(40, columns={**report(40).columns, "target_frame": order})
    still = face_track(20)
    track = replace(still, landmarks=still.landmarks + np.arange(20, dtype=np.float32)[:, None, None] / 4)
    path = write_view(looped, clips(length)[0], clips(40)[1], tmp_path, track=track)
    told = json.loads(path.read_text(encoding="utf-8"))
    levels = [picture.mean() for picture in cells(tmp_path, told, "original")]
    wanted = order if length == 20 else np.arange(40)
    shown = [float(frame.rgb().mean()) for frame in clips(length)[0].frames(wanted)]
    np.testing.assert_allclose(levels, shown, atol=_JPEG)
    assert len({round(level) for level in shown}) == length, "every frame is told from the others"
    mouths = [points and points[108] for points in told["landmarks"]]
    assert mouths[0] is mouths[20] is None
    assert mouths[7] == mouths[27] == pytest.approx(mouths[6] + 0.25, abs=0.11)


def test_without_masks_the_face_is_shown_and_without_a_face_all(tmp_path: Path) -> None:
    """A report that kept nothing still has a view."""
    bare = report(40, masks=(), shots=())
    told = view(tmp_path, told=bare, track=face_track(40))
    assert told["cell"][0] < SIZE[0]
    assert not any(told["masked"])
    assert view(tmp_path, told=bare)["cell"] == list(SIZE)


def test_a_result_of_another_size_is_resampled(tmp_path: Path) -> None:
    """An upscaled result lies on its original."""
    original, result = clips(40)
    large = ResizedSource(result, (2 * SIZE[0], 2 * SIZE[1]))
    told = json.loads(write_view(report(40), original, large, tmp_path).read_text())
    levels = [picture.mean() for picture in cells(tmp_path, told, "result")]
    np.testing.assert_allclose(levels, [frame.rgb().mean() for frame in result.frames()], atol=_JPEG)


def test_the_same_view_every_time(tmp_path: Path) -> None:
    """Same files, same bytes."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        view(tmp_path / name)
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"told": report(60)}, "speaks of 60 frames"),
        ({"told": report(40, columns={})}, "no frames"),
        ({"frames": 3}, "frames must be"),
        ({"side": 9000}, "picture size must be"),
        ({"track": face_track(9)}, "9 frames"),
    ],
)
def test_what_does_not_belong_together(options: dict[str, Any], words: str, tmp_path: Path) -> None:
    """Is refused with what to do."""
    with pytest.raises(SeamSyncError, match=words):
        view(tmp_path, **options)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """Is an error of ours."""
    with pytest.raises(SeamSyncError, match="cannot write"):
        view(tmp_path / "nowhere")
