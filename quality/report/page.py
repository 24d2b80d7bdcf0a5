"""The content of the report's HTML page; its look is in the folder ``template``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..metrics.goals import failed, goal_of, is_relaxed, measured
from ..metrics.metric import Goal
from ..metrics.registry import METRICS, frame_goal, phrase
from ..worst import Shot
from .pictures import shot_pictures
from .plots import bins, cuts, seam_plots, seconds

if TYPE_CHECKING:
    from .report import SeamReport

_PAGE = Path(__file__).parent / "template"


def report_page(report: SeamReport, title: str, versions: Mapping[str, str]) -> str:
    """Return one HTML page with everything in it; equal reports give equal pages.

    Args:
        report: columns, summary, pictures.
        title: name of the run.
        versions: of the software that made it.
    """
    environment = Environment(
        loader=FileSystemLoader(_PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    worst = [shot.frame for shot in report.shots if not shot.typical]
    columns = report.columns
    plots = seam_plots(columns, worst)
    times = np.asarray(columns.get("time", np.arange(len(report))), np.float64)
    starts = bins(len(report))[:-1]
    return environment.get_template("report.html.j2").render(
        title=title,
        lead=_lead(report.summary),
        facts=_facts(report, times),
        missed=[_row(name, goal_of(name, report.summary), report.summary) for name in failed(report.summary)],
        rows=[_row(name, goal, report.summary) for name, goal in _listed(report.summary)],
        shots=[_shot(shot, number, columns, times) for number, shot in enumerate(report.shots, 1)],
        plots=plots,
        phrases={plot.name: phrase(plot.name) for plot in plots},
        cuts=cuts(columns["scene"]) if "scene" in columns else [],
        seconds=seconds(times),
        readout={
            "frames": starts.tolist(),
            "times": [round(float(t), 3) for t in times[starts]],
            "values": {plot.name: plot.values for plot in plots},
        },
        warnings=report.warnings,
        notes=report.notes,
        settings=json.dumps(report.settings, indent=2, sort_keys=True, default=str),
        versions=dict(versions),
        inputs=report.inputs,
    )


def _lead(summary: Mapping[str, Any]) -> tuple[str, str]:
    """Return the verdict: its kind (``good``, ``fair``, ``bad``, ``none``) and its words."""
    count, missed = len(measured(summary)), len(failed(summary))
    if count == 0:
        return "none", "The seam was not measured"
    if missed == 0:
        return "good", f"No measure finds a seam: all {count} goals are met"
    return "fair" if missed <= 2 else "bad", f"{count - missed} of {count} goals are met, {missed} missed"


def _facts(report: SeamReport, times: np.ndarray) -> str:
    count = len(report)
    facts = [f"{count} frames"]
    if count > 1 and "time" in report.columns:
        facts = [f"{count} frames, {count * float(times[1] - times[0]):.2f} s"]
    if "composited" in report.summary:
        facts.append(f"{report.summary['composited']} with a new mouth")
    return ", ".join(facts)


def _listed(summary: Mapping[str, Any]) -> list[tuple[str, Goal | None]]:
    """Return the metrics of the table with their goals; those without a goal last."""
    listed = [(name, goal_of(name, summary) if one.goal else None) for name, one in METRICS.items() if name in summary]
    return sorted(listed, key=lambda row: row[1] is None)


def _row(name: str, goal: Goal | None, summary: Mapping[str, Any]) -> dict[str, str]:
    """Return a row of the table, as text."""
    known, within = name in measured(summary), summary.get(f"{name}_within", np.nan)
    state = "" if goal is None else "missed" if name in failed(summary) else "met" if known else "unknown"
    return {
        "name": name,
        "what": phrase(name) + _remark(name, summary),
        "value": _number(summary[name]),
        "goal": goal.text() if goal else "–",
        "within": "–" if np.isnan(within) else f"{100 * within:.4g} %",
        "state": state,
    }


def _remark(name: str, summary: Mapping[str, Any]) -> str:
    """Return which network gave the number, or why a goal is not the usual one."""
    judge = METRICS[name].judge
    if judge:
        return f"; judged by {summary[judge]}, comparable with its own numbers alone"
    return f"; the untouched target has {_number(summary[f'{name}_target'])}" if is_relaxed(name, summary) else ""


def _shot(shot: Shot, number: int, columns: Mapping[str, np.ndarray], times: np.ndarray) -> dict[str, Any]:
    """Return a frame's pictures and its faults, the worst first."""
    goals = {name: goal for name in columns if (goal := frame_goal(name))}
    errors = {name: float(goal.normalized_error(columns[name][shot.frame])) for name, goal in goals.items()}
    past = sorted((name for name in errors if errors[name] > 1), key=lambda name: -errors[name])
    return {
        "number": "" if shot.typical else number,
        "frame": shot.frame,
        "time": f"{times[shot.frame]:.2f} s" if "time" in columns else "",
        "faults": [_fault(name, goals[name], float(columns[name][shot.frame])) for name in past],
        "pictures": shot_pictures(shot),
        "width": shot.target.shape[1],
        "height": shot.target.shape[0],
    }


def _fault(name: str, goal: Goal, value: float) -> str:
    return f"{name} {_number(value)} ({goal.range_text()})"


def _number(value: float | None) -> str:
    return "–" if value is None or np.isnan(value) else f"{value:.3g}"
