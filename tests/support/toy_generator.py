"""Two generators in one file: what it takes to add one. Both paint every mouth in one colour, as bright as the speech is loud.

``toy`` needs no file; ``toy-colour`` reads its colour from a file with the tensor ``toy.colour``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from seamsync.media.video import FrameSource
from seamsync.models.base import Generator
from seamsync.models.generators import GeneratorEntry
from seamsync.models.memory import Memory
from seamsync.models.options import GenerateOptions
from seamsync.models.session import MouthBatch, Session, Summary
from seamsync.models.weights import load_state_dict
from seamsync.options import Settings, number, whole
from seamsync.progress import Progress, no_progress
from seamsync.tracking.track import FaceTrack

SIZE = 8


@dataclass(frozen=True)
class ToyOptions(Settings):
    """Options of the toy; Wav2Lip has a batch too."""

    batch: int = whole(0, "Frames painted at once; 0 paints all.", 0, 512)
    shade: float = number(1.0, "Brightness of the mouths.", 0.0, 1.0, 0.1)


@dataclass(frozen=True)
class Toy(Generator):
    """Paints mouths in a colour."""

    options: ToyOptions = ToyOptions()
    color: tuple[float, ...] = (1.0, 1.0, 1.0)
    name = "toy"

    def prepare(
        self, source: FrameSource, track: FaceTrack, options: GenerateOptions, progress: Progress = no_progress
    ) -> ToySession:
        """Return a session for a clip."""
        return ToySession(source.info, track, options).of(self, progress)


class ToySession(Session):
    """A frame's brightness is the largest sample within its own time."""

    def of(self, toy: Toy, progress: Progress) -> ToySession:
        """Return the session, for a generator."""
        self.toy, self.progress = toy, progress
        return self

    def summary(self) -> Summary:
        """Return the settings."""
        return Summary({"name": self.toy.name, "shade": self.toy.options.shade})

    def _all_at_once(self) -> Iterator[MouthBatch]:
        return self._next(0, self.length(), True)

    def _open(self) -> None:
        pass

    def _ready(self) -> int:
        return self.audio.frames(self.info.fps)

    def _next(self, first: int, last: int, ended: bool) -> Iterator[MouthBatch]:
        step = self.toy.options.batch or last - first
        for begin in range(first, last, step):
            frames = self.endless_order(begin, min(begin + step, last))
            edges = [self.audio.sample_of(begin + row, self.info.fps) for row in range(len(frames) + 1)]
            sound = np.abs(self.audio.since(edges[0]).samples).max(0)
            level = [sound[a - edges[0] : b - edges[0]].max(initial=0.0) for a, b in pairwise(edges)]
            shade = 255 * self.toy.options.shade * np.outer(level, self.toy.color)
            patches = np.broadcast_to(shade.astype(np.uint8)[:, :, None, None], (len(frames), 3, SIZE, SIZE))
            to_frame = np.tile(np.eye(2, 3), (len(frames), 1, 1))
            self.progress("generate", begin + len(frames), last)
            yield MouthBatch(self.origin + begin, patches, frames, to_frame, self.track.visible[frames])


def _load(path: Path | None, options: ToyOptions, device: torch.device, memory: Memory | None) -> Toy:
    return Toy(options) if path is None else Toy(options, tuple(load_state_dict(path)["toy.colour"].tolist()))


PLAIN = GeneratorEntry("toy", "Toy", "painted mouths", "MIT", ToyOptions, _load, order=90)
COLORED = GeneratorEntry(
    "toy-colour",
    "Toy in Colour",
    "mouths painted in the colour of a file",
    "MIT",
    ToyOptions,
    _load,
    order=91,
    folders=("toys",),
    recognises=lambda shapes: shapes.get("toy.colour") == (3,),
)
