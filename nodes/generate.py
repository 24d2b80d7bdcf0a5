"""Load Lip-Sync Model, Generate Mouths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import SeamSyncError
from ..media.audio import Audio
from ..media.clips import LOOPS
from ..models import registry, weights
from ..models.base import GENERATORS, SILENCES, GenerateOptions
from ..models.wav2lip.run import PRECISIONS
from ..tracking.face_box import FaceBox
from . import files, host, types
from .exchange import watched
from .fields import choice, link, number, output, switch, text, whole
from .host import io
from .memory import HostMemory

_PADS = " ".join(f"{pad:g}" for pad in FaceBox.pads)
#: What lies beside the generators in Wav2Lip's folders.
_BESIDE = ("expert", "disc", "syncnet", "s3fd")


def generate_inputs() -> list[Any]:
    """The choices that are the same for every generator."""
    return [
        choice("silence", SILENCES, "While nobody speaks: close the lips, keep the clip's own mouth, or go on generating."),
        number(
            "silence_threshold",
            GenerateOptions.silence_threshold,
            10.0,
            80.0,
            1.0,
            "Decibels under the loud level that count as silence.",
        ),
        choice(
            "loop",
            LOOPS,
            "How a clip shorter than the speech goes on; 'end' stops with the clip.",
        ),
        switch("keep_rest", GenerateOptions.keep_rest, "Lets a clip longer than the speech run on to its own end, untouched."),
        number("strength", GenerateOptions.strength, 0.0, 2.0, 0.05, "How wide the mouth opens; 1 is the person's own."),
    ]


class LoadLipSyncModel(io.ComfyNode):
    """The generator to use."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "LoadLipSyncModel",
            "Load Lip-Sync Model",
            "Chooses what generates the mouths. 'rewrite' is built in and needs no checkpoint. Wav2Lip's published weights are "
            "for research only, not for commercial use.",
            [
                choice(
                    "model",
                    [*GENERATORS, *_checkpoints()],
                    "The generator: built in, a published Wav2Lip by its name, or a file of your own.",
                ),
                choice("precision", PRECISIONS, "For Wav2Lip; 'auto' is half precision on a GPU."),
                whole("batch", 0, 0, 512, "For Wav2Lip: frames generated at once; 0 suits the device."),
                text("pads", _PADS, "For Wav2Lip: pixels added to the face's box at its top, bottom, left and right."),
                switch("level", FaceBox.level, "For Wav2Lip: turns the face's box with the eyes; off is as published."),
                whole("sound_offset", 0, -5, 5, "For Wav2Lip: frames by which the sound is moved; -1 is as it was trained."),
            ],
            [output(types.LIPSYNC_MODEL, "model", "For Generate Mouths.")],
            ["wav2lip", "musetalk", "checkpoint", "lip sync model"],
        )

    @classmethod
    def fingerprint_inputs(cls, model: str = GENERATORS[0], **_: Any) -> str:
        """Changes when the file does."""
        return files.fingerprint_of(None if model == GENERATORS[0] else _checkpoint(model))

    @classmethod
    def execute(
        cls,
        model: str = GENERATORS[0],
        precision: str = PRECISIONS[0],
        batch: int = 0,
        pads: str = _PADS,
        level: bool = FaceBox.level,
        sound_offset: int = 0,
    ) -> Any:
        """The loaded generator; it stays loaded while the node is cached."""
        from ..models.generators import load_generator

        if model == GENERATORS[0]:
            return host.result(load_generator(model))
        settings = {"precision": precision, "batch": batch, "pads": _four(pads), "level": level, "offset_frames": sound_offset}
        place = {"device": host.device(), "models": host.models_folders(), "memory": HostMemory()}
        made = load_generator(_file(model), **place, **settings)
        if model in registry.names():
            host.tell(f"{model}: {registry.get(model).terms}")
        return host.result(made)


def _checkpoints() -> dict[str, Path]:
    """Files that may be Wav2Lip's: all in its own folders, and checkpoints that have its name."""
    suffixes = (*host.WEIGHTS, ".onnx")
    files = host.model_files("wav2lip", host.MODELS, "checkpoints", suffixes=suffixes)
    own = {name: path for name, path in files.items() if "wav2lip" in name.lower()}
    return {name: path for name, path in own.items() if not any(word in path.name.lower() for word in _BESIDE)}


def _file(model: str) -> str | Path:
    """The file chosen, or one that is called as the name chosen; else the name, to be looked for where the registry says."""
    found = _checkpoints()
    return found.get(model) or next((path for path in found.values() if path.stem.lower() == model), model)


def _checkpoint(model: str) -> Path | None:
    """The file that a choice comes to, unread; None where there is none."""
    file = _file(model)
    if isinstance(file, Path) or file not in registry.names():
        return Path(file)
    return next(iter(weights.existing_files(file, host.models_folders())), None)


def _four(pads: str) -> tuple[float, float, float, float]:
    """The numbers in a text, apart by blanks or commas."""
    try:
        top, bottom, left, right = (float(part) for part in pads.replace(",", " ").split())
    except ValueError as error:
        raise SeamSyncError(f"pads must be four numbers, top bottom left right, such as '{_PADS}', got {pads!r}") from error
    return top, bottom, left, right


class GenerateMouths(io.ComfyNode):
    """Speech and a face into mouth patches."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "GenerateMouths",
            "Generate Mouths",
            "Makes a mouth for every frame of the speech. The result is kept while you tune the seam.",
            [
                link(io.Video, "video", "The target clip; the one that was tracked."),
                link(types.FACE_TRACK, "track", "The clip's face, from Smooth Landmarks."),
                link(io.Audio, "audio", "The speech, from Load Speech Audio."),
                link(
                    types.LIPSYNC_MODEL,
                    "model",
                    "From Load Lip-Sync Model; by default the built-in one.",
                    optional=True,
                ),
                *generate_inputs(),
            ],
            [output(types.MOUTHS, "mouths", "For Composite Mouths and Preview Composite.")],
            ["lip sync", "talking head", "wav2lip", "generate lips"],
        )

    @classmethod
    def execute(cls, video: Any, track: Any, audio: Any, model: Any = GENERATORS[0], **options: Any) -> Any:
        """Run the generator."""
        from ..pipeline import generate_mouths

        progress = host.progress()
        mouths = generate_mouths(
            watched(video, progress),
            track,
            Audio.from_comfy(audio),
            generator=model,
            options=GenerateOptions(**options),
            device=host.device(),
            models=host.models_folders(),
            progress=progress,
        )
        return host.result(mouths)
