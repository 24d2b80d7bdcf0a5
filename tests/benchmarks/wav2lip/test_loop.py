"""The plain loop that the benchmark ``wav2lip`` compares with, and the cost of its detector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from paths import SAMPLE
from seamsync.benchmarks.wav2lip.loop import Job, averaged, paste, plain_loop
from seamsync.benchmarks.wav2lip.s3fd import S3FDCost
from seamsync.media.audio import load_audio
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.video import VideoReader

BOX = (150, 120, 350, 380)


def white(mel: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """A network that paints white, and checks what it is given."""
    assert mel.shape == (len(faces), 1, 80, 16)
    assert faces.shape[1:] == (6, 96, 96)
    assert not faces[:, :3, 48:].any()
    np.testing.assert_array_equal(faces[:, :3, :48], faces[:, 3:, :48])
    assert 0 < faces.max() <= 1
    return np.ones((len(faces), 3, 96, 96), np.float32)


def test_boxes_are_averaged_as_published() -> None:
    """Forwards over five frames, truncated; the last ones over the last five, some of them averaged already."""
    boxes = np.tile(np.array([[0], [10], [20], [31], [40], [50], [60]]), (1, 4))
    first = (0 + 10 + 20 + 31 + 40) // 5
    second = (10 + 20 + 31 + 40 + 50) // 5
    third = (20 + 31 + 40 + 50 + 60) // 5
    fourth = (third + 31 + 40 + 50 + 60) // 5
    assert averaged(boxes.copy())[:4, 0].tolist() == [first, second, third, fourth]


def test_the_whole_box_is_pasted() -> None:
    """And nothing else."""
    picture = np.zeros((40, 50, 3), np.uint8)
    made = paste(picture, np.full((96, 96, 3), 200.7), np.array([10, 5, 30, 35]))
    assert (made[5:35, 10:30] == 200).all()
    assert made.sum() == 200 * 20 * 30 * 3


@pytest.mark.parametrize("cached", [True, False])
def test_the_loop_writes_a_talking_clip(tmp_path: Path, cached: bool) -> None:
    """Mouths where the boxes are, sound, and the end of the speech cut off, as the original does."""
    speech = load_audio(SAMPLE / "speech.wav", duration=1.0)
    job = Job(SAMPLE / "face.mp4", speech, tmp_path / "out.mp4", EncodeSettings(preset="ultrafast"))
    looked: list[tuple[int, ...]] = []

    def detect(picture: np.ndarray) -> tuple[int, int, int, int]:
        looked.append(picture.shape)
        return BOX

    boxes = np.tile(np.array(BOX), (25, 1)) if cached else None
    count = plain_loop(job, white, None if cached else detect, boxes)
    made = VideoReader(job.out)
    assert made.info.has_audio
    assert count == made.info.frame_count == 22
    assert len(looked) == (0 if cached else 22)
    last = list(made.frames())[-1].rgb()
    assert last[BOX[1] + 4 : BOX[3] - 4, BOX[0] + 4 : BOX[2] - 4].min() > 245


def test_the_detectors_cost_is_s3fds() -> None:
    """As many parameters as the published file, and heads on maps of 1/4 to 1/128 of the picture."""
    network = S3FDCost()
    assert sum(p.numel() for p in network.parameters()) == 22_459_110
    heads = network(torch.zeros(1, 3, 128, 256))
    assert [tuple(head.shape[-2:]) for head in heads] == [(32, 64), (16, 32), (8, 16), (8, 12), (4, 6), (2, 3)]
