"""Hashes of outputs: equal for equal planes, whatever the file around them, and different for one changed sample."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from hash_outputs import differences, job_arguments, planes_hash
from seamsync.media.audio import Audio
from seamsync.media.encode import VideoWriter
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.frame import PlanarFrame, VideoInfo


def write(path: Path, *, level: int = 90, sound: float = 0.1, title: str = "") -> Path:
    """Write a lossless clip of five gray frames, whose last has one sample of ``level``, and a constant sound."""
    info = VideoInfo("clip", 48, 32, Fraction(25), 5)
    audio = Audio(np.full((1, 9600), sound, np.float32), 48000)
    settings = EncodeSettings(lossless=True)
    with VideoWriter(path, info, audio=audio, settings=settings, metadata={"title": title}) as writer:
        for number in range(5):
            frame = PlanarFrame.blank(info.width, info.height, info.chroma, info.bit_depth, info.color)
            for plane in frame.planes:
                plane[...] = 90
            if number == 4:
                frame.planes[0][-1, -1] = level
            writer.write(frame)
    return path


def test_the_hash_is_of_the_planes_and_the_sound(tmp_path: Path) -> None:
    """The container's texts change nothing; one sample of the last frame, or another sound, does."""
    base = planes_hash(write(tmp_path / "a.mp4"))
    assert planes_hash(write(tmp_path / "b.mp4", title="other")) == base
    assert planes_hash(write(tmp_path / "c.mp4", level=91)) != base
    assert planes_hash(write(tmp_path / "d.mp4", sound=0.5)) != base


def test_every_clip_is_a_job_with_its_own_speech(tmp_path: Path) -> None:
    """Clips without speech of their own get the long English one."""
    for name in ("park_10x10.mp4", "room_20x20.mp4", "park_speech.wav", "english_60s.wav"):
        (tmp_path / name).touch()
    jobs = job_arguments(tmp_path, 4.0)
    assert str(tmp_path / "park_speech.wav") in jobs["park_10x10"]
    assert str(tmp_path / "english_60s.wav") in jobs["room_20x20"]
    assert "keep" in jobs["park silence keep"]
    assert sum(name.startswith("demo ") for name in jobs) == 5


def test_differences_are_named() -> None:
    """Another hash, a job more, a job less."""
    assert differences({"same": "1", "other": "1", "gone": "1"}, {"same": "1", "other": "2", "new": "1"}) == [
        "gone",
        "new",
        "other",
    ]
    assert differences({"same": "1"}, {"same": "1"}) == []
