"""Import Mouths, Enhance Mouths."""

from __future__ import annotations

from typing import Any

import torch

from ..enhance.options import EnhanceOptions
from ..errors import SeamSyncError
from ..media.loops import LOOPS
from ..media.video import TensorSource
from ..models.regions.options import RegionOptions
from ..options import from_values
from . import files, host, region_files, types
from .exchange import watched
from .fields import choice, link, loop_validity, output, settings_inputs, text
from .host import io

#: Where users keep restoration and upscale models, in the host's names.
_MODEL_FOLDERS = ("facerestore_models", "upscale_models")
_NO_MODEL = "none"


class ImportMouths(io.ComfyNode):
    """Mouths made elsewhere: cut out of a finished result, or pictures of a region with its bounds."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "generate/ImportMouths",
            "Import Mouths",
            "Takes the mouths out of another pack's finished result, or pictures of mouths with their bounds, to put them into "
            "your clip without a seam.",
            [
                link(types.FACE_TRACK, "track", "The face of your own clip, from Smooth Landmarks."),
                link(io.Video, "video", "The other pack's result for the same clip.", optional=True),
                link(io.Image, "images", "Or its result as a batch of images.", optional=True),
                link(
                    types.FACE_TRACK,
                    "result_track",
                    "The face of that result; it is tracked by itself where nothing is linked.",
                    optional=True,
                ),
                choice("loop", LOOPS, "How your clip went on in a result that is longer."),
                link(io.Video, "target", "For regions: your own clip, in which the generated lips are found.", optional=True),
                link(io.Image, "regions", "Or pictures of the mouth alone, one a frame, with bounds.", optional=True),
                choice(
                    "regions_from",
                    region_files.choices(),
                    "Or a folder of such pictures, named by frame, or a .jsonl file, in ComfyUI's input folder.",
                    advanced=True,
                ),
                text(
                    "bounds",
                    "",
                    "Where the regions lie: four numbers (left, top, right, bottom) for all frames, or a row a frame, as JSON "
                    "or lines; empty where the folder or file has its own.",
                    multiline=True,
                    advanced=True,
                ),
                *settings_inputs(RegionOptions),
            ],
            [output(types.MOUTHS, "mouths", "For Composite Mouths and Preview Composite.")],
            ["wav2lip result", "latentsync result", "musetalk result", "fix seam"],
        )

    @classmethod
    def validate_inputs(cls, loop: str = LOOPS[0], regions_from: str | None = None) -> bool | str:
        """Accept the spelling of a loop in older workflows, and regions that came after the page was loaded."""
        known = loop_validity(loop, LOOPS)
        return region_files.validity(regions_from or region_files.NONE) if known is True else known

    @classmethod
    def fingerprint_inputs(cls, regions_from: str | None = None, **_: Any) -> str:
        """Changes when the folder or the file of regions does."""
        return region_files.fingerprint(regions_from or region_files.NONE)

    @classmethod
    def execute(
        cls,
        track: Any,
        video: Any = None,
        images: Any = None,
        result_track: Any = None,
        loop: str = LOOPS[0],
        target: Any = None,
        regions: Any = None,
        regions_from: str = region_files.NONE,
        bounds: str = "",
        **options: Any,
    ) -> Any:
        """Cut the lower face out of every frame, or place the regions."""
        from ..models.imported import import_mouths
        from ..models.regions.generator import import_regions

        folder = None if regions_from == region_files.NONE else regions_from
        if sum(one is not None for one in (video, images, regions, folder)) != 1:
            raise SeamSyncError(
                "Import Mouths needs exactly one of 'video', 'images' (another pack's result), 'regions' and 'regions_from'"
            )
        progress = host.progress()
        if video is None and images is None:
            if target is None:
                raise SeamSyncError("Import Mouths needs your own clip in 'target' to place mouth regions; link the video")
            found, chosen = _read_regions(regions, folder, bounds), from_values(RegionOptions, options)
            clip, runtime = watched(target, progress), host.runtime(progress)
            return host.result(import_regions(clip, track, found, options=chosen, loop=loop, runtime=runtime))
        source = watched(video, progress) if images is None else progress.watch(TensorSource(images, track.fps))
        mouths = import_mouths(source, track, result_track=result_track, loop=loop, runtime=host.runtime(progress))
        return host.result(mouths)


def _read_regions(pictures: Any, folder: str | None, bounds: str) -> Any:
    from ..models.regions.bounds import rows_of_text
    from ..models.regions.read import read_regions

    source = pictures.numpy(force=True) if folder is None else region_files.path_of(folder)
    return read_regions(source, rows_of_text(bounds) if bounds.strip() else None)


class EnhanceMouths(io.ComfyNode):
    """Mouths made crisper or larger."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "generate/EnhanceMouths",
            "Enhance Mouths",
            "Sharpens the mouths, makes them larger and crisper, or restores them with a model of your own.",
            [
                link(types.MOUTHS, "mouths", "From Generate Mouths or Import Mouths."),
                *settings_inputs(EnhanceOptions),
                choice(
                    "model",
                    [_NO_MODEL, *host.model_files(*_MODEL_FOLDERS)],
                    f"For the method 'restoration': a file from your {' or '.join(_MODEL_FOLDERS)} folder.",
                ),
            ],
            [output(types.MOUTHS, "mouths", "The enhanced mouths.")],
            ["sharpen", "unsharp mask", "restore face", "gfpgan", "codeformer", "upscale"],
        )

    @classmethod
    def fingerprint_inputs(cls, model: str = _NO_MODEL, **_: Any) -> str:
        """Changes when the model's file does."""
        return files.fingerprint_of(host.model_files(*_MODEL_FOLDERS).get(model))

    @classmethod
    def execute(cls, mouths: Any, model: str = _NO_MODEL, **options: Any) -> Any:
        """Enhance a chunk at a time."""
        from ..enhance.enhance import enhance_mouths

        chosen = from_values(EnhanceOptions, options)
        restorer = _restorer(model) if chosen.method == "restoration" else None
        progress = host.progress()
        return host.result(enhance_mouths(mouths, chosen, restorer=restorer, progress=progress, show=progress.show))


def _restorer(name: str) -> Any:
    from ..models.restoration import load_restorer

    models = host.model_files(*_MODEL_FOLDERS)
    if name == _NO_MODEL:
        raise SeamSyncError(f"the method 'restoration' needs a model: put one into {' or '.join(_MODEL_FOLDERS)} and choose it")
    if name not in models:
        raise SeamSyncError(f"no model {name!r} in {' or '.join(_MODEL_FOLDERS)}; choose another, or put it there")
    return load_restorer(models[name], torch.device(host.device()))
