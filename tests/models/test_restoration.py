"""Restoration models: found by spandrel, run in batches of one size, safe and clear about what is missing."""

from __future__ import annotations

import importlib
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.models.restoration import Restorer, load_restorer
from torch import nn

CPU = torch.device("cpu")


def spandrel() -> ModuleType:
    """The package, or a skip that says why not."""
    try:
        return importlib.import_module("spandrel")
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"spandrel is not here: {error}")


def compact(features: int = 4, layers: int = 2, scale: int = 2) -> dict[str, torch.Tensor]:
    """Random weights of a tiny SRVGGNetCompact (Real-ESRGAN's small network), by its published names."""
    torch.manual_seed(0)
    body: list[nn.Module] = [nn.Conv2d(3, features, 3, 1, 1), nn.PReLU(features)]
    for _ in range(layers):
        body += [nn.Conv2d(features, features, 3, 1, 1), nn.PReLU(features)]
    body.append(nn.Conv2d(features, 3 * scale**2, 3, 1, 1))
    return OrderedDict((f"body.{name}", value * 0.1) for name, value in nn.Sequential(*body).state_dict().items())


@pytest.mark.parametrize("container", [None, "params_ema", "params"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_published_network_is_recognised_and_runs(container: str | None, suffix: str, tmp_path: Path) -> None:
    """From either file format and container; the result is the network's own: the picture enlarged, plus its body's work."""
    spandrel()
    path, state = tmp_path / f"tiny{suffix}", compact()
    if suffix == ".safetensors":
        if container:
            pytest.skip("safetensors files have no containers")
        importlib.import_module("safetensors.torch").save_file(state, path)
    else:
        torch.save({container: state} if container else state, path)
    model = load_restorer(path, CPU)
    assert (model.name, model.scale, model.face, model.batch) == (path.name, 2, False, 1)
    images = torch.rand(3, 3, 20, 26)
    body = nn.Sequential(*(nn.Conv2d(3, 4, 3, 1, 1), nn.PReLU(4), nn.Conv2d(4, 4, 3, 1, 1), nn.PReLU(4)))
    body.extend([nn.Conv2d(4, 4, 3, 1, 1), nn.PReLU(4), nn.Conv2d(4, 12, 3, 1, 1)])
    body.load_state_dict({key.removeprefix("body."): value for key, value in state.items()})
    with torch.inference_mode():
        wanted = nn.functional.pixel_shuffle(body(images), 2) + nn.functional.interpolate(images, scale_factor=2)
    torch.testing.assert_close(model.restore(images), wanted.clamp(0, 1), atol=1e-5, rtol=0)


def test_other_files_are_named(tmp_path: Path) -> None:
    """A state dict of no known architecture, one that is cut short, and one that would run code."""
    spandrel()
    torch.save({"nothing.weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(SeamSyncError, match=r"other.pth is of no architecture that spandrel knows"):
        load_restorer(tmp_path / "other.pth", CPU)
    broken = compact()
    broken["body.2.weight"] = broken["body.2.weight"][:, :3]
    torch.save(broken, tmp_path / "broken.pth")
    with pytest.raises(SeamSyncError, match=r"broken.pth does not fit the architecture"):
        load_restorer(tmp_path / "broken.pth", CPU)
    torch.save({"code": SimpleNamespace(run=print)}, tmp_path / "code.pth")
    with pytest.raises(SeamSyncError, match=r"code.pth cannot be read"):
        load_restorer(tmp_path / "code.pth", CPU)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ImportError("No module named 'spandrel'"), "pip install spandrel"),
        (RuntimeError("operator torchvision::nms does not exist"), "torch and torchvision must be of one release"),
    ],
)
def test_without_spandrel_the_remedy_is_named(
    error: Exception, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Absent, or broken by a torchvision of another release."""

    def refuse(name: str, *args: Any) -> Any:
        raise error

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(SeamSyncError, match=message):
        load_restorer(tmp_path / "any.pth", CPU)


class _Unknown(Exception):
    """Stands for spandrel's UnsupportedModelError."""


def _stand_in(model: Any) -> SimpleNamespace:
    """As much of spandrel as the loader uses; it knows one model, or none."""

    class Loader:
        def __init__(self, device: torch.device, registry: Any) -> None:
            self.registry = registry

        def load_from_state_dict(self, state: Mapping[str, torch.Tensor]) -> Any:
            if model is None:
                raise _Unknown
            return model

    registry = SimpleNamespace(copy=lambda: SimpleNamespace(add=lambda *entries, ignore_duplicates: None))
    return SimpleNamespace(
        canonicalize_state_dict=lambda state: state,
        MAIN_REGISTRY=registry,
        ModelLoader=Loader,
        UnsupportedModelError=_Unknown,
    )


def _use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: Any) -> Path:
    """Put the stand-in for spandrel in place, without its sister package; a file to load."""
    real = importlib.import_module

    def imported(name: str, *args: Any) -> Any:
        if name == "spandrel_extra_arches":
            raise ImportError(name)
        return _stand_in(model) if name == "spandrel" else real(name, *args)

    monkeypatch.setattr(importlib, "import_module", imported)
    torch.save({"weight": torch.zeros(2)}, tmp_path / "model.pth")
    return tmp_path / "model.pth"


def _described(**changes: Any) -> SimpleNamespace:
    """A model as spandrel describes it."""
    about = {"purpose": "FaceSR", "input_channels": 3, "output_channels": 3, "scale": 1}
    about |= {"architecture": SimpleNamespace(name="GFPGAN")} | changes
    model = SimpleNamespace(**about)
    model.eval = lambda: model
    return model


def test_codeformer_names_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its layers are in another package, which is not here."""
    with pytest.raises(SeamSyncError, match="pip install spandrel-extra-arches"):
        load_restorer(_use(monkeypatch, tmp_path, None), CPU)


def test_face_restorers_are_told_from_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They need a framed face; an inpainting or a one-channel model will not do."""
    assert load_restorer(_use(monkeypatch, tmp_path, _described()), CPU).face
    assert not load_restorer(_use(monkeypatch, tmp_path, _described(purpose="SR", scale=4)), CPU).face
    for changes in ({"purpose": "Inpainting"}, {"input_channels": 1}):
        with pytest.raises(SeamSyncError, match="must turn an RGB picture into one, got GFPGAN"):
            load_restorer(_use(monkeypatch, tmp_path, _described(**changes)), CPU)


def test_batches_are_always_of_one_size() -> None:
    """The last one is filled up, and what filled it is dropped."""
    sizes: list[int] = []

    def run(images: torch.Tensor) -> torch.Tensor:
        sizes.append(len(images))
        return 1 - images

    images = torch.rand(7, 3, 8, 8)
    torch.testing.assert_close(Restorer(run, batch=3).restore(images), 1 - images)
    assert sizes == [3, 3, 3]


def test_out_of_memory_halves_the_batch() -> None:
    """Down to one picture; then it says so."""
    sizes: list[int] = []

    def run(images: torch.Tensor, most: int = 2) -> torch.Tensor:
        sizes.append(len(images))
        if len(images) > most:
            raise torch.cuda.OutOfMemoryError("out of memory")
        return images

    images = torch.rand(5, 3, 8, 8)
    assert torch.equal(Restorer(run, batch=8).restore(images), images)
    assert sizes == [8, 4, 2, 2, 2]
    with pytest.raises(SeamSyncError, match="too little memory for one picture"):
        Restorer(lambda images: run(images, 0), batch=4).restore(images)


def test_a_model_of_another_scale_is_named() -> None:
    """Its pictures would land elsewhere."""
    with pytest.raises(SeamSyncError, match=r"result of big must be .* = \[1,3,16,16\], got \[1,3,8,8\]"):
        Restorer(lambda images: images, name="big", scale=2).restore(torch.rand(1, 3, 8, 8))
