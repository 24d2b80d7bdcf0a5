"""Contact sheets: the same frames by several methods, side by side, and the seam enlarged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .. import write_picture
from ..seam_judge import Judged, Stage, picture

#: Side of a cell, pixels; height of its title.
CELL, TITLE = 300, 22
#: What a row shows, in face widths: the middle relative to the middle of the mouth, and half the side.
FACE, CHEEK, CHIN = ((0.0, -0.05), 0.5), ((-0.3, -0.05), 0.16), ((0.12, 0.25), 0.16)


@dataclass(frozen=True, eq=False)
class Mouth:
    """Where a picture shows the mouth.

    Attributes:
        middle: float ``[2]``, pixels of the picture.
        face_width: pixels.
    """

    middle: np.ndarray
    face_width: float


def contact_sheet(stage: Stage, judged: Mapping[str, Judged], path: Path) -> None:
    """Write a PNG of the frames kept by a judgement, the target first.

    Args:
        stage: the clip.
        judged: methods with pictures of the same frames.
        path: PNG to write.
    """
    frames = sorted(next(iter(judged.values())).pictures)
    columns = {"target": {i: picture(stage.targets[i]) for i in frames}} | {n: j.pictures for n, j in judged.items()}
    chunks = {i: stage.batch(i) for i in frames}
    mouths = {i: Mouth(chunk.landmarks[0, 48:60].mean(0), float(chunk.face_width[0])) for i, chunk in chunks.items()}
    write_sheet(columns, mouths, path)


def write_sheet(columns: Mapping[str, Mapping[int, np.ndarray]], mouths: Mapping[int, Mouth], path: Path) -> None:
    """Write a PNG: a column a method; for every frame a row each of the lower face, the cheek and the chin, enlarged.

    Args:
        columns: title → frame → picture, uint8 RGB ``[h,w,3]``.
        mouths: where the mouth is in the pictures of those frames.
        path: PNG to write.
    """
    rows = [np.hstack([_title(name) for name in columns])]
    for index, mouth in mouths.items():
        for view in (FACE, CHEEK, CHIN):
            rows.append(np.hstack([_cell(pictures[index], mouth, view) for pictures in columns.values()]))
    write_picture(path, np.vstack(rows))


def _cell(image: np.ndarray, mouth: Mouth, view: tuple[tuple[float, float], float]) -> np.ndarray:
    (x, y), half = view
    middle = mouth.middle + np.array([x, y]) * mouth.face_width
    scale = (CELL - 4) / (2 * half * mouth.face_width)
    matrix = np.array([[scale, 0, CELL / 2 - scale * middle[0]], [0, scale, CELL / 2 - scale * middle[1]]])
    return cv2.warpAffine(image, matrix, (CELL, CELL), flags=cv2.INTER_CUBIC, borderValue=(40, 40, 40))


def _title(text: str) -> np.ndarray:
    band = np.full((TITLE, CELL, 3), 24, np.uint8)
    cv2.putText(band, text, (6, TITLE - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (230, 230, 230), 1, cv2.LINE_AA)
    return band
