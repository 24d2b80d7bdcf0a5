"""Choose how to track; importing this loads no network."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import check_choice, check_range

#: Networks that find and follow a face.
DETECTORS = ("mediapipe", "face-alignment")
#: Rules for the first choice.
FACES = ("largest", "central", "index")


@dataclass(frozen=True)
class TrackOptions:
    """Choose how to track.

    Attributes:
        detector: one of :data:`DETECTORS`, for the function that loads the networks.
        face: which one, when there are several: one of :data:`FACES`.
        index: for ``face="index"``: counted from left to right in the first frame that has so many, from 0.
        min_confidence: a face less probable than this is not one, 0…1.
        max_gap: gaps of up to this many frames inside a scene are interpolated and stay visible.
    """

    detector: str = "mediapipe"
    face: str = "largest"
    index: int = 0
    min_confidence: float = 0.5
    max_gap: int = 5

    def __post_init__(self) -> None:
        check_choice("detector", self.detector, DETECTORS)
        check_choice("face", self.face, FACES)
        check_range("index", self.index, 0, 1000)
        check_range("min_confidence", self.min_confidence, 0.0, 1.0)
        check_range("max_gap", self.max_gap, 0, 10_000, "frames")
