"""VIDEO of every kind becomes frames: files, bytes, trims, pending edits, pictures in memory."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from host_fixture import SIZE, levels, write_clip
from seamsync.errors import SeamSyncError


def _source(host: SimpleNamespace, video: Any) -> Any:
    """The VIDEO as the library sees it."""
    host.nodes()
    return host.load("seamsync.nodes.exchange").frame_source(video)


def test_file_and_bytes_videos_stream(host: SimpleNamespace, tmp_path: Path) -> None:
    """A VIDEO from a path and one from bytes give every frame, twice over."""
    path = write_clip(tmp_path / "a.mp4")
    for file in (str(path), io.BytesIO(path.read_bytes())):
        source = _source(host, host.api.InputImpl.VideoFromFile(file))
        assert levels(source) == list(range(10))
        assert levels(source) == list(range(10))


def test_the_stop_button_is_felt_on_the_way_to_a_frame(host: SimpleNamespace, tmp_path: Path) -> None:
    """Nine pictures are decoded to show the tenth; after a stop at the second none is, whole clip or trimmed."""
    host.nodes()
    exchange, management = host.load("seamsync.nodes.exchange"), host.load("comfy.model_management")
    video = host.api.InputImpl.VideoFromFile(str(write_clip(tmp_path / "a.mp4")))
    for clip in (video, video.as_trimmed(0.2, 0.0)):
        progress, asked = host.load("seamsync.nodes.host").progress(), []

        def stop(asked: list[int] = asked, known: Any = progress.stop) -> None:
            asked.append(1)
            management.interrupted = len(asked) == 2
            known()

        progress.stop = stop
        with pytest.raises(management.InterruptProcessingException):
            next(iter(exchange.watched(clip, progress).frames(np.array([7]))))
        assert len(asked) == 2


def test_trims_are_obeyed(host: SimpleNamespace, tmp_path: Path) -> None:
    """The stream source ignores a trim; the frames must not."""
    video = host.api.InputImpl.VideoFromFile(str(write_clip(tmp_path / "a.mp4")))
    assert levels(_source(host, video.as_trimmed(0.3, 0.4))) == [3, 4, 5, 6]
    assert levels(_source(host, video.as_trimmed(0.7, 0.0))) == [7, 8, 9]


def test_trims_of_hosts_that_do_not_tell_are_obeyed(host: SimpleNamespace, tmp_path: Path) -> None:
    """Hosts 0.14 to 0.22 trim without a way to ask: the length gives it away, and the host itself writes the piece."""

    class Silent(host.api.InputImpl.VideoFromFile):
        get_active_trim_window = property()  # hasattr() is False, as on those hosts

    path = write_clip(tmp_path / "a.mp4")
    assert levels(_source(host, Silent(str(path)))) == list(range(10))
    assert levels(_source(host, Silent(str(path), start_time=0.3, duration=0.4))) == [3, 4, 5, 6]


def test_pending_edits_are_carried_out_by_the_host(host: SimpleNamespace, tmp_path: Path) -> None:
    """A crop that is not in the stream yet, told by the host or by its size alone, reaches the frames."""
    write_frames = host.load("comfy_api.latest.video").write_frames
    saved: list[float | None] = []

    class Cropped(host.api.InputImpl.VideoFromFile):
        def get_dimensions(self) -> tuple[int, int]:
            return 32, 24

        def save_to(self, path: str, format: str = "auto", crf: float | None = None) -> None:  # noqa: A002
            saved.append(crf)
            write_frames(path, [frame[:24, :32] for frame in self._frames()], Fraction(10))

    class Told(Cropped):
        def get_dimensions(self) -> tuple[int, int]:
            return SIZE

        def has_pending_frame_edits(self) -> bool:
            return True

    path = str(write_clip(tmp_path / "a.mp4"))
    for kind in (Cropped, Told):
        info = _source(host, kind(path)).info
        assert (info.name, info.width, info.height, info.frame_count) == ("a.mp4", 32, 24, 10)
    assert saved == [8.0, 8.0]


def test_pictures_in_memory_are_not_encoded(host: SimpleNamespace) -> None:
    """Components are read where they lie, alpha left out."""
    images = (torch.arange(5.0) * 20 / 255).view(5, 1, 1, 1).expand(5, 48, 64, 4)
    parts = host.api.Types.VideoComponents(images=images, frame_rate=Fraction(30000, 1001))
    source = _source(host, host.api.InputImpl.VideoFromComponents(parts))
    assert source.info.fps == Fraction(30000, 1001)
    assert levels(source) == list(range(5))


def test_a_file_that_is_gone_is_named(host: SimpleNamespace, tmp_path: Path) -> None:
    """The message says which file."""
    with pytest.raises(SeamSyncError, match=r"gone\.mp4"):
        _source(host, host.api.InputImpl.VideoFromFile(str(tmp_path / "gone.mp4")))
