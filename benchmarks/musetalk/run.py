"""``seamsync lipsync --generator musetalk`` against the plain loop of MuseTalk: everything but the networks; and a GPU's share.

Both sides get the same stand-ins in the place of the networks, so what is compared is all the rest: decoding, boxes, crops, the
networks' input, sound, putting back, encoding with the same settings. Processor time is compared, as a busy machine changes it
less than the clock.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...errors import SeamSyncError
from ...media.audio import Audio, load_audio
from ...media.encode_options import EncodeSettings
from ...media.video import VideoReader
from ...media.wav import write_wav
from ...models.musetalk.boxes import published_boxes
from ...models.musetalk.generator import MuseTalkGenerator
from ...models.musetalk.run import MuseTalkNetwork
from ...models.options import GenerateOptions
from ...pipeline import LipSyncOptions, lipsync, track_video
from ...runtime import Runtime
from ...tracking.options import SmoothOptions
from ...tracking.track import FaceTrack
from .. import row
from ..wav2lip.s3fd import S3FDCost
from .gpu import gpu_rows
from .loop import BATCH, Job, plain_loop
from .stand_ins import stand_ins

CLIP, SPEECH, SECONDS, QUICK_SECONDS = "selfie_720x1280.mp4", "english_60s.wav", 8.0, 2.0
LOOK = 2
GOAL = 3.0
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Scene:
    """What both sides work on.

    Attributes:
        clip: the target.
        sound: speech, at least as long as ``seconds``.
        folder: for results.
        seconds: of speech.
    """

    clip: Path
    sound: Path
    folder: Path
    seconds: float

    @cached_property
    def speech(self) -> Audio:
        """Its beginning."""
        return load_audio(self.sound, duration=self.seconds)

    @cached_property
    def part(self) -> VideoReader:
        """The clip's frames that are shown."""
        return VideoReader(self.clip, duration=self.seconds + 0.2)

    @cached_property
    def track(self) -> FaceTrack:
        """Of these frames."""
        return track_video(self.part, smooth=SmoothOptions(), runtime=Runtime(device="cpu"))

    @cached_property
    def cache(self) -> Path:
        """The track as a file."""
        return self.track.save(self.folder / "track.npz")

    def ours(self, preset: str, *, known: bool) -> None:
        """Make the video, from file to file, with the face known or not."""
        generator = MuseTalkGenerator(MuseTalkNetwork(stand_ins(), CPU, batch=BATCH))
        options = LipSyncOptions(preset=preset, generate=GenerateOptions(silence="generate"), generator=generator)
        sound = write_wav(self.speech, self.folder / "speech.wav")
        track, runtime = self.cache if known else None, Runtime(device="cpu")
        lipsync(self.part, sound, self.folder / "ours.mp4", options=options, track=track, runtime=runtime)

    def loop(self) -> None:
        """The plain loop, its boxes found before."""
        boxes = published_boxes(self.track)[:, :4].astype(int)
        boxes[:, 2:] += boxes[:, :2]
        plain_loop(Job(self.clip, self.speech, self.folder, self.folder / "plain.mp4", EncodeSettings(), boxes, stand_ins()))


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Rows of processor time without the networks, and of a GPU where there is one."""
    if media is None:
        raise SeamSyncError("no folder of real clips; name one with --media or SEAMSYNC_MEDIA")
    if not (media / CLIP).is_file():
        return []
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(media / CLIP, media / SPEECH, Path(folder), QUICK_SECONDS if quick else SECONDS)
        rows = speed_rows(scene, 1 if quick else 3)
        return rows + (gpu_rows() if torch.cuda.is_available() else [])


def speed_rows(scene: Scene, repeats: int) -> list[dict[str, Any]]:
    """Processor seconds: faces known to both sides, and found by each."""
    assert scene.cache.is_file()  # made before anything is timed
    sides = [scene.loop, partial(scene.ours, "fast", known=True), partial(scene.ours, "natural", known=True)]
    loop, fast, natural = (float(np.median(each)) for each in processor_times(sides, repeats))
    (first,) = processor_times([partial(scene.ours, "fast", known=False)], 1)
    frames = round(scene.seconds * scene.part.info.fps)
    found = loop + frames * detector_seconds(scene)
    what = f"{scene.seconds:g} s of {scene.part.info.width}×{scene.part.info.height}, all but the networks, processor seconds"
    known = "plain loop, faces known to both"
    return [
        _row(f"{what}: preset fast", fast, loop, known),
        row(f"{what}: preset natural", natural, loop, known, loop / natural, "", None),
        _row(f"{what}: preset fast, faces found", float(first[0]), found, "plain loop with S3FD for every frame"),
    ]


def _row(case: str, ours: float, theirs: float, name: str) -> dict[str, Any]:
    return row(case, ours, theirs, name, theirs / ours, f"≥ {GOAL:g}", theirs / ours >= GOAL)


def processor_times(functions: Sequence[Callable[[], Any]], repeats: int) -> list[np.ndarray]:
    """Processor seconds of each function on all threads, measured in turn; float ``[repeats]`` each."""
    times = np.zeros((len(functions), repeats))
    for turn in range(repeats):
        for which, function in enumerate(functions):
            start = time.process_time()
            function()
            times[which, turn] = time.process_time() - start
    return list(times)


def detector_seconds(scene: Scene) -> float:
    """Processor seconds that the published face detector takes for a frame; its pose network is left out."""
    published = S3FDCost()
    pictures = [frame.rgb() for frame in scene.part.frames(np.arange(LOOK))]
    published.look(pictures[0][:256, :256])
    start = time.process_time()
    for picture in pictures:
        published.look(picture)
    return (time.process_time() - start) / len(pictures)
