"""Explain a report: for each kind of fault a sentence on what to change, and the values that the page can set with a click."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..blending.settings import SeamSettings
from ..models.options import GenerateOptions
from ..options import setting_of
from ..quality.report.report import SeamReport

#: Values by part and setting. Parts are those of :class:`SeamSettings`, and ``mouths`` for the generator's.
Changes = dict[str, dict[str, Any]]
#: From this many kinds of faults on, a preset is the first thing to try.
_MANY = 3
#: What that preset is.
_STRONG = "maximum concealment"
_SEVERAL = "Several things are wrong at once: begin with the preset 'maximum concealment'."


@dataclass(frozen=True)
class _Rule:
    """What helps against missed goals.

    Attributes:
        goals: names of the numbers.
        text: the sentence.
        changes: takes the settings of the run by part and setting, returns what to set; nothing where it is set already.
    """

    goals: tuple[str, ...]
    text: str
    changes: Callable[[Mapping[str, Mapping[str, Any]]], Changes]


def _set(part: str, **values: Any) -> Callable[[Mapping[str, Mapping[str, Any]]], Changes]:
    """Set values, those that differ."""
    return lambda now: {part: {name: value for name, value in values.items() if now[part].get(name) != value}}


def _scale(
    part: str, name: str, factor: float, low: float, high: float
) -> Callable[[Mapping[str, Mapping[str, Any]]], Changes]:
    """Multiply a number, within a range."""
    return lambda now: _set(part, **{name: round(min(max(now[part][name] * factor, low), high), 3)})(now)


def _add(part: str, name: str, step: float, low: float, high: float) -> Callable[[Mapping[str, Mapping[str, Any]]], Changes]:
    """Add to a number, within a range."""
    return lambda now: _set(part, **{name: round(min(max(now[part][name] + step, low), high), 3)})(now)


def _nothing(_: Mapping[str, Mapping[str, Any]]) -> Changes:
    return {}


def _match_skin(now: Mapping[str, Mapping[str, Any]]) -> Changes:
    """Switch the match on; where it is on, to Lab."""
    off = now["color"]["method"] == "none"
    return _set("color", strength=1.0, **({"method": "mean_and_deviation"} if off else {"space": "lab"}))(now)


_RULES = (
    _Rule(
        ("gradient_mismatch", "seam_step", "ring_ssim"),
        "The seam shows: make the soft edge wider.",
        _scale("mask", "feather", 1.3, 0.05, 0.28),
    ),
    _Rule(("skin_delta_e",), "The skin around the new mouth has another colour: match it more strongly.", _match_skin),
    _Rule(
        ("lip_delta_e", "teeth_chroma", "lip_contrast_ratio"),
        "Lips or teeth have not the colour they were generated with: keep the mouth out of the match.",
        _set("color", keep_mouth=1.0),
    ),
    _Rule(
        ("mouth_fidelity", "opening_ratio"),
        "Part of the new mouth is faded out: let the edge fall off later.",
        _add("mask", "falloff_gamma", -0.15, 0.3, 2.0),
    ),
    _Rule(
        ("overspill",),
        "The original lips show beside the new ones: make the mask larger.",
        _add("mask", "scale", 0.06, 0.5, 1.3),
    ),
    _Rule(("fold",), "The mask reaches past the face: make it smaller.", _add("mask", "scale", -0.06, 0.8, 2.0)),
    _Rule(
        ("sharpness_ratio",),
        "The new skin is softer or harder than the face: match its sharpness.",
        _set("color", sharpness=1.0, detail=1.0),
    ),
    _Rule(
        ("mouth_sharpness_ratio",),
        "The mouth itself is softer than the face: put Enhance Mouths before the composite.",
        _nothing,
    ),
    _Rule(("alpha_flicker",), "The mask trembles: smooth its outline more.", _set("temporal", mask_beta=0.93)),
    _Rule(
        ("landmark_jitter_ratio",),
        "The landmarks tremble: raise the strength of Smooth Landmarks.",
        _nothing,
    ),
    _Rule(
        ("tpsnr", "tpsnr_deviation", "tpsnr_min", "tpsnr_below_16"),
        "The picture jumps, mostly where the speech stops or goes on: go on generating while nobody speaks.",
        _set("mouths", silence="generate"),
    ),
    _Rule(
        ("occluder_change",),
        "Something in front of the mouth is painted over: let it be found more readily.",
        _add("mask", "occlusion_strength", 0.2, 0.0, 1.0),
    ),
    _Rule(
        ("av_offset",),
        "Lips and sound are apart: shift the speech by 'offset' of Load Speech Audio, a frame at a time.",
        _nothing,
    ),
)


def sentences() -> list[str]:
    """Return every sentence that :func:`explain` can give."""
    return [_SEVERAL, *(rule.text for rule in _RULES)]


def explain(report: SeamReport) -> list[dict[str, Any]]:
    """Say what to change against the goals that a report misses, for JSON.

    The values are computed from the settings of the run; where a report has none (of *Inspect Video*), from the defaults.

    Returns:
        A dict each: ``text``, the sentence. ``goals``: the missed goals that it concerns. ``changes``: values by part
        (``mask``, ``temporal``, ``color``, ``blend``, ``mouths``) and input of the nodes; empty where no click can do it.
    """
    missed, now = report.failed(), _settings(report)
    told = [_told(rule.text, [name for name in missed if name in rule.goals], rule.changes(now)) for rule in _RULES]
    told = [one for one in told if one["goals"]]
    if len(told) < _MANY:
        return told
    parts: Changes = {part: {"preset": _STRONG} for part in ("mask", "temporal", "color", "blend")}
    return [{"text": _SEVERAL, "goals": missed, "changes": parts}, *told]


def _told(text: str, goals: Sequence[str], changes: Changes) -> dict[str, Any]:
    by_input = {
        part: {_input(part, name): value for name, value in values.items()} for part, values in changes.items() if values
    }
    return {"text": text, "goals": list(goals), "changes": by_input}


def _input(part: str, name: str) -> str:
    """Return the id of the input that holds a setting; it keeps the name that the setting had first."""
    kind = GenerateOptions if part == "mouths" else type(getattr(SeamSettings(), part))
    return setting_of(kind, name).input_id


def _settings(report: SeamReport) -> dict[str, dict[str, Any]]:
    """Return the settings of the run by part, the defaults where it does not say."""
    default = SeamSettings().as_dict()
    used = {part: {**values, **_mapping(report.settings.get(part))} for part, values in default.items()}
    return {**used, "mouths": {"silence": GenerateOptions.silence}}


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
