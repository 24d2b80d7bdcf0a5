"""Frame a face as FFHQ's crops do, which face networks expect: places of eyes, nose tip and mouth corners."""

from __future__ import annotations

import numpy as np

from ..tensors import check_shape
from .align import fit_similarity
from .landmarks import EYE_LEFT_OF_IMAGE, EYE_RIGHT_OF_IMAGE, MOUTH_CORNERS

#: Eyes, nose tip and mouth corners, in shares of the crop's side (Karras et al., "A Style-Based Generator Architecture for
#: Generative Adversarial Networks", 2019; as used by the published face restorers and parsers).
TEMPLATE = np.array([(0.377, 0.469), (0.623, 0.469), (0.5, 0.613), (0.391, 0.725), (0.609, 0.725)])
_NOSE_TIP = 30


def ffhq_framing(landmarks: np.ndarray, size: int) -> np.ndarray:
    """Return affines from the landmarks' pixels to the pixels of an FFHQ-framed crop.

    Args:
        landmarks: float ``[B,68,2]``, pixels.
        size: side of the crop, pixels.

    Returns:
        float64 ``[B,2,3]``, rotation, uniform scale and shift.
    """
    check_shape("landmarks", landmarks, "B,68,2", None, 68, 2)
    eyes = [landmarks[:, which].mean(1) for which in (EYE_LEFT_OF_IMAGE, EYE_RIGHT_OF_IMAGE)]
    points = np.stack([*eyes, landmarks[:, _NOSE_TIP], *landmarks[:, MOUTH_CORNERS].transpose(1, 0, 2)], axis=1)
    return fit_similarity(points, TEMPLATE * size)
