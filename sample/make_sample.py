"""Makes the bundled sample: ``face.mp4`` from a public-domain portrait, ``speech.wav`` from espeak-ng.

For developers only, needed again only to change the sample::

    apt-get install espeak-ng && pip install scikit-image
    python -m seamsync.sample.make_sample [FOLDER]

The portrait is NASA's of astronaut Eileen Collins (skimage.data.astronaut, public domain). A still cannot nod, so a
smooth displacement field moves it: the head turns about the neck (roll), the face bulges towards where it looks (yaw,
pitch), the shoulders breathe, the lids blink, the camera drifts. The lips are left as they are.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from ..arrays import smoothstep
from ..media.audio import load_audio, normalise_loudness
from ..media.wav import write_wav

Floats = NDArray[np.floating]

SIZE, FPS, SECONDS = 512, 25, 7
OVERSAMPLE = 2  # a shut eye squeezes many rows into one
CROP_X, CROP_Y, CROP = 94.0, 5.0, 258.0  # square of the portrait, in its pixels
NECK = (222.0, 188.0)
BLINKS = {46: 0.35, 47: 0.85, 48: 1.0, 49: 0.9, 50: 0.55, 51: 0.2, 123: 0.4, 124: 0.95, 125: 1.0, 126: 0.7, 127: 0.25}
TEXT = (
    "<speak>Hello, this is Seam Sync. <break time='800ms'/> "
    "These lips now follow my voice, and there is no seam to see.</speak>"
)
VOICE = ["-v", "en-us+Annie", "-s", "150", "-p", "52", "-a", "120", "-m"]


@dataclass(frozen=True)
class Eye:
    """An eye of the portrait, in its pixels: middle of the line through its corners, half width, slope, and how far the
    upper lid bows up and the lower lid down."""

    x: float
    y: float
    half_width: float
    slope: float
    up: float
    down: float


EYES = (Eye(202.5, 101.8, 12.5, 0.10, 4.6, 3.0), Eye(248.0, 103.6, 12.5, -0.05, 4.8, 3.1))


def pose(t: float) -> dict[str, float]:
    """Where head, shoulders and camera are at ``t`` seconds: sums of slow sines, in portrait pixels and radians."""
    return {
        "roll": 0.016 * _sine(t, 0.19, 0.05) + 0.007 * _sine(t, 0.47, 0.3),
        "yaw": 2.2 * _sine(t, 0.23, 0.6) + 0.8 * _sine(t, 0.61, 0.1),
        "pitch": 1.3 * _sine(t, 0.31, 0.2) + 0.7 * _sine(t, 0.83, 0.7),
        "breath": 0.5 * _sine(t, 0.27, 0.0),
        "pan_x": 1.2 * _sine(t, 0.11, 0.4),
        "pan_y": 0.8 * _sine(t, 0.13, 0.1),
        "zoom": 1 + 0.006 * _sine(t, 0.09, 0.0),
    }


def _sine(t: float, hertz: float, phase: float) -> float:
    return float(np.sin(2 * np.pi * (hertz * t + phase)))


def rise(x: Floats, low: float, high: float) -> Floats:
    """Return 0 below ``low``, 1 above ``high`` (or the other way round), and a smoothstep between."""
    return smoothstep(np.clip((x - low) / (high - low), 0, 1))


def sampling_map(t: float, blink: float) -> tuple[Floats, Floats]:
    """Which point of the portrait each output pixel shows, float32 x and y in portrait pixels, ``OVERSAMPLE`` times finer."""
    now = pose(t)
    count = SIZE * OVERSAMPLE
    step = CROP / count / now["zoom"]
    axis = (np.arange(count, dtype=np.float32) + 0.5 - count / 2) * step + CROP / 2
    x, y = np.meshgrid(axis + CROP_X + now["pan_x"], axis + CROP_Y + now["pan_y"])
    reach = np.hypot((x - 226) / 88, (y - 95) / 105)
    head = rise(reach, 1.55, 0.95) * rise(y, 192, 165)
    face = np.square(np.clip(1 - np.square((x - 222) / 72) - np.square((y - 120) / 85), 0, None))
    shoulders = rise(y, 165, 215)
    from_neck_x, from_neck_y = x - NECK[0], y - NECK[1]
    moved_x = -now["roll"] * from_neck_y * head + now["yaw"] * (0.45 * head + face)
    moved_y = now["roll"] * from_neck_x * head + now["pitch"] * (0.4 * head + face) + now["breath"] * (shoulders + 0.5 * head)
    x, y = x - moved_x, y - moved_y
    return x, close_lids(x, y, blink)


def close_lids(x: Floats, y: Floats, amount: float) -> Floats:
    """Rows to show when the upper lids have come down by ``amount`` (0 open, 1 shut): the skin above stretches."""
    for eye in EYES if amount else ():
        bow = np.clip(1 - np.square((x - eye.x) / eye.half_width), 0, None)
        corners = eye.y + eye.slope * (x - eye.x)
        upper, bottom = corners - eye.up * bow, corners + eye.down * bow + 0.8
        top = upper - 4.6 * np.sqrt(bow)
        lid = upper + amount * (bottom - 0.8 - upper)
        above = top + (y - top) * (upper - top) / np.maximum(lid - top, 1e-3)
        below = upper + (y - lid) * (bottom - upper) / np.maximum(bottom - lid, 1e-3)
        inside = (bow > 0) & (y > top) & (y < bottom)
        y = np.where(inside, np.where(y < lid, above, below), y)
    return y


def make_face(path: Path) -> None:
    """Render and encode the clip, H.264, tagged BT.709."""
    from skimage.data import astronaut

    portrait = astronaut()
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "13", "preset": "veryslow", "threads": "1"})
        stream.width = stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.codec_context.colorspace = Colorspace.ITU709
        stream.codec_context.color_primaries = stream.codec_context.color_trc = 1
        stream.codec_context.color_range = ColorRange.MPEG
        for index in range(FPS * SECONDS):
            x, y = sampling_map(index / FPS, BLINKS.get(index, 0.0))
            # cv2 counts pixel centres as whole numbers, the map counts them as halves
            rows, columns = (points.astype(np.float32) - 0.5 for points in (y, x))
            image = cv2.remap(portrait, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
            image = cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
            frame = av.VideoFrame.from_ndarray(np.asarray(image, np.uint8), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def make_speech(path: Path) -> None:
    """Speak the text and bring it to −18 LUFS, 16-bit mono."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.wav"
        subprocess.run(["espeak-ng", *VOICE, "-w", str(raw), TEXT], check=True)
        audio = normalise_loudness(load_audio(raw), -18)
    write_wav(audio, path)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    make_face(target / "face.mp4")
    make_speech(target / "speech.wav")
