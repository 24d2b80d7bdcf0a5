"""Multiband blend: its definition in slow float64, and what any ROI must give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from seam_cases import chunk_of, pictures, soft_disc
from seamsync.blending.methods import pyramid
from seamsync.blending.methods.pyramid import MultibandBlend, detail_share, soft_width
from seamsync.blending.pixels import stencils
from seamsync.blending.settings import SeamBlend

SIZE = (48, 64)
HALF_STEP = 0.5 / 255


def blend(levels: int = 4, fine_width: float = 4.0) -> MultibandBlend:
    """The method, fresh."""
    return MultibandBlend(SeamBlend(method="multiband", levels=levels, fine_width=fine_width))


def halved(image: np.ndarray) -> np.ndarray:
    """Half the resolution of float64 ``[C,H,W]``, by (1 3 3 1)/8."""
    taps = np.array([1, 3, 3, 1]) / 8
    for axis in (1, 2):
        image = ndimage.correlate1d(image, taps, axis, mode="constant", origin=-1)
    return image[:, ::2, ::2]


def doubled(image: np.ndarray) -> np.ndarray:
    """Twice the resolution of float64 ``[C,h,w]``: quarters and three quarters of the neighbours."""
    for axis in (1, 2):
        lines = np.moveaxis(image, axis, 0)
        before, after = np.concatenate([lines[:1], lines[:-1]]), np.concatenate([lines[1:], lines[-1:]])
        pairs = np.stack([0.25 * before + 0.75 * lines, 0.75 * lines + 0.25 * after], axis=1)
        image = np.moveaxis(pairs.reshape(-1, *lines.shape[1:]), 0, axis)
    return image


def reference(difference: np.ndarray, alpha: np.ndarray, levels: int, fine_width: float) -> np.ndarray:
    """The definition in float64, one frame ``[3,H,W]`` of sides that hold whole blocks, alpha's peak 1."""
    soft = (alpha > 0) & (alpha < 1)
    half = halved(alpha)
    gradient = np.hypot(np.diff(half, axis=1)[:, :, :-1], np.diff(half, axis=2)[:, :-1])
    width = max(soft.sum() / (2 * gradient.sum()), 1.0)
    sums, weights = [difference * alpha], [alpha]
    for _ in range(levels - 1):
        sums.append(halved(sums[-1]))
        weights.append(halved(weights[-1]))
    means = [s / np.maximum(w, 1e-300) for s, w in zip(sums, weights, strict=True)]
    out = means[-1]
    for k in range(levels - 2, -1, -1):
        part = min(fine_width * 2**k / width, 1.0)
        share = np.clip(1 - (1 - weights[k]) / (part * part * (3 - 2 * part)), 0, None)
        coarse = doubled(out)
        out = coarse + share * (means[k] - coarse)
    return alpha * out


@pytest.mark.parametrize("levels", [3, 4, 5])
@pytest.mark.parametrize("fine_width", [2.0, 16.0])
def test_matches_the_definition_in_float64(levels: int, fine_width: float) -> None:
    """Within half a step of eight bits; in fact far closer."""
    target, patch, alpha = pictures(1, SIZE), pictures(1, SIZE, 1), soft_disc(1, SIZE, 22, 12)
    delta = blend(levels, fine_width)(target, patch, alpha, chunk_of(1, SIZE)).delta
    expected = reference((patch - target)[0].double().numpy(), alpha[0].double().numpy(), levels, fine_width)
    assert np.abs(delta[0].numpy() - expected).max() < HALF_STEP / 50


def test_backends_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCV a plane at a time, and torch batches."""
    size = (37, 51)
    target, patch, alpha = pictures(2, size), pictures(2, size, 1), soft_disc(2, size, 17, 9)
    batch = chunk_of(2, size, origin=np.array([[3.0, 5.0], [10.0, 2.0]]))
    expected = blend()(target, patch, alpha, batch).delta
    monkeypatch.setattr(
        pyramid, "downsample2x", lambda images, out=None: stencils.downsample2x(images, out=out, backend="torch")
    )
    monkeypatch.setattr(pyramid, "upsample2x", lambda images, out=None: stencils.upsample2x(images, out=out, backend="torch"))
    np.testing.assert_allclose(blend()(target, patch, alpha, batch).delta, expected, atol=2e-6)


def test_margin_of_the_roi_does_not_matter() -> None:
    """Around the mask may stand anything, as far as the ROI likes (coarse cells cut by its border differ a little)."""
    target, patch, alpha = pictures(1, SIZE), pictures(1, SIZE, 1), soft_disc(1, SIZE, 18, 9)
    inside = blend()(target, patch, alpha, chunk_of(1, SIZE)).delta
    sides = (5, 9, 7, 2)
    wide = torch.nn.functional.pad(patch, sides, value=7.0)
    batch = chunk_of(1, (SIZE[0] + 9, SIZE[1] + 14), origin=np.array([[-5.0, -7.0]]))
    padded = [torch.nn.functional.pad(image, sides) for image in (target, alpha)]
    delta = blend()(padded[0], wide, padded[1], batch).delta
    assert (delta[..., 7:-2, 5:-9] - inside).abs().max() < HALF_STEP / 10


def test_what_alpha_hides_has_no_say() -> None:
    """A patch that is anything at all where alpha is 0, such as beyond its own border."""
    target, patch, alpha = pictures(1, SIZE), pictures(1, SIZE, 1), soft_disc(1, SIZE, 18, 9)
    junk = torch.where(alpha > 0, patch, torch.tensor(50.0))
    args = alpha, chunk_of(1, SIZE)
    assert torch.equal(blend()(target, junk, *args).delta, blend()(target, patch, *args).delta)


def test_frames_of_a_chunk_stand_alone() -> None:
    """A batch gives what single frames give, each on the grid of its own place in the frame."""
    target, patch, alpha = pictures(3, SIZE), pictures(3, SIZE, 1), soft_disc(3, SIZE, 18, 9)
    batch = chunk_of(3, SIZE, origin=np.array([[0.0, 0.0], [4.0, 6.0], [7.0, 1.0]]))
    together = blend()(target, patch, alpha, batch).delta
    for i in range(3):
        alone = chunk_of(1, SIZE, origin=batch.origin[i : i + 1])
        one = blend()(target[i : i + 1], patch[i : i + 1], alpha[i : i + 1], alone).delta
        assert (together[i] - one[0]).abs().max() < HALF_STEP / 10


def test_soft_edge_keeps_the_targets_detail() -> None:
    """Fine stripes of the target live through the soft edge, those of the patch only stand in the core's reach."""
    stripes = torch.zeros(1, 3, 96, 96)
    stripes[..., ::2] = 0.2
    alpha = soft_disc(1, (96, 96), 44, 24)
    delta = blend(fine_width=2.0)(stripes, torch.full_like(stripes, 0.1), alpha, chunk_of(1, (96, 96))).delta
    middle = (alpha > 0.3) & (alpha < 0.7)
    plain = alpha * (0.1 - stripes)
    assert delta[middle.expand_as(delta)].abs().mean() < 0.1 * plain[middle.expand_as(plain)].abs().mean()
    core = (alpha == 1).expand_as(delta)
    assert torch.equal(delta[core], (0.1 - stripes)[core])


def test_an_even_cast_fades_like_alpha() -> None:
    """A patch that differs by a constant has no detail: every level count gives the plain blend."""
    target, alpha = pictures(1, SIZE), soft_disc(1, SIZE, 18, 9)
    delta = blend(5)(target, target + 0.1, alpha, chunk_of(1, SIZE)).delta
    np.testing.assert_allclose(delta, (0.1 * alpha).expand_as(delta), atol=1e-6)


def test_mirrored_input_gives_the_mirrored_output() -> None:
    """In a frame of whole blocks the grid is its own mirror image."""
    target, patch, alpha = pictures(1, SIZE), pictures(1, SIZE, 1), soft_disc(1, SIZE, 16, 9, shift=5.0)
    delta = blend()(target, patch, alpha, chunk_of(1, SIZE)).delta
    mirrored = blend()(target.flip(-1), patch.flip(-1), alpha.flip(-1), chunk_of(1, SIZE)).delta.flip(-1)
    assert (mirrored - delta).abs().max() < HALF_STEP / 10


@pytest.mark.parametrize("soft", [1.0, 6.0, 20.0])
def test_soft_width_is_measured(soft: float) -> None:
    """The width that a disc was drawn with, whatever the opacity's share of it."""
    shape = soft_disc(1, (96, 96), 40, soft)
    assert soft_width(shape).item() == pytest.approx(soft, rel=0.1, abs=0.5)


def test_detail_comes_back_within_its_reach() -> None:
    """None of the patch's detail further than ``reach`` from the core, all of it in the core."""
    ramp = torch.linspace(0, 1, 101)[None, None, None]
    share = detail_share(ramp * ramp * (3 - 2 * ramp), torch.full((1, 1, 1, 1), 20.0), 5.0)[0, 0, 0]
    assert (share[:75] == 0).all()
    assert share[100] == 1
    assert (share[76:].diff() > 0).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(3, 5), st.floats(0, 1), st.integers(0, 2**16), st.integers(0, 9))
def test_ends_are_exact_on_any_roi(height: int, width: int, levels: int, full: float, seed: int, corner: int) -> None:
    """Tiny, odd, empty or full: 0 stays 0 and 1 stays the patch, to the bit, and nothing is not a number."""
    rng = np.random.default_rng(seed)
    alpha = torch.from_numpy(np.clip(rng.random((1, 1, height, width), np.float32) * 2 - 1 + full, 0, 1).astype(np.float32))
    target, patch = (torch.from_numpy(rng.random((1, 3, height, width), np.float32)) for _ in range(2))
    batch = replace(chunk_of(1, (height, width)), origin=np.full((1, 2), float(corner)))
    delta = blend(levels)(target, patch, alpha, batch).delta
    assert torch.isfinite(delta).all()
    assert (delta[(alpha == 0).expand_as(delta)] == 0).all()
    core = (alpha == 1).expand_as(delta)
    assert torch.equal(delta[core], (patch - target)[core])
    assert delta.abs().max() <= (patch - target).abs().max() + 1e-6
