"""How a face is tracked and its landmarks are smoothed: the choices, readable without what carries them out."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Settings, choice, number, whole

#: Networks that find and follow a face.
DETECTORS = ("mediapipe", "face-alignment")
#: Rules for the first choice.
FACES = ("largest", "central", "index")
#: Filters of the landmarks.
METHODS = ("zero_phase", "adaptive_ema", "one_euro", "none")


@dataclass(frozen=True)
class TrackOptions(Settings):
    """How a face is tracked."""

    detector: str = choice("mediapipe", "'mediapipe' is fast; 'face-alignment' is slower and needs its own package.", DETECTORS)
    face: str = choice("largest", "Which face, when there are several; 'index' counts from the left.", FACES)
    index: int = whole(0, "For 'index': which face, counted from the left from 0 in the first frame that has so many.", 0, 1000)
    min_confidence: float = number(0.5, "Faces less certain than this do not count.", 0.0, 1.0, 0.05, advanced=True)
    max_gap: int = whole(
        5, "Gaps of up to this length inside a scene are interpolated and stay visible.", 0, 10_000, "frames", advanced=True
    )


@dataclass(frozen=True)
class SmoothOptions(Settings):
    """How a track is smoothed."""

    method: str = choice(
        "zero_phase",
        "The filter. 'zero_phase' looks both ways and has no lag; 'adaptive_ema' and 'one_euro' look back only, as live "
        "tracking must, and lag.",
        METHODS,
    )
    strength: float = number(1.0, "How much; 0 changes nothing, 1 is usual.", 0.0, 4.0, 0.05)
    shape: float = number(0.7, "Smoothing of the face's shape, as a share of the head's.", 0.0, 1.0, 0.05, advanced=True)
    lips: float = number(0.3, "The same for the lips; low keeps their timing.", 0.0, 1.0, 0.05, advanced=True)
    window: int = whole(5, "'adaptive_ema': motion is measured over this length.", 1, 1000, "frames", advanced=True)
    weight: float = number(
        0.25, "'adaptive_ema': weight of the newest frame while the head rests.", 0.0, 1.0, 0.05, advanced=True
    )
    cutoff: float = number(1.0, "'one_euro': cutoff frequency at rest.", 0.01, 1000.0, 0.05, "Hz", advanced=True)
    beta: float = number(
        30.0,
        "'one_euro': how much the cutoff grows with speed (Hz for one face width a second).",
        0.0,
        1000.0,
        0.5,
        old=("reaction",),
        node_id="beta",
        advanced=True,
    )
