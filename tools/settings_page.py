"""``python tools/settings_page.py`` writes ``docs/settings.md``, the table of every setting, from the declarations."""

from __future__ import annotations

from pathlib import Path

from seamsync.blending.settings import ColorMatch, MouthMask, SeamBlend, SeamTemporal
from seamsync.cli.arguments import ENCODE_FLAGS, SMOOTH_FLAGS, TRACK_FLAGS
from seamsync.enhance.options import EnhanceOptions
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.read_options import ReadOptions
from seamsync.models.options import GenerateOptions
from seamsync.models.regions.options import RegionOptions
from seamsync.options import Setting, settings_of
from seamsync.tracking.options import SmoothOptions, TrackOptions

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"

_HEAD = """# Settings

Written by `python tools/settings_page.py` from the declarations in the code; do not edit it by hand.

A node, the command, the settings file and Python take the same settings. Old names are still accepted in settings files, on
the command and in Python; a node's input keeps the name that the setting had first. Values of several words are written with
underscores; the older spellings (`ping-pong`, `wide ellipse`) are accepted too.
"""

#: Class, title, how the command sets it, flags that are called otherwise.
PARTS: tuple[tuple[type, str, str, dict[str, str]], ...] = (
    (MouthMask, "Mouth mask", "mask", {}),
    (SeamTemporal, "Smoothing over time", "temporal", {}),
    (ColorMatch, "Colour match", "color", {}),
    (SeamBlend, "Blend", "blend", {}),
    (TrackOptions, "Tracking", "", TRACK_FLAGS),
    (SmoothOptions, "Smoothing of landmarks", "", SMOOTH_FLAGS),
    (GenerateOptions, "Generating", "", {}),
    (ReadOptions, "Reading files", "", {}),
    (RegionOptions, "Mouths made elsewhere", "", {}),
    (EncodeSettings, "Encoding", "", ENCODE_FLAGS),
    (EnhanceOptions, "Enhancing", "-", {}),
)


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *(_section(*part) for part in PARTS)])


def _section(kind: type, title: str, part: str, flags: dict[str, str]) -> str:
    how = {"-": "Enhance Mouths only."}.get(part, f"Command: `--set {part}.NAME=VALUE`." if part else "")
    head = "| setting | default | range | what it does | old names |" + (" flag |" if not part else "")
    rule = "| --- | --- | --- | --- | --- |" + (" --- |" if not part else "")
    rows = [_row(setting, flags if not part else None) for setting in settings_of(kind)]
    text = [f"## {title} (`{kind.__name__}`)", "", *([how, ""] if how else []), head, rule, *rows, ""]
    return "\n".join(text)


def _row(setting: Setting, flags: dict[str, str] | None) -> str:
    default = f"`{str(setting.default).lower() if isinstance(setting.default, bool) else setting.default}`"
    cells = [f"`{setting.name}`", default, _range(setting), setting.tooltip, ", ".join(f"`{old}`" for old in setting.old)]
    if flags is not None:
        cells.append(f"`--{flags.get(setting.name, setting.name.replace('_', '-'))}`")
    return "| " + " | ".join(cells) + " |"


def _range(setting: Setting) -> str:
    if setting.kind in ("number", "whole"):
        return f"{setting.low:g}…{setting.high:g}"
    if setting.kind == "switch":
        return "true, false"
    return ", ".join(f"`{name}`" for name in setting.choices)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
