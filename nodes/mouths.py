"""Import Mouths, Enhance Mouths."""

from __future__ import annotations

from typing import Any

import torch

from ..enhance.options import EnhanceOptions
from ..errors import SeamSyncError
from ..media.loops import LOOPS
from ..media.video import TensorSource
from ..options import from_values
from . import files, host, types
from .exchange import watched
from .fields import choice, link, output, settings_inputs
from .host import io

#: Where users keep restoration and upscale models, in the host's names.
_MODEL_FOLDERS = ("facerestore_models", "upscale_models")
_NO_MODEL = "none"


class ImportMouths(io.ComfyNode):
    """Another pack's finished result, its mouths taken out."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "generate/ImportMouths",
            "Import Mouths",
            "Takes the mouths out of another pack's finished result, to put them into your clip without that seam.",
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
            ],
            [output(types.MOUTHS, "mouths", "For Composite Mouths and Preview Composite.")],
            ["wav2lip result", "latentsync result", "musetalk result", "fix seam"],
        )

    @classmethod
    def validate_inputs(cls, loop: str = LOOPS[0]) -> bool | str:
        """Accept the spelling of a loop in older workflows."""
        return True if loop.replace("-", "_") in LOOPS else f"loop must be one of {', '.join(LOOPS)}, got {loop!r}"

    @classmethod
    def execute(cls, track: Any, video: Any = None, images: Any = None, result_track: Any = None, loop: str = LOOPS[0]) -> Any:
        """Cut the lower face out of every frame."""
        from ..models.imported import import_mouths

        if (video is None) == (images is None):
            raise SeamSyncError("Import Mouths needs exactly one of 'video' and 'images': the other pack's result")
        progress = host.progress()
        source = watched(video, progress) if images is None else progress.watch(TensorSource(images, track.fps))
        mouths = import_mouths(source, track, result_track=result_track, loop=loop, runtime=host.runtime(progress))
        return host.result(mouths)


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
