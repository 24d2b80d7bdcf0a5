"""Peak memory of long jobs against short ones: 10 minutes of looped 1080p against 10 s, and an hour of speech against a minute.

Each runs in a process of its own, so that the peaks cannot mix. The first composites only; the second is the whole of
``lipsync`` on the bundled clip made small, which is looped.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import wave
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..blending.settings import SeamSettings
from ..media.audio import load_audio
from ..media.clips import MouthClip, store_patches
from ..media.encode import VideoWriter
from ..media.encode_options import EncodeSettings
from ..media.frame import PlanarFrame, VideoInfo
from ..media.loops import play_order
from ..media.video import VideoReader
from ..pipeline import composite_video, lipsync
from ..pipeline_types import LipSyncOptions
from ..runtime import Runtime
from ..tracking.track import FaceTrack
from . import row

SIZE, FPS, CLIP_SECONDS = (1920, 1080), 25, 10
#: Seconds of speech, the first a warm-up; peaks of the others are compared with that of the second.
SPEECHES, QUICK_SPEECHES = (10, 60, 600, 3600), (5, 10, 30)
_SAMPLE = Path(__file__).parents[1] / "sample"


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """One row: peak MB of the long composite and of the short one; and a row for each length of speech."""
    long = 60 if quick else 600
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        _make_clip(clip)
        small_face(Path(folder))
        peaks = [_peak("work", str(clip), seconds) for seconds in (CLIP_SECONDS, long)]
        ratio = peaks[1] / peaks[0]
        rows = [row(f"peak MB, {long} s of 1080p", peaks[1], peaks[0], f"{CLIP_SECONDS} s", ratio, "≤ 1.1", ratio <= 1.1)]
        return rows + _speech_rows(QUICK_SPEECHES if quick else SPEECHES, Path(folder))


def _speech_rows(lengths: tuple[int, ...], folder: Path) -> list[dict[str, Any]]:
    peaks = {seconds: speech_peak(seconds, folder) for seconds in lengths}
    base = lengths[1]
    rows = []
    for seconds, peak in peaks.items():
        ratio = peak / peaks[base]
        goal, reached = ("≤ 1.15", ratio <= 1.15) if seconds > base else ("", None)
        rows.append(row(f"peak MB, lipsync of {seconds} s", peak, peaks[base], f"{base} s", ratio, goal, reached))
    return rows


def speech_peak(seconds: int, folder: Path) -> float:
    """Return the peak resident MB of ``lipsync`` on so many seconds of speech, in a fresh process.

    Args:
        seconds: length of the speech, which is the bundled one again and again.
        folder: for the speech and the result.
    """
    speech = load_audio(_SAMPLE / "speech.wav", duration=2.0)
    pcm = np.rint(speech.samples[0] * 32767).astype("<i2").tobytes()
    with wave.open(str(folder / "speech.wav"), "wb") as file:
        file.setparams((1, 2, speech.rate, 0, "NONE", ""))
        for _ in range(seconds // 2):
            file.writeframes(pcm)
    return _peak("speak", str(folder), seconds)


def small_face(folder: Path) -> None:
    """Write ``face.mp4``: the bundled face at 192×192 and 10 frames a second.

    An hour of it is 36,000 frames. It is small so that the benchmark ends in less than an hour on two cores.
    """
    size, step = 192, 2.5
    source = VideoReader(_SAMPLE / "face.mp4")
    info = replace(source.info, width=size, height=size, fps=Fraction(10), frame_count=int(source.info.frame_count / step))
    order = (np.arange(info.frame_count) * step).astype(int)
    with VideoWriter(folder / "face.mp4", info, settings=EncodeSettings(crf=14)) as writer:
        for frame in source.frames(order):
            small = PlanarFrame.blank(size, size, info.chroma, info.bit_depth, info.color)
            for name in "yuv":
                plane = getattr(small, name)
                plane[...] = cv2.resize(getattr(frame, name), plane.shape[::-1], interpolation=cv2.INTER_AREA)
            writer.write(small)


def _make_clip(path: Path) -> None:
    """A moving ramp with a bright disc where the face would be."""
    info = VideoInfo("clip", *SIZE, Fraction(FPS), FPS * CLIP_SECONDS)
    ramp = (np.arange(SIZE[0]) % 200 + 28).astype(np.uint8)
    with VideoWriter(path, info, settings=EncodeSettings(preset="ultrafast")) as writer:
        for t in range(info.frame_count):
            frame = PlanarFrame.blank(*SIZE, info.chroma, info.bit_depth, info.color)
            frame.y[...] = np.roll(ramp, t)
            frame.u[...], frame.v[...] = 110, 150
            writer.write(frame)


def _peak(work: str, place: str, seconds: int) -> float:
    """Peak resident MB of a function of this module in a fresh process."""
    code = f"from seamsync.benchmarks.memory import {work}; {work}({place!r}, {seconds})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    return float(done.stdout.strip().splitlines()[-1])


def work(clip: str, seconds: int) -> None:
    """Composite ``seconds`` of the looped clip and print the peak resident memory in MB."""
    source = VideoReader(clip)
    count = seconds * FPS
    track = _still_track(source.info)
    rng = np.random.default_rng(0)
    patch = rng.integers(0, 256, (1, 3, 256, 256), dtype=np.uint8)
    mouths = MouthClip(
        patches=store_patches(patch for _ in range(count)),
        to_frame=np.tile(np.array([[1.2, 0, 806.0], [0, 1.2, 420.0]]), (count, 1, 1)),
        active=np.ones(count, bool),
        frames=play_order(source.info.frame_count, count),
        landmarks=np.repeat(track.landmarks[:1], count, axis=0),
    )
    settings = SeamSettings()
    out = Path(clip).with_name(f"out{seconds}.mp4")
    composite_video(
        source,
        track,
        mouths,
        out,
        settings=SeamSettings(mask=settings.mask),
        encode=replace(EncodeSettings(), preset="ultrafast"),
        runtime=Runtime(device="cpu"),
    )
    _tell_peak()


def speak(folder: str, seconds: int) -> None:
    """Run ``lipsync`` on ``face.mp4`` and ``speech.wav`` of the folder and print the peak resident memory in MB."""
    options = LipSyncOptions(encode=replace(EncodeSettings(), preset="ultrafast"))
    out = Path(folder) / f"speech{seconds}.mp4"
    lipsync(Path(folder) / "face.mp4", Path(folder) / "speech.wav", out, options=options, runtime=Runtime("cpu"))
    _tell_peak()


def _tell_peak() -> None:
    import resource

    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f}\n")


def _still_track(info: VideoInfo) -> FaceTrack:
    """A 300 px face in the middle that never moves."""
    angle = np.linspace(np.pi, 0, 17)
    face = np.full((68, 2), (960.0, 520.0))
    face[:17] = np.stack([960 + 150 * np.cos(angle), 420 + 280 * np.sin(angle)], -1)
    face[27], face[31:36, 1] = (960, 400), 510
    face[36:42], face[42:48] = (900, 400), (1020, 400)
    turn = np.arange(12) * (2 * np.pi / 12) + np.pi
    face[48:60] = np.stack([960 + 60 * np.cos(turn), 580 + 25 * np.sin(turn)], -1)
    count = info.frame_count
    return FaceTrack(
        landmarks=np.repeat(face[None], count, axis=0),
        confidence=np.ones(count),
        visible=np.ones(count, bool),
        scene=np.zeros(count),
        frame_size=(info.width, info.height),
        fps=info.fps,
    )
