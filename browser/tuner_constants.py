"""Constants of the engine for the page's tuner, so that its scripts (``web/tuner``) repeat none of them."""

from __future__ import annotations

from typing import Any

from ..blending import matching, plan
from ..blending.mask import bounds, feather
from ..blending.match import color
from ..blending.pixels import primitives


def engine_constants() -> dict[str, dict[str, Any]]:
    """Collect the constants from the engine's modules, with their present values.

    Returns:
        ``mask``: of the outline, its bounds and its soft edge. Lengths are in face widths unless the module says otherwise.
        ``color``: of the colour match. ``lab``: of CIE L*a*b*. All values are types of JSON.
    """
    return {"mask": _mask(), "color": _color(), "lab": _lab()}


def _mask() -> dict[str, Any]:
    return {
        "visible": bounds.VISIBLE,
        "rounding": bounds.ROUNDING,
        "lipCover": plan.LIP_COVER,
        "margin": plan.MARGIN,
        "mostWidening": feather.MOST_WIDENING,
        "outsideShare": feather.OUTSIDE_SHARE,
        "gaussianReach": feather.GAUSSIAN_REACH,
        "gaussianHalfRange": feather.GAUSSIAN_HALF_RANGE,
        "lipMargin": feather.LIP_MARGIN,
        "narrowing": feather.NARROWING,
        "nodes": feather.NODES,
        "leastWidth": feather.LEAST_WIDTH,
        "leastCore": feather.LEAST_CORE,
        "centreRadius": feather.CENTRE_RADIUS,
        "coverMargin": feather.COVER_MARGIN,
    }


def _color() -> dict[str, Any]:
    return {
        "ycbcr": color.YCBCR.tolist(),
        "fullScale": color.FULL_SCALE,
        "pixels": color.PIXELS,
        "enough": color.ENOUGH,
        "shares": color.SHARES,
        "skin": color.SKIN,
        "deviationFloor": color.DEVIATION_FLOOR,
        "outlier": color.OUTLIER,
        "alike": color.ALIKE,
        "deviationOfMad": color.DEVIATION_OF_MAD,
        "medianStride": color.MEDIAN_STRIDE,
        "lipsGrown": matching.LIPS_GROWN,
    }


def _lab() -> dict[str, Any]:
    return {"rgbToXyz": primitives.RGB_TO_XYZ.tolist(), "white": primitives.WHITE.tolist()}
