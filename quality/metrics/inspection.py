"""The numbers of a comparison of two finished clips, measured by :mod:`seamsync.quality.inspect`."""

from __future__ import annotations

from .metric import Metric

METRICS = (
    Metric("frame_offset", "frames by which the result is late against its original", "frames", better="target"),
    Metric("outside_changed", "share of the picture that is changed outside the mask"),
    Metric("codec_noise", "difference far from the face, which encoding makes, 8-bit levels", "8-bit levels"),
)
