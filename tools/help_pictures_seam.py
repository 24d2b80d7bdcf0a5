"""Pictures of the track and of the seam's settings."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from picture_drawing import captioned, cell_size, plot, stacked
from picture_parts import Scene, tint, tinted
from seamsync.blending.mask.shapes import outlines
from seamsync.blending.mask.temporal import smooth_outlines
from seamsync.blending.settings import BLENDS, ColorMatch, MouthMask, SeamBlend, SeamSettings, SeamTemporal
from seamsync.media.clips import MouthClip
from seamsync.nodes.preview import draw_track
from seamsync.preview import preview_composite

#: The frame that is shown: an open mouth; casts and a contrast as generators give them.
AT, CAST, SLIGHT, GAIN = 60, (26, -14, -22), (12, -7, -9), 1.12
#: A match that does nothing.
PLAIN = ColorMatch(method="none", shading=0.0, sharpness=0.0, grain=0.0, detail=0.0)


def track(scene: Scene) -> np.ndarray:
    """What Detect Face Landmarks shows."""
    width = cell_size(3, 1.0)[0]
    pictures = draw_track(scene.source, scene.track, count=3, long_side=width)
    return captioned({f"frame {n}": picture for n, picture in zip((0, 87, 174), pictures, strict=True)})


def smoothed(scene: Scene) -> np.ndarray:
    """The height of a point of the jaw."""
    tracks = {"as found": scene.raw, "smoothed": scene.track}
    return plot({name: track.landmarks[40:100, 6, 1] for name, track in tracks.items()}, "px")


def masks(scene: Scene) -> np.ndarray:
    """Outlines, soft edges and falloffs, drawn on the face."""
    base = MouthMask(feather=0.1)
    rows = [
        {name: MouthMask(shape=name, feather=0.05) for name in ("contour", "jaw", "ellipse", "box", "mouth")},
        {
            "feather 0.04": replace(base, feather=0.04),
            "feather 0.16": replace(base, feather=0.16),
            "gamma 0.4": replace(base, feather=0.16, falloff_gamma=0.4),
            "erosion 0.06": replace(base, erosion=0.06),
            "feather_top 2.5": replace(base, feather_top=2.5),
        },
    ]
    return stacked(*(captioned({name: _masked(scene, mask) for name, mask in row.items()}) for row in rows))


def _masked(scene: Scene, mask: MouthMask) -> np.ndarray:
    alpha = preview_composite(scene.source, scene.track, scene.mouths, [AT], settings=SeamSettings(mask=mask))[1][0]
    return scene.crop(tint(scene.rgb(AT), alpha), AT, cell_size(5, 1.05), 1.2, (0, -0.05))


def steadied(scene: Scene) -> np.ndarray:
    """How far the mask reaches to one side of its middle, frame by frame."""
    shape = outlines(scene.raw.landmarks, None, MouthMask())[0]
    plain = replace(SeamTemporal(), mask_beta=0.0, reject_outliers=False)
    lines = {"mask_beta 0": plain, "mask_beta 0.85": SeamTemporal()}
    reach = {name: smooth_outlines(shape, scene.raw.scene, one).radii[:, 0] for name, one in lines.items()}
    return plot({name: 100 * line for name, line in reach.items()}, "%")


def colors(scene: Scene) -> np.ndarray:
    """The same cast by several methods."""
    mouths = tinted(scene.simulated(), CAST, GAIN)
    chosen = {
        "none": PLAIN,
        "mean": replace(PLAIN, method="mean"),
        "mean_and_deviation": replace(PLAIN, method="mean_and_deviation"),
        "and all the rest": ColorMatch(),
    }
    cells = {name: face(scene, mouths, 4, color=color, mask=MouthMask(feather=0.06)) for name, color in chosen.items()}
    return captioned(cells)


def face(scene: Scene, mouths: MouthClip, cells: int, width: float = 1.3, **settings: object) -> np.ndarray:
    """The composited face, one of so many side by side."""
    picture = preview_composite(scene.source, scene.track, mouths, [AT], settings=SeamSettings(**settings))[0][0]  # type: ignore[arg-type]
    return scene.crop(picture, AT, cell_size(cells, 1.1), width, (0, -0.1))


def blends(scene: Scene) -> np.ndarray:
    """The blends on a patch whose colour is a little off; where the edge crosses the cheek, enlarged below."""
    mouths = tinted(scene.simulated(), SLIGHT)
    faces, cheeks = {}, {}
    for name in BLENDS:
        seam = {"color": PLAIN, "mask": MouthMask(feather=0.1), "blend": SeamBlend(method=name)}
        picture = preview_composite(scene.source, scene.track, mouths, [AT], settings=SeamSettings(**seam))[0][0]  # type: ignore[arg-type]
        faces[name] = scene.crop(picture, AT, cell_size(4), 1.25, (0, -0.05))
        cheeks[f"{name}, cheek"] = scene.crop(picture, AT, cell_size(4, 0.75), 0.45, (-0.33, -0.1))
    return stacked(captioned(faces), captioned(cheeks))


def composite(scene: Scene) -> np.ndarray:
    """From the target to the result."""
    pictures, alphas = preview_composite(scene.source, scene.track, scene.mouths, [AT])
    patch = scene.mouths.patches[AT].transpose(1, 2, 0)
    size = scene.source.info.width, scene.source.info.height
    onto = cv2.warpAffine(np.ascontiguousarray(patch), scene.mouths.to_frame[AT], size)
    mask = tint(scene.rgb(AT), alphas[0])
    cells = {"target": scene.rgb(AT), "mouth, in its place": onto, "mask": mask, "result": pictures[0]}
    return captioned({name: scene.crop(cell, AT, cell_size(4, 1.1), 1.5, (0, -0.15)) for name, cell in cells.items()})
