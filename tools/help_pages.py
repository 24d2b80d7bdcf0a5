"""The tables of the nodes' help pages (``web/docs``), made from the schemas; the prose around them is written by hand."""

from __future__ import annotations

import re
from typing import Any


def refreshed(page: str, schema: Any) -> str:
    """The page with its title and its two tables as the schema has them.

    Args:
        page: Markdown with the sections ``## Inputs`` and ``## Outputs``.
        schema: of the node.
    """
    page = re.sub(r"\A# .*", f"# {schema.display_name}", page)
    for title, head, items in (
        ("Inputs", "| input | what it does |", schema.inputs),
        ("Outputs", "| output | what it is |", schema.outputs),
    ):
        rows = [f"| **{item.id}** | {item.tooltip} |" for item in items]
        table = "\n".join([f"## {title}", "", head, "| --- | --- |", *rows]) + "\n\n"
        page = re.sub(rf"^## {title}\n(?s:.*?)(?=^## |\Z)", lambda _, table=table: table, page, flags=re.MULTILINE)
    return page
