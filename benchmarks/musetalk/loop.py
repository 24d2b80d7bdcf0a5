"""MuseTalk as its published offline program works, written plainly: the named baseline of the benchmark ``musetalk``.

Every frame goes through a PNG file on its way in and on its way out; boxes are cut in whole pixels, faces are encoded one at a
time, spoken in batches of eight, and put back with Pillow on a copy of the whole frame. The networks (face detector, pose,
parser, Whisper, autoencoder, U-Net) are stand-ins that cost nothing, the boxes are given. It is spared one thing: the published
program muxes the sound in a second run of ffmpeg.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import torch

from ...media.audio import Audio
from ...media.encode_audio import AudioTrack
from ...media.encode_options import EncodeSettings
from ...media.opening import open_video
from ...models.musetalk.hearing import PUBLISHED, Hearing, log_mel, positions, published_steps
from ...models.musetalk.layouts import FEATURES, STATES, STEPS
from ...models.musetalk.networks import Networks
from ...models.musetalk.published import PARSED, Blend, around, crop, cut, parser_input
from ...models.musetalk.run import SCALE

BATCH = 8


@dataclass(frozen=True)
class Job:
    """What the loop is given.

    Attributes:
        clip: video, as long as the speech or longer.
        speech: sound.
        folder: for its pictures.
        out: mp4 to write.
        encode: the encoder's settings.
        boxes: int ``[T,4]``, left, top, right, bottom of every frame's face.
        networks: stand-ins.
    """

    clip: Path
    speech: Audio
    folder: Path
    out: Path
    encode: EncodeSettings
    boxes: np.ndarray
    networks: Networks


@torch.inference_mode()
def plain_loop(job: Job) -> int:
    """Lip-sync a clip; returns the number of frames written."""
    steps, fps = _heard(job)
    names = _extract(job.clip, job.folder / "in", len(steps))
    frames = [_read(name) for name in names]
    latents = [_latents(job, frame, box) for frame, box in zip(frames, job.boxes, strict=False)]
    (job.folder / "out").mkdir(exist_ok=True)
    hearing = Hearing(job.speech, _deaf, PUBLISHED)
    count = 0
    for first in range(0, len(steps), BATCH):
        heard = torch.from_numpy(hearing.tokens(steps[first : first + BATCH]) + positions())
        made = job.networks.unet(torch.cat(latents[first : first + BATCH]), heard)
        for face in _pictures(job, made):
            _put_back(job, frames[count], face, job.boxes[count], count)
            count += 1
    _encode(job, count, fps)
    return count


def _read(name: str) -> np.ndarray:
    picture = cv2.imread(name)
    assert picture is not None
    return np.asarray(picture)


def _deaf(wave: np.ndarray) -> np.ndarray:
    log_mel(wave)
    return np.zeros((STEPS, STATES, FEATURES), np.float32)


def _heard(job: Job) -> tuple[np.ndarray, Fraction]:
    """The steps of every output frame, and the frame rate."""
    with open_video(job.clip) as file:
        fps = Fraction(file.stream.average_rate or 25)
    return published_steps(float(fps), job.speech.duration), fps


def _extract(clip: Path, folder: Path, count: int) -> list[str]:
    """The clip's frames as PNG files."""
    folder.mkdir(exist_ok=True)
    names: list[str] = []
    with open_video(clip) as file:
        for frame in file.container.decode(file.stream):
            if len(names) == count:
                break
            names.append(str(folder / f"{len(names):08d}.png"))
            cv2.imwrite(names[-1], frame.to_ndarray(format="bgr24"))
    return names


def _latents(job: Job, frame: np.ndarray, box: np.ndarray) -> torch.Tensor:
    left, top, right, bottom = box.tolist()
    seen = crop(frame, (left, top, right, bottom))
    picture = torch.from_numpy(np.ascontiguousarray(seen[..., ::-1])).permute(2, 0, 1).float()[None] / 255
    masked = picture.clone()
    masked[:, :, 128:] = 0
    return torch.cat([SCALE * job.networks.encoder((part - 0.5) / 0.5) for part in (masked, picture)], 1)


def _pictures(job: Job, latents: torch.Tensor) -> Iterator[np.ndarray]:
    """The faces of a batch, uint8 BGR."""
    made = (job.networks.decoder(latents / SCALE) / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).numpy()
    yield from (made * 255).round().astype(np.uint8)[..., ::-1]


def _put_back(job: Job, frame: np.ndarray, face: np.ndarray, box: np.ndarray, index: int) -> None:
    left, top, right, bottom = box.tolist()
    place = (left, top, right, bottom)
    whole = copy.deepcopy(frame)
    face = cv2.resize(np.ascontiguousarray(face), (right - left, bottom - top))
    parser_input(cut(whole, around(place)))
    made = Blend.plan(place, np.full((PARSED, PARSED), 255, np.uint8)).apply(whole, face)
    cv2.imwrite(str(job.folder / "out" / f"{index:08d}.png"), made)


def _encode(job: Job, count: int, fps: Fraction) -> None:
    with av.open(str(job.out), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options=job.encode.options)
        assert isinstance(stream, av.VideoStream)
        stream.pix_fmt = "yuv420p"
        sound = AudioTrack(container, job.speech, job.encode.audio_bitrate)
        for index in range(count):
            picture = _read(str(job.folder / "out" / f"{index:08d}.png"))
            if not index:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, 1 / fps
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        sound.write_until(count / fps)
        sound.finish()
