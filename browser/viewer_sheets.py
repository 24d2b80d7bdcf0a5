"""Contact sheets: many small pictures in one file, so that a page fetches few files and scrubs without waiting."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ..errors import SeamSyncError, cause_of
from ..files import write_file

#: Pictures across and down a sheet.
ACROSS, DOWN = 4, 4
#: High, and with colour at full size: a seam that the packing hides or makes would mislead.
_PACKING = (
    cv2.IMWRITE_JPEG_QUALITY,
    93,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)


@dataclass
class SheetWriter:
    """Writes pictures of one size into ``name_0.jpg``, ``name_1.jpg`` …, row by row.

    Attributes:
        folder: of the files, which exists.
        name: of the sheets.
        files: names of those written.
    """

    folder: Path
    name: str
    files: list[str] = field(default_factory=list)
    _held: list[np.ndarray] = field(default_factory=list, repr=False)

    def add(self, picture: np.ndarray) -> None:
        """The next picture, uint8 RGB ``[h,w,3]`` or grey ``[h,w]``.

        Raises:
            SeamSyncError: the folder cannot be written.
        """
        self._held.append(picture)
        if len(self._held) == ACROSS * DOWN:
            self.finish()

    def finish(self) -> list[str]:
        """Write the last sheet, which may be partly filled; the names of all."""
        if self._held:
            name = f"{self.name}_{len(self.files)}.jpg"
            try:
                write_file(self.folder / name, _packed(self._held))
            except OSError as error:
                raise SeamSyncError(f"cannot write {name} to {self.folder}: {cause_of(error)}") from error
            self.files.append(name)
            self._held = []
        return self.files


def _packed(pictures: list[np.ndarray]) -> bytes:
    """The pictures side by side as a JPEG file; black where the last row is not full."""
    first = pictures[0]
    height, width = first.shape[:2]
    rows = -(-len(pictures) // ACROSS)
    sheet = np.zeros((rows * height, ACROSS * width, *first.shape[2:]), np.uint8)
    for index, picture in enumerate(pictures):
        y, x = index // ACROSS * height, index % ACROSS * width
        sheet[y : y + height, x : x + width] = picture
    stored = sheet if sheet.ndim == 2 else cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", stored, _PACKING)[1].tobytes()
