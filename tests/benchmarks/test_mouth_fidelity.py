"""The lines of the benchmark of genuine results: what a pair's figures are, and which goals they meet."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pytest
from seamsync.benchmarks import mouth_fidelity
from seamsync.benchmarks.mouth_fidelity import FIGURES, PRESETS, Pair, measure
from seamsync.errors import SeamSyncError


def lines(monkeypatch: pytest.MonkeyPatch, columns: dict[str, list[float]], changed: int = 0) -> dict[str, dict[str, object]]:
    """The lines of a pair whose composites all have these columns, by their case."""
    table = {name: np.array(values) for name, values in columns.items()}
    monkeypatch.setattr(mouth_fidelity, "_composite", lambda pair, name: (table, changed))
    pair = Pair("ab", *cast("tuple[None, None, None]", (None,) * 3))  # type: ignore[arg-type]
    return {line["case"]: line for line in measure(pair)}


def test_a_pair_without_clips_is_refused(tmp_path: Path) -> None:
    """An empty folder, and none."""
    for media in (tmp_path, None):
        with pytest.raises(SeamSyncError, match="no pairs"):
            mouth_fidelity.run(media, True)


def test_each_frame_counts_for_the_contrast(monkeypatch: pytest.MonkeyPatch) -> None:
    """One frame of four beside its limits is missed by share and extreme; a frame that is unknown does not count."""
    found = lines(monkeypatch, {"lip_contrast_ratio": [0.9, 1.1, 1.0, 1.3, np.nan]})
    share, least, most = (
        found[f"ab | natural | lip_contrast_ratio, {words}"] for words in ("within 0.85…1.15, share of frames", "least", "most")
    )
    assert [line["ours"] for line in (share, least, most)] == [0.75, 0.9, 1.3]
    assert [line["met"] for line in (share, least, most)] == [False, True, False]


def test_goals_differ_by_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gradient mismatch between the two, and samples changed outside."""
    found = lines(monkeypatch, {"gradient_mismatch": [0.018]}, changed=3)
    assert [found[f"ab | {name} | gradient_mismatch, mean"]["met"] for name in PRESETS] == [True, False]
    assert [found[f"ab | {name} | samples changed outside"]["met"] for name in PRESETS] == [False, False]


def test_figures_that_no_frame_has_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every figure has a line for each preset once its column is known."""
    assert len(lines(monkeypatch, {"teeth_chroma": [np.nan]})) == len(PRESETS)
    columns = {figure.column: [1.0] for figure in FIGURES}
    assert len(lines(monkeypatch, columns)) == len(PRESETS) * (len(FIGURES) + 1)
