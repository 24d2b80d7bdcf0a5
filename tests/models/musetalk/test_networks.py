"""MuseTalk's networks against numbers of the original's own modules, of both sides' classes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from closed_form import check_entry, u
from musetalk_networks import SMALL, reference_outputs, unet_state, vae_state
from paths import ROOT
from seamsync.errors import SeamSyncError
from seamsync.models.musetalk.layouts import UNET, VAE, Layout, unet_layout, unet_shapes, vae_layout, vae_shapes, whisper_shapes
from seamsync.models.musetalk.networks import DiffusersLibrary

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "networks.json").read_text(encoding="utf-8"))
#: Ten times the distance of the original's own float32 run from its float64 run.
TOLERANCE = 2.5e-5


def _outputs(side: str, folder: Path) -> dict[str, np.ndarray]:
    if side == "diffusers":
        pytest.importorskip("diffusers")
        return reference_outputs(DiffusersLibrary())
    root = os.environ.get("COMFYUI_ROOT")
    if not root:
        pytest.skip("COMFYUI_ROOT names no ComfyUI checkout")
    script, out = ROOT / "tests" / "support" / "musetalk_networks.py", folder / "out.npz"
    paths = os.pathsep.join([root, str(script.parent), os.environ.get("PYTHONPATH", "")])
    python = os.environ.get("COMFYUI_PYTHON", sys.executable)
    subprocess.run([python, str(script), str(out)], cwd=root, env={**os.environ, "PYTHONPATH": paths}, check=True)
    return dict(np.load(out))


def test_closed_form() -> None:
    """The values that the recipe gives as a check."""
    expected = [-0.25653815, 0.99624455, 0.98421299, 0.37188172, -0.05172729]
    np.testing.assert_allclose(u("a", 5), expected, atol=5e-9)


@pytest.mark.parametrize("side", ["diffusers", "host"])
def test_parity(side: str, tmp_path: Path) -> None:
    """U-Net, autoencoder, Whisper's five states, spectrogram and positions are the original's."""
    found = _outputs(side, tmp_path)
    for name in ("tokens", "log_mel", "unet", "encoder", "decoder"):
        check_entry(found[name], REFERENCE[name], TOLERANCE)
    assert found["whisper"].shape[2] == len(REFERENCE["whisper"])
    for number, entry in enumerate(REFERENCE["whisper"]):
        check_entry(found["whisper"][:, :, number], entry, TOLERANCE)


@pytest.mark.parametrize(
    ("shapes", "count", "parameters", "digest"),
    [
        (unet_shapes(UNET), 686, 849_947_844, "8ccd432b16a3119ee5dd3889e06b76634e121fbbb5dff5b02ca487cd8c7168e0"),
        (vae_shapes(VAE), 248, 83_653_863, "5a0ba4e758a914142de788cfdc978a9e45274c037ef49e4aeac28723907be7c6"),
        (whisper_shapes(), 67, 8_208_384, "33a3467ce2fadef23e3b12d460d9d2f1416a38016d729c1320e15740cf16e007"),
    ],
)
def test_published_names_and_shapes(shapes: dict[str, tuple[int, ...]], count: int, parameters: int, digest: str) -> None:
    """Every name and shape of the published files; the digest is that of their inventories."""
    assert len(shapes) == count
    assert sum(int(np.prod(shape)) for shape in shapes.values()) == parameters
    lines = "".join(f"{name} {list(shape)}\n" for name, shape in sorted(shapes.items()))
    assert hashlib.sha256(lines.encode()).hexdigest() == digest


def test_layouts_are_read_from_shapes() -> None:
    """A layout comes back from its shapes; other networks are none."""
    for layout in (UNET, VAE, SMALL):
        assert unet_layout(unet_shapes(layout)) == layout
        assert vae_layout(vae_shapes(layout)) == layout
    assert unet_layout(vae_shapes(VAE)) is None
    assert vae_layout(whisper_shapes()) is None
    single = unet_shapes(UNET) | {"conv_in.weight": (320, 4, 3, 3)}
    assert unet_layout(single) is None
    with pytest.raises(SeamSyncError, match=r"multiple of 32 channels, got \[30, 64, 64, 64\]"):
        Layout((30, 64, 64, 64))


def test_diffusers_has_the_published_names() -> None:
    """The classes of diffusers and transformers, at full size, have the published tensors; nothing is allocated."""
    pytest.importorskip("diffusers")
    library = DiffusersLibrary()

    def _meta(shapes: dict[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
        return {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}

    unet = library.unet(UNET, _meta(unet_shapes(UNET)))
    assert {name.removeprefix("inner.") for name in unet.state_dict()} == set(unet_shapes(UNET))
    encoder, decoder = library.vae(VAE, _meta(vae_shapes(VAE)))
    assert len(encoder.state_dict()) + len(decoder.state_dict()) == 248
    assert len(library.whisper(_meta(whisper_shapes())).state_dict()) == 67


def test_half_precision_stays_near() -> None:
    """Networks filled with bfloat16 tensors run in it and give nearly the same."""
    pytest.importorskip("diffusers")
    state = {name: value.bfloat16() for name, value in vae_state().items()}
    encoder, _ = DiffusersLibrary().vae(SMALL, state)
    full, _ = DiffusersLibrary().vae(SMALL, vae_state())
    picture = torch.from_numpy(u("picture", 1, 3, 64, 64).astype(np.float32))
    with torch.inference_mode():
        near = encoder(picture.bfloat16())
        exact = full(picture)
    assert near.dtype == torch.bfloat16
    assert float((near.float() - exact).abs().max()) < 0.1
    assert len(unet_state()) == 684
