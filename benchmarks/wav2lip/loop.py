"""Wav2Lip as its published command works, written plainly: the named baseline of the benchmark ``wav2lip``.

Everything is held in memory, and every step goes frame by frame through NumPy: decode to BGR, detect, average boxes over five
frames, crop, resize, mask, stack to float64, network, resize back, paste the whole box, write. It is spared one thing: the
published command writes MPEG-4 first and lets ffmpeg decode and encode that again; here the frames go straight to the encoder
that SeamSync uses, with the same settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from ...media.audio import Audio
from ...media.encode_audio import AudioTrack
from ...media.encode_options import EncodeSettings
from ...media.opening import open_video
from ...models.speech.mel import mel_spectrogram

BATCH, SIDE = 128, 96
#: Finds the face in a picture, uint8 ``[H,W,3]`` BGR: x0, y0, x1, y1 in whole pixels.
Detector = Callable[[np.ndarray], tuple[int, int, int, int]]
#: The network: mel float ``[B,1,80,16]`` and faces float ``[B,6,S,S]`` to float ``[B,3,S,S]``.
Network = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Job:
    """What the loop is given.

    Attributes:
        clip: video, as long as the speech or longer.
        speech: sound.
        out: mp4 to write.
        encode: the encoder's settings.
    """

    clip: Path
    speech: Audio
    out: Path
    encode: EncodeSettings


def plain_loop(job: Job, network: Network, detect: Detector | None, boxes: np.ndarray | None = None) -> int:
    """Lip-sync a clip; returns the number of frames written.

    Args:
        job: the files.
        network: stands for Wav2Lip.
        detect: is called for every frame, where ``boxes`` are not given.
        boxes: int ``[T,4]``, x0, y0, x1, y1 found earlier.
    """
    frames, fps = _read(job.clip)
    windows = _windows(mel_spectrogram(job.speech), float(fps))
    frames = frames[: len(windows)]
    if boxes is None:
        assert detect is not None
        boxes = averaged(np.array([detect(frame) for frame in frames]))
    with av.open(str(job.out), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options=job.encode.options)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        sound = AudioTrack(container, job.speech, job.encode.audio_bitrate)
        count = 0
        for faces, mels, pictures, places in _batches(frames, windows, boxes):
            made = network(mels, faces.transpose(0, 3, 1, 2).astype(np.float32)).transpose(0, 2, 3, 1) * 255.0
            for face, picture, place in zip(made, pictures, places, strict=True):
                container.mux(stream.encode(_frame(paste(picture, face, place), count, fps)))
                count += 1
        container.mux(stream.encode(None))
        sound.write_until(count / fps)
        sound.finish()
    return count


def averaged(boxes: np.ndarray, window: int = 5) -> np.ndarray:
    """Each box the mean of itself and the next four, one after another in place, cut to whole pixels, as published."""
    for i in range(len(boxes)):
        first = min(i, max(len(boxes) - window, 0))
        boxes[i] = boxes[first : first + window].mean(0)
    return boxes


def paste(picture: np.ndarray, face: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The network's whole face, resized, over the box; the picture is changed."""
    x0, y0, x1, y1 = place
    picture[y0:y1, x0:x1] = cv2.resize(face.astype(np.uint8), (x1 - x0, y1 - y0))
    return picture


def _read(clip: Path) -> tuple[list[np.ndarray], Fraction]:
    """All frames as BGR."""
    with open_video(clip) as file:
        rate = Fraction(file.stream.average_rate or 25)
        return [frame.to_ndarray(format="bgr24") for frame in file.container.decode(file.stream)], rate


def _windows(mel: np.ndarray, fps: float) -> list[np.ndarray]:
    """16 columns a frame; ends with the first window that would pass the end."""
    found = []
    while (start := int(len(found) * 80.0 / fps)) + 16 <= mel.shape[1]:
        found.append(mel[:, start : start + 16])
    return [*found, mel[:, -16:]]


#: Faces float64 ``[B,S,S,6]``, mels float32 ``[B,1,80,16]``, the frames' copies and their boxes.
Batch = tuple[np.ndarray, np.ndarray, list[np.ndarray], np.ndarray]


def _batches(frames: list[np.ndarray], windows: list[np.ndarray], boxes: np.ndarray) -> Iterator[Batch]:
    """Crops of 128 frames at a time; a clip that ends before the speech begins again."""
    for first in range(0, len(windows), BATCH):
        which = [i % len(frames) for i in range(first, min(first + BATCH, len(windows)))]
        pictures = [frames[i].copy() for i in which]
        crops = [cv2.resize(p[y0:y1, x0:x1], (SIDE, SIDE)) for p, (x0, y0, x1, y1) in zip(pictures, boxes[which], strict=True)]
        seen = np.asarray(crops)
        hidden = seen.copy()
        hidden[:, SIDE // 2 :] = 0
        faces = np.concatenate([hidden, seen], axis=3) / 255.0
        yield faces, np.asarray(windows[first : first + BATCH])[:, None], pictures, boxes[which]


def _frame(picture: np.ndarray, count: int, fps: Fraction) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
    frame.pts, frame.time_base = count, 1 / fps
    return frame
