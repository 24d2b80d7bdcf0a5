"""Every metric of a report, each declared once, in the file of its topic.

To add a metric, add its entry to ``METRICS`` in the file of its topic. Columns, summary, goals, warnings, pages, viewer,
command and docs/metrics.md follow from the entry. The order of the entries is the order in which a user sees them.
"""

from __future__ import annotations

from . import (
    color,
    coverage,
    flicker,
    inspection,
    jitter,
    lip_sync,
    lips,
    mouth,
    mouth_sharpness,
    occluder,
    seam,
    sharpness,
    tpsnr,
)
from .metric import Goal, Metric

_TOPICS = (
    seam,
    color,
    flicker,
    coverage,
    occluder,
    sharpness,
    mouth,
    mouth_sharpness,
    tpsnr,
    jitter,
    lips,
    inspection,
    lip_sync,
)

#: Every metric by its name.
METRICS: dict[str, Metric] = {metric.name: metric for topic in _TOPICS for metric in topic.METRICS}


def columns() -> dict[str, Metric]:
    """Return the metrics that have a column of their own: those that are plotted and reduced."""
    return {name: metric for name, metric in METRICS.items() if metric.is_column}


def seam_columns() -> dict[str, Metric]:
    """Return the columns that are measured from the pictures, by :class:`~.meter.SeamMeter`."""
    return {name: metric for name, metric in columns().items() if metric.measure or metric.tracker}


def goals() -> dict[str, Goal]:
    """Return the goals of a summary's numbers."""
    return {name: metric.goal for name, metric in METRICS.items() if metric.goal}


def frame_goal(name: str) -> Goal | None:
    """Return what a column should reach in a single frame; None if it has no goal."""
    metric = METRICS.get(name)
    return (metric.frame_goal or metric.goal) if metric and metric.is_column else None


def window_goal(name: str) -> Goal | None:
    """Return what a column should reach over the last 100 frames of a running render; None if it is not watched."""
    metric = METRICS.get(name)
    return (metric.window_goal or metric.goal) if metric and metric.is_column else None


def phrase(name: str) -> str:
    """Return what a column or a number of the summary is, in words; the name itself if it is no metric."""
    return METRICS[name].phrase if name in METRICS else name.replace("_", " ")
