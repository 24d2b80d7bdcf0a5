"""What is installed: every package, every data file, and requirements that do not fight the host's."""

from __future__ import annotations

import re
from typing import Any

import pytest
import seamsync
from paths import ROOT

HOST_BRINGS = {"torch", "torchvision", "torchaudio", "numpy", "scipy", "pillow", "av", "pyyaml", "tqdm", "safetensors"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """pyproject.toml."""
    tomllib = pytest.importorskip("tomllib", reason="tomllib came with Python 3.11")
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def package_names(lines: list[str]) -> set[str]:
    """Lower-case project names of requirement lines."""
    found = (re.match(r"[A-Za-z0-9_.-]+", line.strip()) for line in lines if not line.startswith("#"))
    return {match.group().lower().replace("_", "-") for match in found if match}


def test_every_package_is_installed(project: dict[str, Any]) -> None:
    """A folder with an ``__init__.py`` that is missing from the list would be missing from the wheel."""
    skipped = {"tests", "build", "dist"}
    folders = {path.parent.relative_to(ROOT) for path in ROOT.glob("*/**/__init__.py")}
    rooms = {".".join(["seamsync", *folder.parts]) for folder in folders if folder.parts[0] not in skipped}
    rooms = {room for room in rooms if not room.startswith("seamsync..")}
    assert {"seamsync", *rooms} == set(project["tool"]["setuptools"]["packages"])


def test_every_data_file_is_installed(project: dict[str, Any]) -> None:
    """Sample, workflows and web files are all caught by a pattern."""
    patterns = project["tool"]["setuptools"]["package-data"]["seamsync"]
    caught = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    folders = ("workflows", "web", "locales", "quality/report/template")
    wanted = {path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()}
    wanted |= {ROOT / "sample" / "face.mp4", ROOT / "sample" / "speech.wav", ROOT / "constraints.txt"}
    assert not {str(path.relative_to(ROOT)) for path in wanted - caught}


def test_requirements_leave_the_host_alone(project: dict[str, Any]) -> None:
    """requirements.txt is our dependencies less what ComfyUI brings, with the same bounds and no exact pins."""
    lines = [line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert set(lines) <= set(project["project"]["dependencies"])
    assert package_names(lines) == package_names(project["project"]["dependencies"]) - HOST_BRINGS
    assert not [line for line in lines if "==" in line or "<" in line]


def test_constraints_pin_all_dependencies(project: dict[str, Any]) -> None:
    """constraints.txt fixes every direct dependency, and only by exact versions."""
    lines = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    wanted = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["test"]
    assert package_names(wanted) <= package_names(lines)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9.]+(; python_version >= \"3\.\d+\")?", line) for line in lines)


def test_the_page_gets_the_scripts_once(project: dict[str, Any]) -> None:
    """A folder that pyproject.toml names is served under the project's name too, and every script would run twice."""
    assert "web" not in project["tool"]["comfy"]
    assert (ROOT / seamsync.WEB_DIRECTORY).is_dir()
