"""The expression of a mouth: the same at every opening, and other for a mouth drawn to one side."""

from __future__ import annotations

import numpy as np
import pytest
from faces import face68
from seamsync.models.rewrite.expression import expressions, usual_around


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """Root mean square distance of the points, face widths."""
    return float(np.sqrt(((one - other) ** 2).sum() / 8))


def test_opening_is_no_expression_and_a_drawn_mouth_is() -> None:
    """Opening by a tenth of the face width counts less than one corner drawn up by a twentieth."""
    calm, open_, drawn = (face68(opening=o).astype(np.float64) for o in (0.0, 0.1, 0.0))
    drawn[[54, 53, 55]] += (4, -6)
    measured = expressions(np.stack([calm, open_, drawn]))
    assert measured.shape == (3, 16)
    assert _apart(measured[0], measured[1]) < 0.6 * _apart(measured[0], measured[2])


@pytest.mark.parametrize("angle", [-0.6, 0.3])
def test_place_size_and_roll_do_not_count(angle: float) -> None:
    """The same face elsewhere, larger and tilted has the same expression."""
    turn = 1.7 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    face = face68(opening=0.05).astype(np.float64)
    np.testing.assert_allclose(*expressions(np.stack([face, face @ turn.T + (40, -9)])), atol=1e-6)


def test_usual_around_is_the_median_of_the_scene() -> None:
    """A short outlier and unusable frames do not count, and nothing reaches across a cut."""
    values = np.where(np.arange(80) < 40, 1.0, 5.0)[:, None]
    values[10:13], values[60:70] = 9.0, 100.0
    usable = np.ones(80, bool)
    usable[60:70] = False
    usual = usual_around(values, (np.arange(80) >= 40).astype(np.int32), usable, 25.0)
    np.testing.assert_allclose(usual[:40], 1.0)
    np.testing.assert_allclose(usual[40:], 5.0)
