"""``python tools/template_pictures.py`` makes the thumbnails of the templates (``workflows/*.jpg``) out of the sample clip."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from picture_parts import ROOT, Scene, save, tint, tinted, two_seams
from seamsync.blending.settings import ColorMatch, MouthMask, SeamBlend, SeamSettings
from seamsync.preview import preview_composite

#: Most bytes of a thumbnail; its size, pixels: the template browser shows squares.
MOST, SIZE = 50_000, (400, 400)
#: The frame that most of them show; how much of the face, and where.
AT, WIDTH, MOVE = 60, 1.45, (0.0, -0.16)
_FRAME, _BOX = (26, 26, 26), (60, 190, 250)


def _result(scene: Scene, at: int = AT) -> np.ndarray:
    """A frame of the finished clip."""
    return preview_composite(scene.source, scene.track, scene.mouths, [at])[0][0]


def _cut(scene: Scene, *pictures: np.ndarray) -> list[np.ndarray]:
    """Pictures of the frame :data:`AT`, cut to a thumbnail."""
    return [scene.crop(picture, AT, SIZE, WIDTH, MOVE) for picture in pictures]


def _quickstart(scene: Scene) -> np.ndarray:
    """A frame before and after."""
    return _wiped(*_cut(scene, scene.rgb(AT), _result(scene)))


def _one_node(scene: Scene) -> np.ndarray:
    """Two frames of the result."""
    size = SIZE[0], SIZE[1] // 2
    return np.vstack([_framed(scene.crop(_result(scene, at), at, size, 1.3, (0, -0.06))) for at in (20, AT)])


def _wav2lip(scene: Scene) -> np.ndarray:
    """The box of the face, and the 96 pixels that the network is given."""
    picture, points = scene.rgb(AT), scene.track.landmarks[AT]
    (left, top), (right, bottom) = points.min(0).astype(int), points.max(0).astype(int)
    small = cv2.resize(picture[top:bottom, left:right], (96, 96), interpolation=cv2.INTER_AREA)
    small[48:] = 0
    cv2.rectangle(picture, (left, top), (right, bottom), _BOX, 2, cv2.LINE_AA)
    made = scene.crop(picture, AT, SIZE, 1.7, MOVE)
    made[-148:-8, -148:-8] = _framed(cv2.resize(small, (140, 140), interpolation=cv2.INTER_NEAREST))
    return made


def _tune(scene: Scene) -> np.ndarray:
    """The mask and what it gives."""
    pictures, alphas = preview_composite(scene.source, scene.track, scene.mouths, [AT])
    return _wiped(*_cut(scene, tint(pictures[0], alphas[0]), pictures[0]))


def _other_pack(scene: Scene) -> np.ndarray:
    """A coarse seam, and none."""
    return _wiped(*two_seams(scene, size=SIZE))


def _two_blends(scene: Scene) -> np.ndarray:
    """The two blends on a mouth whose colour is off, so that they differ."""
    mouths = tinted(scene.simulated(), (12, -7, -9))
    none = ColorMatch(method="none", shading=0.0, sharpness=0.0, grain=0.0, detail=0.0)
    ways = (SeamBlend(method="alpha"), MouthMask(feather=0.04)), (SeamBlend(method="multiband"), MouthMask())
    made = [
        preview_composite(scene.source, scene.track, mouths, [AT], settings=SeamSettings(color=none, blend=way, mask=mask))[0][
            0
        ]
        for way, mask in ways
    ]
    return _wiped(*(scene.crop(picture, AT, SIZE, 1.25, (0, -0.1)) for picture in made))


def _folder(scene: Scene) -> np.ndarray:
    """Many results."""
    cells = [_framed(scene.crop(_result(scene, at), at, (134, 134), 1.5, MOVE)) for at in range(4, 160, 18)]
    return np.vstack([np.hstack(cells[row : row + 3]) for row in (0, 3, 6)])[:400, :400]


def _framed(picture: np.ndarray) -> np.ndarray:
    """The picture with a dark border inside its edges."""
    return cv2.copyMakeBorder(picture[3:-3, 3:-3], 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=_FRAME)


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
    "wav2lip": _wav2lip,
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
