"""The report's pictures of a frame as ``data:`` addresses: original, result, where the seam shows, and alpha."""

from __future__ import annotations

import base64

import cv2
import numpy as np

from ..worst import Shot

#: WebP's quality; high, because compression could hide a seam or make one.
_QUALITY = 92
#: Difference of gradients, luma per pixel, that is drawn in the brightest colour.
_BRIGHTEST = 0.04
#: Half width of the ring that is drawn, as a share of the face width, and its least value in pixels.
_SHARE, _LEAST = 0.03, 4.0


def shot_pictures(shot: Shot) -> dict[str, str]:
    """Return the pictures of a frame by name, each a ``data:image/webp`` address."""
    return {
        "original": data_uri(shot.target),
        "result": data_uri(shot.result),
        "seam": data_uri(seam_heat(shot)),
        "alpha": data_uri(cv2.cvtColor(shot.alpha, cv2.COLOR_GRAY2RGB)),
    }


def data_uri(picture: np.ndarray) -> str:
    """Return an RGB picture, uint8 ``[h,w,3]``, as WebP in a ``data:`` address."""
    _, packed = cv2.imencode(".webp", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    return "data:image/webp;base64," + base64.b64encode(packed.tobytes()).decode("ascii")


def ring_png(shot: Shot) -> bytes:
    """Return the result and, to its right, :func:`seam_heat`, as the bytes of a PNG file."""
    both = np.hstack([shot.result, seam_heat(shot)])
    _, packed = cv2.imencode(".png", cv2.cvtColor(both, cv2.COLOR_RGB2BGR))
    return packed.tobytes()


def seam_heat(shot: Shot) -> np.ndarray:
    """Draw where the seam shows: the difference of the luma gradients from the target's, along alpha's 0.5 contour.

    Returns:
        uint8 ``[h,w,3]``, RGB: the target dimmed and grey; on the ring black (no difference) over red to yellow (0.04 a pixel).
    """
    inside = (shot.alpha > 127).astype(np.uint8)
    away = np.maximum(*(cv2.distanceTransform(side, cv2.DIST_L2, 5) for side in (inside, 1 - inside)))
    ring = away <= max(_LEAST, _SHARE * shot.face_width) if 0 < inside.sum() < inside.size else np.zeros(inside.shape, bool)
    before, after = (
        cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255 for picture in (shot.target, shot.result)
    )
    slopes = [cv2.Sobel(after - before, cv2.CV_32F, *way, ksize=3, scale=1 / 8) for way in ((1, 0), (0, 1))]
    level = (np.hypot(*slopes) / _BRIGHTEST * 255).clip(0, 255).astype(np.uint8)
    heat = cv2.cvtColor(cv2.applyColorMap(level, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    grey = cv2.cvtColor((before * 255 * 0.5 + 60).astype(np.uint8), cv2.COLOR_GRAY2RGB)
    return np.where(ring[..., None], heat, grey)
