"""A mouth that fades: the compositor weakens all of it, by every method, and nothing pops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from engine_cases import VARIANTS, Kept, Memory, apart, cut, frame_of, mouths_of, picture, run


def _faded(name: str, opacity: list[float] | None, count: int = 5) -> tuple[list[np.ndarray], list[float], Kept]:
    """Size of the change in every frame, of one picture and one mouth, and each alpha's peak."""
    clip = Memory([frame_of(picture(0)) for _ in range(count)])
    mouths = mouths_of([cut(picture(1))] * count)
    levels = None if opacity is None else np.array(opacity, np.float32)
    frames, log = run(clip, replace(mouths, opacity=levels), name)
    change = [made.rgb().astype(int) - before.rgb().astype(int) for made, before in zip(frames, clip.kept, strict=True)]
    alphas = [float(alpha.max()) for made in log.made for alpha in made.alpha]
    return change, alphas, log


@pytest.mark.parametrize("name", VARIANTS)
def test_no_opacity_no_change(name: str) -> None:
    """At opacity 0 the target comes back to the bit."""
    clip = Memory([frame_of(picture(0))])
    mouths = replace(mouths_of([cut(picture(1))]), opacity=np.zeros(1, np.float32))
    (result,), _ = run(clip, mouths, name)
    assert apart(result, clip.kept[0]) == 0


@pytest.mark.parametrize("name", ["alpha", "multiband 3", "poisson ring source", "guided"])
def test_change_grows_with_opacity(name: str) -> None:
    """Step by step, from nothing to what there is without any opacity given."""
    change, _, _ = _faded(name, [0, 0.25, 0.5, 0.75, 1])
    sizes = [float(np.abs(part).mean()) for part in change]
    assert sizes[0] == 0
    steps = np.diff(sizes)
    assert (steps > 0).all()
    assert steps.max() < 0.5 * sizes[-1]


def test_full_opacity_is_none() -> None:
    """Ones are as good as nothing given."""
    plain, faded = _faded("alpha", None)[0], _faded("alpha", [1.0] * 5)[0]
    assert all((one == two).all() for one, two in zip(plain, faded, strict=True))


def test_alpha_is_weakened() -> None:
    """Alpha's peak is the opacity, so masks of the viewer show the fade."""
    _, alphas, _ = _faded("alpha", [0.2, 0.4, 0.6, 0.8, 1])
    np.testing.assert_allclose(alphas, [0.2, 0.4, 0.6, 0.8, 1], atol=1e-3)
