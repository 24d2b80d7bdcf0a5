"""Outputs of any name."""

from __future__ import annotations

from pathlib import Path

import pytest
from seamsync.media.encode import VideoWriter
from seamsync.media.video import VideoReader
from videos import write_clip


@pytest.mark.parametrize("name", ["9:16.mp4", "http:x.mp4", "50%d.mp4", "a" * 240 + ".mp4", "口" * 80 + ".mkv"])
def test_any_output_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Relative names that FFmpeg takes for an address or a pattern, and the longest that the file system allows."""
    monkeypatch.chdir(tmp_path)
    reader = VideoReader(write_clip(tmp_path / "clip.mp4", 3))
    with VideoWriter(name, reader.info) as writer:
        for frame in reader.frames():
            writer.write(frame)
    assert VideoReader(name).info.frame_count == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["clip.mp4", name])


def test_linked_output_stays_a_link(tmp_path: Path) -> None:
    """The file that a symbolic link leads to is replaced."""
    (tmp_path / "disk").mkdir()
    link = tmp_path / "9:16.mp4"
    link.symlink_to(tmp_path / "disk" / "real.mp4")
    reader = VideoReader(write_clip(tmp_path / "clip.mp4", 3))
    with VideoWriter(link, reader.info) as writer:
        for frame in reader.frames():
            writer.write(frame)
    assert link.is_symlink()
    assert VideoReader(tmp_path / "disk" / "real.mp4").info.frame_count == 3
