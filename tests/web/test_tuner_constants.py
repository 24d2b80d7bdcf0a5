"""Constants of the engine reach the page with the frame, and the page's scripts repeat none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from browser_fixture import ROOT, Site, Tab
from seamsync.blending import matching, plan
from seamsync.blending.mask import feather
from seamsync.blending.match import color
from seamsync.blending.settings import MouthMask, SeamSettings
from seamsync.browser.tuner_constants import engine_constants
from tuner_cases import PLAIN, Case, drawn_case, masks
from tuner_page import FRAMES, apart, opened, part, run, shown

#: Values that also stand in formulas: of no use for finding a repeated constant.
_COMMON = {0, 0.5, 1, 2, 3, 4, 8}
_MASK = replace(PLAIN, mask=MouthMask(alignment=0.0))
_GAUSSIAN = replace(PLAIN, mask=masks()["gaussian"])
_TURNED = np.roll(color.YCBCR, 1, axis=1)


@pytest.fixture
def tab(chromium: Any, site: Site) -> Iterator[Tab]:
    """A page with one Preview Composite that has not run yet; it ends without an error."""
    with opened(chromium, site) as made:
        yield made


def tinted_case() -> Case:
    """The drawn clip with mouths of other colours and contrast, so that mask and colour match show."""
    case = drawn_case()
    patches = np.asarray(case.mouths.patches[:])[:, [1, 0, 2]] * np.array([0.4, 0.9, 0.6])[:, None, None] + 20
    return replace(case, mouths=replace(case.mouths, patches=patches.astype(np.uint8)))


@pytest.mark.parametrize(
    ("module", "name", "value", "settings"),
    [
        (feather, "GAUSSIAN_REACH", 0.8, _GAUSSIAN),
        (feather, "OUTSIDE_SHARE", {"inward": 0.4, "centred": 0.5, "outward": 1.0}, _MASK),
        (feather, "LIP_MARGIN", 0.0, _MASK),
        (plan, "LIP_COVER", 0.12, replace(PLAIN, mask=masks()["mouth"])),
        (color, "DEVIATION_FLOOR", 0.2, _MASK),
        (color, "YCBCR", _TURNED, _MASK),
        (matching, "LIPS_GROWN", 0.1, _MASK),
    ],
    ids=["GAUSSIAN_REACH", "OUTSIDE_SHARE", "LIP_MARGIN", "LIP_COVER", "DEVIATION_FLOOR", "YCBCR", "LIPS_GROWN"],
)
def test_the_page_follows_a_changed_constant(
    module: ModuleType, name: str, value: Any, settings: SeamSettings, tab: Tab, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed in Python alone, it changes the page's picture as it changes the engine's."""
    case, frame = tinted_case(), FRAMES[0]
    usual = case.engine(settings, frame)
    monkeypatch.setattr(module, name, value)
    wanted, tuner = case.engine(settings, frame), case.tuned(settings, [frame])
    assert apart(wanted, usual) > 4, "the constant matters in this picture"
    run(tab, site, tuner)
    assert apart(shown(tab, {}), part(wanted, tuner)) <= 2


def numbers(value: Any) -> Iterator[float]:
    """All numbers in a value of JSON."""
    if isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from numbers(item)
    else:
        yield float(value)


def literals(path: Path) -> set[float]:
    """The numbers that stand in a script, without those in comments."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {abs(float(found)) for found in re.findall(r"(?<![\w.])\d+\.?\d*(?:e-?\d+)?(?![\w.])", code)}


@pytest.mark.parametrize("path", sorted((ROOT / "web" / "tuner").glob("*.mjs")), ids=lambda path: path.name)
def test_no_constant_is_written_again(path: Path) -> None:
    """No number of the engine stands in the page's scripts."""
    known = {round(abs(number), 6) for number in numbers(engine_constants())} - _COMMON
    known |= {16, 128, 127, 219, 224}  # stored levels
    assert known & literals(path) - ({16} if path.name == "lab.mjs" else set()) == set()
