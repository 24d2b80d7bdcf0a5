"""Which models a mask's settings ask for, and what they are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from faces import face68
from seamsync.blending import faces
from seamsync.blending.faces import FaceReaders, load_face_readers
from seamsync.blending.settings import MouthMask
from seamsync.errors import SeamSyncError
from seamsync.media.frame import PlanarFrame
from seamsync.media.tags import ColorTags

CPU = torch.device("cpu")


class Grey:
    """A parser and an occlusion model that answer with the mean of their crops."""

    size = 32

    def parse(self, images: torch.Tensor) -> torch.Tensor:
        """``[B,19,32,32]``."""
        return images.mean(1, keepdim=True).expand(-1, 19, -1, -1)

    def visible(self, images: torch.Tensor) -> torch.Tensor:
        """``[B,1,32,32]``."""
        return images.mean(1, keepdim=True)


@pytest.mark.parametrize(
    ("mask", "wanted"),
    [
        (MouthMask(), ""),
        (MouthMask(occlusion="disagreement"), ""),
        (MouthMask(regions="skin, lips"), "parser"),
        (MouthMask(occlusion="parser"), "parser"),
        (MouthMask(occlusion="xseg"), "xseg"),
        (MouthMask(regions="skin", occlusion="xseg"), "parser xseg"),
    ],
)
def test_only_what_is_needed_is_loaded(mask: MouthMask, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regions and the method 'parser' need the parser, 'xseg' its model, the rest nothing."""
    loaded: list[Any] = []
    monkeypatch.setattr(faces, "load_face_parser", lambda device, models: loaded.append(("parser", device, models)) or Grey())
    monkeypatch.setattr(faces, "load_xseg", lambda models: loaded.append(("xseg", CPU, models)) or Grey())
    readers = load_face_readers(mask, CPU, Path("models"))
    assert loaded == [(name, CPU, Path("models")) for name in wanted.split()]
    assert (readers.parser is not None, readers.xseg is not None) == ("parser" in wanted, "xseg" in wanted)


def test_missing_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regions without the parser's weights name the command that fetches them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SEAMSYNC_MODELS", raising=False)
    with pytest.raises(SeamSyncError, match="seamsync models get face-parser"):
        load_face_readers(MouthMask(regions="skin"), CPU)


def test_read() -> None:
    """Each model that is there is asked once about all frames; the others give nothing."""
    frame = PlanarFrame.blank(320, 240, (2, 2), 8, ColorTags())
    for plane in frame.planes:
        plane[...] = 128
    landmarks = np.stack([face68((160, 90)), face68((150, 95))])
    parsed, seen = FaceReaders(Grey(), Grey()).read([frame, frame], landmarks)
    assert parsed is not None
    assert seen is not None
    assert parsed.probabilities.shape == (2, 19, 32, 32)
    assert seen.weights.shape == (2, 1, 32, 32)
    assert np.array_equal(parsed.to_frame, seen.to_frame)
    assert float(seen.weights[0, 0, 16, 16]) == pytest.approx((128 - 16) / 219, abs=0.01)
    assert FaceReaders().read([frame], landmarks[:1]) == (None, None)
