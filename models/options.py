"""How mouths are generated: the choices that are the same for every generator."""

from __future__ import annotations

from dataclasses import dataclass

from ..media.loops import LOOPS
from ..options import Settings, choice, number, switch, whole

#: What happens while nobody speaks: close the lips, keep the original mouth, or go on generating.
SILENCES = ("closed", "keep", "generate")
#: Types that a network works in. ``auto`` is half precision where there is a GPU, single precision on a CPU.
PRECISIONS = ("auto", "float32", "float16", "bfloat16")


@dataclass(frozen=True)
class GenerateOptions(Settings):
    """Choices that are the same for every generator."""

    silence: str = choice(
        "closed", "While nobody speaks: close the lips, keep the clip's own mouth, or go on generating.", SILENCES
    )
    silence_threshold: float = number(
        35.0, "Sound this far below the loud level of the speech counts as silent.", 0.0, 120.0, 1.0, "dB", advanced=True
    )
    loop: str = choice("ping_pong", "How a clip shorter than the speech goes on; 'end' stops with the clip.", LOOPS)
    keep_rest: bool = switch(False, "Lets a clip longer than the speech run on to its own end, untouched.", advanced=True)
    mouth_amplitude: float = number(1.0, "How wide the mouth opens; 1 is the person's own.", 0.0, 4.0, 0.05, old=("strength",))
    seed: int = whole(0, "Seed of generators that draw random numbers.", 0, 2**31 - 1, advanced=True)
