"""Run the models that read the target's faces: the face parser and the occlusion model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..media.frame import PlanarFrame
from ..models.faces.face_parser import load_face_parser
from ..models.faces.xseg import load_xseg
from ..models.weights import ModelFolders
from .mask.occlusion import Visibility, VisibleFaces, visible_faces
from .mask.regions import ParsedFaces, Parser, parse_faces
from .settings import MouthMask


@dataclass(frozen=True, eq=False)
class FaceReaders:
    """Hold the models that a mask's settings need; None where they need none.

    Attributes:
        parser: for region masks and the occlusion method ``parser``.
        xseg: for the occlusion method ``xseg``.
    """

    parser: Parser | None = None
    xseg: Visibility | None = None

    def read(self, frames: Sequence[PlanarFrame], landmarks: np.ndarray) -> tuple[ParsedFaces | None, VisibleFaces | None]:
        """Run both models on the faces.

        Args:
            frames: B frames, unchanged as yet.
            landmarks: float32 ``[B,68,2]``, frame pixels.
        """
        parsed = None if self.parser is None else parse_faces(self.parser, frames, landmarks)
        seen = None if self.xseg is None else visible_faces(self.xseg, frames, landmarks)
        return parsed, seen


def load_face_readers(settings: MouthMask, device: torch.device, models: ModelFolders | None = None) -> FaceReaders:
    """Load the models that the settings need, and only those, from weights on disk.

    Args:
        settings: regions and occlusion.
        device: where they run.
        models: a host's folders of models, if any.

    Raises:
        SeamSyncError: weights or a package are missing; says how to get them.
    """
    parser = load_face_parser(device, models) if settings.regions.strip() or settings.occlusion == "parser" else None
    return FaceReaders(parser, load_xseg(models=models) if settings.occlusion == "xseg" else None)
