"""The comparison with libraries: how it decides, what it writes, and that its pictures are what they are called."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from paths import ROOT
from seamsync.benchmarks.libraries import GOAL, Pair, _measured, markdown
from seamsync.benchmarks.libraries_stills import display_p3, still_pairs


def _pair(reason: str) -> Pair:
    return Pair("work", lambda: np.array([1.0, 2.0]), lambda: np.array([1.0, 2.5]), "a library", "px", reason)


@pytest.mark.parametrize(
    ("ratio", "reason", "decision"),
    [
        (GOAL, "", "ours: 1.5× faster"),
        (1.4, "", "library"),
        (1.4, "exact", "ours: exact"),
        (20.0, "exact", "ours: 20.0× faster; exact"),
    ],
)
def test_decision(ratio: float, reason: str, decision: str) -> None:
    """The time decides, unless the library's result does not serve."""
    assert _pair(reason).decision(ratio) == decision


def test_a_row() -> None:
    """The largest difference, the ratio of the medians, and the unit."""
    found = _measured(_pair("exact"), 3)
    assert found["difference"] == 0.5
    assert found["ratio"] == pytest.approx(found["baseline"] / found["ours"])
    assert (found["unit"], found["case"], found["baseline_name"]) == ("px", "work", "a library")


def test_only_what_is_compared_counts() -> None:
    """The difference is taken of what ``compare`` leaves."""
    pair = Pair("work", lambda: np.array([1.0, 2.0]), lambda: np.array([1.5, 2.0]), "a library", "px", "", lambda v: v[1:])
    assert _measured(pair, 1)["difference"] == 0


def test_the_page_has_the_figures() -> None:
    """The table of docs/libraries.md is that of the recorded run, and no row says that the library should do the work."""
    rows = json.loads((ROOT / "docs" / "benchmarks" / "libraries.json").read_text(encoding="utf-8"))["rows"]
    assert markdown(rows) in (ROOT / "docs" / "libraries.md").read_text(encoding="utf-8")
    assert all(one["decision"].startswith("ours: ") for one in rows)


def test_the_profile_is_display_p3() -> None:
    """White and grey stay; a green lies farther from grey in sRGB's numbers, as P3's primaries lie farther out."""
    pytest.importorskip("PIL")
    from PIL import Image, ImageCms

    own = ImageCms.ImageCmsProfile(io.BytesIO(display_p3()))
    picture = Image.fromarray(np.array([[[255, 255, 255], [128, 128, 128], [100, 180, 100]]], np.uint8))
    shown = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    got = np.asarray(shown).astype(int)[0]
    assert np.abs(got[:2] - [[255] * 3, [128] * 3]).max() <= 1
    np.testing.assert_allclose(got[2], [69, 182, 91], atol=4)


def test_stills_are_read_right() -> None:
    """Turned, 16-bit, CMYK pictures and those with a colour profile come as Pillow has them, within rounding."""
    pytest.importorskip("PIL")
    apart = {pair.name: np.abs(pair.ours() - pair.library()).max() for pair in still_pairs(Pair)}
    assert len(apart) == 5
    assert max(apart.values()) <= 5
