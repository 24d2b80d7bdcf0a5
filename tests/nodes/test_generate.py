"""Load Lip-Sync Model and Generate Mouths: what is listed, what is said of missing weights, and a run with a checkpoint."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from drawn_mouths import drawn_clip, speech
from seamsync.errors import SeamSyncError
from seamsync.models.rewrite.generator import Rewrite
from seamsync.models.wav2lip.generator import Wav2LipGenerator
from wav2lip_files import random_checkpoint


@pytest.fixture
def models(host: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The host's models folder, and no other place with weights."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(host.folder / "nothing"))
    monkeypatch.delenv("SEAMSYNC_MODELS", raising=False)
    return host.folder / "models"


def _put(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _choices(host: SimpleNamespace) -> list[str]:
    (model, *_) = host.by_id()["LoadLipSyncModel"].define_schema().inputs
    return list(model.options)


def test_what_is_listed(host: SimpleNamespace, models: Path) -> None:
    """The built-in one first, the published names, then files in Wav2Lip's folders and checkpoints of that name."""
    assert _choices(host) == ["rewrite", "wav2lip", "wav2lip_gan", "musetalk"]
    for name in ("wav2lip/a.pth", "wav2lip/b.onnx", "wav2lip/readme.txt", "seamsync/wav2lip/lipsync_expert.pth"):
        _put(models / name)
    for name in ("checkpoints/sdxl.safetensors", "checkpoints/my-Wav2Lip256.safetensors"):
        _put(models / name)
    listed = ["checkpoints/my-Wav2Lip256.safetensors", "wav2lip/a.pth", "wav2lip/b.onnx"]
    assert _choices(host) == ["rewrite", "wav2lip", "wav2lip_gan", "musetalk", *listed]


@pytest.mark.usefixtures("models")
def test_missing_weights(host: SimpleNamespace) -> None:
    """The message names file, size, page, licence and the host's folder."""
    said = r"put wav2lip\.pth into .*models.seamsync.wav2lip.*https://\S+ \(435,807,851 bytes\).*not for commercial use"
    with pytest.raises(SeamSyncError, match=said):
        host.by_id()["LoadLipSyncModel"].execute(model="wav2lip")


def test_built_in(host: SimpleNamespace) -> None:
    """Without a choice it is the generator without a checkpoint."""
    (model,) = host.by_id()["LoadLipSyncModel"].execute().values
    assert model == Rewrite()


@pytest.mark.parametrize("chosen", ["wav2lip/wav2lip_gan.pth", "wav2lip_gan"])
def test_run(host: SimpleNamespace, models: Path, chosen: str, caplog: pytest.LogCaptureFixture) -> None:
    """A checkpoint in the host's folder, by its file or its published name, makes mouths; the licence is told with the name."""
    random_checkpoint(models / "wav2lip")
    caplog.set_level("INFO", "seamsync")
    nodes = host.by_id()
    (model,) = nodes["LoadLipSyncModel"].execute(model=chosen, pads="0, 12, 1 2", batch=2, sound_offset=-1).values
    assert isinstance(model, Wav2LipGenerator)
    assert (model.box.pads, model.network.batch, model.offset_frames) == ((0, 12, 1, 2), 2, -1)
    assert ("not for commercial use" in caplog.text) == (chosen == "wav2lip_gan")
    source, track = drawn_clip(np.full(3, 0.1))
    pictures = torch.from_numpy(np.stack([frame.rgb() for frame in source.frames()])).float() / 255
    parts = SimpleNamespace(images=pictures, audio=None, frame_rate=source.info.fps)
    video = host.api.InputImpl.VideoFromComponents(parts)
    audio = speech([(0, 0.12)], 0.12).to_comfy()
    (mouths,) = nodes["GenerateMouths"].execute(video=video, track=track, audio=audio, model=model, silence="generate").values
    assert mouths.patches.shape == (3, 3, 96, 96)
    assert mouths.active.all()


@pytest.mark.parametrize("pads", ["1 2 3", "a b c d", ""])
def test_bad_pads(host: SimpleNamespace, pads: Any) -> None:
    """Other than four numbers: says which order."""
    with pytest.raises(SeamSyncError, match="top bottom left right"):
        host.by_id()["LoadLipSyncModel"].execute(model="wav2lip", pads=pads)
