"""Load Lip-Sync Model, Generate Mouths."""

from __future__ import annotations

from typing import Any

from ..media.audio import Audio
from ..media.clips import LOOPS
from ..models.base import SILENCES, GenerateOptions
from ..pipeline import GENERATORS, generate_mouths
from . import host, types
from .exchange import frame_source
from .fields import choice, link, number, output, switch
from .host import io


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
            "Chooses what generates the mouths. 'rewrite' is built in and needs no checkpoint.",
            [choice("model", GENERATORS, "The generator.")],
            [output(types.LIPSYNC_MODEL, "model", "For Generate Mouths.")],
            ["wav2lip", "musetalk", "checkpoint", "lip sync model"],
        )

    @classmethod
    def execute(cls, model: str = GENERATORS[0]) -> Any:
        """Its name; the pipeline knows the rest."""
        return host.result(model)


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
        mouths = generate_mouths(
            frame_source(video),
            track,
            Audio.from_comfy(audio),
            generator=model,
            options=GenerateOptions(**options),
            progress=host.progress(),
        )
        return host.result(mouths)
