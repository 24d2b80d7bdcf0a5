"""``seamsync wav2lip`` against the plain loop of Wav2Lip: everything but the network, gating, and, on a GPU, the network.

Both sides get the same stand-in in place of the network, which hands the face back, so that what is compared is all the rest:
decoding, finding the face, crops, sound, pasting, encoding with the same settings. The loop's detectors are timed on a few
frames and counted for all, as S3FD alone would take most of an hour on a CPU.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
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
from ...models.faces.facemesh import load_face_networks
from ...models.options import GenerateOptions
from ...models.wav2lip.generator import Wav2LipGenerator
from ...models.wav2lip.network import Wav2Lip
from ...models.wav2lip.run import LipNetwork
from ...pipeline import LipSyncOptions, LipSyncResult, lipsync, track_video
from ...runtime import Runtime
from ...tracking.face_box import FaceBox, face_boxes
from ...tracking.options import SmoothOptions
from ...tracking.track import FaceTrack
from .. import in_turn, row
from .gpu import SEAM, gpu_rows
from .loop import SIDE, Job, averaged, plain_loop
from .s3fd import S3FDCost

CLIP, SPEECH, SECONDS, QUICK_SECONDS = "selfie_720x1280.mp4", "english_60s.wav", 10.0, 2.0
#: Seconds of speech through the real network, with and without gating.
GATED, QUICK_GATED = 10.0, 3.0
LOOK = 3
CPU = torch.device("cpu")


class Mirror:
    """Stands for the network: hands back the face it is shown."""

    size, device, dtype, batch = SIDE, CPU, torch.float32, 8

    def infer(self, mel: np.ndarray, faces: np.ndarray) -> np.ndarray:
        """As :class:`~seamsync.models.wav2lip.run.LipNetwork`."""
        return faces.copy()


def mirror(mel: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """The same for the plain loop."""
    return faces[:, 3:].copy()


@dataclass(frozen=True)
class Scene:
    """What both sides work on.

    Attributes:
        media: folder of clips.
        folder: for results.
        seconds: of speech.
    """

    media: Path
    folder: Path
    seconds: float

    @cached_property
    def clip(self) -> Path:
        """10 s of 720p and more."""
        return self.media / CLIP

    @cached_property
    def sound(self) -> Path:
        """The speech as a file of its own."""
        return write_wav(self.speech, self.folder / "speech.wav")

    @cached_property
    def speech(self) -> Audio:
        """Its beginning."""
        return load_audio(self.media / SPEECH, duration=self.seconds)

    @cached_property
    def track(self) -> FaceTrack:
        """Of the whole clip."""
        return track_video(VideoReader(self.clip), smooth=SmoothOptions(), runtime=Runtime(device="cpu"))

    @cached_property
    def cache(self) -> Path:
        """The track as a file."""
        return self.track.save(self.folder / "track.npz")

    def ours(self, silence: str = "generate", *, cached: bool, generator: Wav2LipGenerator | None = None) -> LipSyncResult:
        """Make the video with the settings of ``seamsync wav2lip``, from file to file."""
        made = generator or Wav2LipGenerator(Mirror())  # type: ignore[arg-type]
        options = LipSyncOptions(seam=SEAM, generate=GenerateOptions(silence=silence), generator=made)
        clip = VideoReader(self.clip, duration=None if cached else self.speech.duration + 0.1)
        track, runtime = self.cache if cached else None, Runtime(device="cpu")
        return lipsync(clip, self.sound, self.folder / "ours.mp4", options=options, track=track, runtime=runtime)

    def loop(self) -> None:
        """The plain loop, its boxes found before."""
        boxes = face_boxes(self.track, FaceBox(level=False, steadiness=0.0))[:, :4]
        corners = np.rint(np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], 1)).astype(int)
        info = VideoReader(self.clip).info
        corners = np.clip(corners, 0, np.tile([info.width, info.height], 2))
        plain_loop(Job(self.clip, self.speech, self.folder / "plain.mp4", EncodeSettings()), mirror, None, averaged(corners))


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Rows of speed without the network, of gating with it, and of a GPU where there is one."""
    if media is None:
        raise SeamSyncError("no folder of real clips; name one with --media or SEAMSYNC_MEDIA")
    if not (media / CLIP).is_file():
        return []
    with tempfile.TemporaryDirectory() as folder:
        rows = speed_rows(Scene(media, Path(folder), QUICK_SECONDS if quick else SECONDS), quick)
        rows += gating_rows(Scene(media, Path(folder), QUICK_GATED if quick else GATED), true_size(CPU), quick)
        if torch.cuda.is_available():
            rows += gpu_rows(Path(folder), true_size(torch.device("cuda"), precision="float16", batch=64))
        return rows


def true_size(device: torch.device, **settings: Any) -> LipNetwork:
    """Wav2Lip of 96 pixels with random weights, which take as long as the published ones."""
    torch.manual_seed(0)
    return LipNetwork(Wav2Lip().eval(), device, **settings)


def speed_rows(scene: Scene, quick: bool) -> list[dict[str, Any]]:
    """Seconds without the network: the first job on a clip, by the loop's detectors; and a further one, faces known."""
    assert scene.cache.is_file() and scene.sound.is_file()  # noqa: PT018 (makes both before anything is timed)
    times = in_turn([partial(scene.ours, cached=True), scene.loop], 1 if quick else 3)
    known, loop = (float(np.median(each)) for each in times)
    first, _ = timed(partial(scene.ours, cached=False))
    frames = round(scene.seconds * VideoReader(scene.clip).info.fps)
    what = f"{scene.seconds:g} s of 720p, all but the network"
    rows = []
    for name, seconds in detectors(scene).items():
        whole = loop + frames * seconds
        rows.append(_row(f"{what}: first job on a clip", first, whole, f"plain loop, {name} for every frame, seconds"))
        rows.append(_row(f"{what}: further job on it (track kept)", known, whole, f"the same ({name})"))
    rows.append(row(f"{what}: further job, faces known to both", known, loop, "plain loop, seconds", loop / known, "", None))
    return rows


def _row(case: str, ours: float, theirs: float, name: str) -> dict[str, Any]:
    return row(case, ours, theirs, name, theirs / ours, "≥ 3", theirs / ours >= 3)


def detectors(scene: Scene) -> dict[str, float]:
    """Seconds a frame of the published detector, and of ours used as it is used there."""
    pictures = [frame.rgb() for frame in VideoReader(scene.clip).frames(np.arange(LOOK))]
    published, own = S3FDCost(), load_face_networks(CPU)
    named = {"S3FD (its layers, random weights)": published.look, "our BlazeFace pyramid": own.find_faces}
    found = {}
    for name, look in named.items():
        look(pictures[0][:256, :256])
        start = time.perf_counter()
        for picture in pictures:
            look(picture)
        found[name] = (time.perf_counter() - start) / len(pictures)
    return found


def gating_rows(scene: Scene, network: LipNetwork, quick: bool) -> list[dict[str, Any]]:
    """Frames that the network was spared, and the whole command's time."""
    generator = Wav2LipGenerator(network, silence_threshold=0.01)
    cases = {"off": "generate", "closed": "closed", "keep": "keep"}
    if quick:
        del cases["closed"]
    done = {name: timed(partial(scene.ours, silence, cached=True, generator=generator)) for name, silence in cases.items()}
    whole, plain = done.pop("off")
    silent = float(plain.mouths.curves["silent"].mean())
    rows = []
    for name, (seconds, result) in done.items():
        case, spared = f"gating, {scene.seconds:g} s, silences {name}", 1 - float(result.mouths.active.mean())
        rows += [
            row(
                f"{case}: share of frames without the network",
                spared,
                silent,
                "frames that are silent",
                spared / silent,
                "",
                None,
            ),
            row(f"{case}: seconds of the command", seconds, whole, "without gating", whole / seconds, "> 1", seconds < whole),
        ]
    return rows


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds a call took, and what it gave."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result
