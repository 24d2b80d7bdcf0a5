"""Poisson blend: against a direct solve of Pérez' equations, its boundaries, its start and its fall-back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.linalg import spsolve
from seam_cases import chunk_of, pictures, soft_disc
from seamsync.blending.methods import poisson
from seamsync.blending.methods.poisson import PoissonBlend
from seamsync.blending.methods.pyramid import MultibandBlend
from seamsync.blending.pixels import primitives, stencils
from seamsync.blending.settings import DOMAINS, GRADIENTS, SeamBlend

SIZE = (60, 80)
STEP = 1 / 255


def blend(domain: str = "ring", gradients: str = "source", iterations: int = 30) -> PoissonBlend:
    """The method, fresh."""
    return PoissonBlend(SeamBlend(method="poisson", domain=domain, gradients=gradients, iterations=iterations))


def direct(target: np.ndarray, patch: np.ndarray, alpha: np.ndarray, domain: str, gradients: str) -> np.ndarray:
    """The composite by Pérez' equation 7, pixel by pixel, float64 ``[3,H,W]`` from ``[3,H,W]`` and ``[H,W]``."""
    unknown = (alpha > 0) & ((alpha < 1) if domain == "ring" else True)
    out = np.where(alpha == 1, patch, target) if domain == "ring" else target.copy()
    number = {place: i for i, place in enumerate(zip(*np.nonzero(unknown), strict=True))}
    matrix, rhs = sparse.lil_matrix((len(number), len(number))), np.zeros((len(number), 3))
    for (y, x), i in number.items():
        for q in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if not (0 <= q[0] < alpha.shape[0] and 0 <= q[1] < alpha.shape[1]):
                continue
            t, p = target[:, y, x] - target[:, q[0], q[1]], patch[:, y, x] - patch[:, q[0], q[1]]
            core = alpha[y, x] == 1 and alpha[q] == 1
            stronger = gradients == "mixed" and (p**2).sum() > (t**2).sum()
            from_patch = alpha[q] > 0 and (gradients == "source" or core or stronger)
            matrix[i, i] += 1
            rhs[i] += p if from_patch else t
            if q in number:
                matrix[i, number[q]] -= 1
            else:
                rhs[i] += out[:, q[0], q[1]]
    out[:, unknown] = np.asarray(spsolve(matrix.tocsc(), rhs)).T
    return out


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("gradients", GRADIENTS)
def test_matches_a_direct_solve(domain: str, gradients: str) -> None:
    """Within a step of eight bits, with a mask that the ROI's border cuts too."""
    for shift in (0.0, 25.0):
        target, patch, alpha = pictures(1, SIZE), 0.8 * pictures(1, SIZE, 1) + 0.1, soft_disc(1, SIZE, 26, 12, shift)
        result = blend(domain, gradients)(target, patch, alpha, chunk_of(1, SIZE))
        t, p, a = target[0].double().numpy(), patch[0].double().numpy(), alpha[0, 0].numpy()
        expected = direct(t, p, a, domain, gradients)
        assert np.abs(result.delta[0].numpy() - (expected - t)).max() < STEP
        assert result.columns["poisson_residual"][0] < 0.1
        assert 1 <= result.columns["poisson_iterations"][0] <= 8
        assert not result.columns["poisson_fallback"][0]


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("gradients", GRADIENTS)
def test_a_cast_vanishes(domain: str, gradients: str) -> None:
    """Target plus a constant: nothing is left of it in the mask, and in the ring it fades without a gradient of its own."""
    target, alpha = pictures(1, SIZE), soft_disc(1, SIZE, 26, 12)
    delta = blend(domain, gradients)(target, target + 0.1, alpha, chunk_of(1, SIZE)).delta
    if domain == "mask":
        assert delta.abs().max() < STEP
    else:
        assert (delta[alpha.expand_as(delta) == 1] - 0.1).abs().max() < 1e-6
        assert -STEP < delta.min() < delta.max() < 0.1 + STEP


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_target_itself_changes_nothing(domain: str) -> None:
    """A patch that equals the target gives it back."""
    target, alpha = pictures(1, SIZE), soft_disc(1, SIZE, 26, 12)
    assert blend(domain)(target, target.clone(), alpha, chunk_of(1, SIZE)).delta.abs().max() == 0


def test_what_alpha_hides_has_no_say() -> None:
    """A patch that is anything at all where alpha is 0."""
    target, patch, alpha = pictures(1, SIZE), pictures(1, SIZE, 1), soft_disc(1, SIZE, 20, 9)
    junk = torch.where(alpha > 0, patch, torch.tensor(50.0))
    args = alpha, chunk_of(1, SIZE)
    assert torch.equal(blend("mask")(target, junk, *args).delta, blend("mask")(target, patch, *args).delta)


def test_the_old_mouth_does_not_show_through() -> None:
    """Mixed gradients over the whole mask: the target's strong lines stand in the soft edge and are gone in the core."""
    target, alpha = torch.full((1, 3, *SIZE), 0.5), soft_disc(1, SIZE, 26, 12)
    target[..., 30, :] = 0.1
    flat = torch.full_like(target, 0.5)
    composite = target + blend("mask", "mixed")(target, flat, alpha, chunk_of(1, SIZE)).delta
    core = alpha[0, 0, 30] == 1
    line = (composite[0, 0, 29] - composite[0, 0, 30])[core][2:-2]
    assert line.abs().max() < 0.02
    assert (composite[0, 0, 29] - composite[0, 0, 30])[(alpha[0, 0, 30] > 0) & (alpha[0, 0, 30] < 0.9)].min() > 0.2


def test_opacity_weighs_the_result() -> None:
    """A fading mouth fades: the same solution, times alpha's peak."""
    target, patch, alpha = pictures(1, SIZE), pictures(1, SIZE, 1), soft_disc(1, SIZE, 20, 9)
    full = blend()(target, patch, alpha, chunk_of(1, SIZE)).delta
    np.testing.assert_allclose(blend()(target, patch, 0.25 * alpha, chunk_of(1, SIZE)).delta, 0.25 * full, atol=1e-5)


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_frame_does_not_depend_on_those_before(domain: str) -> None:
    """To the bit what a method finds that never saw another frame, however frames are batched."""
    target, patch, alpha = pictures(3, SIZE), pictures(3, SIZE, 1), soft_disc(3, SIZE, 20, 9)
    together = blend(domain)(target, patch, alpha, chunk_of(3, SIZE)).delta
    alone = blend(domain)(target[2:], patch[2:], alpha[2:], chunk_of(1, SIZE)).delta
    assert torch.equal(together[2:], alone)


def test_nothing_crosses_a_cut() -> None:
    """After a cut the result is to the bit that of a method that never saw what was before."""
    target, patch, alpha = pictures(2, SIZE), pictures(2, SIZE, 1), soft_disc(2, SIZE, 20, 9)
    batch = chunk_of(2, SIZE, scene=np.array([0, 1], np.int32), fresh=np.array([True, True]))
    both = blend()(target, patch, alpha, batch).delta
    alone = blend()(target[1:], patch[1:], alpha[1:], chunk_of(1, SIZE)).delta
    assert torch.equal(both[1:], alone)


def test_falls_back_to_multiband() -> None:
    """A frame that does not converge is blended by multiband, and the report says so; its neighbours are not."""
    target, patch, alpha = pictures(2, SIZE), pictures(2, SIZE, 1), soft_disc(2, SIZE, 24, 12)
    patch[1] = target[1]
    result = blend("mask", iterations=1)(target, patch, alpha, chunk_of(2, SIZE, fresh=np.array([True, True])))
    assert result.columns["poisson_fallback"].tolist() == [True, False]
    expected = MultibandBlend(SeamBlend())(target[:1], patch[:1], alpha[:1], chunk_of(1, SIZE)).delta
    np.testing.assert_allclose(result.delta[:1], expected, atol=1e-6)
    assert (result.delta[1] == 0).all()


def test_batched_backend_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """All frames at once with torch, as on a GPU."""
    target, patch = pictures(2, SIZE), pictures(2, SIZE, 1)
    alpha = torch.cat([soft_disc(1, SIZE, 20, 9), soft_disc(1, SIZE, 24, 14, 5.0)])
    expected = blend()(target, patch, alpha, chunk_of(2, SIZE)).delta
    for module in (poisson, primitives, stencils):
        monkeypatch.setattr(module, "on_cpu", lambda *_: False)
    assert (blend()(target, patch, alpha, chunk_of(2, SIZE)).delta - expected).abs().max() < STEP


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 20),
    st.integers(1, 20),
    st.floats(-1, 1),
    st.sampled_from(DOMAINS),
    st.sampled_from(GRADIENTS),
    st.integers(0, 2**16),
)
def test_any_mask(height: int, width: int, full: float, domain: str, gradients: str, seed: int) -> None:
    """Tiny, empty, full or speckled: exact at 0, exact at 1 in the ring, and nothing is not a number."""
    rng = np.random.default_rng(seed)
    alpha = torch.from_numpy(np.clip(rng.random((1, 1, height, width)) * 2 - 0.5 + full, 0, 1).astype(np.float32))
    target, patch = (torch.from_numpy(rng.random((1, 3, height, width), np.float32)) for _ in range(2))
    delta = blend(domain, gradients)(target, patch, alpha, chunk_of(1, (height, width))).delta
    assert torch.isfinite(delta).all()
    assert (delta[(alpha == 0).expand_as(delta)] == 0).all()
    if domain == "ring":
        core = (alpha == 1).expand_as(delta)
        assert torch.equal(delta[core], (patch - target)[core])
