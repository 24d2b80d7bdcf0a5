"""How a setting is declared: once, on the field of a settings class, with its default, range, unit and help text."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any

from .errors import SeamSyncError, check_choice, check_range


def number(default: float, text: str, low: float, high: float, step: float, unit: str = "") -> Any:
    """A float field with its help text, range, step and unit."""
    return field(default=default, metadata={"help": text, "low": low, "high": high, "step": step, "unit": unit})


def choice(default: str, text: str, choices: tuple[str, ...]) -> Any:
    """A field that is one of ``choices``."""
    return field(default=default, metadata={"help": text, "choices": choices})


def switch(default: bool, text: str) -> Any:
    """A yes/no field."""
    return field(default=default, metadata={"help": text})


def whole(default: int, text: str, low: int, high: int) -> Any:
    """A whole number with its help text and range."""
    return field(default=default, metadata={"help": text, "low": low, "high": high, "unit": "", "whole": True})


def numbers(default: tuple[float, ...], text: str, labels: tuple[str, ...]) -> Any:
    """A tuple of numbers, one for each of ``labels``."""
    return field(default=default, metadata={"help": text, "labels": labels})


def formerly(declared: Any, *old: str) -> Any:
    """The same field, which had other names before."""
    declared.metadata = MappingProxyType({**declared.metadata, "old": old})
    return declared


def names(default: str, text: str, known: tuple[str, ...]) -> Any:
    """Text that lists some of the ``known`` names, separated by commas."""
    return field(default=default, metadata={"help": text, "known": known})


class Checked:
    """Base of the settings: checks every field against its metadata when the object is made."""

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            name = f"{type(self).__name__}.{item.name}"
            _check(name, value, item.metadata)


def _check(name: str, value: Any, about: Mapping[str, Any]) -> None:
    """Raise unless ``value`` is what ``about`` asks for; a field that says nothing (an object) checks itself."""
    if "choices" in about:
        check_choice(name, value, about["choices"])
    elif "low" in about:
        kind, word = (int, "whole number") if about.get("whole") else (int | float, "number")
        if isinstance(value, bool) or not isinstance(value, kind):
            raise SeamSyncError(f"{name} must be a {word}, got {value!r}")
        check_range(name, value, about["low"], about["high"], about["unit"])
    elif "labels" in about:
        _check_numbers(name, value, about["labels"])
    elif "known" in about:
        if not isinstance(value, str):
            raise SeamSyncError(f"{name} must be text such as 'skin, lips', got {value!r}")
        for part in split_names(value):
            check_choice(name, part, about["known"])
    elif "help" in about and not isinstance(value, bool):
        raise SeamSyncError(f"{name} must be true or false, got {value!r}")


def _check_numbers(name: str, value: Any, labels: tuple[str, ...]) -> None:
    good = isinstance(value, tuple | list) and len(value) == len(labels)
    if not good or any(isinstance(part, bool) or not isinstance(part, int | float) for part in value):
        raise SeamSyncError(f"{name} must be {len(labels)} numbers, {' '.join(labels)}, got {value!r}")


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
        raise SeamSyncError(f"{name} must be {len(labels)} numbers, {' '.join(labels)}, such as '0 10 0 0', got {text!r}")
    return found


def split_names(text: str) -> list[str]:
    """The names in ``"skin, lips"``: parted by commas, without blanks around them."""
    return [part.strip() for part in text.split(",") if part.strip()]
