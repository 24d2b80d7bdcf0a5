"""Still pictures as our reader and as Pillow read them: turned, in 16 bit, in CMYK, with a colour profile.

Our reader leaves a plain JPEG to FFmpeg, whose planes the compositor keeps to the bit, and gives the other stills to Pillow.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from ..media.video import VideoReader

#: Columns of Display P3's red, green and blue in the profile's D50 space (SMPTE EG 432-1, adapted by Bradford's matrix).
_P3 = {"rXYZ": (0.51512, 0.24120, -0.00105), "gXYZ": (0.29198, 0.69225, 0.04189), "bXYZ": (0.15710, 0.06657, 0.78407)}


def still_pairs(pair: Callable[..., Any]) -> list[Any]:
    """Return the comparisons, made by :class:`~.libraries.Pair`."""
    from PIL import Image

    picture, turned = Image.fromarray(_colours()), Image.Exif()
    turned[0x0112] = 6
    plain = {"format": "JPEG", "quality": 95, "subsampling": 0}
    ready = "a plain JPEG's own planes are kept to the bit; other stills are read by Pillow, and become planes"
    stills = {
        "still: JPEG turned by EXIF": (_saved(picture, **plain, exif=turned), ready),
        "still: WebP turned by EXIF": (_saved(picture, format="WEBP", lossless=True, exif=turned), ready),
        "still: JPEG in CMYK": (_saved(picture.convert("CMYK"), format="JPEG", quality=95), ready),
        "still: PNG of 16 bit": (_png16(), ready),
        "still: JPEG in Display P3": (_saved(picture, **plain, icc_profile=display_p3()), ready),
    }
    return [
        pair(name, _reader(content), _pillow(content), "Pillow", "of 0…255", why) for name, (content, why) in stills.items()
    ]


def _colours() -> np.ndarray:
    """Smooth colours, uint8 ``[384,512,3]``."""
    y, x = np.mgrid[0:384, 0:512]
    return np.stack([x / 2, y / 2, (x + y) / 4 + 20], -1).clip(0, 255).astype(np.uint8)


def _saved(picture: Any, **how: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, **how)
    return file.getvalue()


def _png16() -> bytes:
    import cv2

    return cv2.imencode(".png", _colours()[..., ::-1].astype(np.uint16) * 257)[1].tobytes()


def _reader(content: bytes) -> Callable[[], np.ndarray]:
    return lambda: next(iter(VideoReader(io.BytesIO(content)).frames())).rgb().astype(np.float32)


def _pillow(content: bytes) -> Callable[[], np.ndarray]:
    from PIL import Image, ImageCms, ImageOps

    def read() -> np.ndarray:
        with Image.open(io.BytesIO(content)) as file:
            picture = ImageOps.exif_transpose(file)
        profile = picture.info.get("icc_profile")
        if profile:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            picture = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB") or picture
        return np.asarray(picture.convert("RGB"), np.float32)

    return read


def display_p3() -> bytes:
    """Return a colour profile like Display P3's: Pillow's sRGB profile with other primaries."""
    from PIL import ImageCms

    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", data, 128)
    for index in range(count):
        name, offset, _ = struct.unpack_from(">4sII", data, 132 + 12 * index)
        if name.decode() in _P3:
            struct.pack_into(">3i", data, offset + 8, *(round(65536 * value) for value in _P3[name.decode()]))
    return bytes(data)
