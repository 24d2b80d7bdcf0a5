"""Weights: where they are looked for, what is whole, and checkpoints of every wrapping."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.models import weights
from seamsync.models.registry import ModelEntry, WeightFile

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user cache, and no other place set."""
    monkeypatch.delenv("SEAMSYNC_MODELS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "seamsync"


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> ModelEntry:
    """A registered model of one file, ``b"good"``."""
    file = WeightFile("toy.bin", 4, hashlib.sha256(b"good").hexdigest(), "https://example.org/toy.bin")
    entry = ModelEntry("toy", "test", "https://example.org", (file,), "CC0", True, "toys")
    monkeypatch.setattr(weights, "get", lambda name: entry)
    return entry


def put(folder: Path, content: bytes) -> Path:
    """Write the toy's file."""
    (folder / "toys").mkdir(parents=True, exist_ok=True)
    (folder / "toys" / "toy.bin").write_bytes(content)
    return folder / "toys"


def test_order_of_places(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Host's folder, then SEAMSYNC_MODELS, then the ComfyUI around the pack, then the user's cache."""
    assert weights.weights_dir() == cache
    pack = tmp_path / "ComfyUI" / "custom_nodes" / "some-name"
    pack.mkdir(parents=True)
    monkeypatch.setattr(weights, "_PACK", pack)
    assert weights.weights_dir() == cache  # no models folder: not a ComfyUI
    (tmp_path / "ComfyUI" / "models").mkdir()
    assert weights.weights_dir() == tmp_path / "ComfyUI" / "models" / "seamsync"
    monkeypatch.setenv("SEAMSYNC_MODELS", str(tmp_path / "mine"))
    assert weights.weights_dir() == tmp_path / "mine"
    assert weights.weights_dir(tmp_path / "host") == tmp_path / "host" / "seamsync"
    assert not cache.exists()


@pytest.mark.usefixtures("toy")
def test_status(cache: Path, tmp_path: Path) -> None:
    """Missing, damaged, and present in whichever place has a whole file."""
    host = tmp_path / "host"
    assert weights.status("toy", host) == ("missing", host / "seamsync" / "toys")
    damaged = put(host / "seamsync", b"goo")
    assert weights.status("toy", host) == ("damaged", damaged)
    whole = put(cache, b"good")
    assert weights.status("toy", host) == ("present", whole)
    assert weights.find("toy", host) == {"toy.bin": whole / "toy.bin"}


def test_a_model_of_two_files_needs_both(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One good file of two is damaged, whichever it is, and whether the other is missing or has another content."""
    digest = hashlib.sha256(b"good").hexdigest()
    files = tuple(WeightFile(name, 4, digest, f"https://example.org/{name}") for name in ("toy.bin", "toy.json"))
    monkeypatch.setattr(weights, "get", lambda name: ModelEntry("toy", "test", "", files, "CC0", True, "toys"))
    folder = put(cache, b"good")
    assert weights.status("toy") == ("damaged", folder)
    (folder / "toy.json").write_bytes(b"bad!")
    assert weights.status("toy") == ("damaged", folder)
    (folder / "toy.json").write_bytes(b"good")
    assert weights.status("toy") == ("present", folder)
    (folder / "toy.bin").unlink()
    assert weights.status("toy") == ("damaged", folder)


def test_other_names_of_a_file(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file under another of its names is found there; its own name goes first, and content is still checked."""
    digest = hashlib.sha256(b"good").hexdigest()
    file = WeightFile("first.bin", 4, digest, "https://example.org/toy.bin", aliases=("toy.bin", "third.bin"))
    monkeypatch.setattr(weights, "get", lambda name: ModelEntry("toy", "test", "", (file,), "CC0", True, "toys"))
    assert weights.status("toy") == ("missing", cache / "toys")
    folder = put(cache, b"good")
    assert weights.find("toy") == {"first.bin": folder / "toy.bin"}
    (folder / "first.bin").write_bytes(b"bad")
    assert weights.status("toy") == ("damaged", folder)


@pytest.mark.usefixtures("toy")
def test_find_says_first_what_to_do(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file and the folders, each once, the damaged file's before the rest; then where it comes from, and the licence."""
    host = tmp_path / "host" / "seamsync"
    monkeypatch.setenv("SEAMSYNC_MODELS", str(cache))  # the same folder by two ways
    places, rest = (
        [str(host / "toys"), str(cache / "toys")],
        r"get it from https://example\.org/toy\.bin \(4 bytes\); licence: CC0;",
    )
    with pytest.raises(SeamSyncError, match=f"^toy is missing: put toy.bin into {' or '.join(places)}; {rest} .* allowed$"):
        weights.find("toy", host.parent)
    put(cache, b"bad")
    with pytest.raises(SeamSyncError, match=f"^toy is damaged: put toy.bin into {' or '.join(places[::-1])}; {rest}"):
        weights.find("toy", host.parent)


@pytest.mark.usefixtures("cache")
def test_find_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a shell it is the command; in ComfyUI, where there is none, the pack's own installer."""
    with pytest.raises(SeamSyncError, match=r"^facemesh is missing: run: seamsync models get facemesh; looked in "):
        weights.find("facemesh")
    monkeypatch.setattr(weights, "_PACK", tmp_path / "custom_nodes" / "pack")
    with pytest.raises(SeamSyncError, match=r"run: .*custom_nodes.pack.install\.py facemesh;"):
        weights.find("facemesh")


@pytest.mark.usefixtures("cache")
def test_fetch_by_hand() -> None:
    """Weights that cannot be fetched name page, file, size and folder."""
    with pytest.raises(
        SeamSyncError,
        match=r"put wav2lip\.pth into .*seamsync.wav2lip; .*https://github\.com/Rudrabha.*435,807,851 bytes",
    ):
        weights.fetch("wav2lip")


@pytest.mark.usefixtures("toy")
def test_fetch_leaves_what_is_there(cache: Path) -> None:
    """A whole file is not fetched again."""
    whole = put(cache, b"good")
    assert weights.fetch("toy") == {"toy.bin": whole / "toy.bin"}


def test_torch_hub_models_lie_in_its_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The face-alignment package reads PyTorch hub's folder, so that is where its files go."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert weights.status("face-alignment") == ("missing", tmp_path / "hub" / "checkpoints")


@pytest.mark.parametrize(
    "content",
    [
        STATE,
        {f"module.{key}": value for key, value in STATE.items()},
        {"state_dict": {f"module.{key}": value for key, value in STATE.items()}, "optimizer": {"lr": 1}, "global_step": 3},
        {"epoch": 1, "model": STATE, "optimizer": {}},
        {"params_ema": STATE},
    ],
)
@pytest.mark.parametrize("legacy", [True, False])
def test_containers(tmp_path: Path, content: dict[str, object], legacy: bool) -> None:
    """Bare, prefixed and wrapped state dicts in old and new files give the same tensors."""
    path = tmp_path / "a.pth"
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    got = weights.load_state_dict(path)
    assert list(got) == list(STATE)
    assert all(torch.equal(got[key], STATE[key]) for key in STATE)


@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_truncated(tmp_path: Path, legacy: bool, share: float) -> None:
    """A part of a file says how long it is and asks whether the download is complete."""
    path = tmp_path / "a.pth"
    torch.save({"a": torch.zeros(1000)}, path, _use_new_zipfile_serialization=not legacy)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(SeamSyncError, match=f"{path.stat().st_size:,} bytes: is the download complete"):
        weights.load_state_dict(path)


def test_code_is_not_run(tmp_path: Path) -> None:
    """A pickle that holds more than tensors is refused, and nothing in it runs."""
    path = tmp_path / "a.ckpt"
    torch.save({"state_dict": STATE, "run": Path}, path)
    with pytest.raises(SeamSyncError, match="cannot be read"):
        weights.load_state_dict(path)


def test_whole_modules_are_refused(tmp_path: Path) -> None:
    """A module pickled with its classes says which it asks for."""
    path = tmp_path / "wav2lip.pk1"
    torch.save(torch.nn.Linear(2, 2), path)
    with pytest.raises(SeamSyncError, match=r"without running .* made of torch\.nn\.modules\.linear\.Linear.* state dict"):
        weights.load_state_dict(path)


def test_truncated_published_file(tmp_path: Path) -> None:
    """Of a file whose size is known, the message names it."""
    path = tmp_path / "wav2lip_gan.pth"
    torch.save({"a": torch.zeros(1000)}, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(SeamSyncError, match=r"it has 3,000 bytes, the published file has 435,801,865"):
        weights.load_state_dict(path)


def test_no_state_dict(tmp_path: Path) -> None:
    """A checkpoint without tensors says what it holds."""
    path = tmp_path / "a.pt"
    torch.save({"epoch": 3}, path)
    with pytest.raises(SeamSyncError, match=r"must hold a state dict .* got epoch"):
        weights.load_state_dict(path)


def test_missing_checkpoint(tmp_path: Path) -> None:
    """A path that is not there, or a folder, is named."""
    with pytest.raises(SeamSyncError, match="no such file"):
        weights.load_state_dict(tmp_path / "no.pth")
    with pytest.raises(SeamSyncError, match="no such file"):
        weights.load_state_dict(tmp_path)


def test_safetensors(tmp_path: Path) -> None:
    """A .safetensors file gives the same tensors; a truncated one is refused."""
    safetensors = pytest.importorskip("safetensors.torch", reason="safetensors is optional")
    path = tmp_path / "a.safetensors"
    safetensors.save_file(STATE, path)
    assert torch.equal(weights.load_state_dict(path)["a.weight"], STATE["a.weight"])
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(SeamSyncError, match="is the download complete"):
        weights.load_state_dict(path)


def test_check_keys() -> None:
    """Missing, unexpected and mis-shaped keys are counted and named; the right ones pass."""
    weights.check_keys(STATE, dict(STATE), "a.pth")
    got = {"a.weight": torch.zeros(3, 2), **{f"extra.{i}": torch.zeros(1) for i in range(5)}}
    with pytest.raises(SeamSyncError) as caught:
        weights.check_keys(STATE, got, "a.pth")
    text = str(caught.value)
    assert "of 2 keys, 1 missing (a.bias)" in text
    assert "5 unexpected (extra.0, extra.1, extra.2, …)" in text
    assert "1 of another shape (a.weight [3,2] for [2,3])" in text


def test_a_checkpoint_packed_small(tmp_path: Path) -> None:
    """PyTorch stores tensors as they are: an archive that unpacks to far more is refused unread."""
    torch.save({"a": torch.zeros(8_000_000)}, tmp_path / "plain.pth")
    with zipfile.ZipFile(tmp_path / "plain.pth") as old, zipfile.ZipFile(tmp_path / "a.pth", "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    assert list(weights.load_state_dict(tmp_path / "plain.pth")) == ["a"]
    with pytest.raises(SeamSyncError, match="unpacks from"):
        weights.load_state_dict(tmp_path / "a.pth")


@pytest.mark.parametrize("content", [b"\x80\x02s.", b"\x80\x02}}X", b"\x80\x02h\x05.", b"\x80\x02(U"])
def test_damaged_pickles(content: bytes, tmp_path: Path) -> None:
    """Whatever the reader of pickles raises, the file is named."""
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(SeamSyncError, match=r"a\.pth cannot be read as weights .*is the download complete"):
        weights.load_state_dict(tmp_path / "a.pth")


def test_without_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``SEAMSYNC_MODELS`` alone is enough; without it too no model is an answer, and no folder an error."""
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "SEAMSYNC_MODELS", "USERPROFILE", "HOMEPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)  # as for a user that the system does not know
    assert weights.status("facemesh")[0] == "missing"
    assert weights.weights_dir().is_absolute()
    monkeypatch.setenv("SEAMSYNC_MODELS", str(tmp_path))
    assert weights.weights_dir() == tmp_path
    with pytest.raises(SeamSyncError, match="facemesh is missing"):
        weights.find("facemesh")


def test_folders_that_cannot_be_looked_into(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They count as empty, as does a folder with a file in its place."""
    cache.parent.mkdir(parents=True)
    cache.write_text("a file")
    assert weights.status("facemesh")[0] == "missing"

    def refuse(self: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    assert weights.status("facemesh")[0] == "missing"
    assert weights.existing_files("facemesh") == []
