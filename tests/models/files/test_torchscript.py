"""TorchScript archives: the same tensors that PyTorch finds, and nothing run."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.models.files.torchscript import read_torchscript
from seamsync.models.weights import load_state_dict

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*", "ignore:.*TorchScript.*")


class _Net(torch.nn.Module):
    """Nested modules, a buffer, tied and transposed weights, half precision."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = torch.nn.ModuleList(
            [
                torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2)),
                torch.nn.Sequential(torch.nn.Conv2d(2, 2, 1)),
            ]
        )
        self.turned = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3).T)
        self.register_buffer("gains", torch.arange(4.0, 8.0).half()[1:])

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        """Use all of it."""
        for block in self.blocks:
            value = block(value)
        return value * self.gains.sum() + self.turned.sum()  # type: ignore[operator]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A traced network on disk."""
    path = tmp_path / "net.pt"
    torch.manual_seed(3)
    torch.jit.trace(_Net().eval(), torch.zeros(1, 1, 5, 5)).save(str(path))  # type: ignore[union-attr]
    return path


def test_same_as_pytorch(archive: Path) -> None:
    """Keys and values of ``torch.jit.load(...).state_dict()``, through the loader of all checkpoints too."""
    expected = torch.jit.load(str(archive)).state_dict()
    for got in (read_torchscript(archive), load_state_dict(archive)):
        assert sorted(got) == sorted(expected)
        for key, value in expected.items():
            assert got[key].dtype == value.dtype
            assert torch.equal(got[key], value)


def test_scripted(tmp_path: Path) -> None:
    """A compiled network, with attributes that are lists and numbers."""

    class Listed(torch.nn.Module):
        """Holds a list."""

        def __init__(self) -> None:
            super().__init__()
            self.sizes, self.scale = [3, 4], 2.0
            self.layer = torch.nn.Linear(2, 2)

        def forward(self, value: torch.Tensor) -> torch.Tensor:
            """Use it."""
            return self.layer(value) * self.scale * self.sizes[0]

    torch.jit.script(Listed()).save(str(tmp_path / "a.pt"))  # type: ignore[union-attr]
    assert sorted(read_torchscript(tmp_path / "a.pt")) == ["layer.bias", "layer.weight"]


def test_program_is_not_read(archive: Path, tmp_path: Path) -> None:
    """Without its code the archive gives the same weights."""
    bare = tmp_path / "bare.pt"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(bare, "w") as new:
        for name in old.namelist():
            if "/code/" not in name:
                new.writestr(name, old.read(name))
    assert sorted(read_torchscript(bare)) == sorted(read_torchscript(archive))


class _Evil:
    """Asks for a call when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("never"),))  # type: ignore[return-value]


def test_other_names_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pickle that wants a function called is stopped before the call."""
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("evil.pt", "w") as archive:
        archive.writestr("evil/data.pkl", pickle.dumps(_Evil(), protocol=2))
    with pytest.raises(SeamSyncError, match="which is no weight"):
        read_torchscript(Path("evil.pt"))
    assert not Path("never").exists()


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_truncated(archive: Path, share: float) -> None:
    """A part of an archive is refused."""
    archive.write_bytes(archive.read_bytes()[: int(share * archive.stat().st_size)])
    with pytest.raises(SeamSyncError, match="is the download complete"):
        read_torchscript(archive)


def test_frozen(archive: Path) -> None:
    """Frozen archives have no named weights; the message says what to give."""
    torch.jit.freeze(torch.jit.load(str(archive)).eval()).save(str(archive))
    with pytest.raises(SeamSyncError, match="without named weights"):
        read_torchscript(archive)


def test_modules_that_hold_one_another(tmp_path: Path) -> None:
    """Thirty modules, each holding the next one twice, stand for 10^9 modules: refused at once."""
    text = b"\x80\x02" + b"c__torch__\nM\n)\x81}b" + b"q\x00"
    text += b"".join(b"c__torch__\nM\n)\x81}(X\x01\x00\x00\x00ah\x00X\x01\x00\x00\x00bh\x00ubq\x00" for _ in range(30)) + b"."
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("a/data.pkl", text)
    with pytest.raises(SeamSyncError, match="more than 100000 modules and tensors"):
        read_torchscript(tmp_path / "a.pt")
