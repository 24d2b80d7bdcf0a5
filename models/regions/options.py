"""How mouth regions that were made elsewhere are placed: the choices."""

from __future__ import annotations

from dataclasses import dataclass

from ...options import Settings, choice, whole

#: What the four numbers of a row are; ``auto`` takes the form whose rectangles lie on the mouth.
FORMS = ("auto", "xyxy", "xywh")
#: Which part of the bounds a region's picture shows → pixels of the crop and of its border that the picture lacks.
ROLES: dict[str, tuple[int, int]] = {"whole": (1, 0), "inner_320_of_328": (328, 4), "inner_160_of_168": (168, 4)}
#: Size of a region's picture → its role where none is chosen: the networks that make pictures of these sizes leave a border.
USUAL_ROLES = {320: "inner_320_of_328", 160: "inner_160_of_168"}


@dataclass(frozen=True)
class RegionOptions(Settings):
    """How the bounds of mouth regions are read."""

    bounds_form: str = choice(
        "auto", "What the four numbers of a region's bounds are: two corners, or a corner and the size.", FORMS, advanced=True
    )
    bounds_width: int = whole(
        0, "Width of the picture in which the bounds were measured; 0 finds it by the face.", 0, 65_536, "px", advanced=True
    )
    region_role: str = choice(
        "auto",
        "What a region's picture shows of its bounds: all, or the inner part of the crop that a network was given;"
        " 'auto' goes by its size (320 and 160 pixels are inner parts).",
        ("auto", *ROLES),
        advanced=True,
    )
