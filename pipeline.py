"""The whole flow as plain functions: track → generate → composite. No ComfyUI in it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from .blending.composite import Compositor, composite_frames
from .blending.faces import load_face_readers
from .blending.plan import plan_seam
from .blending.presets import preset
from .blending.settings import SeamSettings
from .browser.tuner import Tuner
from .errors import SeamSyncError
from .media.audio import Audio, load_audio
from .media.background import Background
from .media.clips import MouthClip
from .media.encode import VideoWriter, check_target
from .media.encode_options import EncodeSettings
from .media.video import FrameSource, VideoReader
from .models.base import Generator
from .models.device import pick_device
from .models.faces.face_alignment import load_face_alignment
from .models.faces.facemesh import load_face_networks
from .models.generators import DEFAULT_GENERATOR, load_generator
from .models.options import GenerateOptions
from .models.weights import ModelFolders
from .progress import Progress, ProgressRepeater
from .quality.inspect.inspect import inspect_clips
from .quality.recorder import ReportRecorder
from .quality.report.report import SeamReport
from .quality.sync import SyncRecorder
from .runtime import DEFAULT_RUNTIME, Runtime
from .tracking.detect import track_face
from .tracking.options import SmoothOptions, TrackOptions
from .tracking.smooth import smooth_track
from .tracking.track import FaceTrack, require_face


def track_video(
    source: FrameSource,
    *,
    options: TrackOptions | None = None,
    smooth: SmoothOptions | None = None,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> FaceTrack:
    """Track one face over a clip, and smooth its landmarks when ``smooth`` is given.

    A frame without a face is marked invisible; it never stops the job.

    Raises:
        SeamSyncError: the detector's files are missing; the message names the command that fetches them.
    """
    options = options or TrackOptions()
    load = {"mediapipe": load_face_networks, "face-alignment": load_face_alignment}[options.detector]
    told = ProgressRepeater(runtime.progress)
    track = track_face(source, load(pick_device(runtime.device), runtime.models), options, told)
    # The mesh has done its work once the landmarks are smooth; without it a track is a tenth of the size.
    return replace(smooth_track(track, smooth, told.repeat), mesh=None) if smooth is not None else track


def generate_mouths(
    source: FrameSource,
    track: FaceTrack,
    audio: Audio,
    *,
    generator: str | Path | Generator = DEFAULT_GENERATOR,
    options: GenerateOptions | None = None,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> MouthClip:
    """Mouth patches for the speech, one an output frame.

    ``generator`` is one that is loaded, or what :func:`~.models.generators.load_generator` takes.

    Raises:
        SeamSyncError: no face in the clip, no sound in the audio, a track of another clip, or weights that are missing.
    """
    if isinstance(generator, str | Path):
        generator = load_generator(generator, device=runtime.device, models=runtime.models)
    track.check_clip(source.info)
    require_face(track, source.info.name)
    return generator.generate(source, track, audio, options or GenerateOptions(), runtime.progress)


def composite_video(
    source: FrameSource,
    track: FaceTrack,
    mouths: MouthClip,
    out_path: str | Path,
    *,
    settings: SeamSettings | None = None,
    audio: Audio | None = None,
    encode: EncodeSettings | None = None,
    metadata: dict[str, str] | None = None,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> SeamReport:
    """Composite the mouths into the target and write the video, in memory that does not grow with its length.

    The file appears under its name only when it is complete. Warnings of visible faults are given while it is written.

    Raises:
        SeamSyncError: the parts do not belong together, a model that the mask asks for is missing, or the output cannot be
            written.
    """
    settings, where = settings or SeamSettings(), pick_device(runtime.device)
    readers = load_face_readers(settings.mask, where, runtime.models)
    log = ReportRecorder(warn=runtime.warn)
    sync = SyncRecorder(audio, track.take(mouths.frames), where, runtime.models)
    told = ProgressRepeater(runtime.progress)
    writer = VideoWriter(out_path, source.info, audio=audio, settings=encode, metadata=metadata, check=told.repeat)
    with writer, Background(writer.write, check=told.repeat) as encoder:
        stream = composite_frames(source, track, mouths, settings, where, told, log, readers)
        with closing(stream):  # type: ignore[type-var]
            for index, frame in enumerate(stream):
                sync.add(index, frame)
                encoder.put(frame)
    return log.report(settings, mouths, [*source.warnings, *mouths.notes]).with_measured(*sync.finish())


def preview_composite(
    source: FrameSource,
    track: FaceTrack,
    mouths: MouthClip,
    frames: Sequence[int],
    *,
    settings: SeamSettings | None = None,
    tuner: Tuner | None = None,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> tuple[np.ndarray, np.ndarray]:
    """The same engine on chosen output frames; a ``tuner`` gathers what a browser needs to compose the first of them itself.

    Returns:
        Pictures uint8 ``[N,H,W,3]`` and alpha float32 ``[N,H,W]``, 0 where the frame is left alone. Colour gains are
        those of each frame alone; in the full run they are steadied over time.

    Raises:
        SeamSyncError: a frame number outside the clip, or a model that the mask asks for is missing.
    """
    settings, where = settings or SeamSettings(), pick_device(runtime.device)
    wanted = [index + len(mouths) if index < 0 else index for index in frames]
    outside = [index for index in wanted if not 0 <= index < len(mouths)]
    if outside or not wanted:
        raise SeamSyncError(f"preview frames must be 0…{len(mouths) - 1}, got {list(frames)}")
    plan = plan_seam(track, mouths, settings, source.info)
    readers = load_face_readers(settings.mask, where, runtime.models)
    pictures, alphas = [], []
    for index, frame in zip(wanted, source.frames(mouths.frames[wanted]), strict=True):
        alpha = np.zeros((source.info.height, source.info.width), np.float32)
        if plan.compose[index]:
            engine = Compositor(plan, mouths, settings, source.info, where, readers)
            before = frame.copy() if tuner is not None and not tuner.full else None
            x0, y0, x1, y1 = (composed := engine.compose([index], [frame])).boxes[0]
            alpha[y0:y1, x0:x1] = composed.alpha[0, 0].cpu().numpy()
            if tuner is not None and before is not None:
                tuner.add(plan, settings, source.info, before, composed)
        pictures.append(frame.rgb())
        alphas.append(alpha)
    return np.stack(pictures), np.stack(alphas)


def inspect_video(
    original: str | Path | FrameSource,
    result: str | Path | FrameSource,
    *,
    track: FaceTrack | None = None,
    mask: str | Path | FrameSource | None = None,
    audio: str | Path | Audio | None = None,
    span: tuple[float, float | None] = (0.0, None),
    options: TrackOptions | None = None,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> SeamReport:
    """Measure anybody's finished result against its original; see :func:`~.quality.inspect.inspect.inspect_clips`.

    ``audio`` is the speech that drove the result; where it is missing, the result file's own sound is taken, if it has any.
    ``span``: second of the result to begin at, and seconds to compare. ``options`` say which face is tracked.

    Raises:
        SeamSyncError: a file is missing, the clips do not belong together, or the original shows no face.
    """

    def _follow(source: FrameSource, told: Progress) -> FaceTrack:
        return track_video(source, options=options, runtime=replace(runtime, progress=told))

    before, after = (VideoReader(clip) if isinstance(clip, str | Path) else clip for clip in (original, result))
    where = VideoReader(mask) if isinstance(mask, str | Path) else mask
    audio = result if audio is None and isinstance(result, str | Path) and after.info.has_audio else audio
    speech = load_audio(audio) if isinstance(audio, str | Path) else audio
    return inspect_clips(
        before,
        after,
        _follow,
        track=track,
        mask=where,
        audio=speech,
        span=span,
        device=pick_device(runtime.device),
        models=runtime.models,
        progress=runtime.progress,
    )


@dataclass(frozen=True, eq=False)
class LipSyncResult:
    """What :func:`lipsync` made.

    Attributes:
        path: the video.
        report: what happened in every frame.
        track: the smoothed face track, to be saved and used again.
        mouths: the generated mouths.
    """

    path: Path
    report: SeamReport
    track: FaceTrack
    mouths: MouthClip


@dataclass(frozen=True)
class LipSyncOptions:
    """Every choice of the one-call lip-sync.

    Attributes:
        preset: name of the seam's settings.
        seam: the settings themselves; they take the place of the preset.
        track, smooth, generate, encode: options of the stages.
        generator: its name, the path of a checkpoint, or one that is loaded.
        device, models: take the place of the runtime's where given.
    """

    preset: str = "natural"
    seam: SeamSettings | None = None
    track: TrackOptions = field(default_factory=TrackOptions)
    smooth: SmoothOptions = field(default_factory=SmoothOptions)
    generate: GenerateOptions = field(default_factory=GenerateOptions)
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    generator: str | Path | Generator = DEFAULT_GENERATOR
    device: str | None = None
    models: ModelFolders | None = None


def lipsync(
    face: str | Path | FrameSource,
    audio: str | Path | Audio,
    out: str | Path,
    *,
    options: LipSyncOptions | None = None,
    track: FaceTrack | None = None,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> LipSyncResult:
    """A face video and speech in, a talking face out.

    Args:
        face: clip or still picture.
        audio: any file with sound, or samples.
        out: the video to write (.mp4, .mov, .mkv).
        options: see :class:`LipSyncOptions`.
        track: a smoothed track of this clip, to save tracking it again.
        runtime: device, model folders, progress and warnings.

    Raises:
        SeamSyncError: says what is wrong with the input and what to do.
    """
    options = options or LipSyncOptions()
    seam = options.seam or preset(options.preset)
    check_target(out, (face, audio))
    runtime = replace(runtime, device=options.device or runtime.device, models=options.models or runtime.models)
    pick_device(runtime.device)
    generator = options.generator
    if isinstance(generator, str | Path):
        generator = load_generator(generator, device=runtime.device, models=runtime.models)
    source = VideoReader(face) if isinstance(face, str | Path) else face
    speech = load_audio(audio) if isinstance(audio, str | Path) else audio
    if track is None:
        track = track_video(source, options=options.track, smooth=options.smooth, runtime=runtime)
    mouths = generate_mouths(source, track, speech, generator=generator, options=options.generate, runtime=runtime)
    report = composite_video(source, track, mouths, out, settings=seam, audio=speech, encode=options.encode, runtime=runtime)
    return LipSyncResult(Path(out), report.with_inputs(face=face, audio=audio), track, mouths)
