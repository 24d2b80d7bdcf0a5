"""Alpha averaged along the picture's motion: calm on a still face, not trailing on a moving one, nothing across a cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from faces import face68
from scipy import ndimage
from seamsync.blending.frame_batch import FrameBatch
from seamsync.blending.mask.flow import FlowAverage

SIZE = (140, 180)
FAR = np.array([[[-500.0, -500], [900, -500], [900, 900], [-500, 900]]])


def chunk_at(frame: int, centre: tuple[float, float] = (90.0, 40.0), **changes: object) -> FrameBatch:
    """One frame of one scene, its face at ``centre`` in the ROI."""
    parts = FrameBatch(
        indices=np.array([frame]),
        scene=np.zeros(1, np.int32),
        fresh=np.array([frame == 0]),
        origin=np.zeros((1, 2)),
        size=SIZE,
        scale=1.0,
        face_width=np.array([100.0], np.float32),
        landmarks=face68(centre, 100)[None],
        generated=None,
        outline=np.zeros((1, 96, 2)),
        quad=FAR,
    )
    return replace(parts, **changes)  # type: ignore[arg-type]


def scenery() -> np.ndarray:
    """A large smooth picture, float32 ``[3,300,400]`` in 0…1."""
    noise = ndimage.gaussian_filter(np.random.default_rng(0).random((3, 300, 400)), (0, 3, 3))
    return ((noise - noise.min()) / np.ptp(noise)).astype(np.float32)


def view(picture: np.ndarray, x: float, y: float, size: tuple[int, int] = SIZE) -> torch.Tensor:
    """The window whose corner is at (x, y), float32 ``[1,3,H,W]``."""
    moved = ndimage.shift(picture, (0, -y, -x), order=1, mode="nearest")[:, : size[0], : size[1]]
    return torch.from_numpy(np.ascontiguousarray(moved))[None]


def disc(x: float, y: float, size: tuple[int, int] = SIZE) -> torch.Tensor:
    """Soft disc, ``[1,1,H,W]``."""
    down, across = torch.meshgrid(torch.arange(size[0]) + 0.5, torch.arange(size[1]) + 0.5, indexing="ij")
    return ((35 - torch.hypot(across - x, down - y)) / 12).clamp(0, 1)[None, None]


def middle(alpha: torch.Tensor) -> tuple[float, float]:
    """Centre of gravity (x, y), pixels."""
    weight = alpha[0, 0] / alpha.sum()
    down, across = (torch.arange(length) + 0.5 for length in weight.shape)
    return float((weight.sum(0) * across).sum()), float((weight.sum(1) * down).sum())


def test_a_still_face_comes_to_rest() -> None:
    """Noise of alpha falls to about sqrt((1 − β) / (1 + β)) of itself; alpha's level stays."""
    picture, rng = view(scenery(), 50, 50), np.random.default_rng(1)
    average = FlowAverage(0.8)
    before, after = [], []
    for frame in range(40):
        noisy = (disc(90, 70) * float(1 + rng.normal(0, 0.05))).clamp(0, 1)
        before.append(float(noisy[0, 0, 70, 62]))
        after.append(float(average(noisy, picture, chunk_at(frame))[0, 0, 70, 62]))
    assert np.std(after[10:]) < 0.5 * np.std(before[10:])
    assert np.mean(after) == pytest.approx(np.mean(before), rel=0.05)


@pytest.mark.parametrize(("known", "limit"), [(True, 0.1), (False, 1.5)])
def test_a_moving_face_keeps_its_mask(known: bool, limit: float) -> None:
    """At 3.4 pixels a frame alpha does not trail, and hardly where the picture alone tells (13 px without flow)."""
    picture, average, got, there = scenery(), FlowAverage(0.8), torch.empty(0), (0.0, 0.0)
    for frame in range(12):
        x, y = 3.0 * frame, 1.5 * frame
        there = (70 + x, 50 + y)
        batch = chunk_at(frame, (there[0], there[1] - 30) if known else (90.0, 40.0))
        got = average(disc(*there), view(picture, 60 - x, 60 - y), batch)
    assert np.hypot(*np.subtract(middle(got), middle(disc(*there)))) < limit
    assert (got - disc(*there)).abs().max() < (0.05 if known else 0.3)


def test_a_hand_moves_as_the_picture_does() -> None:
    """What is cut out of a still face's mask follows the thing in front: a third of the trace it leaves without flow."""
    picture, average, got, plain = scenery(), FlowAverage(0.8), torch.empty(0), torch.empty(0)
    still = view(picture, 60, 60)
    for frame in range(10):
        place = (60 + 4.0 * frame, 70.0)
        hand = (3 * disc(*place)).clamp(0, 1)
        target = torch.where(hand > 0, view(picture, 200 - 4.0 * frame, 120), still)
        plain = disc(90, 70) * (1 - hand)
        got = average(plain, target, chunk_at(frame))
    assert float((got - plain).abs().mean()) < 0.01


def test_rois_may_jump_and_change_size() -> None:
    """What counts is the place on the face, not in the ROI."""
    picture, average, got, size, place = scenery(), FlowAverage(0.9), torch.empty(0), SIZE, (0.0, 0.0)
    for frame in range(8):
        size = (140 + 4 * (frame % 3), 180 - 6 * (frame % 2))
        corner = (40.0 + 12 * (frame % 3), 50.0 - 8 * (frame % 2))
        place = (130 - corner[0], 110 - corner[1])
        batch = chunk_at(frame, (place[0], place[1] - 30), size=size)
        got = average(disc(*place, size), view(picture, *corner, size), batch)
    assert np.abs(np.subtract(middle(got), place)).max() < 0.3
    assert (got - disc(*place, size)).abs().max() < 0.08


def test_large_rois_are_measured_small() -> None:
    """Twice the size gives the same alpha enlarged, although flow is measured on a quarter of its pixels."""
    picture = scenery()
    big = np.kron(picture, np.ones((1, 2, 2), np.float32))
    average, got, x = FlowAverage(0.8), torch.empty(0), 0.0
    for frame in range(6):
        x = 6.0 * frame
        batch = chunk_at(frame, size=(280, 360))
        got = average(disc(150 + x, 140, (280, 360)), view(big, 120 - x, 100, (280, 360)), batch)
    assert abs(middle(got)[0] - (150 + x)) < 1.5


def test_nothing_crosses_a_cut() -> None:
    """A fresh frame's alpha is its own, to the bit; and what follows does not know what was before."""
    picture = view(scenery(), 10, 10)
    used, new = FlowAverage(0.9), FlowAverage(0.9)
    used(disc(60, 60), view(scenery(), 90, 90), chunk_at(0))
    for frame in range(3):
        batch = chunk_at(frame + 1, fresh=np.array([frame == 0]))
        assert torch.equal(used(disc(90 + frame, 70), picture, batch), new(disc(90 + frame, 70), picture, batch))


def test_ends_are_exact_and_batches_alike() -> None:
    """0 stays 0 and 1 stays 1 on a still face, nothing shows past the patch, and a batch is its frames in order."""
    picture, average = view(scenery(), 20, 20), FlowAverage(0.7)
    quad = np.array([[[40.0, 20], [140, 20], [140, 85], [40, 85]]])
    inside = torch.zeros(SIZE)
    inside[21:84, 41:139] = 1
    alphas = [disc(90, 70) * inside, disc(91, 70) * inside, disc(90, 71) * inside]
    batches = [chunk_at(frame, quad=quad) for frame in range(3)]
    single = torch.cat([average(a, picture, c) for a, c in zip(alphas, batches, strict=True)])
    assert (single[:, 0, 85:] == 0).all()
    assert (single[:, 0, :, :40] == 0).all()
    assert (single[:, 0, 60:75, 80:100] == 1).all()
    assert (single[:, 0, :20] == 0).all()
    together = replace(
        batches[0],
        **{
            name: np.concatenate([getattr(c, name) for c in batches])
            for name in ("indices", "scene", "fresh", "origin", "face_width", "landmarks", "outline", "quad")
        },
    )
    assert torch.equal(FlowAverage(0.7)(torch.cat(alphas), picture.repeat(3, 1, 1, 1), together), single)


@pytest.mark.parametrize("size", [(4, 6), (20, 24), (60, 16)])
def test_tiny_rois(size: tuple[int, int]) -> None:
    """ROIs too small for flow come through finite."""
    average, got = FlowAverage(0.5), torch.empty(0)
    for frame in range(2):
        got = average(torch.rand(1, 1, *size), torch.rand(1, 3, *size), chunk_at(frame, size=size))
    assert torch.isfinite(got).all()


def test_beta_zero_is_off() -> None:
    """Alpha comes back as it is."""
    alpha = disc(90, 70)
    assert FlowAverage(0.0)(alpha, view(scenery(), 0, 0), chunk_at(3)) is alpha
