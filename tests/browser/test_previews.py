"""What the load nodes show of a file: facts, thumbnail, waveform and silences, against what was written into it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from host_fixture import write_clip
from seamsync import SeamSyncError
from seamsync.browser import previews
from seamsync.browser.previews import file_facts, thumbnail_jpeg, waveform
from seamsync.media.audio import Audio
from seamsync.media.wav import write_wav

RATE = 16000


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """Two seconds of noise at half and at a quarter of full scale, with a pause of one second between them."""
    noise = np.random.default_rng(3).uniform(-1, 1, RATE).astype(np.float32)
    samples = np.concatenate([0.5 * noise, np.zeros(RATE, np.float32), 0.25 * noise])
    return write_wav(Audio(samples[None], RATE), tmp_path / "speech.wav")


def test_facts_of_a_clip_and_of_a_picture(tmp_path: Path) -> None:
    """A picture is still and has no length."""
    facts = {"width": 64, "height": 48, "fps": 10.0, "seconds": 1.0, "still": False, "sound": False}
    assert file_facts(write_clip(tmp_path / "a.mp4")) == facts
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((6, 8, 3), np.uint8))
    facts = {"width": 8, "height": 6, "fps": 25.0, "seconds": 0.0, "still": True, "sound": False}
    assert file_facts(tmp_path / "a.png") == facts


def test_a_thumbnail_is_the_first_picture(tmp_path: Path) -> None:
    """In the clip's shape, its longer side at most SIDE."""
    picture = np.zeros((400, 800, 3), np.uint8)
    picture[:, 400:] = 200
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    small = np.asarray(cv2.imdecode(np.frombuffer(thumbnail_jpeg(tmp_path / "a.png"), np.uint8), cv2.IMREAD_COLOR))
    assert small.shape == (previews.SIDE // 2, previews.SIDE, 3)
    assert abs(small[:, : previews.SIDE // 2 - 8].mean()) < 3
    assert abs(small[:, previews.SIDE // 2 + 8 :].mean() - 200) < 3


def test_peaks_and_silences(speech: Path) -> None:
    """Each column is the largest amplitude of its part; the pause is the only silence."""
    told = waveform(speech)
    peaks = np.array(told["peaks"])
    assert (told["seconds"], told["more"], len(peaks)) == (3.0, False, previews.COLUMNS)
    third = previews.COLUMNS // 3
    assert peaks[:third].max() == 50
    assert peaks[third : 2 * third].max() == 0
    assert peaks[2 * third :].max() == 25
    [[begin, end]] = told["silences"]
    assert abs(begin - 1) <= 0.08
    assert abs(end - 2) <= 0.08


def test_only_the_beginning_of_long_sound_is_read(speech: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is said that there is more."""
    monkeypatch.setattr(previews, "LONGEST", 1.5)
    told = waveform(speech)
    assert (told["seconds"], told["more"]) == (1.5, True)
    assert max(told["peaks"]) == 50


def test_sound_shorter_than_the_columns(tmp_path: Path) -> None:
    """A peak a sample."""
    path = write_wav(Audio(np.array([[0.1, -0.9, 0.3]], np.float32), RATE), tmp_path / "a.wav")
    assert waveform(path)["peaks"] == [10, 90, 30]


def test_a_clip_without_sound_is_an_error(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(SeamSyncError, match="no sound"):
        waveform(write_clip(tmp_path / "a.mp4"))
