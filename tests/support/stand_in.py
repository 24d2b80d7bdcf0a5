"""A generator that needs no network: every mouth is cut out of its own frame, as small as a network's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from seamsync.benchmarks.mouths import simulated_mouths
from seamsync.media.audio import Audio
from seamsync.media.clips import MouthClip
from seamsync.media.loops import play_order
from seamsync.media.video import FrameSource
from seamsync.models.base import Generator
from seamsync.models.options import GenerateOptions
from seamsync.progress import Progress, no_progress
from seamsync.tracking.track import FaceTrack


@dataclass(frozen=True)
class StandIn(Generator):
    """Makes whole clips only; remembers what it was made with."""

    settings: dict[str, Any]
    name: str = "stand-in"

    def prepare(self, *args: object, **settings: object) -> NoReturn:
        """It does not stream."""
        raise NotImplementedError

    def generate(
        self,
        source: FrameSource,
        track: FaceTrack,
        audio: Audio,
        options: GenerateOptions | None = None,
        progress: Progress = no_progress,
    ) -> MouthClip:
        """One patch of 96 pixels for every frame of the speech."""
        options = options or GenerateOptions()
        count = max(1, round(audio.duration * source.info.fps))
        order = play_order(source.info.frame_count, count, loop=options.loop, keep_rest=options.keep_rest)
        mouths = simulated_mouths(source, track, size=96)
        source_facts = {"name": self.name, "silence": options.silence}
        active = np.asarray(mouths.active)[order]
        return MouthClip(mouths.patches[order], mouths.to_frame[order], active, order, source=source_facts)


def load_stand_in(name: str, *, device: str = "auto", **settings: Any) -> StandIn:
    """Takes what ``load_generator`` takes."""
    return StandIn({"name": name, "device": device, **settings})
