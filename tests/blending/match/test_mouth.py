"""The generated mouth is kept: lips and teeth of any match keep their colours, up to the patch-wide gain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from faces import face68
from match_cases import chunk_of
from seamsync.blending.frame_batch import FrameBatch
from seamsync.blending.match.color import ColorGains
from seamsync.blending.match.mouth import keep_mouth
from seamsync.blending.matching import Matching
from seamsync.blending.pixels.primitives import fill_polygon
from seamsync.blending.pixels.srgb import luma
from seamsync.blending.settings import ColorMatch, SeamSettings
from seamsync.tracking.landmarks import INNER_LIPS, OUTER_LIPS

SIZE = (240, 320)
FACE = face68((160, 90), 150.0, opening=0.1)
SHUT = face68((160, 90), 150.0)


def batch_of(count: int = 1) -> FrameBatch:
    """Frames whose generated mouth is open, and the target's shut."""
    marks = np.repeat(FACE[None], count, 0)
    return replace(
        chunk_of(size=SIZE),
        indices=np.arange(count),
        landmarks=np.repeat(SHUT[None], count, 0),
        generated=marks,
        face_width=np.full(count, 150.0, np.float32),
        scene=np.zeros(count, np.int32),
        origin=np.zeros((count, 2)),
    )


def mask(which: np.ndarray, grown: float = 1.0) -> torch.Tensor:
    """Pixels inside a contour of the generated face: bool ``[H,W]``."""
    points = FACE[which]
    middle = points.mean(0)
    return fill_polygon(torch.from_numpy(middle + grown * (points - middle))[None], SIZE)[0, 0]


OUTER, INNER = mask(OUTER_LIPS), mask(INNER_LIPS, 0.7)
LIPS = OUTER & ~mask(INNER_LIPS, 1.25)


def kept(
    patch: torch.Tensor, matched: torch.Tensor, gains: list[ColorGains | None], batch: FrameBatch, settings: ColorMatch
) -> torch.Tensor:
    """``keep_mouth`` where the mask covers all."""
    return keep_mouth(patch, patch, matched, torch.ones_like(patch[:, :1]), gains, batch, settings)


def painted() -> torch.Tensor:
    """Skin, red lips, a dark mouth with teeth: float32 ``[1,3,H,W]``."""
    rgb = torch.tensor([0.7, 0.52, 0.42])[:, None, None].repeat(1, *SIZE)
    rgb[:, OUTER] = torch.tensor([0.62, 0.28, 0.30])[:, None]
    rgb[:, mask(INNER_LIPS)] = torch.tensor([0.8, 0.78, 0.7])[:, None]
    return rgb[None]


def ycbcr_gains(shift: tuple[float, float, float], gain: float = 1.2) -> ColorGains:
    """Gains that stretch contrast and move the mean, in YCbCr."""
    before = np.array([0.55, -0.06, 0.09])
    return ColorGains(gain * np.eye(3), before, before + shift)


def test_nothing_but_the_gains_reaches_the_mouth() -> None:
    """Shading, contrast and texture planted over all of the patch stay out of lips and teeth, and are whole on the cheek."""
    patch = painted()
    rng = np.random.default_rng(0)
    light = torch.linspace(-0.1, 0.1, SIZE[1]) + torch.from_numpy(rng.normal(0, 0.03, (1, 3, *SIZE)).astype(np.float32))
    matched = 1.2 * patch + light
    out = kept(patch, matched, [None], batch_of(), ColorMatch())
    assert (out - patch)[0, :, OUTER].abs().max() < 1e-5
    far = ~mask(OUTER_LIPS, 2.5)
    assert torch.equal(out[0, :, far], matched[0, :, far])


@pytest.mark.parametrize("space", ["ycbcr", "rgb", "lab"])
def test_lips_take_the_patch_wide_colour_and_teeth_only_its_luma(space: str) -> None:
    """The chroma of the lips moves as the skin's mean does; that of the teeth does not; contrast gains reach neither."""
    patch = painted()
    means = {"ycbcr": (0.55, -0.06, 0.09), "rgb": (0.7, 0.52, 0.42), "lab": (58.0, 14.0, 20.0)}[space]
    before, full = np.array(means), 100.0 if space == "lab" else 1.0
    gains = ColorGains(1.2 * np.eye(3), before, before + full * np.array([0.02, -0.01, 0.03]), full)
    out = kept(patch, patch, [gains], batch_of(), ColorMatch(space=space))
    without_luma = out - luma(out) - (patch - luma(patch))
    assert without_luma[0, :, INNER].abs().max() < 2e-3
    assert without_luma[0, :, LIPS].abs().amax(0).min() > 5e-3
    ratio = (luma(out) / luma(patch))[0, 0]
    for part in (INNER, LIPS):
        assert (ratio[part] - ratio[part].mean()).abs().max() < 2e-3
    assert torch.equal(kept(patch, patch, [gains], batch_of(), ColorMatch(space=space, strength=0.0)), patch)


def test_a_dark_mouth_stays_dark() -> None:
    """A brighter target multiplies, and never lifts black."""
    patch = painted()
    patch[:, :, mask(INNER_LIPS)] = 0.0
    out = kept(patch, patch + 0.1, [ycbcr_gains((0.1, 0.0, 0.0))], batch_of(), ColorMatch())
    assert out[0, :, INNER].abs().max() < 0.01


def test_frames_of_a_batch_are_kept_each_by_its_own_gains() -> None:
    """As single frames are."""
    patch = painted().repeat(2, 1, 1, 1)
    gains = [ycbcr_gains((0.03, 0.0, 0.01)), None]
    both = kept(patch, patch + 0.05, gains, batch_of(2), ColorMatch())
    for row, gain in enumerate(gains):
        one = kept(patch[:1], patch[:1] + 0.05, [gain], batch_of(), ColorMatch())
        torch.testing.assert_close(both[row : row + 1], one)


def test_an_unknown_mouth_is_taken_to_be_the_targets() -> None:
    """Without generated landmarks the target's lips are kept."""
    batch, patch = replace(batch_of(), generated=None), painted()
    out = kept(patch, patch + 0.1, [None], batch, ColorMatch())
    shut = fill_polygon(torch.from_numpy(SHUT[OUTER_LIPS])[None], SIZE)[0, 0]
    assert (out - patch)[0, :, shut].abs().max() < 1e-5


def test_the_whole_match_leaves_the_mouth_as_it_was_generated() -> None:
    """A light from the side on the target, and skin of more contrast, recolour the patch's skin, not its lips and teeth."""
    rng = np.random.default_rng(1)
    noise = torch.from_numpy(rng.normal(0, 0.02, (1, 3, *SIZE)).astype(np.float32))
    patch = painted() + 0.5 * noise
    light = torch.linspace(-0.25, 0.25, SIZE[1])
    target = torch.tensor([0.72, 0.55, 0.42])[None, :, None, None] + light + noise
    alpha = mask(OUTER_LIPS, 2.2).float()[None, None]
    out, gains = Matching(SeamSettings(color=ColorMatch(grain=0)))(target, patch, alpha, batch_of())
    assert gains[0] is not None
    cheek = mask(OUTER_LIPS, 2.0) & ~mask(OUTER_LIPS, 1.7)
    assert (out - patch)[0, :, cheek].std(1).min() > 0.03
    for part in (INNER, LIPS):
        assert (out - patch)[0, :, part].mean(1).abs().max() < 0.05
        assert (out - patch)[0, :, part].std(1).max() < 0.005
