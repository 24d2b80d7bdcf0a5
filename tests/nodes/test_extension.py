"""The list of nodes is there at once: what does the work is imported when a node runs, not when the host starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from paths import ROOT

#: Loads the pack as ComfyUI does, after what ComfyUI has imported by then, and prints what the pack's own imports brought in.
_LOAD = """
import asyncio, importlib.util, pathlib, sys
import av, numpy, PIL.Image, torch, yaml
sys.path.insert(0, sys.argv[2])
import comfy.model_management, comfy.utils, comfy_api.latest, folder_paths
folder_paths.set_base(pathlib.Path(sys.argv[3]))
before = set(sys.modules)
spec = importlib.util.spec_from_file_location("pack", sys.argv[1] + "/__init__.py", submodule_search_locations=[sys.argv[1]])
pack = sys.modules["pack"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pack)
extension = asyncio.run(pack.comfy_entrypoint())
nodes = asyncio.run(extension.get_node_list())
assert len([node.define_schema() for node in nodes]) >= 18
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before}))
"""
#: Each costs a good part of a second, or a missing one would keep the whole pack from loading.
HEAVY = {"cv2", "face_alignment", "jinja2", "kornia", "librosa", "matplotlib", "onnx", "onnxruntime", "scipy", "spandrel"}
HEAVY |= {"flatbuffers", "tflite", "torchaudio", "torchvision", "transformers", "tqdm", "aiohttp"}


def test_nothing_heavy_is_imported_for_the_list_of_nodes(tmp_path: Path) -> None:
    """Entry point, list and every schema, in a fresh interpreter: no OpenCV, SciPy, Jinja among the imports."""
    command = [sys.executable, "-c", _LOAD, str(ROOT), str(ROOT / "tests" / "support" / "host_modules"), str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    brought = set(done.stdout.split())
    assert "pack" in brought
    assert not brought & HEAVY
