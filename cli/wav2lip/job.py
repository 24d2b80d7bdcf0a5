"""The settings that the flags of ``seamsync wav2lip`` add up to, and the job done with them."""

from __future__ import annotations

from argparse import Namespace
from collections import abc
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ...blending.settings import MouthMask, SeamBlend, SeamSettings
from ...enhance.options import EnhanceOptions
from ...errors import SeamSyncError, check_folder
from ...media.audio import load_audio
from ...media.encode import check_target
from ...media.read_options import ReadOptions
from ...media.reshape import Reshape, reshaped
from ...media.video import FrameSource, VideoReader
from ...media.views import PickedSource
from ...models import registry, weights
from ...models.base import Generator
from ...models.generators import load_generator
from ...models.options import GenerateOptions
from ...pipeline import LipSyncOptions, LipSyncResult, lipsync
from ...runtime import DEFAULT_RUNTIME, Runtime
from ...tracking.fixed_box import box_track
from ...tracking.options import SmoothOptions
from .flags import FLAGS

#: Seconds of the clip read beyond the speech: no rounding may leave a frame short.
_SPARE = 0.1


@dataclass(frozen=True)
class Files:
    """What is read and written.

    Attributes:
        face, audio, out: paths.
        still_fps: frames a second of a picture, > 0.
        static: the first frame only.
        box: (top, bottom, left, right) of the face in pixels of the reshaped clip; None: it is found.
    """

    face: str = ""
    audio: str = ""
    out: str = "results/result_voice.mp4"
    still_fps: Fraction = Fraction(25)
    static: bool = False
    box: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        if self.still_fps <= 0:
            raise SeamSyncError(f"--fps must be above 0, got {float(self.still_fps):g}")


@dataclass(frozen=True)
class Wav2LipJob:
    """Every setting of the command.

    Attributes:
        source: files, and what is used of them.
        read: which of their tracks are read.
        reshape: size, turn and part of the clip.
        smooth, generate, mask, blend, enhance: settings of the stages.
        generator: ``name`` (a checkpoint, or a name of the registry) and settings of the network's generator.
    """

    source: Files = field(default_factory=Files)
    read: ReadOptions = field(default_factory=ReadOptions)
    reshape: Reshape = field(default_factory=Reshape)
    smooth: SmoothOptions = field(default_factory=SmoothOptions)
    generate: GenerateOptions = field(default_factory=GenerateOptions)
    mask: MouthMask = field(default_factory=MouthMask)
    blend: SeamBlend = field(default_factory=SeamBlend)
    enhance: EnhanceOptions = field(default_factory=EnhanceOptions)
    generator: dict[str, Any] = field(default_factory=dict)

    @property
    def seam(self) -> SeamSettings:
        """Settings of the compositor."""
        return SeamSettings(mask=self.mask, blend=self.blend)

    def options(self, generator: Generator) -> LipSyncOptions:
        """Return the settings of :func:`~seamsync.pipeline.lipsync`."""
        return LipSyncOptions(
            seam=self.seam, smooth=self.smooth, generate=self.generate, enhance=self.enhance, generator=generator
        )


_GROUPS: dict[str, Callable[..., Any]] = {
    "source": Files,
    "read": ReadOptions,
    "reshape": Reshape,
    "smooth": SmoothOptions,
    "generate": GenerateOptions,
    "mask": MouthMask,
    "blend": SeamBlend,
    "enhance": EnhanceOptions,
    "generator": dict,
}


def settings_of(arguments: Namespace) -> dict[str, Any]:
    """Setting (``group.field``) → value, of every flag in the table; None where a required flag is missing."""
    found: dict[str, Any] = {}
    for flag in FLAGS:
        found |= flag.settings(arguments)
    return found


def make_job(arguments: Namespace) -> Wav2LipJob:
    """The job that the arguments ask for.

    Raises:
        SeamSyncError: a value out of its range.
    """
    groups: dict[str, dict[str, Any]] = {}
    for name, value in settings_of(arguments).items():
        group, item = name.split(".")
        groups.setdefault(group, {})[item] = value
    made = {group: kind(**groups.get(group, {})) for group, kind in _GROUPS.items()}
    return Wav2LipJob(**made)


def checkpoint(path: str) -> str:
    """The path itself, or, where there is no file but it is named as a published one, the name by which SeamSync knows it.

    So SeamSync's own copy of that file serves.

    Raises:
        SeamSyncError: there is none either; says where to get it, how large it is, and under which licence.
    """
    published = {file.name: name for name in registry.names() for file in registry.get(name).files}
    known = published.get(Path(path).name)
    if known is None or Path(path).is_file():
        return path
    try:
        weights.find(known)
    except SeamSyncError as error:
        raise SeamSyncError(f"no checkpoint at {path}: {error}") from error
    return known


def open_clip(job: Wav2LipJob, seconds: float | None = None) -> FrameSource:
    """The clip as the job wants it: smaller, turned, cropped, one frame.

    Args:
        job: all settings.
        seconds: how much of it is needed; None: all.

    Raises:
        SeamSyncError: it cannot be read, or nothing is left of it.
    """
    video = VideoReader(job.source.face, duration=seconds, still_fps=job.source.still_fps, options=job.read)
    clip = reshaped(video, job.reshape)
    return PickedSource(clip, np.zeros(1, np.int64)) if job.source.static and clip.info.frame_count > 1 else clip


def perform(
    job: Wav2LipJob,
    load: Callable[..., Generator] = load_generator,
    *,
    cache: Path | None = None,
    resume: bool | Path = False,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> LipSyncResult:
    """Check the files, open them as the flags say, and run :func:`~seamsync.pipeline.lipsync`.

    Args:
        job: all settings.
        load: makes the generator, called as ``load(name, device=device, **settings)`` before any other work.
        cache: file of the face track: read where it exists, otherwise written.
        resume: as for :func:`~seamsync.pipeline.lipsync`.
        runtime: where the job runs and whom it informs.

    Raises:
        SeamSyncError: says what is wrong with the input and what to do.
    """
    files = job.source
    with _folder_of(files.out):
        check_target(files.out, (files.face, files.audio))
        if cache is not None:
            check_folder(cache.parent)
        settings = dict(job.generator)
        generator = load(checkpoint(settings.pop("name")), device=runtime.device, **settings)
        speech = load_audio(files.audio, options=replace(job.read, video_track=0))  # that of the face
        # A saved track covers the whole clip, so then the whole clip is opened.
        clip = open_clip(job, None if cache is not None else speech.duration + _SPARE)
        track = cache if files.box is None else box_track(clip.info, files.box)
        result = lipsync(clip, speech, files.out, options=job.options(generator), track=track, resume=resume, runtime=runtime)
    return replace(result, report=result.report.with_inputs(face=files.face, audio=files.audio))


@contextmanager
def _folder_of(path: str) -> abc.Generator[None, None, None]:
    """The folder of a file, made where it is missing, and gone again when nothing comes to lie in it.

    Raises:
        SeamSyncError: it cannot be made.
    """
    folder = Path(path).parent.absolute()
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):
            for one in new:
                one.rmdir()
