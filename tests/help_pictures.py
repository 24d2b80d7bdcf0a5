"""``python tests/help_pictures.py`` makes the pictures of the nodes' help pages (``web/docs/img``) out of the sample clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from picture_parts import ROOT, Scene, captioned, plot, save, tint, tinted, two_seams
from seamsync.blending.enhance import enhance_mouths
from seamsync.blending.enhance_options import EnhanceOptions
from seamsync.blending.settings import BLENDS, ColorMatch, MouthMask, SeamBlend, SeamTemporal
from seamsync.blending.shapes import outlines
from seamsync.blending.temporal import smooth_outlines
from seamsync.media.clips import MouthClip
from seamsync.nodes.preview import draw_track
from seamsync.pipeline import preview_composite

FOLDER = ROOT / "web" / "docs" / "img"
#: Most bytes of a picture.
MOST = 60_000
#: The frame that is shown: an open mouth; casts and a contrast as generators give them.
AT, CAST, SLIGHT, GAIN = 60, (26, -14, -22), (12, -7, -9), 1.12
_CELL = (172, 172)


def _masks(scene: Scene) -> np.ndarray:
    """Outlines, soft edges and falloffs, drawn on the face."""
    base = MouthMask(feather=0.1)
    rows = [
        {name: MouthMask(shape=name, feather=0.05) for name in ("contour", "jaw", "ellipse", "box", "mouth")},
        {
            "feather 0.04": replace(base, feather=0.04),
            "feather 0.16": replace(base, feather=0.16),
            "gamma 0.4": replace(base, feather=0.16, gamma=0.4),
            "erosion 0.06": replace(base, erosion=0.06),
            "feather_top 2.5": replace(base, feather_top=2.5),
        },
    ]
    return np.vstack([captioned({name: _masked(scene, mask) for name, mask in row.items()}) for row in rows])


def _masked(scene: Scene, mask: MouthMask) -> np.ndarray:
    alpha = preview_composite(scene.source, scene.track, scene.mouths, [AT], mask=mask)[1][0]
    return scene.crop(tint(scene.rgb(AT), alpha), AT, _CELL, 1.25, (0, -0.05))


def _colors(scene: Scene) -> np.ndarray:
    """The same cast by several methods."""
    mouths = tinted(scene.simulated(), CAST, GAIN)
    plain = ColorMatch(method="none", shading=0.0, sharpness=0.0, grain=0.0, detail=0.0)
    chosen = {
        "none": plain,
        "mean": replace(plain, method="mean"),
        "mean and deviation": replace(plain, method="mean and deviation"),
        "and shading, sharpness, grain": ColorMatch(),
    }
    cells = {name: _face(scene, mouths, color=color, mask=MouthMask(feather=0.06)) for name, color in chosen.items()}
    return captioned({"target": scene.crop(scene.rgb(AT), AT, (215, 230), 1.3, (0, -0.1)), **cells})


def _face(scene: Scene, mouths: MouthClip, width: float = 1.3, **settings: object) -> np.ndarray:
    picture = preview_composite(scene.source, scene.track, mouths, [AT], **settings)[0][0]  # type: ignore[arg-type]
    return scene.crop(picture, AT, (215, 230), width, (0, -0.1))


def _blends(scene: Scene) -> np.ndarray:
    """The blends on a patch whose colour is a little off; where the edge crosses the cheek, enlarged below."""
    mouths = tinted(scene.simulated(), SLIGHT)
    none = ColorMatch(method="none", shading=0.0, sharpness=0.0, grain=0.0, detail=0.0)
    faces, cheeks = {}, {}
    for name in BLENDS:
        seam = {"color": none, "mask": MouthMask(feather=0.1), "blend": SeamBlend(method=name)}
        picture = preview_composite(scene.source, scene.track, mouths, [AT], **seam)[0][0]  # type: ignore[arg-type]
        faces[name] = scene.crop(picture, AT, (215, 215), 1.25, (0, -0.05))
        cheeks[f"{name}, cheek"] = scene.crop(picture, AT, (215, 160), 0.45, (-0.33, -0.1))
    return np.vstack([captioned(faces), captioned(cheeks)])


def _steadied(scene: Scene) -> np.ndarray:
    """How far the mask reaches to one side of its middle, frame by frame."""
    shape = outlines(scene.raw.landmarks, None, MouthMask())[0]
    plain = replace(SeamTemporal(), mask_beta=0.0, outliers=False)
    lines = {"mask_beta 0": plain, "mask_beta 0.85": SeamTemporal()}
    reach = {name: smooth_outlines(shape, scene.raw.scene, one).radii[:, 0] for name, one in lines.items()}
    return plot({name: 100 * line for name, line in reach.items()}, "%")


def _smoothed(scene: Scene) -> np.ndarray:
    """The height of a point of the jaw."""
    tracks = {"as found": scene.raw, "smoothed": scene.track}
    return plot({name: track.landmarks[40:100, 6, 1] for name, track in tracks.items()}, "px")


def _composite(scene: Scene) -> np.ndarray:
    """From the target to the result."""
    pictures, alphas = preview_composite(scene.source, scene.track, scene.mouths, [AT])
    patch = scene.mouths.patches[AT].transpose(1, 2, 0)
    size = scene.source.info.width, scene.source.info.height
    onto = cv2.warpAffine(np.ascontiguousarray(patch), scene.mouths.to_frame[AT], size)
    mask = tint(scene.rgb(AT), alphas[0])
    cells = {"target": scene.rgb(AT), "mouth, in its place": onto, "mask": mask, "result": pictures[0]}
    return captioned({name: scene.crop(cell, AT, (215, 240), 1.5, (0, -0.15)) for name, cell in cells.items()})


def _track(scene: Scene) -> np.ndarray:
    """What the node shows."""
    frames = dict(zip((0, 58, 116, 174), draw_track(scene.source, scene.track, count=4), strict=True))
    return captioned({f"frame {n}": scene.crop(frame, n, (215, 230), 1.5, (0, -0.2)) for n, frame in frames.items()})


def _enhanced(scene: Scene) -> np.ndarray:
    """Few pixels, made more."""
    mouths = scene.simulated(96)
    wide = {"96 × 96 pixels": mouths}
    wide |= {f"{name}": enhance_mouths(mouths, EnhanceOptions(method=name)) for name in ("unsharp", "hd")}
    cells = {name.replace("×", "x"): _face(scene, one, 0.8) for name, one in wide.items()}
    return captioned(cells)


def _imported(scene: Scene) -> np.ndarray:
    """Another pack's seam, and its mouth without it."""
    return captioned(dict(zip(("another pack's result", "its mouth, in your clip"), two_seams(scene), strict=True)))


PICTURES: dict[str, Callable[[Scene], np.ndarray]] = {
    "shape_mouth_mask": _masks,
    "match_color": _colors,
    "seam_blend": _blends,
    "temporal_ema": _steadied,
    "smooth_landmarks": _smoothed,
    "composite_mouths": _composite,
    "detect_face_landmarks": _track,
    "enhance_mouths": _enhanced,
    "import_mouths": _imported,
}


def main() -> None:
    """Make them all."""
    scene = Scene.sample()
    for name, make in PICTURES.items():
        save(make(scene), FOLDER / f"{name}.jpg", MOST)


if __name__ == "__main__":
    main()
