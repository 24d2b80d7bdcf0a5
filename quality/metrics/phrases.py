"""What the numbers of a report are, in words."""

from __future__ import annotations

from ...models.syncnet.scores import SCORES
from .goals import GOALS

#: What numbers without a goal are.
PHRASES: dict[str, str] = {
    "photo_flicker": "flicker of the colour along the seam, 8-bit levels; to be below the baseline's",
    "landmark_jitter": "trembling of the landmarks, a share of the face width",
    "landmark_jitter_raw": "trembling of the landmarks before the track was smoothed, a share of the face width",
    "landmark_jitter_ratio_all": "trembling after smoothing over that before, heads that move included",
    "tpsnr_target": "likeness of successive frames of the untouched target, dB",
    "tpsnr_spikes": "frames that are suddenly unlike the one before",
    "landmark_jitter_spikes": "frames in which the landmarks jump",
    "av_correlation": "how well lips and speech go together, 1 at best",
    "frame_offset": "frames by which the result is late against its original",
    "outside_changed": "share of the picture that is changed outside the mask",
    "codec_noise": "difference far from the face, which encoding makes, 8-bit levels",
    **SCORES,
}


def phrase(name: str) -> str:
    """What a column or number of the summary is; its own name where nothing is known of it."""
    return GOALS[name].what if name in GOALS else PHRASES.get(name, name.replace("_", " "))
