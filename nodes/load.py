"""Define Load Speech Audio and Load Face Video."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SeamSyncError
from ..media.audio import Audio, cut_audio, load_audio, normalise_loudness
from ..media.loops import LOOPS, play_order
from ..media.read_options import DEFAULT, ReadOptions
from ..media.video import FrameSource, VideoReader
from ..options import from_values
from . import files, host
from .clip import view
from .fields import choice, link, loop_validity, number, output, settings_inputs, upload, whole
from .host import SINCE, io

#: Most frames to count.
_FRAMES = 10_000_000


@dataclass(frozen=True)
class Slice:
    """Which part of a clip is loaded, and how it goes on.

    Attributes:
        start, duration: seconds; a duration of 0 goes to the end.
        frame_rate: frames a second; 0 keeps the clip's.
        length: seconds to loop or cut the clip to; 0 keeps it.
        loop: one of :data:`~seamsync.media.loops.LOOPS`.
        skip_frames, every_nth, frame_cap: first frames left out, then every which frame is taken, then how many at most; a
            cap of 0 takes all.
    """

    start: float = 0.0
    duration: float = 0.0
    frame_rate: float = 0.0
    length: float = 0.0
    loop: str = LOOPS[0]
    skip_frames: int = 0
    every_nth: int = 1
    frame_cap: int = 0

    @property
    def whole(self) -> bool:
        """Say whether it is the clip as it is, but for its beginning and end."""
        return (self.frame_rate, self.length, self.skip_frames, self.every_nth, self.frame_cap) == (0, 0, 0, 1, 0)


class LoadSpeechAudio(io.ComfyNode):
    """Load speech from a file or from another node, cut, shifted and levelled."""

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "load/LoadSpeechAudio",
            "Load Speech Audio",
            "Loads the speech that the mouth will say: from any audio or video file, or from a linked AUDIO.",
            [
                upload(
                    "file",
                    files.choices("audio", "video"),
                    io.UploadType.audio,
                    "File with the speech; a video will do.",
                ),
                link(io.Audio, "audio", "Speech from another node; the file is then not read.", optional=True),
                number("start", 0.0, 0.0, 36000.0, 0.1, "Seconds to skip at the beginning."),
                number("duration", 0.0, 0.0, 36000.0, 0.1, "Seconds to take; 0 takes all."),
                number(
                    "offset",
                    0.0,
                    -600.0,
                    600.0,
                    0.01,
                    "Seconds the speech is shifted by: above 0 it begins later.",
                ),
                number(
                    "loudness",
                    0.0,
                    -40.0,
                    0.0,
                    0.5,
                    "Loudness to bring it to, in LUFS (-16 is usual online); 0 leaves it.",
                    advanced=True,
                ),
                *settings_inputs(ReadOptions, leave_out=("video_track", "max_megapixels")),
            ],
            [output(io.Audio, "audio", "The speech, for Generate Mouths, Composite Mouths and Lip Sync.")],
            ["load voice", "speech", "dialogue", "wav", "import audio"],
        )

    @classmethod
    def fingerprint_inputs(cls, file: str = "", **_: Any) -> str:
        """Return another value when the file changes."""
        return files.fingerprint(file)

    @classmethod
    def validate_inputs(cls, file: str = "") -> bool | str:
        """Accept files uploaded after the page was loaded."""
        return files.validity(file) if file else True

    @classmethod
    def execute(
        cls,
        file: str = "",
        audio: Any = None,
        start: float = 0.0,
        duration: float = 0.0,
        offset: float = 0.0,
        loudness: float = 0.0,
        **read: Any,
    ) -> Any:
        """Load or cut, then level."""
        if audio is None:
            options = from_values(ReadOptions, read)
            speech = load_audio(files.path_of(file), start=start, duration=duration or None, offset=offset, options=options)
        else:
            speech = cut_audio(Audio.from_comfy(audio), start=start, duration=duration or None, offset=offset)
        return host.result((normalise_loudness(speech, loudness) if loudness else speech).to_comfy())


class LoadFaceVideo(io.ComfyNode):
    """Load a clip or still picture of a face, cut, at a frame rate, and looped to a length."""

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "load/LoadFaceVideo",
            "Load Face Video",
            "Loads the clip, or the still picture, whose mouth will speak. A clip that needs no change is passed on as it is.",
            [
                upload("file", files.choices("video", "image"), io.UploadType.video, "Clip or still picture of the face."),
                number("start", 0.0, 0.0, 36000.0, 0.1, "Seconds to skip at the beginning."),
                number("duration", 0.0, 0.0, 36000.0, 0.1, "Seconds to take; 0 takes all."),
                number(
                    "frame_rate",
                    0.0,
                    0.0,
                    240.0,
                    1.0,
                    "Frames a second; 0 keeps the clip's own (25 for a still).",
                ),
                number(
                    "length",
                    0.0,
                    0.0,
                    36000.0,
                    0.1,
                    "Seconds to loop or cut the clip to; 0 keeps it. Speech loops it anyway.",
                    advanced=True,
                ),
                choice(
                    "loop",
                    LOOPS[:-1],
                    "How a clip shorter than the length goes on.",
                    advanced=True,
                ),
                *settings_inputs(ReadOptions),
                *_counted(),
            ],
            [
                output(io.Video, "video", "The clip."),
                output(io.Audio, "audio", "The clip's own sound; nothing where it has none."),
                output(io.Int, "frame_count", "Frames of the clip as it is loaded."),
                output(io.Float, "frame_rate", "Its frames a second."),
                output(io.Float, "duration", "Its length in seconds."),
            ],
            ["load portrait", "talking head", "import video", "avatar", "target video"],
        )

    @classmethod
    def fingerprint_inputs(cls, file: str = "", **_: Any) -> str:
        """Return another value when the file changes."""
        return files.fingerprint(file)

    @classmethod
    def validate_inputs(cls, file: str = "", loop: str = LOOPS[0]) -> bool | str:
        """Accept files uploaded after the page was loaded, and the spelling of a loop in older workflows."""
        known = loop_validity(loop, LOOPS[:-1])
        return files.validity(file) if known is True else known

    @classmethod
    def execute(cls, file: str = "", **values: Any) -> Any:
        """Open the clip."""
        part = Slice(**{name: values.pop(name) for name in Slice.__dataclass_fields__ if name in values})
        video, sound, source = open_clip(files.path_of(file), part, from_values(ReadOptions, values))
        info = source.info
        return host.result(video, sound, info.frame_count, float(info.fps), float(info.duration))


def _counted() -> list[Any]:
    """Return the inputs that count frames; they came after the others."""
    made = [
        whole("frame_cap", 0, 0, _FRAMES, "Most frames to load; 0 loads all.", advanced=True),
        whole("skip_frames", 0, 0, _FRAMES, "Frames to skip at the beginning, after 'start'.", advanced=True),
        whole("every_nth", 1, 1, 10_000, "Takes every so many frames; the clip is as long, at a lower rate.", advanced=True),
    ]
    for item in made:
        setattr(item, SINCE, 1)
    return made


def open_clip(path: Path, part: Slice = Slice(), options: ReadOptions = DEFAULT) -> tuple[Any, Any, FrameSource]:
    """Return VIDEO, AUDIO (or None) and frames of a clip or still picture. Nothing is encoded.

    The VIDEO is the file itself, or the host's own VIDEO of a part of it, where any other node sees the same in it; otherwise
    a view.

    Args:
        path: of the file.
        part: which frames.
        options: which of several tracks is read.
    """
    fps = _fraction(part.frame_rate) if part.frame_rate else None
    seconds, still = part.duration or None, fps or Fraction(25)
    check = host.progress().stop
    source = VideoReader(path, start=part.start, duration=seconds, fps=fps, still_fps=still, options=options, check=check)
    sound = load_audio(path, start=part.start, duration=seconds, options=options) if source.info.has_audio else None
    plain = source.first_stream and not options.video_track and not options.audio_track and source.info.frame_count > 1
    if plain and part.whole:
        start = float(source.first_time) + part.start
        cut = host.trimmed_video(path, start, part.duration) if part.start or part.duration else host.video_from_file(path)
        if cut is not None:
            return cut, _comfy(sound), source
    sliced = _sliced(source, part)
    begin = float(part.skip_frames / source.info.fps)
    if sound is not None and not part.whole:
        sound = cut_audio(sound, start=begin, duration=float(sliced.info.duration)) if begin < sound.duration else None
    return view(sliced, sound), _comfy(sound), sliced


def _comfy(sound: Audio | None) -> Any:
    return None if sound is None else sound.to_comfy()


def _sliced(source: FrameSource, part: Slice) -> FrameSource:
    """Return the frames that are counted, looped or cut to the length.

    Raises:
        SeamSyncError: all frames are skipped.
    """
    info = source.info
    taken = np.arange(info.frame_count)[part.skip_frames :: part.every_nth][: part.frame_cap or None]
    if not len(taken):
        raise SeamSyncError(f"skip_frames must be below the {info.frame_count} frames of {info.name}, got {part.skip_frames}")
    fps = info.fps / part.every_nth
    count = max(round(part.length * fps), 1) if part.length else len(taken)
    from ..media.views import PickedSource  # it imports OpenCV

    return PickedSource(source, taken[play_order(len(taken), count, loop=part.loop)], fps)


def _fraction(rate: float) -> Fraction:
    """Return the frame rate as the fraction that is meant: 29.97 is 30000/1001."""
    ntsc = Fraction(round(rate) * 1000, 1001)
    return ntsc if rate != round(rate) and abs(rate - ntsc) < 0.006 else Fraction(rate).limit_denominator(1000)
