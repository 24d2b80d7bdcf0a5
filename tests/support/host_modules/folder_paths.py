"""Folders of the stand-in host; the fixture points `base` to a temporary folder."""

from __future__ import annotations

import mimetypes
from pathlib import Path

base = Path()
models_dir = ""
#: Kind → folders; the host's own kinds and those that packs or the user made known.
kinds: dict[str, list[str]] = {}


def set_base(folder: Path) -> None:
    """Use (and make) input, output, temp and models below ``folder``."""
    global base, models_dir
    base, models_dir = folder, str(folder / "models")
    for name in ("input", "output", "temp", "models"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    kinds.clear()
    kinds["upscale_models"] = [str(folder / "models" / "upscale_models")]


def get_input_directory() -> str:
    return str(base / "input")


def get_output_directory() -> str:
    return str(base / "output")


def get_temp_directory() -> str:
    return str(base / "temp")


def filter_files_content_types(files: list[str], content_types: list[str]) -> list[str]:
    kinds = {name: (mimetypes.guess_type(name)[0] or "").split("/")[0] for name in files}
    return [name for name in files if kinds[name] in content_types]


def get_annotated_filepath(name: str, default_dir: str | None = None) -> str:
    for folder in ("input", "output", "temp"):
        if name.endswith(f"[{folder}]"):
            return str(base / folder / name.removesuffix(f"[{folder}]").rstrip())
    return str(Path(default_dir or get_input_directory()) / name)


def add_model_folder_path(folder_name: str, full_folder_path: str, is_default: bool = False) -> None:
    folders = kinds.setdefault(folder_name, [])
    if full_folder_path not in folders:
        folders.insert(0 if is_default else len(folders), full_folder_path)


def get_folder_paths(folder_name: str) -> list[str]:
    """As the host: of the kinds it knows; another kind is a KeyError."""
    return list(kinds[folder_name])


def get_filename_list(folder_name: str) -> list[str]:
    files = [(path, folder) for folder in kinds[folder_name] for path in Path(folder).rglob("*") if path.is_file()]
    return sorted({str(path.relative_to(folder)) for path, folder in files})


def get_full_path(folder_name: str, filename: str) -> str | None:
    paths = [Path(folder) / filename for folder in kinds.get(folder_name, [])]
    return next((str(path) for path in paths if path.is_file()), None)


def get_save_image_path(filename_prefix: str, output_dir: str, image_width: int = 0, image_height: int = 0) -> tuple:
    """As the host: folder (made), name, next counter, subfolder, prefix."""
    wanted = Path(output_dir) / filename_prefix
    wanted.parent.mkdir(parents=True, exist_ok=True)
    numbers = [path.name[len(wanted.name) + 1 :].split("_")[0] for path in wanted.parent.glob(f"{wanted.name}_*")]
    counter = max([int(number) for number in numbers if number.isdecimal()], default=0) + 1
    return str(wanted.parent), wanted.name, counter, str(Path(filename_prefix).parent), filename_prefix
