"""The tests run in a checkout of any name."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT

#: The files that one quick test needs.
_NEEDED = ("pyproject.toml", "__init__.py", "errors.py", "tests/conftest.py", "tests/tracking/test_networks.py")


@pytest.mark.parametrize("name", ["ComfyUI-SeamSync.test", "tests"])
def test_pytest_runs_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    """A hyphen and a dot in the folder's name, or the name of a folder in it, is no error."""
    checkout = tmp_path / name
    for file in _NEEDED:
        (checkout / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, checkout / file)
    shutil.copytree(ROOT / "tests" / "support", checkout / "tests" / "support", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "100%" in done.stdout
