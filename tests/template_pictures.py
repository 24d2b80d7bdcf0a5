"""``python tests/template_pictures.py`` makes the thumbnails of the templates (``workflows/*.jpg``) out of the sample clip."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from picture_parts import ROOT, Scene, save, tint, tinted, two_seams
from seamsync.blending.settings import ColorMatch, MouthMask, SeamBlend
from seamsync.pipeline import preview_composite

#: Most bytes of a thumbnail; its size, and that of a half, pixels.
MOST, SIZE, HALF = 40_000, (448, 288), (224, 288)
_WIDTH, _MOVE = 1.65, (0.0, -0.16)


def _results(scene: Scene, frames: list[int]) -> list[np.ndarray]:
    """Frames of the finished clip, cut to half a thumbnail."""
    made = preview_composite(scene.source, scene.track, scene.mouths, frames)[0]
    return [scene.crop(picture, at, HALF, _WIDTH, _MOVE) for at, picture in zip(frames, made, strict=True)]


def _quickstart(scene: Scene) -> np.ndarray:
    """A frame before and after."""
    return np.hstack([scene.crop(scene.rgb(60), 60, HALF, _WIDTH, _MOVE), *_results(scene, [60])])


def _one_node(scene: Scene) -> np.ndarray:
    """Two frames of the result."""
    return np.hstack(_results(scene, [20, 60]))


def _tune(scene: Scene) -> np.ndarray:
    """The mask and what it gives."""
    pictures, alphas = preview_composite(scene.source, scene.track, scene.mouths, [60])
    cells = tint(pictures[0], alphas[0]), pictures[0]
    return np.hstack([scene.crop(cell, 60, HALF, _WIDTH, _MOVE) for cell in cells])


def _other_pack(scene: Scene) -> np.ndarray:
    """A coarse seam, and none, under a wipe."""
    return _wiped(*two_seams(scene, size=SIZE))


def _two_blends(scene: Scene) -> np.ndarray:
    """The two blends under a wipe, on a mouth whose colour is off so that they differ."""
    mouths = tinted(scene.simulated(), (12, -7, -9))
    none = ColorMatch(method="none", shading=0.0, sharpness=0.0, grain=0.0, detail=0.0)
    seam = {"color": none, "mask": MouthMask(feather=0.05)}
    ways = SeamBlend(method="alpha"), SeamBlend(method="poisson")
    made = [preview_composite(scene.source, scene.track, mouths, [60], **seam, blend=way)[0][0] for way in ways]
    return _wiped(*(scene.crop(picture, 60, SIZE, 1.5, (0, -0.1)) for picture in made))


def _folder(scene: Scene) -> np.ndarray:
    """Many results."""
    frames = [4, 24, 44, 60, 80, 104, 122, 148]
    made = preview_composite(scene.source, scene.track, scene.mouths, frames)[0]
    cells = [scene.crop(picture, at, (112, 144), 1.5, (0, -0.14)) for at, picture in zip(frames, made, strict=True)]
    framed = [cv2.copyMakeBorder(cell[3:-3, 3:-3], 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=(26, 26, 26)) for cell in cells]
    return np.vstack([np.hstack(framed[:4]), np.hstack(framed[4:])])


def _wiped(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The left half of one picture and the right half of another, with a handle between them."""
    middle = left.shape[1] // 2
    joined = np.hstack([left[:, :middle], right[:, middle:]])
    cv2.line(joined, (middle, 0), (middle, joined.shape[0]), (255, 255, 255), 2)
    cv2.circle(joined, (middle, joined.shape[0] // 2), 9, (255, 255, 255), -1, cv2.LINE_AA)
    return joined


THUMBNAILS: dict[str, Callable[[Scene], np.ndarray]] = {
    "quickstart": _quickstart,
    "lipsync_one_node": _one_node,
    "tune_the_seam": _tune,
    "another_packs_result": _other_pack,
    "compare_two_blends": _two_blends,
    "batch_folder": _folder,
}


def main() -> None:
    """Make them all."""
    scene = Scene.sample()
    for name, make in THUMBNAILS.items():
        save(make(scene), ROOT / "workflows" / f"{name}.jpg", MOST)


if __name__ == "__main__":
    main()
