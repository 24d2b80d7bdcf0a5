"""What the browser gets to compose frames itself: exact numbers, bounded pictures."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from fractions import Fraction
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from seamsync.blending.plan import plan_seam
from seamsync.blending.settings import MouthMask, SeamBlend, SeamSettings
from seamsync.browser.tuner import MOST_FRAMES, Tuner, approximations, sliders
from seamsync.browser.tuner_frame import LONGEST
from seamsync.media.clips import MouthClip
from tuner_cases import COUNT, PLAIN, Case, drawn_case, masks


@pytest.mark.parametrize("name", sorted(masks()))
def test_every_region_lies_inside_what_is_sent(name: str) -> None:
    """Whatever the sliders say: all corners of their ranges."""
    case, mask = drawn_case(), masks()[name]
    frame = case.tuned(replace(PLAIN, mask=mask), [5]).frames[0]
    (left, top), (x0, y0, x1, y1) = frame.facts["corner"], frame.facts["view"]
    high = {about["name"]: (about["low"], about["high"]) for about in sliders(PLAIN) if about["group"] == "mask"}
    for feather, gamma, erosion in product(high["feather"], high["falloff_gamma"], high["erosion"]):
        dragged = replace(mask, feather=feather, falloff_gamma=gamma, erosion=erosion)
        box = plan_seam(case.track, case.mouths, replace(PLAIN, mask=dragged), case.source.info).box(5)
        assert box[0] >= left + x0
        assert box[1] >= top + y0
        assert box[2] <= left + x1
        assert box[3] <= top + y1


def test_the_outline_can_be_worked_out_from_what_is_sent() -> None:
    """Radii, limit of the face and lips give the plan's own outline for other settings."""
    case = drawn_case()
    facts = case.tuned(PLAIN, [3]).frames[0].facts
    for mask in (MouthMask(), MouthMask(feather=0.3, falloff_gamma=2.0, erosion=0.05)):
        plan = plan_seam(case.track, case.mouths, replace(PLAIN, mask=mask), case.source.info)
        unseen = mask.feather * (0.02 / 3) ** (0.5 / mask.falloff_gamma) + mask.erosion - 0.012
        radii = np.minimum(facts["radii"], np.array(facts["faceLimit"]) + max(unseen, 0))
        lips = np.array(facts["lipRadii"])
        radii = np.maximum(radii, np.where(lips > 0, lips + 0.03 + mask.erosion, 0))
        angle = np.arange(96) * 2 * np.pi / 96 + facts["angle"]
        local = radii[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1) + facts["centre"]
        to_picture = np.array(facts["toPicture"])
        points = local @ to_picture[:, :2].T + to_picture[:, 2] + facts["corner"]
        assert np.abs(points - plan.outline([3])[0]).max() < 1e-3


def test_the_file_holds_numbers_and_pictures() -> None:
    """Header, then every picture where the header says, on a multiple of 8 bytes."""
    case = drawn_case()
    frame = case.tuned(PLAIN, [4]).frames[0]
    data = frame.to_bytes()
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    assert header["index"] == 4
    for name, picture in frame.pictures.items():
        entry = header["pictures"][name]
        assert (4 + length + entry["offset"]) % 8 == 0
        found = np.frombuffer(data, entry["type"], picture.size, 4 + length + entry["offset"]).reshape(entry["shape"])
        np.testing.assert_array_equal(found, picture)
    (source,) = case.source.frames(np.array([4]))
    height, width = frame.pictures["y"].shape
    left, top = frame.facts["corner"]
    np.testing.assert_array_equal(frame.pictures["y"], source.y[top : top + height, left : left + width])


def test_nothing_is_kept_where_mask_and_colour_are_all() -> None:
    """And with later stages, other blends or an edge-aware mask, what they did is."""
    case = drawn_case()
    assert set(case.tuned(PLAIN, [4]).frames[0].pictures) == {"y", "u", "v", "patch"}
    assert "finish" in case.tuned(SeamSettings(), [4]).frames[0].pictures
    changed = case.tuned(replace(PLAIN, mask=MouthMask(edge_aware=1.0)), [4]).frames[0].pictures["change"]
    assert changed.min() < 120
    assert changed[:3].min() == changed[:3].max() == 128


def test_the_generators_opacity_is_a_weight() -> None:
    """And not taken for a change of alpha."""
    case = drawn_case()
    opacity = np.linspace(0, 1, COUNT).astype(np.float32)
    parts = {name: getattr(case.mouths, name) for name in ("patches", "to_frame", "active", "frames", "landmarks")}
    faded = Case(case.source, case.track, MouthClip(**parts, opacity=opacity))
    frame = faded.tuned(PLAIN, [4]).frames[0]
    assert frame.facts["weight"] == pytest.approx(float(opacity[4]))
    assert "change" not in frame.pictures


def test_pictures_are_bounded() -> None:
    """A large face is averaged down, its numbers with it."""
    case = drawn_case(6.0)
    frame = case.tuned(PLAIN, [4]).frames[0]
    assert frame.facts["shrink"] == 2
    assert max(frame.pictures["y"].shape) <= LONGEST
    assert frame.facts["faceWidth"] == pytest.approx(6 * 120 / 2)
    assert len(frame.to_bytes()) < 16 * LONGEST**2
    (source,) = case.source.frames(np.array([4]))
    left, top = frame.facts["corner"]
    wanted = source.y[top : top + 40, left : left + 40].reshape(20, 2, 20, 2).mean((1, 3))
    assert np.abs(frame.pictures["y"][:20, :20] - wanted).max() <= 0.5


def test_a_few_frames_are_enough() -> None:
    """However many are looked at; frames that are left alone do not count."""
    case = drawn_case()
    assert len(case.tuned(PLAIN, list(range(COUNT))).frames) == MOST_FRAMES
    still = Case(case.source, case.track, replace(case.mouths, active=np.arange(COUNT) == 9))
    assert [frame.index for frame in still.tuned(PLAIN, [0, 5, 9]).frames] == [9]
    assert Tuner().node_data()["always"] == []


def test_sliders_have_the_ranges_of_the_settings() -> None:
    """And the present values; all of it is JSON."""
    case = drawn_case()
    told = json.loads(json.dumps(case.tuned(replace(PLAIN, mask=MouthMask(feather=0.1)), [2]).node_data()))
    feather = told["sliders"][0]
    assert (feather["group"], feather["name"], feather["value"]) == ("mask", "feather", 0.1)
    assert (feather["low"], feather["high"], feather["step"]) == (0.0, 0.3, 0.005)
    assert feather["help"]
    assert told["settings"]["mask"]["feather"] == 0.1
    assert [slider["name"] for slider in told["sliders"]] == ["feather", "falloff_gamma", "erosion", "opacity", "strength"]


def test_the_node_tells_the_page_where_its_files_are(host: SimpleNamespace) -> None:
    """In the temp folder under names of their own, beside the pictures that the page shows itself; nothing else is new."""
    case, api = drawn_case(), host.api
    images = torch.from_numpy(np.stack([frame.rgb() for frame in case.source.frames()])).float() / 255
    node = host.by_id()["PreviewComposite"]
    video = api.InputImpl.VideoFromComponents(api.Types.VideoComponents(images, Fraction(25)))
    runs = [node.execute(video=video, track=case.track, mouths=case.mouths, frames="2, 7").ui for _ in range(2)]
    assert set(runs[0]) >= {"images", "seam_tuner"}
    names = [frame["file"]["filename"] for ui in runs for frame in ui["seam_tuner"][0]["frames"]]
    assert len(set(names)) == 4
    told = json.loads(json.dumps(runs[0]["seam_tuner"][0]))
    assert [frame["index"] for frame in told["frames"]] == [2, 7]
    wanted = case.tuned(SeamSettings(), [2]).frames[0]
    data = (host.folder / "temp" / names[0]).read_bytes()
    assert len(data) == len(wanted.to_bytes())
    assert told["settings"] == json.loads(json.dumps(SeamSettings().as_dict()))


def test_what_is_approximated_is_named() -> None:
    """By the settings that make it so."""
    assert approximations(PLAIN) == ([], [])
    assert approximations(PLAIN, covered=True) == (["occlusion"], [])
    assert approximations(SeamSettings())[1] == ["multiband blend", "shading", "detail", "sharpness", "grain"]
    mask = MouthMask(occlusion="disagreement", edge_aware=0.5, dilation=0.01)
    assert approximations(replace(PLAIN, mask=mask))[0] == ["occlusion", "edge-aware mask", "erosion with dilation"]
    assert approximations(replace(PLAIN, blend=SeamBlend("alpha", linear_light=True)))[1] == ["linear light"]
    assert approximations(replace(PLAIN, color=replace(PLAIN.color, space="lab")))[0] == ["Lab colour"]
