"""Enhance Mouths over the stand-in host: old graphs do what they did, model files are found, chosen and missed by name."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from seamsync.enhance.enhance import sharpen_patches
from seamsync.errors import SeamSyncError
from seamsync.media.clips import MouthClip
from seamsync.models.restoration import Restorer


@pytest.fixture
def clip() -> MouthClip:
    """Three patches of noise."""
    patches = np.random.default_rng(0).integers(0, 256, (3, 3, 20, 24), np.uint8)
    return MouthClip(patches, np.tile(np.eye(2, 3), (3, 1, 1)), np.ones(3, bool), np.arange(3))


def put(host: SimpleNamespace, *names: str) -> list[Path]:
    """Empty files in the host's models folder."""
    paths = [host.folder / "models" / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return paths


def test_inputs_of_old_graphs_keep_their_place(host: SimpleNamespace, clip: MouthClip) -> None:
    """Amount and radius come first, and with them alone the mouths are sharpened as ever."""
    node = host.by_id()["EnhanceMouths"]
    assert [item.id for item in node.define_schema().inputs][:3] == ["mouths", "amount", "radius"]
    (made,) = node.execute(clip, amount=1.0, radius=2.0).values
    assert np.array_equal(made.patches, sharpen_patches(clip.patches[:], amount=1.0, radius=2.0))


def test_larger_mouths(host: SimpleNamespace, clip: MouthClip) -> None:
    """The HD chain makes them as much larger as asked, with progress on the node."""
    (made,) = host.by_id()["EnhanceMouths"].execute(clip, method="hd", scale=3).values
    assert made.patches.shape == (3, 3, 60, 72)
    assert host.load("comfy.utils").seen[-1] == (3, 3)


def test_models_are_listed_by_folder(host: SimpleNamespace) -> None:
    """Those of kinds the host knows and of kinds it does not; files of other kinds are not weights."""
    put(host, "upscale_models/x2.pth", "upscale_models/readme.txt", "facerestore_models/sub/GFPGANv1.4.pth", "loras/a.pth")
    inputs = {item.id: item for item in host.by_id()["EnhanceMouths"].define_schema().inputs}
    listed = [Path(name).as_posix() for name in inputs["model"].options]
    assert listed == ["none", "facerestore_models/sub/GFPGANv1.4.pth", "upscale_models/x2.pth"]


def test_the_chosen_model_runs(host: SimpleNamespace, clip: MouthClip, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file is loaded onto the host's device."""
    (path,) = put(host, "upscale_models/x2.pth")
    node, asked = host.by_id()["EnhanceMouths"], []

    def load(file: Path, device: object) -> Restorer:
        asked.append((file, str(device)))
        return Restorer(lambda images: 1 - images)

    monkeypatch.setattr("seamsync.models.restoration.load_restorer", load)
    options = {"method": "restoration", "scale": 1, "fidelity": 0.0, "steadiness": 0.0}
    (made,) = node.execute(clip, model="upscale_models/x2.pth", **options).values
    assert asked == [(path, "cpu")]
    assert np.abs(made.patches.astype(int) - (255 - clip.patches[:].astype(int))).max() <= 1


@pytest.mark.parametrize(
    ("name", "why"), [("none", "needs a model"), ("upscale_models/gone.pth", "no model 'upscale_models/gone")]
)
def test_without_a_model_the_error_says_where_to_put_it(host: SimpleNamespace, clip: MouthClip, name: str, why: str) -> None:
    """None chosen, or a file that is no longer there."""
    with pytest.raises(SeamSyncError, match=why):
        host.by_id()["EnhanceMouths"].execute(clip, method="restoration", model=name)
