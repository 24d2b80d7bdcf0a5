"""Compute the picture steps of the published program: crop, mask of the parsed face, blend; for comparison and for tests.

Written from a description of MuseTalk 1.5's steps. Everything works on whole pixels and on BGR pictures, with OpenCV's and
Pillow's own rounding, so that the numbers are the program's. SeamSync's compositor does none of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from PIL import Image

#: Side of the pictures that the network and the parser take.
SIZE, PARSED = 256, 512
#: Classes of the face parser.
_SKIN, _NOSE, _NECK = 1, 10, 14
_MOUTH = (11, 12, 13)
#: Side of the surrounding box, as a multiple of the face's longer side.
_EXPAND = 1.5
#: Share of the surrounding box above which nothing changes.
_UPPER = 0.5
#: Width of the blur, as a share of the surrounding box: of the offline and of the realtime program.
OFFLINE, REALTIME = 0.05, 0.1
#: Whole pixels: left, top, right, bottom.
Box = tuple[int, int, int, int]


def crop(frame: np.ndarray, box: Box, size: int = SIZE) -> np.ndarray:
    """Return the face as the network sees it, uint8 ``[size,size,3]``: by Lanczos' filter, however large the face is."""
    left, top, right, bottom = box
    return cv2.resize(frame[top:bottom, left:right], (size, size), interpolation=cv2.INTER_LANCZOS4)


def around(box: Box) -> Box:
    """Return the square of one and a half times the box; it may leave the frame."""
    left, top, right, bottom = box
    x, y = (left + right) // 2, (top + bottom) // 2
    half = int(max(right - left, bottom - top) // 2 * _EXPAND)
    return x - half, y - half, x + half, y + half


def cut(frame: np.ndarray, box: Box) -> np.ndarray:
    """Return a copy of a box of a frame, black where it leaves it."""
    left, top, right, bottom = box
    found = np.zeros((bottom - top, right - left, *frame.shape[2:]), frame.dtype)
    height, width = frame.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    if x0 < x1 and y0 < y1:
        found[y0 - top : y1 - top, x0 - left : x1 - left] = frame[y0:y1, x0:x1]
    return found


def parser_input(square: np.ndarray) -> np.ndarray:
    """Return a surrounding square, BGR, as the parser takes it: uint8 ``[512,512,3]`` RGB."""
    picture = Image.fromarray(np.ascontiguousarray(square[..., ::-1]))
    return np.asarray(picture.resize((PARSED, PARSED), Image.Resampling.BILINEAR))


def face_mask(labels: np.ndarray, mode: str = "jaw", left_cheek: int = 90, right_cheek: int = 90) -> np.ndarray:
    """Return where the generated face may be shown, of the parser's classes.

    Args:
        labels: int ``[512,512]``.
        mode: ``raw``: skin and mouth; ``neck``: the neck too; ``jaw``: of version 1.5, the skin grown by a drop that reaches
            up more than down, less its cheeks and the nose.
        left_cheek, right_cheek: pixels beside the middle in which the skin is taken back, in mode ``jaw``.

    Returns:
        uint8 ``[512,512]``, 0 or 255.
    """
    if mode != "jaw":
        wanted = [_SKIN, *_MOUTH, *([_NECK] if mode == "neck" else [])]
        return np.isin(labels, wanted).astype(np.uint8) * 255
    grown = cv2.dilate((labels == _SKIN).astype(np.uint8) * 255, _drop())
    shrunk = cv2.erode(grown, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (35, 3)), iterations=2)
    columns, middle = np.arange(PARSED), PARSED // 2
    cheeks = (columns <= middle - left_cheek) | (columns >= middle + right_cheek)
    face = np.where(cheeks, shrunk, grown) > 0
    return ((face & (labels != _NOSE)) | np.isin(labels, _MOUTH)).astype(np.uint8) * 255


@cache
def _drop() -> np.ndarray:
    """Return the element that the skin is grown by: a triangle over a block, 33 × 33."""
    element = np.zeros((33, 33), np.uint8)
    for row in range(10, 33):
        half = min(row - 10, 10)
        element[row, 16 - half : 16 + half + 1] = 1
    return element


@dataclass(frozen=True, eq=False)
class Blend:
    """How a generated face is put back into a frame.

    Attributes:
        box: of the face.
        square: around it.
        mask: uint8 ``[S,S]``, the weight of the generated face, 0…255.
    """

    box: Box
    square: Box
    mask: np.ndarray

    @classmethod
    def plan(cls, box: Box, parsed: np.ndarray, blur: float = OFFLINE) -> Blend:
        """Return the plan for a box.

        Args:
            box: of the face.
            parsed: uint8 ``[512,512]``, the mask of the square around it, see :func:`face_mask`.
            blur: :data:`OFFLINE` or :data:`REALTIME`.
        """
        square = around(box)
        side = square[2] - square[0]
        whole = np.asarray(Image.fromarray(parsed).resize((side, side)))
        left, top, right, bottom = (edge - square[axis % 2] for axis, edge in enumerate(box))
        mask = np.zeros((side, side), np.uint8)
        mask[top:bottom, left:right] = whole[top:bottom, left:right]
        mask[: int(side * _UPPER)] = 0
        kernel = int(blur * side // 2 * 2) + 1
        return cls(box, square, cv2.GaussianBlur(mask, (kernel, kernel), 0))

    def apply(self, frame: np.ndarray, face: np.ndarray) -> np.ndarray:
        """Return a frame with the face put in.

        Args:
            frame: uint8 ``[H,W,3]``; it is not changed.
            face: uint8 ``[h,w,3]`` of the size of the box.
        """
        body = Image.fromarray(frame)
        square = Image.fromarray(cut(frame, self.square))
        square.paste(Image.fromarray(face), (self.box[0] - self.square[0], self.box[1] - self.square[1]))
        body.paste(square, self.square[:2], Image.fromarray(self.mask))
        return np.asarray(body)
