"""The painted inside of a mouth: only where the lips part further than the picture shows."""

from __future__ import annotations

import numpy as np
from seamsync.models.rewrite.paint import MouthLook, gap_grown, paint_inside

LOOK = MouthLook(
    lip=np.array([170, 80, 85], np.float32),
    skin=np.array([205, 160, 140], np.float32),
    dark=np.array([40, 20, 22], np.float32),
    split=0.5,
    hollow=0.0,
)


def inside(gap: float, was: float) -> tuple[np.ndarray, np.ndarray]:
    """A mouth's inside of ``gap`` face widths, from one that showed ``was``: the source's own, and the result."""
    rows, columns = 24, 40
    along = np.broadcast_to(np.linspace(-1, 1, columns), (rows, columns))
    down = np.broadcast_to((np.linspace(0.02, 0.98, rows) * gap)[:, None], (rows, columns))
    own = np.full((rows, columns, 3), 200, np.float32)
    whole = np.full((rows, columns), 1.0)
    zone = (0.0 * whole, 1.0 * whole)
    return own, paint_inside(own, LOOK, along, down, gap * whole, was * whole, zone)


def test_a_gap_that_has_not_grown_shows_the_sources_own() -> None:
    """Nothing is painted over a mouth that shows its own inside."""
    own, result = inside(gap=0.06, was=0.06)
    np.testing.assert_allclose(result, own, atol=1e-3)
    assert gap_grown(np.array([0.02, 0.2]), np.array([0.05, 0.0])).tolist() == [0.0, 1.0]


def test_an_opened_closed_mouth_is_dark_with_teeth_above() -> None:
    """The cavity is darker than the lips; below the middle of the upper lip it is lighter than further down."""
    _, result = inside(gap=0.12, was=0.0)
    assert np.isfinite(result).all()
    assert result[10:14, 4:8].mean() < LOOK.lip.mean()
    assert result[4, 20].mean() > result[11, 20].mean() + 10


def test_small_openings_show_no_teeth() -> None:
    """A slit stays a dark slit: painted teeth in it would flicker."""
    _, result = inside(gap=0.015, was=0.0)
    assert result[:, 20].mean() < LOOK.lip.mean()


def test_painted_teeth_are_no_bar() -> None:
    """Down the middle brightness falls softly; along the row it falls towards the corners."""
    _, result = inside(gap=0.1, was=0.0)
    bright = result.mean(-1)
    assert np.abs(np.diff(bright[:, 20])).max() < 0.16 * LOOK.skin.mean()
    row = bright[4, 20] - bright[12, 20]
    assert bright[4, 8] - bright[12, 8] < 0.55 * row
