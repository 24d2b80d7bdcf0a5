"""What Detect Face Landmarks shows."""

from __future__ import annotations

import numpy as np
import pytest
from seamsync.nodes.preview import contact_sheet


@pytest.mark.parametrize(("count", "shape"), [(6, (80, 180, 3)), (4, (80, 180, 3)), (2, (40, 120, 3)), (1, (40, 60, 3))])
def test_pictures_lie_side_by_side(count: int, shape: tuple[int, ...]) -> None:
    """Row by row; what is left over is black."""
    pictures = np.stack([np.full((40, 60, 3), 10 * (index + 1), np.uint8) for index in range(count)])
    sheet = contact_sheet(pictures)
    assert sheet.shape == shape
    for index in range(6 if count > 3 else count):
        cell = sheet[index // 3 * 40 :, index % 3 * 60 :][:40, :60]
        assert (cell == (10 * (index + 1) if index < count else 0)).all()


def test_large_ones_are_shrunk() -> None:
    """To the longer side asked for."""
    assert contact_sheet(np.zeros((6, 768, 1024, 3), np.uint8), long_side=300).shape == (150, 300, 3)
