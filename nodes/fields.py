"""Inputs and outputs of nodes: links are required unless said otherwise, tuning values are optional and have defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..errors import SeamSyncError, shown
from ..options import Setting, settings_of
from .host import SINCE, io
from .versions import known


def link(kind: Any, name: str, tooltip: str, *, optional: bool = False) -> Any:
    """An input that another node's output is linked to."""
    return kind.Input(name, tooltip=tooltip, optional=optional)


def output(kind: Any, name: str, tooltip: str) -> Any:
    """An output called ``name``."""
    return kind.Output(name, display_name=name, tooltip=tooltip)


def number(name: str, default: float, low: float, high: float, step: float, tooltip: str, **more: Any) -> Any:
    """A float; the arrows move it by ``step``, typing reaches a tenth of that. ``more``: as for :func:`_tuned`."""
    fine = float(f"{step / 10:g}")
    return _tuned(io.Float.Input, name, tooltip, default=default, min=low, max=high, step=step, round=fine, **more)


def whole(name: str, default: int, low: int, high: int, tooltip: str, **more: Any) -> Any:
    """A whole number. ``more``: as for :func:`_tuned`."""
    return _tuned(io.Int.Input, name, tooltip, default=default, min=low, max=high, step=1, **more)


def counter(name: str, tooltip: str) -> Any:
    """A whole number from 0 that goes up by one with every run, so that a run of ten takes ten of something.

    Hosts that cannot be told the direction begin with another one, to be set in the widget beside it.
    """
    control = getattr(io, "ControlAfterGenerate", None)
    after = True if control is None else control.increment
    bounds = {"default": 0, "min": 0, "max": 1_000_000, "step": 1}
    return known(io.Int.Input, name, **bounds, control_after_generate=after, tooltip=tooltip, optional=True)


def switch(name: str, default: bool, tooltip: str, **more: Any) -> Any:
    """Yes or no. ``more``: as for :func:`_tuned`."""
    return _tuned(io.Boolean.Input, name, tooltip, default=default, **more)


def choice(name: str, choices: Sequence[str], tooltip: str, default: str | None = None, **more: Any) -> Any:
    """One of several names; the first where no default is given. ``more``: as for :func:`_tuned`."""
    options = list(choices)
    return _tuned(io.Combo.Input, name, tooltip, options=options, default=options[0] if default is None else default, **more)


def text(name: str, default: str, tooltip: str, **more: Any) -> Any:
    """A line of text. ``more``: as for :func:`_tuned`."""
    return _tuned(io.String.Input, name, tooltip, default=default, **more)


def _tuned(
    kind: Any, name: str, tooltip: str, *, label: str | None = None, advanced: bool = False, page: Any = None, **own: Any
) -> Any:
    """An input with a widget.

    Args:
        kind: class of the input.
        name, tooltip: as saved workflows call it, and its help.
        label: what the page calls it, where that is not its name.
        advanced: hidden until the user asks for the rest of the settings (``web/advanced.js`` in the classic canvas).
        page: more keys of its options for the page's scripts.
        own: the input's own keywords.
    """
    more = {"advanced": True} if advanced else {}
    return known(kind, name, tooltip=tooltip, display_name=label, optional=True, extra_dict=page, **more, **own)


def upload(name: str, choices: Sequence[str], kind: Any, tooltip: str) -> Any:
    """A file of the host's input folder, with an upload button of ``kind`` (``io.UploadType``).

    Optional, because to required ones the classic page adds a button of its own, whose place among the saved values would
    move with every input appended later; ``web/upload.js`` adds one that is not saved.
    """
    return known(io.Combo.Input, name, options=list(choices), upload=kind, tooltip=tooltip, optional=True)


def settings_inputs(kind: type, *, leave_out: Sequence[str] = ()) -> list[Any]:
    """One input for every declared setting of a class.

    An input keeps the id that the setting had first, because saved workflows name it so; the page shows the present name.

    Args:
        kind: the settings class.
        leave_out: names of settings that the node does not offer.
    """
    return [_input(setting) for setting in settings_of(kind) if setting.name not in leave_out]


def options_inputs(owners: Sequence[tuple[str, Sequence[Setting]]]) -> list[Any]:
    """Return one input for every option of several owners; the help of each begins with the titles of those that have it.

    All are advanced: each is of use for some of the owners only.

    Args:
        owners: title and settings of each. Settings of the same name are one input, made as the first of them says.
    """
    titles: dict[str, list[str]] = {}
    first: dict[str, Setting] = {}
    for title, items in owners:
        for item in items:
            titles.setdefault(item.name, []).append(title)
            first.setdefault(item.name, item)
    return [_input(_with_titles(item, titles[name])) for name, item in first.items()]


def _with_titles(item: Setting, titles: Sequence[str]) -> Setting:
    return replace(item, help=f"For {', '.join(titles)}: {item.help[0].lower()}{item.help[1:]}", advanced=True)


def loop_validity(loop: Any, known_loops: Sequence[str]) -> bool | str:
    """Return True, or what is wrong with the choice of a loop; the spelling of older workflows passes."""
    if isinstance(loop, str) and loop.replace("-", "_") in known_loops:
        return True
    return f"loop must be one of {', '.join(known_loops)}, got {shown(loop)}"


def accepts_old_values(kind: type) -> Callable[[type[Any]], type[Any]]:
    """Let a node class accept the values that choices of ``kind`` had before, as saved workflows have them.

    The host refuses a value that is not in the list, unless ``validate_inputs`` names that input among its arguments.
    """
    choices = {setting.input_id: setting for setting in settings_of(kind) if setting.kind == "choice" and setting.old_values}

    def validate_inputs(cls: type[Any], **values: Any) -> bool | str:
        """Check the choices; old spellings count."""
        try:
            for name, value in values.items():
                choices[name].check(kind.__name__, choices[name].current(value))
        except SeamSyncError as error:
            return str(error)
        return True

    names = ("cls", *choices)
    arguments = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None) for name in names]
    arguments[0] = arguments[0].replace(default=inspect.Parameter.empty)
    validate_inputs.__signature__ = inspect.Signature(arguments)  # type: ignore[attr-defined]

    def decorate(node: type[Any]) -> type[Any]:
        """Give the class the check."""
        if choices:
            node.validate_inputs = classmethod(validate_inputs)
        return node

    return decorate


def _input(setting: Setting) -> Any:
    """Return the input of a setting, marked with the release of the setting."""
    made = _widget(setting)
    setattr(made, SINCE, setting.since)
    return made


def _widget(setting: Setting) -> Any:
    name, help_text = setting.input_id, setting.tooltip
    more = {"label": setting.name if setting.name != name else None, "advanced": setting.advanced}
    if setting.kind == "choice":
        return choice(name, setting.choices, help_text, setting.default, **more)
    if setting.kind == "numbers":
        return text(name, " ".join(f"{part:g}" for part in setting.default), help_text, **more)
    if setting.kind == "names":
        return text(name, setting.default, help_text, **more)
    if setting.kind == "switch":
        return switch(name, setting.default, help_text, **more)
    if setting.kind == "whole":
        return whole(name, setting.default, int(setting.low), int(setting.high), help_text, **more)
    return number(name, setting.default, setting.low, setting.high, setting.step, help_text, **more)
