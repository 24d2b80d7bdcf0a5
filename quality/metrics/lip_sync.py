"""How well the lips go with the speech for a SyncNet, measured by :mod:`seamsync.quality.sync`.

The numbers hold for the network that gave them and for no other; the summary names it as ``sync_network``.
"""

from __future__ import annotations

from .metric import Metric

_NETWORK = "sync_network"

METRICS = (
    Metric("lse_d", "distance of lips and speech (LSE-D), the lower the better", judge=_NETWORK),
    Metric(
        "lse_c",
        "confidence that lips and speech go together (LSE-C), the higher the better",
        better="higher",
        judge=_NETWORK,
    ),
    Metric(
        "sync_offset",
        "frames of 40 ms by which the picture is late against the speech",
        "frames of 40 ms",
        better="target",
        judge=_NETWORK,
    ),
)
