"""What is advised against a report's faults: every goal has a sentence, and what is set is not set already."""

from __future__ import annotations

import json

import pytest
from seamsync.blending.settings import ColorMatch, MouthMask, SeamSettings
from seamsync.browser import advice
from seamsync.browser.advice import explain
from seamsync.options import setting_of
from seamsync.quality.metrics.registry import goals
from view_cases import report

#: Numbers that meet every goal of :func:`view_cases.report`.
GOOD = {"gradient_mismatch": 0.05, "gradient_mismatch_within": 1.0}


def test_every_goal_has_one_sentence() -> None:
    """Whatever is missed, something is said."""
    named = [name for rule in advice._RULES for name in rule.goals]
    assert set(named) == set(goals())
    assert len(named) == len(set(named))


def test_nothing_is_said_of_a_good_seam() -> None:
    """No goal is missed."""
    assert explain(report(40, summary=GOOD)) == []


def test_the_edge_is_widened_from_what_it_was() -> None:
    """From the run's own settings; from the defaults where they are not known. At the end of the range nothing is set."""
    for feather, wanted in ((0.1, {"mask": {"feather": 0.13}}), (0.28, {}), (None, {"mask": {"feather": 0.208}})):
        settings = {} if feather is None else SeamSettings(mask=MouthMask(feather=feather)).as_dict()
        [one] = explain(report(40, settings=settings))
        assert one == {"text": "The seam shows: make the soft edge wider.", "goals": ["gradient_mismatch"], "changes": wanted}


def test_values_are_named_as_the_nodes_inputs() -> None:
    """Inputs keep the names that settings had first; every value is in its range."""
    summary = {**GOOD, "mouth_fidelity": 0.5, "mouth_fidelity_within": 0.0}
    [one] = explain(report(40, summary=summary))
    assert one["changes"] == {"mask": {setting_of(MouthMask, "falloff_gamma").input_id: 0.35}}


@pytest.mark.parametrize(
    ("color", "changes"), [(ColorMatch(method="none"), {"method": "mean_and_deviation"}), (ColorMatch(), {"space": "lab"})]
)
def test_colour_is_matched_or_matched_in_lab(color: ColorMatch, changes: dict[str, str]) -> None:
    """A match that is off is switched on."""
    summary = {**GOOD, "skin_delta_e": 3.0}
    [one] = explain(report(40, summary=summary, settings=SeamSettings(color=color).as_dict()))
    assert one["changes"] == {"color": changes}


def test_many_faults_begin_with_a_preset() -> None:
    """For all four nodes of the seam; the single sentences follow. JSON takes it."""
    summary = {"gradient_mismatch": 0.4, "gradient_mismatch_within": 0.5, "skin_delta_e": 3.0, "tpsnr_min": 9.0}
    told = explain(report(40, summary=summary))
    assert told[0]["changes"] == {part: {"preset": "maximum concealment"} for part in ("mask", "temporal", "color", "blend")}
    assert len(told) == 4
    assert told[-1]["changes"] == {"mouths": {"silence": "generate"}}
    assert json.loads(json.dumps(told)) == told
