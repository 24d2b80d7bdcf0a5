"""Arguments that become options."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from seamsync.cli.arguments import clip_arguments, read_clip
from seamsync.errors import SeamSyncError
from videos import write_clip


def test_tracks_reach_the_reader(tmp_path: Path) -> None:
    """``--video-track`` is counted from 1; a track that the file does not have is named."""
    parser = argparse.ArgumentParser()
    clip_arguments(parser)
    face = ["--face", str(write_clip(tmp_path / "clip.mp4", 3))]
    assert read_clip(parser.parse_args([*face, "--video-track", "1"])).info.frame_count == 3
    with pytest.raises(SeamSyncError, match=r"clip\.mp4 has 1 video tracks, got video_track 2"):
        read_clip(parser.parse_args([*face, "--video-track", "2"]))
