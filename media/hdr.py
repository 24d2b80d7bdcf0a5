"""Carry the static metadata of HDR10 from a clip to its result: mastering display and content light level."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import av

#: FFmpeg's AVMasteringDisplayMetadata: ten fractions (red, green, blue and white as x and y; lowest and highest luminance), and
#: whether the chromaticities and the luminances are set.
_MASTERING = struct.Struct("=20i2i")

#: Steps of the chromaticities and of the luminances in the bitstream (SMPTE ST 2086; H.265, D.3.28).
_CHROMATICITY, _LUMINANCE = 50_000, 10_000

#: Side data that changes from picture to picture, with the name that users know. It would not fit a changed picture's encoder.
_DYNAMIC = {"DYNAMIC_HDR_PLUS": "HDR10+", "DOVI_RPU_BUFFER": "Dolby Vision", "DOVI_METADATA": "Dolby Vision"}


@dataclass(frozen=True)
class HdrMetadata:
    """Describe the display that a clip was graded on, and its brightness.

    Attributes:
        mastering: chromaticities x, y of red, green, blue and white in 1 / 50000, then the lowest and the highest luminance in
            1 / 10000 cd/m²; None: not stated.
        light: largest luminance of a pixel (MaxCLL) and of a frame's mean (MaxFALL), cd/m²; None: not stated.
        dynamic: names of the metadata that changes from picture to picture, which is not carried.
    """

    mastering: tuple[int, ...] | None = None
    light: tuple[int, int] | None = None
    dynamic: tuple[str, ...] = ()

    @property
    def x264_params(self) -> str:
        """Return it as options of x264, empty where there is nothing to state."""
        params = []
        if self.mastering:
            red, green, blue, white = (f"({x},{y})" for x, y in zip(self.mastering[:8:2], self.mastering[1:8:2], strict=True))
            low, high = self.mastering[8:]
            params.append(f"mastering-display=G{green}B{blue}R{red}WP{white}L({high},{low})")
        if self.light:
            params.append(f"cll={self.light[0]},{self.light[1]}")
        return ":".join(params)


def read_hdr(frame: av.VideoFrame) -> HdrMetadata:
    """Return the metadata of the first decoded frame; that of the container comes with it."""
    try:
        data = {d.type.name: bytes(d) for d in frame.side_data}  # type: ignore[arg-type]
    except ValueError:  # PyAV knows no name for another kind of side data (Exif) and cannot list them
        return HdrMetadata()
    light = data.get("CONTENT_LIGHT_LEVEL", b"")
    return HdrMetadata(
        mastering=_read_mastering(data.get("MASTERING_DISPLAY_METADATA", b"")),
        light=struct.unpack("=2I", light[:8]) if len(light) >= 8 and any(light[:8]) else None,
        dynamic=tuple(dict.fromkeys(name for kind, name in _DYNAMIC.items() if kind in data)),
    )


def _read_mastering(data: bytes) -> tuple[int, ...] | None:
    """Return :attr:`HdrMetadata.mastering`; None where it is not all stated, as the bitstream has no half of it."""
    if len(data) < _MASTERING.size:
        return None
    *numbers, has_chromaticities, has_luminances = _MASTERING.unpack(data[: _MASTERING.size])
    fractions = list(zip(numbers[::2], numbers[1::2], strict=True))
    if not (has_chromaticities and has_luminances and all(top >= 0 and bottom > 0 for top, bottom in fractions)):
        return None
    steps = [_CHROMATICITY] * 8 + [_LUMINANCE] * 2
    values = tuple(round(top * step / bottom) for (top, bottom), step in zip(fractions, steps, strict=True))
    return values if max(values[:8]) <= _CHROMATICITY and values[8] <= values[9] < 1 << 32 else None
