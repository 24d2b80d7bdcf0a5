"""What SeamSync knows of MuseTalk before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...options import Settings, choice, number, switch, whole
from ..generators import GeneratorEntry, Shapes
from ..options import PRECISIONS

if TYPE_CHECKING:
    import torch

    from ..memory import Memory
    from ..weights import ModelFolders
    from .generator import MuseTalkGenerator
    from .networks import NetworkLibrary

#: ``seamsync`` crops and listens in its own way; ``published`` reproduces the published program, for comparison.
WAYS = ("seamsync", "published")


@dataclass(frozen=True)
class MuseTalkOptions(Settings):
    """Options of MuseTalk.

    Attributes:
        vae: the autoencoder's file; :func:`~seamsync.models.generators.load_generator` looks for it where it is None.
        whisper: the file of whisper-tiny; likewise.
        library: whose classes the networks are built of; None: diffusers and transformers.
        compiled: let ``torch.compile`` work on the networks, which takes minutes and pays on long clips.
    """

    precision: str = choice("auto", "'auto' is half precision on a GPU.", PRECISIONS)
    batch: int = whole(0, "Frames generated at once; 0 suits the device.", 0, 512)
    level: bool = switch(True, "Turns the face's box with the eyes; off is as published.")
    sound_offset: int = whole(0, "Frames by which the sound is moved.", -5, 5, old=("offset_frames",), node_id="sound_offset")
    steadiness: float = number(0.25, "Time over which the box's size and place on the head are averaged.", 0.0, 10.0, 0.05, "s")
    chin_room: float = number(0.04, "Room under the chin in the face's box, as a share of its height.", 0.0, 0.5, 0.01)
    crops: str = choice("seamsync", "'published' crops and listens as the published program does, to compare.", WAYS)
    vae: Path | None = None
    whisper: Path | None = None
    library: NetworkLibrary | None = None
    compiled: bool = False


def _recognises(shapes: Shapes) -> bool:
    """The U-Net takes two latents of four channels at once, and listens to 384 features."""
    attention = shapes.get("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", ())
    return tuple(shapes.get("conv_in.weight", ()))[1:2] == (8,) and tuple(attention)[1:] == (384,)


def _companions(path: Path, models: ModelFolders | None) -> dict[str, Any]:
    from .files import find_companions

    return find_companions(path, models)


def _load(path: Path | None, options: MuseTalkOptions, device: torch.device, memory: Memory | None) -> MuseTalkGenerator:
    from ..device import pick_dtype
    from .boxes import MouthBox
    from .files import needed
    from .generator import MuseTalkGenerator
    from .load import load_networks
    from .run import MuseTalkNetwork

    assert path is not None
    vae, whisper = needed(path, "vae", options.vae), needed(path, "whisper", options.whisper)
    networks = load_networks(path, vae, whisper, options.library, pick_dtype(options.precision, device))
    network = MuseTalkNetwork(
        networks, device, precision=options.precision, batch=options.batch, compiled=options.compiled, memory=memory
    )
    return MuseTalkGenerator(
        network,
        "musetalk" if path.stem == "unet" else path.name,
        MouthBox(options.chin_room, options.level, options.steadiness),
        options.sound_offset,
        options.crops == "published",
    )


ENTRY = GeneratorEntry(
    name="musetalk",
    title="MuseTalk",
    purpose="MuseTalk 1.5: the lower half of the face by a latent U-Net that hears 200 ms of speech, in one pass",
    licence="code MIT; weights CreativeML OpenRAIL-M on their page, 'any purpose, commercial too' in the authors' README",
    options=MuseTalkOptions,
    load=_load,
    order=2,
    models=("musetalk",),
    folders=("musetalk",),
    suffixes=(".safetensors", ".pth", ".pt"),
    shared=("vae",),
    beside=("vae", "whisper", "dwpose", "dw-ll", "79999_iter", "resnet18", "syncnet", "bisen", "s3fd"),
    companions=_companions,
    recognises=_recognises,
)
