"""``python tools/metrics_page.py`` writes ``docs/metrics.md``, the table of every metric, from the registry."""

from __future__ import annotations

from pathlib import Path

from seamsync.quality.metrics.metric import Metric
from seamsync.quality.metrics.registry import METRICS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "metrics.md"

_HEAD = """# Metrics

Written by `python tools/metrics_page.py` from the registry (`quality/metrics/registry.py`); do not edit it by hand. How each is
defined stands in [architecture.md](architecture.md), section 7.

| metric | what it is | unit | better | goal | column |
| --- | --- | --- | --- | --- | --- |
"""


def page() -> str:
    """Return the page."""
    return _HEAD + "\n".join(map(_row, METRICS.values())) + "\n"


def _row(metric: Metric) -> str:
    goal = metric.goal.text() if metric.goal else ""
    better = {"target": "near the goal's ideal", None: ""}.get(metric.better, metric.better)
    cells = (f"`{metric.name}`", metric.phrase, metric.unit, better, goal, "yes" if metric.is_column else "")
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
