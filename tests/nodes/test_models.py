"""Models and the host: where they may lie, what is noticed of their files, and who answers for their memory."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from lip_stubs import Stub, lip_network
from seamsync.models import weights
from wav2lip_files import random_checkpoint

CPU = torch.device("cpu")


def _input(count: int, size: int = 8) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(5)
    mel = draw.uniform(-4, 4, (count, 1, 80, 16)).astype(np.float32)
    return mel, draw.integers(0, 256, (count, 3, size, size), dtype=np.uint8)


@pytest.fixture
def loaded(host: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The stand-in host with the pack loaded, and no other place with weights."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(host.folder / "nothing"))
    monkeypatch.delenv("SEAMSYNC_MODELS", raising=False)
    host.nodes()
    host.ours, host.paths = host.load("seamsync.nodes.host"), host.load("folder_paths")
    return host


def _put(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_our_kind_is_made_known_and_nobody_elses(host: SimpleNamespace) -> None:
    """Once the nodes are asked for, and not before, the host knows our folder; a second time changes nothing."""
    paths = host.load("folder_paths")
    before = dict(paths.kinds)
    host.load("seamsync.nodes")
    assert paths.kinds == before
    for _ in range(2):
        host.nodes()
        assert paths.kinds == before | {"seamsync": [str(host.folder / "models" / "seamsync")]}


def test_folders_of_the_user_count(loaded: SimpleNamespace) -> None:
    """Folders of ``extra_model_paths.yaml``, for our kind or Wav2Lip's, are listed and searched; the default comes first."""
    mine, lips, models = loaded.folder / "mine", loaded.folder / "elsewhere" / "wav2lip", loaded.folder / "models"
    loaded.paths.add_model_folder_path("seamsync", str(mine), is_default=True)
    loaded.paths.add_model_folder_path("wav2lip", str(lips))
    folders = loaded.ours.models_folders()
    assert folders == [mine, models / "seamsync", lips.parent, models]
    assert weights.weights_dir(folders) == mine
    for path in (mine / "wav2lip" / "a.pth", lips / "b.pth", models / "wav2lip" / "c.pth", models / "seamsync/wav2lip/d.pth"):
        _put(path)
    listed = loaded.ours.model_files("wav2lip", "seamsync")
    assert list(listed) == ["seamsync/wav2lip/a.pth", "seamsync/wav2lip/d.pth", "wav2lip/b.pth", "wav2lip/c.pth"]
    assert listed["wav2lip/b.pth"] == lips / "b.pth"
    expert = _put(lips / "lipsync_expert.pth")
    assert weights.existing_files("lipsync_expert", folders) == [expert]
    assert weights.existing_files("lipsync_expert", models) == []


@pytest.mark.parametrize("chosen", ["wav2lip/wav2lip_gan.pth", "wav2lip_gan"])
def test_a_changed_checkpoint_is_noticed(loaded: SimpleNamespace, chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its time or its length, without a look into it; nothing else changes the fingerprint."""
    finger = loaded.by_id()["LoadLipSyncModel"].fingerprint_inputs
    missing = finger(model=chosen)
    path = _put(loaded.folder / "models" / "wav2lip" / "wav2lip_gan.pth")
    os.utime(path, ns=(10**18, 10**18))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda *_, **__: pytest.fail("the file was read"))
        seen = finger(model=chosen, batch=3)
        assert seen == finger(model=chosen)
        assert seen != missing
        os.utime(path, ns=(10**18, 2 * 10**18))
        assert finger(model=chosen) != seen
    _put(path, b"xy")
    os.utime(path, ns=(10**18, 10**18))
    assert finger(model=chosen) != seen
    assert finger(model="rewrite") == finger()


def test_a_changed_restoration_model_is_noticed(loaded: SimpleNamespace) -> None:
    """Of Enhance Mouths' models too."""
    finger = loaded.by_id()["EnhanceMouths"].fingerprint_inputs
    path = _put(loaded.folder / "models" / "facerestore_models" / "a.pth")
    seen = finger(model="facerestore_models/a.pth", method="restoration")
    _put(path, b"longer")
    assert finger(model="facerestore_models/a.pth", method="restoration") != seen


def test_a_sample_has_a_fingerprint(loaded: SimpleNamespace) -> None:
    """The same every time."""
    node = loaded.by_id()["LoadFaceVideo"]
    (sample, *_) = next(item.options for item in node.define_schema().inputs if item.id == "file")
    assert sample.startswith("[sample] ")
    assert node.fingerprint_inputs(file=sample) == node.fingerprint_inputs(file=sample, start=2.0) != "missing"


def test_the_host_answers_for_the_memory(loaded: SimpleNamespace) -> None:
    """Load Lip-Sync Model's network is in the host's care: placed for each call through one patcher, with room for a batch."""
    random_checkpoint(loaded.folder / "models" / "wav2lip")
    (model,) = loaded.by_id()["LoadLipSyncModel"].execute(model="wav2lip/wav2lip_gan.pth", batch=2).values
    management = loaded.load("comfy.model_management")
    assert not management.loaded
    for _ in range(2):
        model.network.infer(*_input(2, 96))
    (((first,), room), ((second,), _)) = management.loaded
    assert first is second
    assert isinstance(first.model, torch.nn.Module)
    assert room > 2 * 96 * 96 * 64 * 4, "the decoder's last layer at least"


def test_every_network_has_its_own_patcher(loaded: SimpleNamespace) -> None:
    """A generator of several networks places them in turn; each goes through one patcher."""
    memory = loaded.load("seamsync.nodes.memory").HostMemory()
    networks = [torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)]
    for network in networks * 2:
        memory.place(network, CPU, 10)
    placed = [patchers[0] for patchers, _ in loaded.load("comfy.model_management").loaded]
    assert [patcher.model for patcher in placed] == networks * 2
    assert placed[:2] == placed[2:]


def test_too_little_memory_in_the_host(loaded: SimpleNamespace) -> None:
    """The batch shrinks, the host's cache is emptied each time; what is no lack of memory comes through."""
    management, memory = loaded.load("comfy.model_management"), loaded.load("seamsync.nodes.memory")
    mel, faces = _input(9)
    network = lip_network(Stub(room=3), batch=8, memory=memory.HostMemory())
    assert (network.infer(mel, faces) == faces).all()
    assert (network.batch, management.emptied) == (2, 2)

    class Broken(Stub):
        def forward(self, mel: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("no kernel image is available")

    with pytest.raises(RuntimeError, match="no kernel image"):
        lip_network(Broken(), memory=memory.HostMemory()).infer(mel, faces)


def test_a_network_taken_off_its_device_comes_back(loaded: SimpleNamespace) -> None:
    """The patcher is asked to load it where it runs, and to leave it where the host keeps what rests."""
    memory = loaded.load("seamsync.nodes.memory").HostMemory()
    network = torch.nn.Linear(2, 2)
    memory.place(network, torch.device("meta"), 10)
    (((patcher,), room),) = loaded.load("comfy.model_management").loaded
    assert (patcher.model, patcher.load_device, patcher.offload_device, room) == (network, torch.device("meta"), CPU, 10)
    assert network.weight.device.type == "meta"


def test_other_models_make_room_on_a_gpu(loaded: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a node works there; a CPU is left as it is."""
    management = loaded.load("comfy.model_management")
    asked: list[tuple[float, torch.device]] = []
    monkeypatch.setattr(management, "free_memory", lambda room, where: asked.append((room, where)))
    assert (loaded.ours.device(), asked) == ("cpu", [])
    gpu = torch.device("cuda:0")
    monkeypatch.setattr(management, "get_torch_device", lambda: gpu)
    assert (loaded.ours.device(), asked) == ("cuda:0", [(2 << 30, gpu)])
