"""How a result is compressed: the choices, readable without the encoder."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Settings, choice, number, switch, whole

#: x264's own names, the fastest first.
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")

#: x264 works on several frames at once, by as many threads on one core as on many.
_SAME_BYTES = "cpu-independent=1:threads=4:lookahead-threads=1:sliced-threads=0"


@dataclass(frozen=True)
class EncodeSettings(Settings):
    """How the result is compressed, as H.264."""

    crf: float = number(
        16, "Quality, x264's constant rate factor: lower is better and larger; 16 is visually lossless.", 0.0, 51.0, 0.5
    )
    preset: str = choice(
        "fast",
        "Speed of the encoder; slower makes smaller files of the same quality.",
        PRESETS,
        old=("encoder_speed",),
        advanced=True,
    )
    lossless: bool = switch(False, "Keeps every bit of the planes; large files that browsers may not play.")
    audio_bitrate: int = whole(192_000, "Bit rate of the sound, AAC.", 8_000, 1_000_000, "bit/s", advanced=True)
    subsample: bool = switch(
        True,
        "Writes 4:2:2 planes (webcams, ProRes) and 4:4:4 planes (stills) as 4:2:0, which every player shows; lossless keeps "
        "them.",
        advanced=True,
    )

    @property
    def options(self) -> dict[str, str]:
        """As x264's options, under which the same pictures give the same bytes on any machine.

        The numbers of threads are fixed, as pictures depend on them. ``cpu-independent``: without it, rate control by
        macroblock trees gives other bytes from run to run on machines with AVX-512 (seen with PyAV 18's libx264).
        """
        quality = {"qp": "0"} if self.lossless else {"crf": f"{self.crf:g}"}
        return {"preset": self.preset, "x264-params": _SAME_BYTES, **quality}
