"""The match of the patch to the target as a whole: what counts as skin, and that lips have no say in its colour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from faces import face68
from match_cases import chunk_of
from scipy import ndimage
from seamsync.blending.matching import Matching, skin_weight
from seamsync.blending.pixels.primitives import fill_polygon
from seamsync.blending.settings import ColorMatch, SeamSettings
from seamsync.tracking.landmarks import OUTER_LIPS

SIZE = (240, 320)


def lips_of(face: np.ndarray, grown: float) -> torch.Tensor:
    """Return the lips of a face ``[68,2]``, enlarged about their middle: bool ``[1,1,H,W]``."""
    lips = face[None, OUTER_LIPS]
    middle = lips.mean(1, keepdims=True)
    return fill_polygon(torch.from_numpy(middle + grown * (lips - middle)), SIZE)


def test_skin_is_all_but_the_lips_of_both_faces() -> None:
    """Lips of the target and of the generated mouth, and a little around them, are left out; nothing else is."""
    target, made = face68((150, 120)), face68((158, 126), opening=0.1)
    batch = replace(chunk_of(size=SIZE), landmarks=target[None], generated=made[None])
    skin = skin_weight(batch, torch.device("cpu"))
    assert skin.shape == (1, 1, *SIZE)
    assert (skin[lips_of(target, 1.1)] == 0).all()
    assert (skin[lips_of(made, 1.1)] == 0).all()
    assert (skin[~lips_of(target, 1.2) & ~lips_of(made, 1.2)] == 1).all()


@pytest.mark.parametrize("sample", ["inside", "both"])
def test_lips_of_another_colour_change_no_gain(sample: str) -> None:
    """Lipstick on the patch is kept, and the skin around it is matched as without it."""
    rng = np.random.default_rng(3)
    texture = 0.05 * ndimage.gaussian_filter(rng.standard_normal((3, *SIZE)), (0, 2, 2))
    target = torch.from_numpy((np.array([0.7, 0.5, 0.4])[:, None, None] + texture).astype(np.float32))[None]
    batch = replace(chunk_of(size=SIZE), landmarks=face68((160, 120))[None])
    alpha = ndimage.gaussian_filter(lips_of(face68((160, 120)), 1.9)[0, 0].numpy().astype(np.float32), 4)
    painted = torch.where(
        lips_of(face68((160, 120)), 1.0), torch.tensor([0.66, 0.46, 0.38])[None, :, None, None], target + 0.04
    )
    how = SeamSettings(color=ColorMatch(sharpness=0, grain=0, shading=0, detail=0, sample_region=sample))
    (plain,), (lipstick,) = (
        Matching(how)(target, patch, torch.from_numpy(alpha)[None, None], batch)[1] for patch in (target + 0.04, painted)
    )
    assert plain is not None
    assert lipstick is not None
    np.testing.assert_allclose(lipstick.gain, plain.gain, atol=1e-5)
    np.testing.assert_allclose(lipstick.patch_mean, plain.patch_mean, atol=1e-5)
    np.testing.assert_allclose(lipstick.target_mean, plain.target_mean, atol=1e-5)
