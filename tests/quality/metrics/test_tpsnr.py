"""Steadiness of the face: its PSNR from frame to frame without its motion, and not across cuts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from faces import face68
from seam_scenes import CENTRE, SIZE, WIDTH, chunk_of, ellipse, picture
from seamsync.blending.frame_batch import FrameBatch
from seamsync.quality.metrics.tpsnr import TemporalPsnr


def tpsnr(meter: TemporalPsnr, batch: FrameBatch, luma: torch.Tensor, face: torch.Tensor) -> np.ndarray:
    """Of a composite over a target that never changes."""
    columns = meter.compare(batch, torch.full_like(luma, 0.5), luma, face)
    assert (np.isnan(columns["tpsnr_target"]) == np.isnan(columns["tpsnr"])).all()
    return columns["tpsnr"]


def face_mask() -> torch.Tensor:
    """Where frames are compared."""
    return ellipse(0.0) > 0.5


def test_steadiness_is_the_psnr_without_the_motion() -> None:
    """A still face with noise reads its PSNR; one that is moved with its landmarks reads the same; left behind, less."""
    random, meter, apart = np.random.default_rng(0), TemporalPsnr(), TemporalPsnr()
    base = picture(0)[:, :1]
    values, unmoved = [], []
    for t in range(6):
        image = np.roll(base[0, 0].numpy(), 3 * t, axis=1) + random.normal(0, 0.02, SIZE).astype(np.float32)
        luma = torch.from_numpy(image.astype(np.float32))[None, None]
        marks = face68((CENTRE[0] + 3 * t, CENTRE[1]), WIDTH)[None]
        values.append(tpsnr(meter, chunk_of(first=t, landmarks=marks), luma, face_mask())[0])
        unmoved.append(tpsnr(apart, chunk_of(first=t), luma, face_mask())[0])
    assert np.isnan(values[0])
    np.testing.assert_allclose(values[1:], -10 * np.log10(2 * 0.02**2), atol=0.3)
    assert max(unmoved[1:]) < min(values[1:]) - 3


def test_steadiness_of_batches_cuts_and_growing_rois() -> None:
    """Batches equal single frames; a fresh frame is NaN; an ROI of another size is compared where both have pixels."""
    lumas, marks = torch.cat([picture(t)[:, :1] for t in range(4)]), np.repeat(face68(CENTRE, WIDTH)[None], 4, 0)
    together = tpsnr(TemporalPsnr(), chunk_of(4, landmarks=marks), lumas, face_mask().expand(4, -1, -1, -1))
    meter = TemporalPsnr()
    single = [tpsnr(meter, chunk_of(first=t), lumas[t : t + 1], face_mask())[0] for t in range(4)]
    np.testing.assert_allclose(together, single, rtol=1e-5)
    assert np.isnan(single[0])
    larger = torch.zeros(1, 1, SIZE[0] + 20, SIZE[1] + 10)
    larger[..., : SIZE[0], : SIZE[1]] = lumas[3:]
    everywhere = torch.ones_like(larger, dtype=torch.bool)
    grown = tpsnr(meter, chunk_of(first=4, size=(SIZE[0] + 20, SIZE[1] + 10)), larger, everywhere)
    assert grown[0] == pytest.approx(100)
    assert np.isnan(tpsnr(TemporalPsnr(), chunk_of(first=3), lumas[:1], face_mask())[0])
    assert np.isnan(tpsnr(meter, chunk_of(first=5, fresh=np.array([True])), lumas[:1], face_mask())[0])


def test_the_target_is_measured_the_same_way() -> None:
    """A target that trembles is told apart from a composite that does; each reads what it would read as the other."""
    still, shaky = torch.cat([picture(0)[:, :1]] * 4), torch.cat([picture(t)[:, :1] for t in range(4)])
    face = face_mask().expand(4, -1, -1, -1)
    one = TemporalPsnr().compare(chunk_of(4), still, shaky, face)
    two = TemporalPsnr().compare(chunk_of(4), shaky, still, face)
    np.testing.assert_array_equal(one["tpsnr"], two["tpsnr_target"])
    np.testing.assert_array_equal(one["tpsnr_target"], two["tpsnr"])
    assert (one["tpsnr_target"][1:] == 100).all()
    assert (one["tpsnr"][1:] < 30).all()
