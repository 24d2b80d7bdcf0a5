"""Inputs and outputs of nodes: links are required unless said otherwise, tuning values are optional and have defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, cast

from .host import io, known


def link(kind: Any, name: str, tooltip: str, *, optional: bool = False) -> Any:
    """An input that another node's output is linked to."""
    return kind.Input(name, tooltip=tooltip, optional=optional)


def output(kind: Any, name: str, tooltip: str) -> Any:
    """An output called ``name``."""
    return kind.Output(name, display_name=name, tooltip=tooltip)


def number(name: str, default: float, low: float, high: float, step: float, tooltip: str) -> Any:
    """A float; the arrows move it by ``step``, typing reaches a tenth of that."""
    fine = float(f"{step / 10:g}")
    return known(
        io.Float.Input, name, default=default, min=low, max=high, step=step, round=fine, tooltip=tooltip, optional=True
    )


def whole(name: str, default: int, low: int, high: int, tooltip: str) -> Any:
    """A whole number."""
    return known(io.Int.Input, name, default=default, min=low, max=high, step=1, tooltip=tooltip, optional=True)


def counter(name: str, tooltip: str) -> Any:
    """A whole number from 0 that goes up by one with every run, so that a run of ten takes ten of something.

    Hosts that cannot be told the direction begin with another one, to be set in the widget beside it.
    """
    control = getattr(io, "ControlAfterGenerate", None)
    after = True if control is None else control.increment
    bounds = {"default": 0, "min": 0, "max": 1_000_000, "step": 1}
    return known(io.Int.Input, name, **bounds, control_after_generate=after, tooltip=tooltip, optional=True)


def switch(name: str, default: bool, tooltip: str) -> Any:
    """Yes or no."""
    return known(io.Boolean.Input, name, default=default, tooltip=tooltip, optional=True)


def choice(name: str, choices: Sequence[str], tooltip: str, default: str | None = None) -> Any:
    """One of several names; the first where no default is given."""
    options = list(choices)
    first = options[0] if default is None else default
    return known(io.Combo.Input, name, options=options, default=first, tooltip=tooltip, optional=True)


def text(name: str, default: str, tooltip: str) -> Any:
    """A line of text."""
    return known(io.String.Input, name, default=default, tooltip=tooltip, optional=True)


def upload(name: str, choices: Sequence[str], kind: Any, tooltip: str) -> Any:
    """A file of the host's input folder, with an upload button of ``kind`` (``io.UploadType``).

    Optional, because to required ones the classic page adds a button of its own, whose place among the saved values would
    move with every input appended later; ``web/upload.js`` adds one that is not saved.
    """
    return known(io.Combo.Input, name, options=list(choices), upload=kind, tooltip=tooltip, optional=True)


def options_inputs(owners: Sequence[tuple[str, Sequence[dataclasses.Field[Any]]]]) -> list[Any]:
    """Return one input for every option of several owners; the help of each begins with the titles of those that have it.

    Args:
        owners: title and fields of each. Fields of the same name are one input, made as the first of them says.
    """
    titles: dict[str, list[str]] = {}
    first: dict[str, dataclasses.Field[Any]] = {}
    for title, items in owners:
        for item in items:
            titles.setdefault(item.name, []).append(title)
            first.setdefault(item.name, item)
    return [_setting(item, f"For {', '.join(titles[name])}: ") for name, item in first.items()]


def settings_inputs(kind: type) -> list[Any]:
    """One input for every field of a settings class that carries help, range and step as metadata."""
    return [_setting(item) for item in dataclasses.fields(kind) if item.metadata]


def _setting(item: dataclasses.Field[Any], prefix: str = "") -> Any:
    about, default = dict(item.metadata), cast(Any, item.default)
    if prefix:
        about["help"] = f"{prefix}{about['help'][0].lower()}{about['help'][1:]}"
    if "choices" in about:
        return choice(item.name, about["choices"], about["help"], default)
    if "labels" in about:
        return text(item.name, " ".join(f"{part:g}" for part in default), about["help"])
    if "known" in about:
        return text(item.name, default, about["help"])
    if isinstance(default, bool):
        return switch(item.name, default, about["help"])
    unit = f" In {about['unit']}." if about.get("unit") else ""
    if isinstance(default, int):
        return whole(item.name, default, about["low"], about["high"], about["help"] + unit)
    return number(item.name, default, about["low"], about["high"], about["step"], about["help"] + unit)
