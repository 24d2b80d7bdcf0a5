"""Choosing a face, and knowing it again."""

from __future__ import annotations

import numpy as np
from blobs import BLUE, RED, paint
from seamsync.tracking.select_face import (
    SAME_LOOK,
    Candidates,
    FaceMemory,
    appearance,
    choose_again,
    choose_first,
    look_distance,
)

SIZE = (320, 240)


def _candidates(regions: list[list[float]], looks: np.ndarray | None = None) -> Candidates:
    array = np.array(regions, np.float64).reshape(-1, 4)
    count = len(array)
    looks = np.zeros((count, 8, 8, 3), np.float32) if looks is None else looks
    return Candidates(np.zeros((count, 68, 2), np.float32), array, np.ones(count, np.float32), looks)


def _look(color: tuple[int, int, int], gain: float = 1.0) -> np.ndarray:
    crop = np.clip(paint([(32, 32, 50, color)], (64, 64)) * gain, 0, 255).astype(np.uint8)
    return appearance(crop[None], np.array([[160.0, 120, 64, 0]]), SIZE)[0]


def test_first_choice() -> None:
    """Largest by side, most central by distance, index from the left."""
    found = _candidates([[300, 50, 90, 0], [150, 110, 40, 0], [20, 20, 60, 0]])
    assert choose_first(found, "largest", 0, SIZE) == 0
    assert choose_first(found, "central", 0, SIZE) == 1
    assert [choose_first(found, "index", i, SIZE) for i in range(4)] == [2, 1, 0, None]
    for rule in ("largest", "central", "index"):
        assert choose_first(_candidates([]), rule, 0, SIZE) is None


def test_appearance_knows_colour_not_brightness() -> None:
    """A dimmed face is itself; another colour is someone else."""
    assert look_distance(_look(RED), _look(RED, 0.6)) < 0.5 * SAME_LOOK
    assert look_distance(_look(RED), _look(BLUE)) > 1.5 * SAME_LOOK


def test_appearance_outside_the_frame_is_unknown() -> None:
    """Cells beyond the border are left out of the comparison; nothing to compare is infinitely far."""
    crop = paint([(32, 32, 50, RED)], (64, 64))[None]
    half = crop.copy()
    half[:, :, :32] = 0
    looks = appearance(half, np.array([[0.0, 120, 64, 0]]), SIZE)
    assert np.isnan(looks[0, :, 0]).all()
    assert look_distance(looks[0], _look(RED)) < 0.5 * SAME_LOOK
    away = appearance(crop, np.array([[-900.0, 120, 64, 0]]), SIZE)
    assert look_distance(away[0], _look(RED)) == np.inf


def test_memory_predicts_along_the_motion() -> None:
    """Steady motion goes on, also over frames of absence; learning fills unknown cells."""
    look = _look(RED)
    look[:, 0] = np.nan
    memory = FaceMemory(np.array([50.0, 60, 40, 0]), np.zeros((68, 2)), look)
    for step in range(1, 30):
        memory.update(np.array([50.0 + 2 * step, 60, 40, 0]), np.zeros((68, 2)), _look(RED))
    np.testing.assert_allclose(memory.predict(2)[:, 0], [110, 112], atol=0.01)
    assert np.isfinite(memory.look).all()
    memory.absent = 3
    np.testing.assert_allclose(memory.predict(1)[:, 0], [116], atol=0.01)


def test_again_is_the_nearest_of_the_same_looks() -> None:
    """Place and size decide among equals; looks rule a stranger out; after a cut only looks count."""
    red, blue = _look(RED), _look(BLUE)
    memory = FaceMemory(np.array([50.0, 60, 40, 0]), np.zeros((68, 2)), red)
    twins = _candidates([[200, 60, 90, 0], [60, 60, 42, 0]], np.stack([red, red]))
    assert choose_again(twins, memory, 25, moved_on=False) == 1
    other_look = _candidates([[50, 60, 40, 0], [150, 60, 40, 0]], np.stack([blue, red]))
    assert choose_again(other_look, memory, 25, moved_on=False) == 1
    assert choose_again(_candidates([[50, 60, 40, 0]], blue[None]), memory, 25, moved_on=False) is None
    assert choose_again(other_look, memory, 25, moved_on=True) == 1
    assert choose_again(_candidates([]), memory, 25, moved_on=False) is None


def test_a_known_stranger_is_never_taken() -> None:
    """Someone alike, but more like a face that was seen beside ours, stays a stranger, however long ours is away."""
    red = _look(RED)
    alike = red + 0.2
    memory = FaceMemory(np.array([50.0, 60, 40, 0]), np.zeros((68, 2)), red, absent=1000)
    found = _candidates([[50, 60, 40, 0]], alike[None])
    assert choose_again(found, memory, 25, moved_on=False) == 0
    memory.other_looks.append(red + 0.3)
    assert choose_again(found, memory, 25, moved_on=False) is None
