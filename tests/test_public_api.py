"""The public API: its names, that they are imported late, and their examples."""

from __future__ import annotations

import ast
import doctest
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import seamsync
from paths import ROOT, SAMPLE
from seamsync.media.audio import cut_audio, load_audio
from seamsync.media.encode import VideoWriter
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.video import VideoReader
from seamsync.media.wav import write_wav
from seamsync.models import weights

#: What only ComfyUI and packaging use.
PLAIN = {"WEB_DIRECTORY", "__version__", "comfy_entrypoint"}
#: Their examples find a face.
NETWORKS = {
    "composite_video",
    "generate_mouths",
    "import_mouths",
    "inspect_video",
    "lipsync",
    "preview_composite",
    "track_video",
}
NAMES = sorted(set(seamsync.__all__) - PLAIN)
COUNT = 8


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: ``face.mp4``, ``speech.wav`` and ``sample/`` with both, 8 frames long."""
    clip = VideoReader(SAMPLE / "face.mp4", duration=COUNT / 25)
    with VideoWriter(tmp_path / "face.mp4", clip.info, settings=EncodeSettings(preset="ultrafast")) as writer:
        for frame in clip.frames():
            writer.write(frame)
    write_wav(cut_audio(load_audio(SAMPLE / "speech.wav"), start=0.5, duration=COUNT / 25), tmp_path / "speech.wav")
    (tmp_path / "sample").mkdir()
    for name in ("face.mp4", "speech.wav"):
        shutil.copy(tmp_path / name, tmp_path / "sample" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def need_networks() -> None:
    """Skip where the face networks' files are missing."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not on this machine; run: seamsync models get facemesh")


def described(name: str) -> str:
    """The docstring that has a name's example: its own, or its module's for the dictionary of presets."""
    value: Any = getattr(seamsync, name)
    text = sys.modules["seamsync.blending.presets"].__doc__ if name == "PRESETS" else value.__doc__
    return text or ""


@pytest.mark.parametrize("name", NAMES)
def test_the_example_runs(name: str, folder: Path) -> None:
    """Each public name has an ``Example:`` in its docstring that imports the name from seamsync and gives what it shows."""
    if name in NETWORKS:
        need_networks()
    assert "Example:\n" in described(name)
    example = described(name).split("Example:\n")[1]
    assert re.search(rf">>> from seamsync import .*\b{name}\b", example)
    test = doctest.DocTestParser().get_doctest(example, {}, name, None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    report: list[str] = []
    runner.run(test, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)
    assert len(test.examples) > 1


def test_the_runner_notices_a_wrong_example() -> None:
    """An example whose result is another fails."""
    test = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert doctest.DocTestRunner().run(test, out=lambda text: None).failed == 1


def test_names_are_listed_once_and_sorted() -> None:
    """``__all__`` is sorted, and agrees with the table of modules and the imports for type checkers; ``dir`` lists all."""
    order = sorted(set(seamsync.__all__), key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert seamsync.__all__ == order
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    checked = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in checked.body if isinstance(node, ast.ImportFrom)]
    assert {str(node.module): tuple(one.name for one in node.names) for node in imports} == seamsync._LAZY
    assert {name for names in seamsync._LAZY.values() for name in names} | PLAIN | {"Cancelled", "SeamSyncError"} == set(
        seamsync.__all__
    )
    assert set(seamsync.__all__) <= set(dir(seamsync))
    with pytest.raises(AttributeError, match=r"'seamsync' has no attribute 'lipsink'"):
        seamsync.lipsink  # noqa: B018


def test_import_is_light() -> None:
    """``import seamsync`` imports no torch, no NumPy, no OpenCV; a settings object comes without the pipeline."""
    code = "import sys, seamsync; print([n for n in ('torch', 'numpy', 'cv2', 'av') if n in sys.modules]); dir(seamsync)"
    code += "; seamsync.Runtime('cpu'); print('torch' in sys.modules, 'seamsync.pipeline' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "False False"]


def test_the_readme_shows_the_library(folder: Path) -> None:
    """The ten lines of "As a library" run on the sample."""
    need_networks()
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## As a library\n")[1].split("\n## ")[0]
    code = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(code) == 1
    assert len(code[0].splitlines()) <= 10
    made: dict[str, Any] = {}
    exec(code[0], made)  # noqa: S102 (the README's own lines)
    assert VideoReader(folder / "out.mp4").info.frame_count == COUNT
    assert isinstance(made["pictures"], np.ndarray)
    assert made["pictures"].dtype == np.uint8
