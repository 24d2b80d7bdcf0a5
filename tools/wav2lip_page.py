"""The tables of ``docs/wav2lip_command.md``, made from the table of flags; the prose around them is written by hand.

``python tools/wav2lip_page.py`` rewrites them.
"""

from __future__ import annotations

import re
from pathlib import Path

from seamsync.cli.wav2lip.command import default_text
from seamsync.cli.wav2lip.flags import FLAGS
from seamsync.cli.wav2lip.values import BLENDS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "wav2lip_command.md"


def flag_rows() -> list[str]:
    """One row a flag."""
    rows = ["| flag | default | takes | sets | why | known from |", "| --- | --- | --- | --- | --- | --- |"]
    for flag in FLAGS:
        sets = ", ".join(f"`{name}`" for name in flag.sets) or "nothing"
        rows.append(f"| `--{flag.name}` | {default_text(flag)} | {flag.help} | {sets} | {flag.why} | {flag.origin} |")
    return rows


def blend_rows() -> list[str]:
    """One row a blend method."""
    names = next(flag.sets for flag in FLAGS if flag.name == "blend_method")
    rows = ["| `--blend_method` | " + " | ".join(f"`{name}`" for name in names) + " |", "| --- " * (len(names) + 1) + "|"]
    return rows + [f"| {method} | " + " | ".join(str(value) for value in values) + " |" for method, values in BLENDS.items()]


def refreshed(page: str) -> str:
    """The page with its two tables as the flags have them."""
    for title, rows in (("Flags", flag_rows()), ("Blend methods", blend_rows())):
        table = "\n".join([f"## {title}", "", *rows]) + "\n\n"
        page = re.sub(rf"^## {title}\n(?s:.*?)(?=^## |\Z)", lambda _, table=table: table, page, flags=re.MULTILINE)
    return page.rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
