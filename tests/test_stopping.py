"""A stop while a result is written: no further frame is encoded, nothing is finished, no file is left."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from faces import face68, track_of
from seamsync.errors import Cancelled
from seamsync.media.background import Background
from seamsync.media.clips import MouthClip
from seamsync.media.encode import VideoWriter
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.frame import PlanarFrame, VideoInfo
from seamsync.media.sources import TensorSource
from seamsync.pipeline import composite_video
from seamsync.runtime import Runtime

#: Holds back more frames than these clips have.
SLOW = EncodeSettings(preset="medium")
COUNT = 30
INFO = VideoInfo("clip", 48, 32, Fraction(25), COUNT)


def write_all(writer: VideoWriter) -> None:
    """Thirty frames of gray."""
    for _ in range(COUNT):
        writer.write(PlanarFrame.blank(INFO.width, INFO.height, INFO.chroma, INFO.bit_depth, INFO.color))


def test_the_encoder_is_not_flushed(tmp_path: Path) -> None:
    """It holds frames back, which take seconds at the end of a block: the check that raises is the last one made."""
    made: list[int] = []

    def stop() -> None:
        made.append(1)
        if len(made) == 2:
            raise Cancelled

    with pytest.raises(Cancelled), VideoWriter(tmp_path / "out.mp4", INFO, settings=SLOW, check=stop) as writer:
        write_all(writer)
    assert len(made) == 2
    assert list(tmp_path.iterdir()) == []


def test_every_frame_held_back_is_a_check(tmp_path: Path) -> None:
    """None is waited for with the next: as many checks as frames, and the file has them all."""
    made: list[int] = []
    with VideoWriter(tmp_path / "out.mp4", INFO, settings=SLOW, check=lambda: made.append(1)) as writer:
        write_all(writer)
    assert len(made) == COUNT


def test_an_abandoned_file_is_not_finished(tmp_path: Path) -> None:
    """It is gone before it is closed, as closing moves all that was written to put the index before it."""
    existing_files: list[Path] = []

    def stopped() -> None:
        with VideoWriter(tmp_path / "out.mp4", INFO, settings=EncodeSettings(preset="ultrafast")) as writer:
            write_all(writer)
            close = writer._container.close
            writer._container = SimpleNamespace(close=lambda: (existing_files.extend(tmp_path.iterdir()), close()))  # type: ignore[assignment]
            existing_files.append(next(tmp_path.iterdir()))
            raise Cancelled

    with pytest.raises(Cancelled):
        stopped()
    assert len(existing_files) == 1


def test_an_encoder_at_work_is_not_waited_for(tmp_path: Path) -> None:
    """A frame may take it seconds on a busy machine: the file is gone before, and the encoder is closed after."""
    begun, gate, closed, order = threading.Event(), threading.Event(), threading.Event(), []

    def encode(picture: object) -> None:
        begun.set()
        gate.wait(5)
        order.append("encoded")

    def close() -> None:
        order.append("closed")
        closed.set()

    def stopped() -> None:
        with VideoWriter(tmp_path / "out.mp4", INFO) as writer, Background(writer.write) as encoder:
            slow = SimpleNamespace(encode=encode, width=INFO.width, height=INFO.height)
            writer._video = slow  # type: ignore[assignment]
            writer._container = SimpleNamespace(mux=lambda packets: None, close=close)  # type: ignore[assignment]
            encoder.put(PlanarFrame.blank(INFO.width, INFO.height, INFO.chroma, INFO.bit_depth, INFO.color))
            begun.wait(5)
            raise Cancelled

    with pytest.raises(Cancelled):
        stopped()
    assert order == []
    assert list(tmp_path.iterdir()) == []
    gate.set()
    assert closed.wait(5)
    assert order == ["encoded", "closed"]


def test_a_composite_stops_while_its_last_frames_are_encoded(tmp_path: Path) -> None:
    """All frames are composited, and the encoder still holds them: the progress is asked again, and may stop the job."""
    told: list[int] = []

    def cancel(stage: str, done: int, total: int) -> None:
        told.append(done)
        if told.count(total) == 3:
            raise Cancelled

    source = TensorSource(torch.rand(1, 240, 320, 3).expand(COUNT, -1, -1, -1), Fraction(25))
    track = track_of(np.repeat(face68()[None], COUNT, 0))
    still = np.zeros((COUNT, 3, 8, 8), np.uint8), np.tile(np.eye(2, 3), (COUNT, 1, 1)), np.zeros(COUNT, bool)
    with pytest.raises(Cancelled):
        composite_video(
            source,
            track,
            MouthClip(*still, np.arange(COUNT)),
            tmp_path / "out.mp4",
            encode=SLOW,
            runtime=Runtime(progress=cancel),
        )
    assert told.count(COUNT) == 3
    assert list(tmp_path.iterdir()) == []
