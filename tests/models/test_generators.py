"""Generators by name or by file, with their settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn_mouths import drawn_clip, speech
from seamsync.errors import SeamSyncError
from seamsync.models.generators import generator_names, load_generator
from seamsync.models.options import GenerateOptions
from seamsync.models.registry import get
from seamsync.models.rewrite.generator import Rewrite
from seamsync.models.wav2lip.generator import Wav2LipGenerator
from wav2lip_files import published_container, save_legacy
from wav2lip_reference import random_state


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights in the published container."""
    return save_legacy(published_container(random_state(), prefix="module."), tmp_path_factory.mktemp("w2l") / "mine.pth")


def test_embedded() -> None:
    """The first name needs no file, and takes its own setting."""
    assert load_generator("rewrite") == Rewrite()
    assert load_generator("rewrite", mode="warp") == Rewrite("warp")


def test_names_are_the_registry_s() -> None:
    """All but the first are weights whose licence is told."""
    assert not any(get(name).commercial_use for name in generator_names()[1:])


def test_a_file(checkpoint: Path) -> None:
    """A path gives the network in it, settings go where they belong, and it makes mouths."""
    settings: dict[str, Any] = {
        "batch": 2,
        "precision": "bfloat16",
        "pads": (1, 2, 3, 4),
        "silence_threshold": 0.02,
        "offset_frames": -1,
    }
    generator = load_generator(str(checkpoint), device="cpu", **settings)
    assert isinstance(generator, Wav2LipGenerator)
    assert (generator.network.batch, generator.network.dtype, generator.network.size) == (2, torch.bfloat16, 96)
    assert (generator.box.pads, generator.silence_threshold, generator.offset_frames) == ((1, 2, 3, 4), 0.02, -1)
    clip = generator.generate(*drawn_clip(np.zeros(3)), speech([(0, 0.12)], 0.12), GenerateOptions(silence="generate"))
    assert clip.patches.shape == (3, 3, 96, 96)
    assert (clip.source["name"], clip.source["precision"], clip.source["pads"]) == ("mine.pth", "bfloat16", (1, 2, 3, 4))


def test_weights_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Missing weights name file, size, page, licence and folder; nothing is fetched."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SEAMSYNC_MODELS", raising=False)
    said = (
        r"put wav2lip_gan\.pth into .*wav2lip; get it from "
        r"https://github\.com/Rudrabha\S+ \(435,801,865 bytes\).*not for commercial use"
    )
    with pytest.raises(SeamSyncError, match=said):
        load_generator("wav2lip_gan", device="cpu")


def test_what_is_not_there(checkpoint: Path, tmp_path: Path) -> None:
    """A mistyped name, a missing file, a setting of another generator."""
    with pytest.raises(SeamSyncError, match="did you mean 'wav2lip_gan'"):
        load_generator("wav2lip_gam")
    with pytest.raises(SeamSyncError, match=r"no checkpoint at .*gone\.pth"):
        load_generator(tmp_path / "gone.pth")
    with pytest.raises(SeamSyncError, match="setting of rewrite must be one of mode, got 'batch'"):
        load_generator("rewrite", batch=3)
    with pytest.raises(SeamSyncError, match="did you mean 'precision'"):
        load_generator(checkpoint, device="cpu", precission="float16")
