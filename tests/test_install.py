"""The installer that ComfyUI-Manager runs: any folder name, any working folder, never a failed installation."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT
from seamsync.models import registry


def run_installer(tmp_path: Path, *, online: bool) -> str:
    """Run install.py of a pack linked under another name, from elsewhere; its output."""
    pack = tmp_path / "ComfyUI" / "custom_nodes" / "Seam-Sync.main"
    pack.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "ComfyUI" / "models").mkdir(exist_ok=True)
    if not pack.exists():
        pack.symlink_to(ROOT, target_is_directory=True)
    environment = {key: value for key, value in os.environ.items() if key != "SEAMSYNC_MODELS"}
    environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    if not online:
        environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(pack / "install.py")], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_network_is_no_failure(tmp_path: Path) -> None:
    """Without a network it says so, and names the command to run later."""
    said = run_installer(tmp_path, online=False)
    assert "cannot fetch mediapipe==0.10.21" in said
    assert f"run this later: {sys.executable}" in said
    assert "Seam-Sync.main" in said


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    """With the weights in ComfyUI's models folder nothing is fetched."""
    from seamsync.models import weights

    state, source = weights.status("facemesh")
    if state != "present":
        pytest.skip("the facemesh weights are not on this machine; run: seamsync models get facemesh")
    folder = tmp_path / "ComfyUI" / "models" / "seamsync" / "facemesh"
    folder.mkdir(parents=True)
    for file in registry.get("facemesh").files:
        (folder / file.name).write_bytes((source / file.name).read_bytes())
    assert run_installer(tmp_path, online=False) == "SeamSync: facemesh is ready.\n"
