"""The contrast of lower lip and chin: the chin takes as much of the match as leaves it, the mouth nine tenths of its gains."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from faces import face68
from seamsync.blending.match.chin import CHIN_FROM, CHIN_TO, below_lip, chin, contrast_shares, lower_lip
from seamsync.blending.pixels.primitives import fill_polygon
from seamsync.quality.metrics.color import delta_e_2000
from seamsync.quality.metrics.picture import lab

SIZE, WIDTH = (240, 320), np.array([150.0], np.float32)
FACE = face68((160, 90), 150.0, opening=0.06)[None]
LIP = fill_polygon(torch.from_numpy(lower_lip(FACE)), SIZE)
CHIN = fill_polygon(torch.from_numpy(chin(FACE, WIDTH).astype(np.float32)), SIZE) & ~LIP
FULL = torch.ones(1, 1, *SIZE)


def face_of(lip: float, skin: float) -> torch.Tensor:
    """A grey lip on grey skin: float32 ``[1,3,H,W]``."""
    return torch.where(LIP, lip, skin).float().expand(1, 3, -1, -1).contiguous()


def contrast(picture: torch.Tensor) -> float:
    """CIEDE2000 between lower lip and chin."""
    means = [lab(picture[..., mask[0, 0]])[0].mean(1)[None].double().numpy() for mask in (LIP, CHIN)]
    return float(delta_e_2000(*means)[0])


def made(
    generated: torch.Tensor, kept: torch.Tensor, matched: torch.Tensor, target: torch.Tensor, alpha: torch.Tensor
) -> tuple[float, float, float]:
    """Both shares, and the contrast that the composite then has over the generated."""
    mouth, share = contrast_shares(generated, kept, matched, target, alpha, FACE, WIDTH)
    lips = generated.lerp(kept, mouth)
    patch = torch.where(LIP, lips, lips.lerp(matched, share))
    return float(mouth), float(share), contrast(target.lerp(patch, alpha)) / contrast(generated)


def test_the_chin_lies_under_the_lip() -> None:
    """Between its two distances below the lip's contour, at right angles to the line of the corners, for a turned head too."""
    angle = 0.4
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    for marks, down in ((FACE, np.array([0, 1.0])), (FACE @ turn.T, turn @ [0, 1.0])):
        moved = below_lip(marks, WIDTH, CHIN_TO) - marks[:, 55:60]
        assert moved == pytest.approx(np.broadcast_to(CHIN_TO * 150 * down, moved.shape), abs=0.05)
    rows = np.flatnonzero(CHIN[0, 0].any(1).numpy())
    assert rows[-1] - FACE[0, 57, 1] == pytest.approx(CHIN_TO * 150, abs=2)
    assert rows[0] - FACE[0, 55:60, 1].min() == pytest.approx(CHIN_FROM * 150, abs=2)


def test_a_match_that_keeps_the_contrast_is_taken_whole() -> None:
    """The same gain on lip and chin."""
    mouth, share, ratio = made(face_of(0.4, 0.6), face_of(0.42, 0.62), face_of(0.42, 0.62), face_of(0.5, 0.5), FULL)
    assert mouth == pytest.approx(0.9)
    assert share == 1
    assert 0.95 < ratio < 1.05


@pytest.mark.parametrize("skin", [0.45, 0.8])
def test_the_chin_takes_as_much_of_a_match_as_leaves_the_contrast(skin: float) -> None:
    """A target's chin as dark as the lip, or much brighter than the generated one."""
    generated = face_of(0.4, 0.6)
    assert not 0.85 < contrast(face_of(0.4, skin)) / contrast(generated) < 1.15
    _, share, ratio = made(generated, generated, face_of(0.4, skin), face_of(0.5, skin), FULL)
    assert 0 < share < 1
    assert 0.9 < ratio < 1.1


def test_the_mouth_makes_up_for_a_chin_that_is_half_the_targets() -> None:
    """Where alpha is partial: it takes less of its gains, or all, when that brings the contrast nearer."""
    generated, target = face_of(0.4, 0.6), face_of(0.5, 0.5)
    mouth, share, ratio = made(generated, face_of(0.46, 0.66), face_of(0.46, 0.5), target, 0.8 * FULL)
    assert mouth < 0.9
    assert share == 0
    plain = contrast(target.lerp(face_of(0.454, 0.654), 0.8)) / contrast(generated)
    assert abs(ratio - 1) < abs(plain - 1)


def test_without_a_lip_in_the_picture_nothing_is_held_back() -> None:
    """Landmarks beyond the border."""
    picture = face_of(0.4, 0.6)
    shares = contrast_shares(picture, picture, picture + 0.1, picture, FULL, FACE + 1000, WIDTH)
    assert [float(share) for share in shares] == [1, 1]
