"""The mouth against the generated one: faults planted into a drawn mouth, and values against scikit-image and NumPy."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch
from faces import face68
from seam_scenes import CENTRE, SIZE, WIDTH, chunk_of, ellipse, picture
from seamsync.quality.metrics.color import delta_e_2000
from seamsync.quality.metrics.measurement import Measurement
from seamsync.quality.metrics.meter import SeamMeter
from seamsync.quality.metrics.mouth import (
    METRICS,
    lip_change,
    lip_contrast_ratio,
    mouth_fidelity,
    opening_ratio,
    teeth_chroma,
)
from seamsync.quality.metrics.mouth_parts import MouthView, mouth_view
from seamsync.tracking.landmarks import INNER_LIPS, OUTER_LIPS
from skimage.color import rgb2lab

OPENING = 0.14
MARKS = face68(CENTRE, WIDTH, opening=OPENING)
BATCH = chunk_of(generated=MARKS[None])
SKIN, LIPS, DARK, TEETH = (0.75, 0.58, 0.48), (0.66, 0.34, 0.34), (0.12, 0.06, 0.06), (0.82, 0.80, 0.74)


def drawn(lips: tuple[float, ...] = LIPS, dark: tuple[float, ...] = DARK, teeth: tuple[float, ...] = TEETH) -> torch.Tensor:
    """An open mouth with a row of teeth in its upper half: float32 ``[1,3,H,W]``."""
    rgb = np.full((*SIZE, 3), SKIN, np.float32)
    inside = MARKS[INNER_LIPS]
    upper = inside.copy()
    upper[:, 1] = np.minimum(upper[:, 1], inside[:, 1].mean())
    for points, colour in ((MARKS[OUTER_LIPS], lips), (inside, dark), (upper, teeth)):
        cv2.fillPoly(rgb, [np.rint(points * 16 - 8).astype(np.int32)], colour, shift=4)
    rgb = cv2.GaussianBlur(rgb, (0, 0), 0.7)
    return torch.from_numpy(rgb).permute(2, 0, 1)[None].contiguous()


def view_of(composite: torch.Tensor, generated: torch.Tensor | None = None) -> MouthView:
    """Both mouths."""
    view = mouth_view(BATCH, composite, drawn() if generated is None else generated)
    assert view is not None
    return view


def test_an_unchanged_mouth_is_perfect() -> None:
    """Also where the whole patch was made brighter."""
    view = view_of(drawn())
    assert lip_contrast_ratio(view)[0] == 1
    assert mouth_fidelity(view)[0] == pytest.approx(1, abs=1e-6)
    assert opening_ratio(view)[0] == 1
    assert teeth_chroma(view)[0] == 0
    brighter = view_of(drawn() * 1.1)
    assert mouth_fidelity(brighter)[0] == pytest.approx(1, abs=1e-6)
    assert opening_ratio(brighter)[0] == pytest.approx(1, abs=1e-4)


def test_pale_lips_lose_contrast() -> None:
    """Against the ΔE of the colours that were painted, by scikit-image."""
    pale = tuple(0.5 * a + 0.5 * b for a, b in zip(LIPS, SKIN, strict=True))
    lab = [rgb2lab(np.array(colour)) for colour in (pale, LIPS, SKIN)]
    expected = delta_e_2000(lab[0], lab[2]) / delta_e_2000(lab[1], lab[2])
    ratio = lip_contrast_ratio(view_of(drawn(lips=pale)))[0]
    assert ratio == pytest.approx(expected, abs=0.08)
    assert ratio < 0.6
    assert lip_change(view_of(drawn(lips=pale)))[0] == pytest.approx(delta_e_2000(lab[0], lab[1]), rel=0.1)
    assert np.isnan(lip_contrast_ratio(view_of(drawn(), drawn(lips=SKIN)))[0])


def test_a_filled_mouth_loses_its_opening() -> None:
    """Half of the dark painted over is about half of the area; all of it, none."""
    half = drawn()
    middle = round(float(MARKS[INNER_LIPS, 0].mean()))
    half[..., :middle] = drawn(dark=LIPS)[..., :middle]
    assert opening_ratio(view_of(half))[0] == pytest.approx(0.5, abs=0.1)
    assert opening_ratio(view_of(drawn(dark=LIPS)))[0] < 0.05
    assert torch.isnan(opening_ratio(view_of(drawn(), drawn(dark=LIPS))))[0]


def test_green_teeth_change_their_chroma() -> None:
    """By the distance of the colours that were painted; without teeth it is unknown."""
    green = (0.76, 0.84, 0.70)
    apart = rgb2lab(np.array(green))[1:] - rgb2lab(np.array(TEETH))[1:]
    assert teeth_chroma(view_of(drawn(teeth=green)))[0] == pytest.approx(np.hypot(*apart), rel=0.1)
    assert torch.isnan(teeth_chroma(view_of(drawn(), drawn(teeth=DARK))))[0]


def test_a_moved_mouth_is_less_like_itself() -> None:
    """As NumPy's correlation inside the lips says."""
    moved = drawn().roll(2, -2)
    view = view_of(moved)
    one, two = view.luma[:, 0, view.mouth[0] > 0].numpy()
    assert mouth_fidelity(view)[0] == pytest.approx(np.corrcoef(one, two)[0, 1], abs=1e-4)
    assert mouth_fidelity(view)[0] < 0.9
    assert torch.isnan(mouth_fidelity(view_of(torch.full_like(moved, 0.5))))[0]


def test_large_mouths_are_read_in_steps() -> None:
    """With nearly the numbers of all pixels, and the parts at their places."""
    scale = 3
    size = (SIZE[0] * scale, SIZE[1] * scale)
    large = replace(
        BATCH, size=size, landmarks=BATCH.landmarks * scale, generated=MARKS[None] * scale, face_width=BATCH.face_width * scale
    )
    pictures = [torch.nn.functional.interpolate(p, size, mode="bilinear") for p in (drawn(teeth=LIPS), drawn())]
    view = mouth_view(large, *pictures)
    assert view is not None
    assert 0.2 < view.mouth.sum() / view_of(drawn()).mouth.sum() < 2
    small = view_of(drawn(teeth=LIPS))
    for measure in (lip_contrast_ratio, mouth_fidelity, opening_ratio):
        assert float(measure(view)[0]) == pytest.approx(float(measure(small)[0]), abs=0.05)


def test_without_a_generated_picture_they_are_unknown() -> None:
    """Nor without the landmarks of the generated face."""
    generated = drawn()
    for batch, given in ((BATCH, None), (chunk_of(generated=None), generated)):
        measurement = Measurement(batch, drawn(), drawn(), ellipse(), generated=given)
        assert all(np.isnan(metric.measure(measurement)).all() for metric in METRICS[1:] if metric.measure)


def test_sharpness_is_compared_at_the_same_opening() -> None:
    """The target's open mouth has strong edges, its closed one none; a blurred open mouth is compared with the open one."""
    meter = SeamMeter(Fraction(25))
    shut, opened, alpha = face68(CENTRE, WIDTH), MARKS, ellipse()
    blurred = torch.from_numpy(cv2.GaussianBlur(drawn()[0].permute(1, 2, 0).numpy(), (0, 0), 2.0)).permute(2, 0, 1)[None]
    for index in range(12):
        is_open = index % 2 == 0
        target = drawn() if is_open else picture(index, detail=0.01)
        batch = chunk_of(first=index, landmarks=(opened if is_open else shut)[None], generated=MARKS[None])
        meter.add(batch, target, drawn() if index < 6 else blurred, alpha)
    ratio = meter.finish()["mouth_sharpness_ratio"]
    np.testing.assert_allclose(ratio[:6], 1, rtol=1e-3)
    assert (ratio[6:] < 0.3).all()
    assert len(meter.finish(4)["mouth_sharpness_ratio"]) == 4


def test_sharpness_at_an_opening_that_was_never_seen_is_unknown() -> None:
    """The target keeps its mouth closed."""
    meter = SeamMeter(Fraction(25))
    for index in range(5):
        meter.add(chunk_of(first=index, generated=MARKS[None]), picture(index), drawn(), ellipse())
    assert np.isnan(meter.finish()["mouth_sharpness_ratio"]).all()
