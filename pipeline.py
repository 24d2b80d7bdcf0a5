"""The whole flow as plain functions: track → generate → enhance → composite. ComfyUI is not needed.

Every function takes clips and sound as :mod:`.media.inputs` describes them (files, arrays, opened clips), and a
:class:`~.runtime.Runtime` that says where the job runs and whom it informs.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from .blending.composite import composite_frames
from .blending.faces import load_face_readers
from .blending.presets import preset
from .blending.settings import SeamSettings
from .enhance.enhance import enhance_mouths
from .media.background import Background
from .media.clips import MouthClip
from .media.encode import VideoWriter, check_target
from .media.encode_options import EncodeSettings
from .media.inputs import AudioInput, VideoInput, open_audio, open_source
from .media.video import FrameSource
from .models.base import Generator
from .models.device import pick_device
from .models.faces.face_alignment import load_face_alignment
from .models.faces.facemesh import load_face_networks
from .models.generated_face import with_generated_landmarks
from .models.generators import DEFAULT_GENERATOR, load_generator
from .models.options import GenerateOptions
from .pipeline_types import LipSyncOptions, LipSyncResult
from .progress import Progress, ProgressRepeater
from .quality.inspect.inspect import inspect_clips
from .quality.recorder import ReportRecorder
from .quality.report.report import SeamReport
from .quality.sync import SyncRecorder
from .resume.kept import KeptWork
from .runtime import DEFAULT_RUNTIME, Runtime
from .tracking.detect import track_face
from .tracking.options import SmoothOptions, TrackOptions
from .tracking.smooth import smooth_track
from .tracking.track import FaceTrack, require_face


def track_video(
    source: VideoInput,
    *,
    options: TrackOptions | None = None,
    smooth: SmoothOptions | None = None,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> FaceTrack:
    """Track one face over a clip, and smooth its landmarks when ``smooth`` is given.

    A frame without a face is marked invisible and does not stop the job.

    Raises:
        SeamSyncError: the detector's files are missing; the message names the command that fetches them.

    Example:
        >>> from seamsync import track_video
        >>> track = track_video("face.mp4")
        >>> track.landmarks.shape
        (8, 68, 2)
    """
    options = options or TrackOptions()
    load = {"mediapipe": load_face_networks, "face-alignment": load_face_alignment}[options.detector]
    progress = ProgressRepeater(runtime.progress)
    track = track_face(open_source(source), load(pick_device(runtime.device), runtime.models), options, progress)
    # Smoothing is the last step that reads the mesh. Without the mesh, a track takes a tenth of the memory.
    return replace(smooth_track(track, smooth, progress.repeat), mesh=None) if smooth is not None else track


def generate_mouths(
    source: VideoInput,
    track: FaceTrack,
    audio: AudioInput,
    *,
    generator: str | Path | Generator = DEFAULT_GENERATOR,
    options: GenerateOptions | None = None,
    runtime: Runtime = DEFAULT_RUNTIME,
    kept: KeptWork | None = None,
) -> MouthClip:
    """Generate mouth patches for the speech, one for each output frame.

    The generated face is tracked where the generator does not give its landmarks.

    Args:
        source: the tracked clip.
        track: its face.
        audio: the speech.
        generator: a name or file that :func:`~.models.generators.load_generator` accepts, or a loaded generator.
        options: silences, looping, strength.
        runtime: where the job runs and whom it informs.
        kept: the work of an earlier run of the job, which is not done again.

    Raises:
        SeamSyncError: no face in the clip, no sound in the audio, a track of another clip, or missing weights.

    Example:
        >>> from seamsync import generate_mouths, track_video
        >>> len(generate_mouths("face.mp4", track_video("face.mp4"), "speech.wav"))
        8
    """
    clip = open_source(source)
    if isinstance(generator, str | Path):
        generator = load_generator(generator, device=runtime.device, models=runtime.models)
    track.check_clip(clip.info)
    require_face(track, clip.info.name)
    sound, options = open_audio(audio), options or GenerateOptions()
    if kept is not None:
        mouths = kept.generate(generator, clip, track, sound, options)
    else:
        mouths = generator.generate(clip, track, sound, options, runtime.progress)
    return with_generated_landmarks(clip, track, mouths, runtime)


def composite_video(
    source: VideoInput,
    track: FaceTrack,
    mouths: MouthClip,
    out_path: str | Path,
    *,
    settings: SeamSettings | None = None,
    audio: AudioInput | None = None,
    encode: EncodeSettings | None = None,
    metadata: dict[str, str] | None = None,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> SeamReport:
    """Composite the mouths into the clip and write the video, in memory that does not grow with its length.

    The file appears under its name only when it is complete.

    Raises:
        SeamSyncError: track, mouths and clip do not fit together, a model that the mask needs is missing, or the output
            cannot be written.

    Example:
        >>> from seamsync import composite_video, generate_mouths, track_video
        >>> track = track_video("face.mp4")
        >>> mouths = generate_mouths("face.mp4", track, "speech.wav")
        >>> len(composite_video("face.mp4", track, mouths, "out.mp4", audio="speech.wav"))
        8
    """
    clip, sound = open_source(source), None if audio is None else open_audio(audio)
    settings, device = settings or SeamSettings(), pick_device(runtime.device)
    readers = load_face_readers(settings.mask, device, runtime.models)
    recorder = ReportRecorder(warn=runtime.warn)
    sync = SyncRecorder(sound, track, device, runtime.models, frames=mouths.frames)
    progress = ProgressRepeater(runtime.progress)
    writer = VideoWriter(out_path, clip.info, audio=sound, settings=encode, metadata=metadata, check=progress.repeat)
    with writer, Background(writer.write, check=progress.repeat) as encoder:
        stream = composite_frames(clip, track, mouths, settings, device, progress, recorder, readers)
        with closing(stream):  # type: ignore[type-var]
            for index, frame in enumerate(stream):
                sync.add(index, frame)
                encoder.put(frame)
    report = recorder.report(settings, mouths, [*clip.warnings, *writer.notes, *mouths.notes])
    return report.with_measured(*sync.finish())


def inspect_video(
    original: VideoInput,
    result: VideoInput,
    *,
    track: FaceTrack | None = None,
    mask: VideoInput | None = None,
    audio: AudioInput | None = None,
    span: tuple[float, float | None] = (0.0, None),
    options: TrackOptions | None = None,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> SeamReport:
    """Measure a finished result of any tool against its original; see :func:`~.quality.inspect.inspect.inspect_clips`.

    Args:
        original, result: the two clips.
        track: the smoothed face of the original; tracked where it is None.
        mask: bright where the new mouth is; found where it is None.
        audio: the speech that drove the result; None: the sound of the result's file, if it has any.
        span: second of the result to begin at, and seconds to compare.
        options: which face is tracked.
        runtime: where the job runs and whom it informs.

    Raises:
        SeamSyncError: a file is missing, the clips do not fit together, or the original shows no face.

    Example:
        >>> from seamsync import inspect_video
        >>> len(inspect_video("face.mp4", "face.mp4"))
        8
    """

    def _follow(source: FrameSource, progress: Progress) -> FaceTrack:
        return track_video(source, options=options, runtime=replace(runtime, progress=progress))

    before, after = open_source(original), open_source(result)
    where = None if mask is None else open_source(mask)
    if audio is None and isinstance(result, str | Path) and after.info.has_audio:
        audio = result
    return inspect_clips(
        before,
        after,
        _follow,
        track=track,
        mask=where,
        audio=None if audio is None else open_audio(audio),
        span=span,
        device=pick_device(runtime.device),
        models=runtime.models,
        progress=runtime.progress,
    )


def lipsync(
    face: VideoInput,
    audio: AudioInput,
    out: str | Path,
    *,
    options: LipSyncOptions | None = None,
    track: FaceTrack | Path | None = None,
    resume: bool | Path = False,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> LipSyncResult:
    """Make a face speak: clip and speech in, video out.

    Args:
        face: clip or still picture.
        audio: the speech.
        out: the video to write (.mp4, .mov, .mkv).
        options: every setting of the stages.
        track: a smoothed track of this clip, used in place of tracking. A path is read where the file exists; otherwise the
            clip is tracked and the track is saved there.
        resume: keep track and mouths while the job runs, in a hidden folder beside ``out``, or in this folder, and go on from
            what a stopped run kept. The folder is deleted when the job succeeds. The result is the same file.
        runtime: where the job runs and whom it informs.

    Raises:
        SeamSyncError: says what is wrong with the input and what to do.

    Example:
        >>> from seamsync import lipsync
        >>> result = lipsync("face.mp4", "speech.wav", "out.mp4")
        >>> len(result.report), result.path.name
        (8, 'out.mp4')
    """
    options = options or LipSyncOptions()
    seam = options.seam or preset(options.preset)
    check_target(out, (face, audio))
    pick_device(runtime.device)
    generator = options.generator
    if isinstance(generator, str | Path):
        generator = load_generator(generator, device=runtime.device, models=runtime.models)
    source, speech = open_source(face), open_audio(audio)
    kept = KeptWork(out, resume if isinstance(resume, Path) else None, runtime) if resume else None
    if not isinstance(track, FaceTrack):
        track = read_or_track(source, track, options, runtime, kept)
    mouths = generate_mouths(source, track, speech, generator=generator, options=options.generate, runtime=runtime, kept=kept)
    mouths = enhance_mouths(mouths, options.enhance, progress=runtime.progress)
    report = composite_video(source, track, mouths, out, settings=seam, audio=speech, encode=options.encode, runtime=runtime)
    if kept is not None:
        kept.remove()
    return LipSyncResult(Path(out), report.with_inputs(face=face, audio=audio), track, mouths)


def read_or_track(
    source: FrameSource,
    path: Path | None,
    options: LipSyncOptions,
    runtime: Runtime = DEFAULT_RUNTIME,
    kept: KeptWork | None = None,
) -> FaceTrack:
    """Return the clip's smoothed face: read from ``path`` where the file exists, otherwise tracked and saved there.

    Raises:
        SeamSyncError: the file is the track of another clip.
    """
    if path is not None and path.exists():
        track = FaceTrack.load(path, runtime.warn)
        track.check_clip(source.info)
        return track

    def _track() -> FaceTrack:
        return track_video(source, options=options.track, smooth=options.smooth, runtime=runtime)

    track = _track() if kept is None else kept.track(_track, source, options.track, options.smooth)
    if path is not None:
        track.save(path)
    return track
