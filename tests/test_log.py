"""What the compositor says of its work."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import torch
from faces import face68, track_of
from seamsync.blending.color import ColorGains
from seamsync.blending.log import Composed, SeamLog
from seamsync.blending.plan import plan_seam
from seamsync.blending.settings import SeamSettings
from seamsync.media.clips import MouthClip
from seamsync.media.video import VideoInfo


def test_rows_summary_and_notes() -> None:
    """A row a frame with exact times; numbers where a frame was composited, NaN elsewhere; a note a reason."""
    info = VideoInfo("test", 320, 240, Fraction(30000, 1001), 3)
    mouths = MouthClip(
        patches=np.zeros((3, 3, 100, 160), np.uint8),
        to_frame=np.tile(np.array([[1.0, 0, 80], [0, 1.0, 130]]), (3, 1, 1)),
        active=np.array([True, False, True]),
        frames=np.array([0, 1, 2]),
        source={"name": "test"},
    )
    settings = SeamSettings()
    log = SeamLog()
    log.begin(plan_seam(track_of(np.stack([face68()] * 3)), mouths, settings, info), mouths, info)
    alpha = torch.zeros(1, 1, 10, 20)
    alpha[..., :5, :] = 1
    delta = torch.zeros(1, 3, 10, 20)
    delta[..., :5, :] = 0.2
    gains = ColorGains(np.ones(3), np.zeros(3), np.array([0.0, -3.0, 1.0]), full_scale=100.0)
    log.add([2], Composed(torch.zeros(1, 3, 10, 20), delta, alpha, [(0, 0, 20, 10)], [gains]))
    report = log.report(settings, mouths, ["from the reader"])
    assert report.columns["time"][2] == float(2 * Fraction(1001, 30000))
    assert report.columns["status"].tolist() == ["composited", "left alone", "composited"]
    np.testing.assert_allclose(report.columns["mask_share"], [np.nan, np.nan, 0.5])
    np.testing.assert_allclose(report.columns["mean_change"][2], 0.2, atol=1e-6)
    np.testing.assert_allclose(report.columns["color_shift"][2], 0.03)
    assert report.summary["frames"] == 3
    assert report.notes == ("from the reader", "1 of 3 frames keep their original pixels: left alone")
    assert report.settings["generator"] == {"name": "test"}
