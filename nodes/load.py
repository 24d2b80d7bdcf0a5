"""Define Load Speech Audio and Load Face Video."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..media.audio import Audio, cut_audio, load_audio, normalise_loudness
from ..media.background import Background
from ..media.encode import VideoWriter
from ..media.encode_options import EncodeSettings
from ..media.loops import LOOPS, play_order
from ..media.read_options import DEFAULT, ReadOptions
from ..media.video import VideoReader
from ..options import from_values
from . import files, host
from .fields import choice, link, number, output, settings_inputs, upload
from .host import io
from .progress import NodeProgress

#: Quality of temporary clips, at which no loss is visible.
_FINE = EncodeSettings(crf=8.0, preset="veryfast")


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
            ],
            [
                output(io.Video, "video", "The clip."),
                output(io.Audio, "audio", "The clip's own sound; nothing where it has none."),
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
        return files.validity(file) if loop.replace("-", "_") in LOOPS[:-1] else f"loop must be one of {', '.join(LOOPS[:-1])}"

    @classmethod
    def execute(
        cls,
        file: str = "",
        start: float = 0.0,
        duration: float = 0.0,
        frame_rate: float = 0.0,
        length: float = 0.0,
        loop: str = LOOPS[0],
        **read: Any,
    ) -> Any:
        """Open the clip."""
        options = from_values(ReadOptions, read)
        return host.result(*open_clip(files.path_of(file), start, duration, frame_rate, length, loop, options))


def open_clip(
    path: Path,
    start: float = 0.0,
    duration: float = 0.0,
    frame_rate: float = 0.0,
    length: float = 0.0,
    loop: str = LOOPS[0],
    options: ReadOptions = DEFAULT,
) -> tuple[Any, Any]:
    """Return VIDEO and AUDIO (or None) of a clip or still picture: the file itself, or a temporary one where it is changed.

    Args:
        path: of the file.
        start, duration, length: seconds, frame_rate: a second, loop: as the inputs of :class:`LoadFaceVideo`.
        options: which of several tracks is read.
    """
    fps = _fraction(frame_rate) if frame_rate else None
    progress, seconds = host.progress(), duration or None
    still = fps or Fraction(25)
    source = VideoReader(path, start=start, duration=seconds, fps=fps, still_fps=still, options=options, check=progress.stop)
    sound = load_audio(path, start=start, duration=seconds, options=options) if source.info.has_audio else None
    changed = start or duration or frame_rate or length or source.info.frame_count == 1
    if changed or options.video_track or options.audio_track or not source.first_stream:
        path = _rewrite(source, sound, length, loop, progress)
    return host.video_from_file(path), None if sound is None else sound.to_comfy()


def _fraction(rate: float) -> Fraction:
    """Return the frame rate as the fraction that is meant: 29.97 is 30000/1001."""
    ntsc = Fraction(round(rate) * 1000, 1001)
    return ntsc if rate != round(rate) and abs(rate - ntsc) < 0.006 else Fraction(rate).limit_denominator(1000)


def _rewrite(source: VideoReader, sound: Audio | None, length: float, loop: str, progress: NodeProgress) -> Path:
    """Write the clip, looped or cut to ``length`` seconds where that is above 0, and return the file."""
    info = source.info
    count = max(round(length * info.fps), 1) if length else info.frame_count
    order = play_order(info.frame_count, count, loop=loop)
    path = host.temp_clip(info.name)
    writer = VideoWriter(path, replace(info, frame_count=count), audio=sound, settings=_FINE, check=progress.stop)
    with writer, Background(writer.write, check=progress.stop) as encoder:
        for index, frame in enumerate(progress.watch(source).frames(order)):
            encoder.put(frame)
            progress("load", index + 1, count)
    return path
