"""Run by ComfyUI-Manager after cloning: fetches the face detector and the face mesh.

Also by hand: ``python install.py [NAME]``. Works from any folder and any folder name; never fails an installation.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

PACK = Path(__file__).parent


def load_package() -> ModuleType:
    """The pack as ``seamsync``, whatever its folder is called; only in this process."""
    spec = importlib.util.spec_from_file_location("seamsync", PACK / "__init__.py", submodule_search_locations=[str(PACK)])
    if spec is None or spec.loader is None:
        raise ImportError(f"{PACK} holds no package")
    package = importlib.util.module_from_spec(spec)
    sys.modules["seamsync"] = package
    spec.loader.exec_module(package)
    return package


def main(name: str = "facemesh") -> int:
    """Fetch weights unless they are there; 0 even when that fails, as the pack explains itself when it is used."""
    try:
        load_package()
        weights = importlib.import_module("seamsync.models.weights")
        state, folder = weights.status(name)
        if state != "present":
            sys.stdout.write(f"SeamSync: fetching {name} into {folder} …\n")
            weights.fetch(name)
        sys.stdout.write(f"SeamSync: {name} is ready.\n")
    except Exception as error:  # an installer must go on: no network now is no reason to drop the pack
        sys.stdout.write(f"SeamSync: {name} is not there yet: {error}\n")
        sys.stdout.write(f"SeamSync: run this later: {sys.executable} {Path(__file__).absolute()} {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
