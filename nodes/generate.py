"""Load Lip-Sync Model, Generate Mouths."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from ..media.audio import Audio
from ..models import generators, registry, weights
from ..models.options import GenerateOptions
from ..options import Setting, from_values, read_numbers
from . import files, host, types
from .exchange import watched
from .fields import accepts_old_values, choice, link, options_inputs, output, settings_inputs
from .host import io
from .memory import HostMemory


def generate_inputs() -> list[Any]:
    """The choices that are the same for every generator."""
    return settings_inputs(GenerateOptions, leave_out=("seed",))


class LoadLipSyncModel(io.ComfyNode):
    """Choose and load a generator."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "generate/LoadLipSyncModel",
            "Load Lip-Sync Model",
            "Chooses what generates the mouths. 'rewrite' is built in and needs no checkpoint. Wav2Lip's published weights are "
            "for research only, not for commercial use. MuseTalk runs on ComfyUI's own networks, nothing else is installed.",
            [
                choice(
                    "model",
                    [*generators.generator_names(), *_checkpoints()],
                    "The generator: built in, published weights by their name, or a file of your own.",
                ),
                *options_inputs([(entry.title, entry.declared) for entry in generators.entries()]),
            ],
            [output(types.LIPSYNC_MODEL, "model", "For Generate Mouths.")],
            ["wav2lip", "musetalk", "checkpoint", "lip sync model"],
        )

    @classmethod
    def fingerprint_inputs(cls, model: str = generators.DEFAULT_GENERATOR, **_: Any) -> str:
        """Changes when the file does."""
        return files.fingerprint_of(_checkpoint(model))

    @classmethod
    def execute(cls, model: str = generators.DEFAULT_GENERATOR, **settings: Any) -> Any:
        """Load the generator; it stays loaded while the node is cached."""
        chosen = _file(model)
        entry = generators.entry_of(chosen)
        _check(settings)
        options = {item.name: _value(item, settings[item.input_id]) for item in entry.declared if item.input_id in settings}
        if not entry.needs_file:
            return host.result(generators.load_generator(chosen, **options))
        place: dict[str, Any] = {"device": host.device(), "models": host.models_folders(), "memory": HostMemory()}
        if "library" in {item.name for item in fields(entry.options)}:
            place["library"] = _own_networks()
        made = generators.load_generator(chosen, **place, **options)
        if model in registry.names():
            host.show_text(f"{model}: {registry.get(model).terms}")
        return host.result(made)


def _own_networks() -> Any:
    """Return the host's classes of networks; None for a host that lacks one, so that installed packages are used."""
    try:
        from .networks import HostNetworks
    except ImportError:
        return None
    return HostNetworks()


def _check(settings: dict[str, Any]) -> None:
    """Refuse wrong values of every generator's options, also of those that are not chosen: another choice must not break."""
    for entry in generators.entries():
        for item in entry.declared:
            if item.input_id in settings:
                item.check(entry.title, item.current(_value(item, settings[item.input_id])))


def _value(item: Setting, given: Any) -> Any:
    """Return an option's value, of what its input holds."""
    return read_numbers(item.name, given, item.labels) if item.labels and isinstance(given, str) else given


def _checkpoints() -> dict[str, Path]:
    """Return the files that generators may read, by their names in the host: all in a generator's own folders, and those
    elsewhere that have its name."""
    found: dict[str, Path] = {}
    for entry in generators.entries():
        kinds = (*entry.folders, host.MODELS, "checkpoints", "diffusion_models") if entry.needs_file else ()
        for name, path in host.model_files(*kinds, suffixes=entry.suffixes).items():
            beside = any(word in f"{path.parent.name}/{path.name}".lower() for word in entry.beside)
            if not beside and any(word in name.lower() for word in entry.folders):
                found[name] = path
    return dict(sorted(found.items()))


def _file(model: str) -> str | Path:
    """Return the file chosen, or one that is called as the name chosen; else the name, to be looked for by the registry."""
    if model in generators.generator_names() and not generators.get(model).needs_file:
        return model
    found = _checkpoints()
    return found.get(model) or next((path for path in found.values() if path.stem.lower() == model), model)


def _checkpoint(model: str) -> Path | None:
    """Return the file that a choice comes to, unread; None where there is none, or none is needed."""
    file = _file(model)
    if isinstance(file, Path):
        return file
    if file in registry.names():
        return next(iter(weights.existing_files(file, host.models_folders())), None)
    return None if file in generators.generator_names() else Path(file)


@accepts_old_values(GenerateOptions)
class GenerateMouths(io.ComfyNode):
    """Speech and a face into mouth patches."""

    @classmethod
    def define_schema(cls) -> Any:
        """Inputs and outputs."""
        return host.schema(
            "generate/GenerateMouths",
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
            ["lip sync", "talking head", "wav2lip", "musetalk", "generate lips"],
        )

    @classmethod
    def execute(cls, video: Any, track: Any, audio: Any, model: Any = generators.DEFAULT_GENERATOR, **options: Any) -> Any:
        """Run the generator."""
        from ..pipeline import generate_mouths

        progress = host.progress()
        mouths = generate_mouths(
            watched(video, progress),
            track,
            Audio.from_comfy(audio),
            generator=model,
            options=from_values(GenerateOptions, options),
            runtime=host.runtime(progress),
        )
        return host.result(mouths)
