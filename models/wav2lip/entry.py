"""What SeamSync knows of Wav2Lip before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import check_range
from ...options import Settings, choice, number, numbers, switch, whole
from ..generators import GeneratorEntry, Shapes
from ..options import PRECISIONS

if TYPE_CHECKING:
    import torch

    from ..memory import Memory
    from .generator import Wav2LipGenerator

#: Shape of the face encoder's first convolution, in every size of the network; exporters keep it when they drop the names.
_FIRST_CONVOLUTION = (16, 6, 7, 7)

#: Beginnings of keys that give other networks away.
OTHERS = {
    "sam.": "a Wav2Lip with spatial attention (192, 384 or 512 pixels)",
    "audio_refine.": "TANGO's network, which has further layers for speech",
    "face_decoder.": "a Wav2Lip written anew, with other layers",
    "binary_pred.": "the discriminator of Wav2Lip's training (visual_quality_disc.pth)",
    "face_encoder.": "SyncNet (lipsync_expert.pth), which judges lip-sync and makes no pictures",
    "conv1_1.": "the face detector S3FD",
}


@dataclass(frozen=True)
class Wav2LipOptions(Settings):
    """Options of Wav2Lip.

    Attributes:
        silence_threshold: amplitude 0…1 under which a frame is silent, as in the enhanced fork (0.01 there); None: by the
            threshold in dB that all generators share.
        pad_mode: how the sound goes on past its ends, one of :data:`~seamsync.models.speech.mel.PAD_MODES`.
        compiled: let ``torch.compile`` work on the network, which takes a minute and pays on long clips.
    """

    precision: str = choice("auto", "'auto' is half precision on a GPU.", PRECISIONS)
    batch: int = whole(0, "Frames generated at once; 0 suits the device.", 0, 512)
    pads: tuple[float, ...] = numbers(
        (0.0, 10.0, 0.0, 0.0),
        "Pixels added to the face's box at its top, bottom, left and right.",
        ("top", "bottom", "left", "right"),
    )
    level: bool = switch(True, "Turns the face's box with the eyes; off is as published.")
    sound_offset: int = whole(
        0,
        "Frames by which the sound is moved; Wav2Lip was trained with -1.",
        -5,
        5,
        old=("offset_frames",),
        node_id="sound_offset",
    )
    steadiness: float = number(0.25, "Time over which the box's size and place on the head are averaged.", 0.0, 10.0, 0.05, "s")
    silence_threshold: float | None = None
    pad_mode: str = "reflect"
    compiled: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.silence_threshold is not None:
            check_range("silence_threshold", self.silence_threshold, 0.0, 1.0)


def _recognises(shapes: Shapes) -> bool:
    """Networks that people mistake for it count too: the loader says what they are."""
    named = any(key.startswith(("face_encoder_blocks.", *OTHERS)) for key in shapes)
    return named or _FIRST_CONVOLUTION in map(tuple, shapes.values())


def _load(path: Path | None, options: Wav2LipOptions, device: torch.device, memory: Memory | None) -> Wav2LipGenerator:
    from ...tracking.face_box import FaceBox
    from .generator import Wav2LipGenerator
    from .load import load_wav2lip
    from .run import LipNetwork

    assert path is not None
    top, bottom, left, right = options.pads
    network = LipNetwork(
        load_wav2lip(path),
        device,
        precision=options.precision,
        batch=options.batch,
        compiled=options.compiled,
        memory=memory,
    )
    return Wav2LipGenerator(
        network,
        path.name,
        FaceBox((top, bottom, left, right), options.level, options.steadiness),
        options.silence_threshold,
        options.sound_offset,
        options.pad_mode,
    )


ENTRY = GeneratorEntry(
    name="wav2lip",
    title="Wav2Lip",
    purpose="the lower half of the face by a network that hears 200 ms of speech",
    licence="published weights: research only (trained on LRS2), not for commercial use; other files: their own",
    options=Wav2LipOptions,
    load=_load,
    order=0,
    models=("wav2lip", "wav2lip_gan"),
    folders=("wav2lip",),
    suffixes=(".safetensors", ".pth", ".pt", ".ckpt", ".onnx"),
    beside=("expert", "disc", "syncnet", "s3fd"),
    recognises=_recognises,
)
