"""The blend methods by name: what every one of them keeps."""

from __future__ import annotations

import pytest
import torch
from seam_cases import chunk_of, pictures, soft_disc
from seamsync.blending.methods.registry import METHODS, make_blender
from seamsync.blending.settings import BLENDS, SeamBlend

SIZE = (48, 64)


def test_every_name_has_a_method() -> None:
    """The settings offer what there is."""
    assert set(BLENDS) == set(METHODS)


def test_a_method_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is entered in the registry is made for the settings that name it."""
    monkeypatch.setitem(METHODS, "poisson", ("alpha", "AlphaBlend"))
    assert type(make_blender(SeamBlend(method="poisson"))).__name__ == "AlphaBlend"


@pytest.mark.parametrize("name", BLENDS)
def test_ends_are_exact(name: str) -> None:
    """Alpha 0 leaves the target alone and alpha 1 is the patch, to the bit."""
    target, patch, alpha = pictures(2, SIZE), pictures(2, SIZE, 1), soft_disc(2, SIZE, 20, 8)
    delta = make_blender(SeamBlend(method=name, domain="ring"))(target, patch, alpha, chunk_of(2, SIZE)).delta
    assert (delta[(alpha == 0).expand_as(delta)] == 0).all()
    core = (alpha == 1).expand_as(delta)
    assert core.any()
    assert torch.equal(delta[core], (patch - target)[core])
    assert delta.shape == target.shape


@pytest.mark.parametrize("name", BLENDS)
def test_the_target_itself_changes_nothing(name: str) -> None:
    """A patch that equals the target gives it back."""
    target, alpha = pictures(1, SIZE), soft_disc(1, SIZE, 20, 8)
    delta = make_blender(SeamBlend(method=name, domain="ring"))(target, target.clone(), alpha, chunk_of(1, SIZE)).delta
    assert delta.abs().max() < 1 / 255


@pytest.mark.parametrize("name", BLENDS)
def test_inputs_are_left_alone(name: str) -> None:
    """No method writes into what it is given."""
    given = pictures(1, SIZE), pictures(1, SIZE, 1), 0.5 * soft_disc(1, SIZE, 20, 8)
    copies = [image.clone() for image in given]
    make_blender(SeamBlend(method=name, domain="ring"))(*given, chunk_of(1, SIZE))
    assert all(torch.equal(image, copy) for image, copy in zip(given, copies, strict=True))


@pytest.mark.parametrize("name", BLENDS)
def test_mirrored_input_gives_the_mirrored_output(name: str) -> None:
    """Left and right are the same to it."""
    target, patch, alpha = pictures(1, SIZE), pictures(1, SIZE, 1), soft_disc(1, SIZE, 18, 8, shift=4.0)
    delta = make_blender(SeamBlend(method=name, domain="ring"))(target, patch, alpha, chunk_of(1, SIZE)).delta
    flipped = [image.flip(-1) for image in (target, patch, alpha)]
    blender = make_blender(SeamBlend(method=name, domain="ring"))
    mirrored = blender(flipped[0], flipped[1], flipped[2], chunk_of(1, SIZE)).delta.flip(-1)
    assert (mirrored - delta).abs().max() < 1 / 255


@pytest.mark.parametrize("name", BLENDS)
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_empty_and_full_masks(name: str, level: float) -> None:
    """Nothing and everything are masks too."""
    target, patch = pictures(1, SIZE), pictures(1, SIZE, 1)
    delta = make_blender(SeamBlend(method=name, domain="ring"))(
        target, patch, torch.full((1, 1, *SIZE), level), chunk_of(1, SIZE)
    ).delta
    assert torch.equal(delta, (patch - target) * level)
