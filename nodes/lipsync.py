"""Define Lip Sync: the whole job in one node."""

from __future__ import annotations

from typing import Any

from ..blending.presets import PRESETS
from ..media.audio import Audio
from ..media.encode_options import EncodeSettings
from ..models.generators import DEFAULT_GENERATOR
from ..models.options import GenerateOptions
from ..options import from_values
from . import host, types
from .composite import encode_inputs, encode_settings, report_words
from .exchange import watched
from .fields import accepts_old_values, choice, link, output
from .generate import generate_inputs
from .host import io


@accepts_old_values(GenerateOptions)
class LipSync(io.ComfyNode):
    """Turn clip and speech into a talking clip."""

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "LipSync",
            "Lip Sync",
            "A clip or still picture and speech in, the talking clip out. The other nodes do the same in steps.",
            [
                link(io.Video, "video", "The target clip."),
                link(io.Audio, "audio", "The speech."),
                choice("preset", list(PRESETS), "Settings of the seam; 'baseline' is the plain feather, to compare with."),
                link(
                    types.LIPSYNC_MODEL,
                    "model",
                    "From Load Lip-Sync Model; by default the built-in one.",
                    optional=True,
                ),
                *generate_inputs(),
                *encode_inputs(),
            ],
            [
                output(io.Video, "video", "The finished clip; Save Video stores it without encoding it again."),
                output(types.SEAM_REPORT, "report", "What happened in every frame."),
                output(types.FACE_TRACK, "track", "The clip's face, to go on with the other nodes."),
                output(types.MOUTHS, "mouths", "The mouths, to go on with the other nodes."),
            ],
            ["lip sync", "lipsync", "dub", "talking head", "wav2lip", "latentsync"],
        )

    @classmethod
    def execute(
        cls,
        video: Any,
        audio: Any,
        preset: str = "natural",
        model: Any = DEFAULT_GENERATOR,
        crf: float = EncodeSettings.crf,
        encoder_speed: str = EncodeSettings.preset,
        lossless: bool = EncodeSettings.lossless,
        **options: Any,
    ) -> Any:
        """Track, generate and composite."""
        from ..pipeline import LipSyncOptions, lipsync

        choices = LipSyncOptions(
            preset=preset,
            generate=from_values(GenerateOptions, options),
            encode=encode_settings(crf, encoder_speed, lossless),
            generator=model,
        )
        speech, bar = Audio.from_comfy(audio), host.progress()
        source = watched(video, bar)
        out = host.temp_clip(source.info.name, "result")
        made = lipsync(source, speech, out, options=choices, runtime=host.runtime(bar))
        values = (host.video_from_file(made.path), made.report, made.track, made.mouths)
        return host.result(*values, ui=report_words(made.report))
