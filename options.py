"""How a setting is declared: once, on the field of a settings class.

A settings class is a frozen dataclass that derives from :class:`Settings`. Each of its fields is declared with
:func:`number`, :func:`whole`, :func:`choice`, :func:`switch`, :func:`names` or :func:`numbers`. The nodes' inputs, the
command's flags, the settings file and the documentation are derived from these declarations (:func:`settings_of`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from .errors import SeamSyncError, check_choice, check_range, shown

T = TypeVar("T", bound="Settings")


@dataclass(frozen=True)
class Setting:
    """The declaration of one setting.

    Attributes:
        name: of the field.
        kind: ``number``, ``whole``, ``choice``, ``switch``, ``names`` or ``numbers``.
        default: its value where none is given.
        help: one or two sentences.
        low, high: the range, ends included, of a number.
        step: by which a widget moves a number.
        unit: of a number, such as ``px``; empty where it has none.
        choices: the values of a choice, or the names that ``names`` may list.
        labels: what each of ``numbers`` is.
        old: names that the setting had before; they are still accepted.
        old_values: values that a choice had before, and what each is called now.
        node_id: the node's input, where that is neither the first old name nor the name.
        advanced: hidden at first, where a host can do that.
        since: 0 for the settings of the first release; every later group takes the next number. A node shows its inputs in
            this order, because pages save the values of a node by position.
    """

    kind: str
    default: Any
    help: str
    name: str = ""
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    unit: str = ""
    choices: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    node_id: str = ""
    old_values: Mapping[str, str] = field(default_factory=dict)
    advanced: bool = False
    since: int = 0

    @property
    def input_id(self) -> str:
        """The name of the node's input: the setting's first name, as saved workflows have it."""
        return self.node_id or (self.old[0] if self.old else self.name)

    @property
    def tooltip(self) -> str:
        """The help with the unit, ``Width of the soft edge (px).``"""
        return f"{self.help[:-1]} ({self.unit})." if self.unit else self.help

    def current(self, value: Any) -> Any:
        """Return the present spelling of a value; any other value as it is."""
        return self.old_values.get(value, value) if isinstance(value, str) else value

    def check(self, owner: str, value: Any) -> None:
        """Raise a :class:`SeamSyncError` unless ``value`` is allowed; ``owner`` is the class, for the message."""
        name = f"{owner}.{self.name}"
        if self.kind == "choice":
            check_choice(name, value, self.choices)
        elif self.kind == "names":
            if not isinstance(value, str):
                raise SeamSyncError(f"{name} must be text such as 'skin, lips', got {shown(value)}")
            for part in split_names(value):
                check_choice(name, part, self.choices)
        elif self.kind == "numbers":
            _check_numbers(name, value, self.labels)
        elif self.kind == "switch":
            if not isinstance(value, bool):
                raise SeamSyncError(f"{name} must be true or false, got {shown(value)}")
        else:
            expected, word = (int, "whole number") if self.kind == "whole" else (int | float, "number")
            if isinstance(value, bool) or not isinstance(value, expected):
                raise SeamSyncError(f"{name} must be a {word}, got {shown(value)}")
            check_range(name, value, self.low, self.high, self.unit)


def number(
    default: float, text: str, low: float, high: float, step: float, unit: str = "", *, old: tuple[str, ...] = (), **more: Any
) -> Any:
    """Declare a float with its help text, range, step and unit."""
    return _field(Setting("number", default, text, low=low, high=high, step=step, unit=unit, old=old, **more))


def whole(default: int, text: str, low: int, high: int, unit: str = "", *, old: tuple[str, ...] = (), **more: Any) -> Any:
    """Declare a whole number with its help text and range."""
    return _field(Setting("whole", default, text, low=low, high=high, unit=unit, old=old, **more))


def choice(
    default: str,
    text: str,
    choices: tuple[str, ...],
    *,
    old: tuple[str, ...] = (),
    old_values: Mapping[str, str] | None = None,
    **more: Any,
) -> Any:
    """Declare one of ``choices``; of those with underscores, the spellings with blanks or hyphens are accepted too."""
    spellings = {name.replace("_", other): name for name in choices if "_" in name for other in " -"}
    known = spellings | dict(old_values or {})
    return _field(Setting("choice", default, text, choices=choices, old=old, old_values=known, **more))


def switch(default: bool, text: str, *, old: tuple[str, ...] = (), **more: Any) -> Any:
    """Declare a yes/no setting."""
    return _field(Setting("switch", default, text, old=old, **more))


def names(default: str, text: str, known: tuple[str, ...], *, old: tuple[str, ...] = (), **more: Any) -> Any:
    """Declare text that lists some of the ``known`` names, separated by commas."""
    return _field(Setting("names", default, text, choices=known, old=old, **more))


def numbers(default: tuple[float, ...], text: str, labels: tuple[str, ...], **more: Any) -> Any:
    """Declare a tuple of numbers, one for each of ``labels``."""
    return _field(Setting("numbers", default, text, labels=labels, **more))


def _field(setting: Setting) -> Any:
    return field(default=setting.default, metadata={"setting": setting})


class Settings:
    """Base of the settings classes: checks every declared field when the object is made.

    Old spellings of values are replaced by the present ones.
    """

    def __post_init__(self) -> None:
        for setting in settings_of(type(self)):
            value = setting.current(getattr(self, setting.name))
            setting.check(type(self).__name__, value)
            object.__setattr__(self, setting.name, value)


def settings_of(kind: type) -> tuple[Setting, ...]:
    """Return the declared settings of a class, in the order of its fields; fields that hold objects are not among them."""
    declared = [(item.name, item.metadata.get("setting")) for item in dataclasses.fields(kind)]
    return tuple(replace(setting, name=name) for name, setting in declared if setting is not None)


def setting_of(kind: type, name: str) -> Setting:
    """Return one setting of a class by its name or an old name.

    Raises:
        SeamSyncError: no such setting; the message names the nearest.
    """
    return next(setting for setting in settings_of(kind) if setting.name == current_names(kind, {name: None}).popitem()[0])


def current_names(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values by the present names of a class's settings; old names are accepted.

    Raises:
        SeamSyncError: an unknown name (the message names the nearest), or one setting under two names.
    """
    settings = settings_of(kind)
    now = {old: setting.name for setting in settings for old in setting.old} | {s.name: s.name for s in settings}
    found: dict[str, Any] = {}
    for name, value in values.items():
        check_choice(f"setting of {kind.__name__}", str(name), list(now))
        if now[name] in found:
            raise SeamSyncError(f"{kind.__name__}.{now[name]} is given twice, also as {name!r}; keep one of them")
        found[now[name]] = value
    return found


def from_values(kind: type[T], values: Mapping[str, Any]) -> T:
    """Make the settings object from names and values, as files, workflows and the command give them.

    Args:
        kind: the settings class.
        values: by name or old name; what is missing keeps its default.

    Raises:
        SeamSyncError: an unknown name, or a value that is not allowed.

    Example:
        >>> from seamsync.blending.settings import MouthMask
        >>> from_values(MouthMask, {"gamma": 0.7}).falloff_gamma
        0.7
    """
    return kind(**current_names(kind, values))


def _check_numbers(name: str, value: Any, labels: tuple[str, ...]) -> None:
    good = isinstance(value, tuple | list) and len(value) == len(labels)
    if not good or any(isinstance(part, bool) or not isinstance(part, int | float) for part in value):
        raise SeamSyncError(f"{name} must be {len(labels)} numbers, {' '.join(labels)}, got {shown(value)}")


def read_numbers(name: str, text: str, labels: tuple[str, ...]) -> tuple[float, ...]:
    """Return the numbers in ``"0 10 0 0"``, parted by blanks or commas, one for each of ``labels``.

    Raises:
        SeamSyncError: other than that many numbers.
    """
    try:
        found = tuple(float(part) for part in text.replace(",", " ").split())
    except ValueError:
        found = ()
    if len(found) != len(labels):
        raise SeamSyncError(f"{name} must be {len(labels)} numbers, {' '.join(labels)}, such as '0 10 0 0', got {shown(text)}")
    return found


def split_names(text: str) -> list[str]:
    """Split ``"skin, lips"`` at its commas, without blanks around the names."""
    return [part.strip() for part in text.split(",") if part.strip()]
