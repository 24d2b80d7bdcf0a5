"""Anchors, decoding and suppression by hand; the network itself on a real face where it is on disk."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.models.faces.blazeface import BlazeFace, Detections, anchor_centers, regions_of_detections, suppress_overlaps
from seamsync.models.weights import find, status


def _detections(boxes: list[list[float]], scores: list[float]) -> Detections:
    array = np.array(boxes, np.float64).reshape(-1, 4)
    keypoints = np.repeat(array[:, None, :2], 6, 1)
    return Detections(array, keypoints, np.array(scores, np.float32))


@pytest.fixture(scope="module")
def network() -> BlazeFace:
    """The detector, where its file is on disk."""
    if status("facemesh")[0] != "present":
        pytest.skip("no face networks here; run: seamsync models get facemesh")
    return BlazeFace(find("facemesh")["face_detection_short_range.tflite"], torch.device("cpu"))


def test_anchors() -> None:
    """896 of them: two in each of 16×16 cells, then six in each of 8×8 (three layers of two), row by row."""
    anchors = anchor_centers()
    assert anchors.shape == (896, 2)
    np.testing.assert_allclose(anchors[:4], [[4, 4], [4, 4], [12, 4], [12, 4]])
    np.testing.assert_allclose(anchors[32], [4, 12])
    np.testing.assert_allclose(anchors[512:519], [[8, 8]] * 6 + [[24, 8]])
    np.testing.assert_allclose(anchors[-1], [120, 120])


def test_suppression_keeps_one_of_a_heap() -> None:
    """Boxes that overlap become one at the weighted mean; those apart stay, best first."""
    found = _detections([[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]], [0.6, 0.9, 0.8])
    kept = suppress_overlaps(found)
    np.testing.assert_allclose(kept.scores, [0.9, 0.8])
    np.testing.assert_allclose(kept.boxes, [[0.6, 0, 10.6, 10], [50, 50, 60, 60]])


def test_suppression_joins_a_box_inside_another() -> None:
    """Half a face seen in one tile lies inside the whole one seen in another; it is dropped and not averaged in."""
    kept = suppress_overlaps(_detections([[0, 0, 40, 40], [2, 2, 18, 18]], [0.9, 0.8]))
    np.testing.assert_allclose(kept.boxes, [[0, 0, 40, 40]])


def test_suppression_of_nothing() -> None:
    """No detections, no error."""
    assert len(suppress_overlaps(_detections([], [])).scores) == 0


@given(seed=st.integers(0, 500), count=st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_suppression_leaves_no_overlaps_of_the_best(seed: int, count: int) -> None:
    """Scores come sorted, every input is near a kept box, and boxes far apart all survive."""
    random = np.random.default_rng(seed)
    corner = random.integers(0, 8, (count, 2)) * 100.0
    boxes = np.concatenate([corner, corner + 40], 1) + random.uniform(-2, 2, (count, 4))
    kept = suppress_overlaps(_detections(boxes.tolist(), random.uniform(0.5, 1, count).tolist()))
    assert (np.diff(kept.scores) <= 0).all()
    assert len(kept.boxes) == len({tuple(c) for c in corner.tolist()})


def test_regions_turn_with_the_eyes() -> None:
    """The crop is centred on the box, 1.5 × its longer side, and its roll is the eye line's."""
    keypoints = np.zeros((1, 6, 2))
    keypoints[0, 1] = [10, 10]
    found = regions_of_detections(Detections(np.array([[10.0, 20, 50, 50]]), keypoints, np.ones(1, np.float32)))
    np.testing.assert_allclose(found.regions, [[30, 35, 60, np.pi / 4]])


def test_decoding(network: BlazeFace) -> None:
    """Offsets count in input pixels from the anchor; huge logits do not overflow."""
    raw = torch.zeros(1, 896, 16)
    raw[0, 0] = torch.tensor([2.0, 4, 20, 10] + [1.0, -1] * 6)
    logits = torch.full((1, 896), -1e9)
    logits[0, 0] = 1e9
    geometry, scores = network.decode(raw.flatten(1), logits)
    np.testing.assert_allclose(geometry[0, 0].numpy(), [[-4, 3], [16, 13]] + [[5, 3]] * 6)
    assert float(scores[0, 0]) == 1.0
    assert float(scores[0, 1]) < 1e-30


def test_nothing_in_noise(network: BlazeFace) -> None:
    """Grey noise has no faces."""
    noise = np.random.default_rng(0).integers(100, 156, (90, 160, 3), dtype=np.uint8)
    assert len(network.find(noise).scores) == 0
