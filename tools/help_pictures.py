"""``python tools/help_pictures.py [NAME ...]`` makes the pictures of help pages (``web/docs/img``) out of the sample clip.

Those that show the page itself are screenshots, made by :mod:`test_host_help`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import help_pictures_inputs as inputs
import help_pictures_mouths as mouths
import help_pictures_seam as seam
import numpy as np
from picture_parts import MOST, ROOT, Scene, save

FOLDER = ROOT / "web" / "docs" / "img"

PICTURES: dict[str, Callable[[Scene], np.ndarray]] = {
    "load_speech_audio": inputs.speech,
    "load_face_video": inputs.loops,
    "load_video_from_folder": inputs.clips,
    "load_speech_from_folder": inputs.speeches,
    "detect_face_landmarks": seam.track,
    "smooth_landmarks": seam.smoothed,
    "load_lip_sync_model": mouths.models,
    "generate_mouths": mouths.silences,
    "import_mouths": mouths.imported,
    "enhance_mouths": mouths.enhanced,
    "shape_mouth_mask": seam.masks,
    "temporal_ema": seam.steadied,
    "match_color": seam.colors,
    "seam_blend": seam.blends,
    "composite_mouths": seam.composite,
    "lip_sync": mouths.lip_sync,
    "inspect_video": mouths.inspected,
}


def main(names: list[str]) -> None:
    """Make them, or those named."""
    scene = Scene.sample()
    for name in names or PICTURES:
        save(PICTURES[name](scene), FOLDER / f"{name}.jpg", MOST)


if __name__ == "__main__":
    main(sys.argv[1:])
