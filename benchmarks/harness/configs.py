"""What the quality harness compares: named seam settings, from a YAML file, with sweeps of any setting.

A file maps names to settings as a settings file has them (:mod:`...blending.config`); a list of two to four values
stands for a configuration with each of them, several lists for every combination::

    natural:                      # a preset by its own name
    soft:
      preset: natural             # what the others are set over
      mask: {feather: [0.1, 0.2]}
      erosion_ratio: [0.0, 0.006, 0.012]
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...blending.config import make_config
from ...blending.presets import PRESETS
from ...blending.settings import SeamSettings
from ...errors import SeamSyncError, shown
from ...parsing import parse_plain, parsed, read_text

#: How many values one setting may be swept over, and how many configurations a file may come to.
LEAST, MOST, LIMIT = 2, 4, 64
#: The clip as it was; no configuration may be called so.
ORIGINAL = "original"
BASELINE = "baseline"


@dataclass(frozen=True)
class Configuration:
    """One column of the comparison.

    Attributes:
        name: tells it from the others, in tables and, as :attr:`slug`, in file names.
        settings: of the seam; None leaves the clip as it is.
    """

    name: str
    settings: SeamSettings | None

    @property
    def slug(self) -> str:
        """The name as a plain file name."""
        return plain(self.name)

    @property
    def digest(self) -> str:
        """Hash of the settings, the same for the same settings under any name."""
        known = None if self.settings is None else self.settings.as_dict()
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def plain(name: str) -> str:
    """A name as part of a file name, on every system."""
    return re.sub(r"[^A-Za-z0-9.=+-]+", "_", name).strip("._") or "_"


def read_configurations(path: Path | None) -> list[Configuration]:
    """The configurations of a file, sweeps expanded; all presets when None. The baseline is among them in any case.

    Raises:
        SeamSyncError: the file is missing or not YAML, a setting is unknown or out of range, a sweep is too short, too
            long or too wide, or two names would be the same file.
    """
    if path is None:
        return [Configuration(name, settings) for name, settings in PRESETS.items()]
    text = read_text(path, "configurations")
    with parsed(path, "configurations"):
        content = parse_plain(text)
    try:
        return make_configurations(content)
    except SeamSyncError as error:
        raise SeamSyncError(f"in {path}: {error}") from error


def make_configurations(content: Any) -> list[Configuration]:
    """The same from plain values; see :func:`read_configurations`."""
    if not isinstance(content, Mapping) or not content:
        raise SeamSyncError(
            f"configurations must be names with settings, such as 'soft: {{preset: natural}}', got {shown(content)}"
        )
    found: list[Configuration] = []
    for name, values in content.items():
        total = len(found) + _combinations(str(name), values)
        if total > LIMIT:
            raise SeamSyncError(f"{name} brings the configurations to {total}; at most {LIMIT} are compared at once")
        found += _expand(str(name), values or {})
    if BASELINE not in [one.name for one in found]:
        found.append(Configuration(BASELINE, PRESETS[BASELINE]))
    _check_names(found)
    return found


def _check_names(found: list[Configuration]) -> None:
    slugs: dict[str, str] = {}
    for one in found:
        if one.name == ORIGINAL:
            raise SeamSyncError(f"no configuration may be called {ORIGINAL!r}: that is the clip itself")
        other = slugs.setdefault(one.slug.casefold(), one.name)
        if other is not one.name:
            raise SeamSyncError(f"the configurations {other!r} and {one.name!r} would have the same file name; rename one")


def _combinations(name: str, values: Any) -> int:
    """How many configurations one entry comes to."""
    if values is not None and not isinstance(values, Mapping):
        raise SeamSyncError(f"{name} must hold settings, or nothing if it is a preset, got {shown(values)}")
    count = 1
    for path, choices in _sweeps(values or {}):
        if not LEAST <= len(choices) <= MOST:
            raise SeamSyncError(f"{name}: {path[-1]} must have {LEAST} to {MOST} values to sweep over, got {shown(choices)}")
        count *= len(choices)
    return count


def _sweeps(values: Mapping[Any, Any]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Where lists are, at the top or in a room, and what they hold."""
    for name, value in values.items():
        if isinstance(value, list):
            yield (name,), value
        elif isinstance(value, Mapping):
            yield from (((name, item), choices) for item, choices in value.items() if isinstance(choices, list))


def _expand(name: str, values: Mapping[Any, Any]) -> Iterator[Configuration]:
    """Every combination of the swept values, the last setting changing fastest."""
    base = PRESETS.get(name)
    sweeps = list(_sweeps(values))
    for combination in itertools.product(*(choices for _, choices in sweeps)):
        chosen = {path: value for (path, _), value in zip(sweeps, combination, strict=True)}
        label = " ".join([name, *(f"{path[-1]}={value}" for path, value in chosen.items())])
        try:
            yield Configuration(label, make_config(_with(values, chosen), base).settings)
        except SeamSyncError as error:
            raise SeamSyncError(f"{label}: {error}") from error


def _with(values: Mapping[Any, Any], chosen: Mapping[tuple[str, ...], Any]) -> dict[Any, Any]:
    """The values, each list replaced by the one chosen."""
    out = {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
    for path, value in chosen.items():
        (out if len(path) == 1 else out[path[0]])[path[-1]] = value
    return out
