"""Wav2Lip on a GPU: frames a second of the network, and seconds of a whole job."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ...blending.settings import MouthMask, SeamSettings
from ...media.audio import Audio
from ...media.encode import VideoWriter
from ...media.encode_options import EncodeSettings
from ...media.frame import PlanarFrame, VideoInfo
from ...models.options import GenerateOptions
from ...models.wav2lip.generator import Wav2LipGenerator
from ...models.wav2lip.run import LipNetwork
from ...pipeline import LipSyncOptions, lipsync
from ...runtime import Runtime
from ...tracking.fixed_box import box_track
from .. import row

#: Settings of the seam without flags in ``seamsync wav2lip``.
SEAM = SeamSettings(mask=MouthMask(shape="wide ellipse", scale=0.85))
SIZE, FPS = (1920, 1080), 25
BOX = (240, 840, 700, 1220)


def gpu_rows(folder: Path, network: LipNetwork, *, seconds: int = 10, rounds: int = 30) -> list[dict[str, Any]]:
    """The network's frames a second at batch 64 in half precision, and 10 s of 1080p from file to file, its track kept.

    Args:
        folder: for scratch files.
        network: on the GPU, in half precision, with a batch of 64.
        seconds: of the clip.
        rounds: batches of the network.
    """
    rate = frames_a_second(network, rounds)
    took = whole_job(Wav2LipGenerator(network), folder, seconds)
    return [
        row("GPU: network, frames/s at batch 64, fp16", rate, 1000.0, "goal", rate / 1000, "≥ 1000", rate >= 1000),
        row(f"GPU: {seconds} s of 1080p, track kept, seconds", took, 3.0, "goal", took / 3, "≤ 3", took <= 3),
    ]


def frames_a_second(network: LipNetwork, rounds: int) -> float:
    """Faces in memory to faces in memory, copies to and from the device included."""
    rng = np.random.default_rng(0)
    mel = rng.normal(0, 1, (network.batch * rounds, 1, 80, 16)).astype(np.float32)
    faces = rng.integers(0, 256, (network.batch * rounds, 3, network.size, network.size), np.uint8)
    network.infer(mel[: network.batch], faces[: network.batch])
    start = time.perf_counter()
    network.infer(mel, faces)
    return network.batch * rounds / (time.perf_counter() - start)


def whole_job(generator: Wav2LipGenerator, folder: Path, seconds: int) -> float:
    """Seconds of the command on a made-up clip, the second time."""
    from ...media.wav import write_wav

    clip, track = folder / "1080p.mp4", folder / "1080p.npz"
    info = _make_clip(clip, seconds)
    box_track(info, BOX).save(track)
    time_line = np.arange(seconds * 16000) / 16000
    voice = 0.3 * np.sign(np.sin(2 * np.pi * 150 * time_line)) * np.sin(2 * np.pi * 3 * time_line)
    sound = write_wav(Audio(voice[None].astype(np.float32), 16000), folder / "buzz.wav")
    options = LipSyncOptions(seam=SEAM, generate=GenerateOptions(silence="generate"), generator=generator)
    runtime = Runtime(device=generator.network.device.type)
    took = 0.0
    for _ in range(2):
        start = time.perf_counter()
        lipsync(clip, sound, folder / "gpu.mp4", options=options, track=track, runtime=runtime)
        took = time.perf_counter() - start
    return took


def _make_clip(path: Path, seconds: int) -> VideoInfo:
    """Soft noise that moves, as hard to encode as a calm real clip."""
    info = VideoInfo("made.mp4", *SIZE, Fraction(FPS), seconds * FPS)
    rng = np.random.default_rng(0)
    texture = rng.integers(90, 120, (SIZE[1] + FPS * seconds, SIZE[0]), np.uint8)
    with VideoWriter(path, info, settings=EncodeSettings(preset="ultrafast")) as writer:
        for count in range(info.frame_count):
            frame = PlanarFrame.blank(*SIZE, info.chroma, 8, info.color)
            frame.y[...] = texture[count : count + SIZE[1]]
            frame.u[...], frame.v[...] = 118, 138
            writer.write(frame)
    return info
