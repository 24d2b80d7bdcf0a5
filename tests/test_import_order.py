"""The house: rooms import one way only, and importing does nothing but define."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT

ORDER = ["errors", "progress", "runtime", "files", "parsing", "extras", "arrays", "tensors", "options", "client", "media"]
ORDER += ["tracking", "models", "blending", "enhance", "avatars", "quality", "browser", "pipeline_types", "resume", "preview"]
ORDER += ["pipeline", "streaming", "scale", "nodes", "benchmarks", "cli"]


def python_files() -> list[Path]:
    """The project's Python files, relative to its root: as git tracks them, or all there are where git is missing."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    files = [Path(name) for name in listed] or [path.relative_to(ROOT) for path in ROOT.rglob("*.py")]
    return [path for path in files if path.parts[0].removesuffix(".py") in ORDER and (ROOT / path).exists()]


def rooms_imported(path: Path) -> set[str]:
    """Rooms a file imports, anywhere in it, by relative or absolute imports."""
    rooms: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name.removeprefix("seamsync.") for alias in node.names if alias.name.startswith("seamsync.")]
        elif isinstance(node, ast.ImportFrom):
            above = list(path.parts[: len(path.parts) - node.level]) if node.level else []
            base = [*above, *(node.module.split(".") if node.module else [])]
            if not node.level:
                base = base[1:] if base[:1] == ["seamsync"] else ["(elsewhere)"]
            names = [".".join(base)] if base else [alias.name for alias in node.names]
        rooms |= {name.split(".")[0] for name in names}
    return rooms & set(ORDER)


def test_the_reader_of_imports_sees_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check below would notice each way of importing upwards."""
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "media").mkdir()
    path = Path("media/a.py")
    for line, room in (
        ("from ..models import weights", "models"),
        ("from .. import pipeline", "pipeline"),
        ("import seamsync.cli", "cli"),
        ("from seamsync.nodes import types", "nodes"),
        ("from seamsync import tensors", "tensors"),
        ("def f():\n    from ..blending.color import x", "blending"),
        ("from .clips import x", "media"),
    ):
        (tmp_path / path).write_text(line, encoding="utf-8")
        assert rooms_imported(path) == {room}, line
    (tmp_path / path).write_text("import media\nfrom models.x import y", encoding="utf-8")
    assert rooms_imported(path) == set()


@pytest.mark.parametrize("folder", ["blending", "blending/mask", "enhance", "quality", "browser", "benchmarks/wav2lip"])
def test_an_import_upwards_is_noticed_in_every_folder(folder: str) -> None:
    """The list has files of the folder, and an import of ``cli`` in one of them goes upwards."""
    files = [path for path in python_files() if path.parent.as_posix() == folder]
    assert files
    assert ORDER.index("cli") > ORDER.index(files[0].parts[0])


def test_imports_go_one_way() -> None:
    """Each room of docs/architecture.md §4 imports only from itself and from those before it."""
    files = python_files()
    assert {path.parts[0].removesuffix(".py") for path in files} >= {"tensors", "media", "tracking", "models"}
    upward = [
        f"{path} imports {room}"
        for path in files
        for room in sorted(rooms_imported(path))
        if ORDER.index(room) > ORDER.index(path.parts[0].removesuffix(".py"))
    ]
    assert not upward


_WATCH = """
import builtins, logging, os, socket, subprocess, sys, threading
def refuse(name):
    def refused(*args, **kwargs):
        raise SystemExit(f"{name} was called while importing")
    return refused
import av, cv2, numpy, scipy.signal, scipy.ndimage, scipy.spatial, torch, yaml
handlers, environment, threads = list(logging.root.handlers), dict(os.environ), threading.active_count()
torch_state = torch.get_num_threads(), torch.get_default_dtype(), torch.initial_seed()
socket.socket.connect = refuse("connect")
subprocess.Popen.__init__ = refuse("Popen")
real = builtins.open
builtins.open = lambda file, mode="r", *a, **k: real(file, mode, *a, **k) if "r" in mode else refuse(f"open {file}")()
import importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
assert logging.root.handlers == handlers, "logging handlers"
assert not any(log.handlers for name, log in logging.root.manager.loggerDict.items()
               if name.startswith("seamsync") and isinstance(log, logging.Logger)), "logging handlers"
assert dict(os.environ) == environment, "environment"
assert threading.active_count() == threads, "threads"
assert (torch.get_num_threads(), torch.get_default_dtype(), torch.initial_seed()) == torch_state, "torch settings"
assert not torch.cuda.is_initialized(), "CUDA was initialised"
host = [name for name in sys.modules if name.split(".")[0] in ("comfy", "comfy_api", "folder_paths", "server", "nodes")]
assert not host, f"host modules imported: {host}"
print("quiet")
"""


def test_importing_has_no_side_effects(tmp_path: Path) -> None:
    """Every module imports without a file written, a connection, a process, a handler, a thread, CUDA, or a host."""
    modules = [".".join(["seamsync", *path.with_suffix("").parts]).removesuffix(".__init__") for path in python_files()]
    library = ["seamsync", *(name for name in modules if name.split(".")[1] != "nodes")]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", _WATCH, *library]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "quiet\n"
    assert not list(tmp_path.iterdir())
