"""Read colour tags of a clip and carry them unchanged: matrix and range that turn its planes into RGB (ITU-T H.273)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

#: Luma weights (red, blue) a matrix: ITU-R BT.601-7, BT.709-6 and BT.2020-2 (non-constant luminance).
LUMA_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}

UNSPECIFIED = 2
FULL_RANGE = 2  # AVCOL_RANGE_JPEG

#: H.273 MatrixCoefficients → the matrix computed with. SMPTE 240M (7) differs from BT.709 by less than 1 %.
_MATRIX_OF = {1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 7: "bt709", 9: "bt2020", 10: "bt2020"}
_CODE_OF = {"bt601": 6, "bt709": 1, "bt2020": 9}


@dataclass(frozen=True)
class ColorTags:
    """Define the meaning of the numbers in the planes.

    Attributes:
        matrix: ``"bt601"``, ``"bt709"`` or ``"bt2020"``.
        full_range: luma 0…255 (0…1023 for 10 bit) instead of 16…235.
        primaries: H.273 code to tag the output with; 2 = not stated.
        transfer: H.273 code; 2 = not stated.
        colorspace: H.273 matrix code.
    """

    matrix: str = "bt709"
    full_range: bool = False
    primaries: int = 1
    transfer: int = 1
    colorspace: int = 1


class Tagged(Protocol):
    """Define what has H.273 codes in PyAV: a codec context, or a frame."""

    colorspace: int
    color_range: int


def read_tags(frame: Tagged, context: object, height: int, *, full_range: bool = False) -> ColorTags:
    """Return the tags of a clip. An unstated matrix follows the usual convention: BT.601 under 720 lines, else BT.709.

    Args:
        frame: the first decoded frame.
        context: the codec context, for primaries and transfer (frames carry them from PyAV 15 on only).
        height: coded lines of the picture.
        full_range: the pixel format itself says full range (``yuvj420p``).
    """
    stated = int(frame.colorspace)
    matrix = _MATRIX_OF.get(stated) or ("bt601" if height < 720 else "bt709")
    return ColorTags(
        matrix=matrix,
        full_range=full_range or int(frame.color_range) == FULL_RANGE,
        primaries=int(getattr(context, "color_primaries", UNSPECIFIED)),
        transfer=int(getattr(context, "color_trc", UNSPECIFIED)),
        colorspace=stated if stated in _MATRIX_OF else _CODE_OF[matrix],
    )
