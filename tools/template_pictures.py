"""``python tools/template_pictures.py [NAME…]`` makes the thumbnails of the templates (``workflows/*.jpg``) out of the sample
clip: all of them, or those of some keys of :data:`THUMBNAILS`."""

from __future__ import annotations

import sys
from collections.abc import Callable

import cv2
import numpy as np
from picture_parts import ROOT, Scene, save, tint, tinted, two_seams
from seamsync.blending.settings import ColorMatch, MouthMask, SeamBlend, SeamSettings
from seamsync.preview import preview_composite
from template_graphs import TITLES

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


def _musetalk(scene: Scene) -> np.ndarray:
    """The box of the face from as far above the bridge of the nose as the chin is below it, and the half that is painted."""
    picture, points = scene.rgb(AT), scene.track.landmarks[AT]
    (left, top), (right, bottom) = points.min(0), points.max(0)
    middle = points[29, 1]
    top, bottom = 2 * middle - bottom, bottom + 0.04 * 2 * (bottom - middle)
    corners = [tuple(np.rint(corner).astype(int).tolist()) for corner in ((left, top), (left, middle), (right, bottom))]
    painted = picture.copy()
    cv2.rectangle(painted, corners[1], corners[2], (40, 40, 40), -1)
    picture = cv2.addWeighted(picture, 0.6, painted, 0.4, 0)
    cv2.rectangle(picture, corners[0], corners[2], _BOX, 2, cv2.LINE_AA)
    return scene.crop(picture, AT, SIZE, 1.7, MOVE)


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


def _stages(scene: Scene) -> np.ndarray:
    """The target, its landmarks, the mask, and the result."""
    pictures, alphas = preview_composite(scene.source, scene.track, scene.mouths, [AT])
    marked = scene.rgb(AT)
    for x, y in scene.track.landmarks[AT]:
        cv2.circle(marked, (int(x), int(y)), 3, (70, 230, 240), -1, cv2.LINE_AA)
    shown = (scene.rgb(AT), marked, tint(pictures[0], alphas[0]), pictures[0])
    cells = [_framed(scene.crop(picture, AT, (200, 200), WIDTH, MOVE)) for picture in shown]
    return np.vstack([np.hstack(cells[:2]), np.hstack(cells[2:])])


def _app(scene: Scene) -> np.ndarray:
    """The result over three fields to fill in."""
    made = np.full((SIZE[1], SIZE[0], 3), _FRAME, np.uint8)
    made[16:276, 70:330] = scene.crop(_result(scene), AT, (260, 260), WIDTH, MOVE)
    for top in (292, 327, 362):
        cv2.rectangle(made, (70, top), (330, top + 24), (70, 70, 74), -1)
        cv2.rectangle(made, (78, top + 9), (78 + 60 + (top * 7) % 90, top + 15), (170, 170, 175), -1)
    return made


def _occluder(scene: Scene) -> np.ndarray:
    """The result; what is in front of the mouth is marked."""
    picture, (x, y, width, height) = _result(scene), (282, 246, 80, 64)
    there = np.s_[y : y + height, x : x + width]
    picture[there] = picture[there] // 3 + np.uint8(160)
    cv2.rectangle(picture, (x, y), (x + width, y + height), (255, 255, 255), 2)
    return scene.crop(picture, AT, SIZE, WIDTH, MOVE)


def _strip(scene: Scene) -> np.ndarray:
    """Pictures of the clip on a film, those of the result under them."""
    made = np.full((SIZE[1], SIZE[0], 3), _FRAME, np.uint8)
    for row, take in enumerate((scene.rgb, lambda at: _result(scene, at))):
        top = 14 + 190 * row
        for place, at in enumerate((20, 44, AT)):
            made[top + 20 : top + 150, 5 + 132 * place : 131 + 132 * place] = scene.crop(take(at), at, (126, 130), WIDTH, MOVE)
        for x in range(8, 400, 22):
            made[top + 4 : top + 14, x : x + 12] = made[top + 156 : top + 166, x : x + 12] = 210
    return made


def _helper_suite(scene: Scene) -> np.ndarray:
    """The film, framed in that pack's colour."""
    return cv2.copyMakeBorder(_strip(scene)[10:-10, 10:-10], 10, 10, 10, 10, cv2.BORDER_CONSTANT, value=(72, 120, 72))


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
    "musetalk": _musetalk,
    "wav2lip": _wav2lip,
    "tune_the_seam": _tune,
    "another_packs_result": _other_pack,
    "compare_two_blends": _two_blends,
    "batch_folder": _folder,
    "app": _app,
    "full_chain": _stages,
    "mask_as_occluder": _occluder,
    "image_batches": _strip,
    "video_helper_suite": _helper_suite,
}


def main() -> None:
    """Make them all, or those named."""
    scene = Scene.sample()
    for name in sys.argv[1:] or THUMBNAILS:
        save(THUMBNAILS[name](scene), ROOT / "workflows" / f"{TITLES[name]}.jpg", MOST)


if __name__ == "__main__":
    main()
