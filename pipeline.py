"""The whole flow as plain functions: track → generate → composite. No ComfyUI in it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from .blending.composite import Compositor, composite_frames
from .blending.faces import load_face_readers
from .blending.log import SeamLog
from .blending.monitor import Warn, no_warning
from .blending.plan import plan_seam
from .blending.presets import preset
from .blending.report import SeamReport
from .blending.settings import ColorMatch, MouthMask, SeamBlend, SeamSettings, SeamTemporal
from .media.audio import Audio, load_audio
from .media.background import Background
from .media.clips import MouthClip
from .media.encode import EncodeSettings, VideoWriter, check_target
from .media.video import FrameSource, VideoReader
from .models.base import GenerateOptions, Generator
from .models.face_alignment import load_face_alignment
from .models.facemesh import load_face_networks
from .models.rewrite import Rewrite
from .tensors import Progress, SeamSyncError, check_choice, no_progress
from .tracking.detect import TrackOptions, track_face
from .tracking.smooth import SmoothOptions, smooth_track
from .tracking.track import FaceTrack

GENERATORS = ("rewrite",)
DEVICES = ("auto", "cpu", "cuda", "mps")


def pick_device(name: str = "auto") -> torch.device:
    """The torch device called ``name``; ``auto`` takes a CUDA GPU where there is one.

    Raises:
        SeamSyncError: the device is unknown or not there.
    """
    kind, _, number = name.partition(":")
    check_choice("device", kind, DEVICES)
    if number and not (kind == "cuda" and number.isdecimal()):
        raise SeamSyncError(f"device must be {', '.join(DEVICES)} or cuda:0, cuda:1, …, got {name!r}")
    if kind == "auto":
        kind = "cuda" if torch.cuda.is_available() else "cpu"
        return torch.device(kind)
    gpus = torch.cuda.device_count()
    available = {"cpu": True, "cuda": int(number or 0) < gpus, "mps": torch.backends.mps.is_available()}
    if not available[kind]:
        raise SeamSyncError(f"device {name!r} is not available to this PyTorch ({torch.__version__}); use 'auto' or 'cpu'")
    return torch.device(name)


def track_video(
    source: FrameSource,
    *,
    options: TrackOptions | None = None,
    smooth: SmoothOptions | None = None,
    device: str = "auto",
    models: Path | None = None,
    progress: Progress = no_progress,
) -> FaceTrack:
    """Track one face over a clip, and smooth its landmarks when ``smooth`` is given.

    A frame without a face is marked invisible; it never stops the job. ``models`` is a host's models folder, if any.

    Raises:
        SeamSyncError: the detector's files are missing; the message names the command that fetches them.
    """
    options = options or TrackOptions()
    where = pick_device(device)
    load = {"mediapipe": load_face_networks, "face-alignment": load_face_alignment}[options.detector]
    track = track_face(source, load(where, models), options, progress)
    # The mesh has done its work once the landmarks are smooth; without it a track is a tenth of the size.
    return replace(smooth_track(track, smooth), mesh=None) if smooth is not None else track


def generate_mouths(
    source: FrameSource,
    track: FaceTrack,
    audio: Audio,
    *,
    generator: str | Generator = "rewrite",
    options: GenerateOptions | None = None,
    progress: Progress = no_progress,
) -> MouthClip:
    """Mouth patches for the speech, one an output frame.

    Raises:
        SeamSyncError: no face in the clip, no sound in the audio, or a track of another clip.
    """
    if isinstance(generator, str):
        check_choice("generator", generator, GENERATORS)
        generator = Rewrite()
    track.check_clip(source.info)
    require_face(track, source.info.name)
    return generator.generate(source, track, audio, options or GenerateOptions(), progress)


def require_face(track: FaceTrack, name: str) -> None:
    """Raise when no frame of the clip shows a face.

    Raises:
        SeamSyncError: says what was looked for and what helps.
    """
    if not track.visible.any():
        raise SeamSyncError(
            f"no face found in any of the {len(track)} frames of {name}; the face should be at least about 40 px wide and "
            "both eyes visible. Try a closer crop, a lower minimum confidence (0.3), the detector face-alignment, or, "
            "where a face was chosen by its index, another index"
        )


def composite_video(
    source: FrameSource,
    track: FaceTrack,
    mouths: MouthClip,
    out_path: str | Path,
    *,
    mask: MouthMask | None = None,
    temporal: SeamTemporal | None = None,
    color: ColorMatch | None = None,
    blend: SeamBlend | None = None,
    audio: Audio | None = None,
    encode: EncodeSettings | None = None,
    metadata: dict[str, str] | None = None,
    device: str = "auto",
    models: Path | None = None,
    progress: Progress = no_progress,
    warn: Warn = no_warning,
) -> SeamReport:
    """Composite the mouths into the target and write the video, in memory that does not grow with its length.

    The file appears under its name only when it is complete. ``models`` is a host's models folder, if any; it is looked into
    only where the mask asks for a model. ``warn`` is told of visible faults as soon as they are seen.

    Raises:
        SeamSyncError: the parts do not belong together, a model that the mask asks for is missing, or the output cannot be
            written.
    """
    settings, where = _settings(mask, temporal, color, blend), pick_device(device)
    readers = load_face_readers(settings.mask, where, models)
    log = SeamLog(warn=warn)
    writer = VideoWriter(out_path, source.info, audio=audio, settings=encode or EncodeSettings(), metadata=metadata)
    with writer, Background(writer.write) as encoder:
        stream = composite_frames(source, track, mouths, settings, where, progress, log, readers)
        with closing(stream):  # type: ignore[type-var]
            for frame in stream:
                encoder.put(frame)
    return log.report(settings, mouths, [*source.warnings, *mouths.notes])


def preview_composite(
    source: FrameSource,
    track: FaceTrack,
    mouths: MouthClip,
    frames: Sequence[int],
    *,
    mask: MouthMask | None = None,
    temporal: SeamTemporal | None = None,
    color: ColorMatch | None = None,
    blend: SeamBlend | None = None,
    device: str = "auto",
    models: Path | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The same engine on chosen output frames.

    Returns:
        Pictures uint8 ``[N,H,W,3]`` and alpha float32 ``[N,H,W]``, 0 where the frame is left alone. Colour gains are
        those of each frame alone; in the full run they are steadied over time.

    Raises:
        SeamSyncError: a frame number outside the clip, or a model that the mask asks for is missing.
    """
    settings, where = _settings(mask, temporal, color, blend), pick_device(device)
    wanted = [index + len(mouths) if index < 0 else index for index in frames]
    outside = [index for index in wanted if not 0 <= index < len(mouths)]
    if outside or not wanted:
        raise SeamSyncError(f"preview frames must be 0…{len(mouths) - 1}, got {list(frames)}")
    plan = plan_seam(track, mouths, settings, source.info)
    readers = load_face_readers(settings.mask, where, models)
    pictures, alphas = [], []
    for index, frame in zip(wanted, source.frames(mouths.frames[wanted]), strict=True):
        alpha = np.zeros((source.info.height, source.info.width), np.float32)
        if plan.compose[index]:
            engine = Compositor(plan, mouths, settings, source.info, where, readers)
            x0, y0, x1, y1 = (composed := engine.compose([index], [frame])).boxes[0]
            alpha[y0:y1, x0:x1] = composed.alpha[0, 0].cpu().numpy()
        pictures.append(frame.rgb())
        alphas.append(alpha)
    return np.stack(pictures), np.stack(alphas)


def _settings(
    mask: MouthMask | None, temporal: SeamTemporal | None, color: ColorMatch | None, blend: SeamBlend | None
) -> SeamSettings:
    return SeamSettings(mask or MouthMask(), temporal or SeamTemporal(), color or ColorMatch(), blend or SeamBlend())


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
        generator: name of the generator.
        device: ``auto``, ``cpu``, ``cuda``, …
        models: a host's models folder, if any.
    """

    preset: str = "natural"
    seam: SeamSettings | None = None
    track: TrackOptions = field(default_factory=TrackOptions)
    smooth: SmoothOptions = field(default_factory=SmoothOptions)
    generate: GenerateOptions = field(default_factory=GenerateOptions)
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    generator: str = "rewrite"
    device: str = "auto"
    models: Path | None = None


def lipsync(
    face: str | Path | FrameSource,
    audio: str | Path | Audio,
    out: str | Path,
    *,
    options: LipSyncOptions | None = None,
    track: FaceTrack | None = None,
    progress: Progress = no_progress,
    warn: Warn = no_warning,
) -> LipSyncResult:
    """A face video and speech in, a talking face out.

    Args:
        face: clip or still picture.
        audio: any file with sound, or samples.
        out: the video to write (.mp4, .mov, .mkv).
        options: see :class:`LipSyncOptions`.
        track: a smoothed track of this clip, to save tracking it again.
        progress: called for every stage.
        warn: told of visible faults while the result is made.

    Raises:
        SeamSyncError: says what is wrong with the input and what to do.
    """
    options = options or LipSyncOptions()
    seam = options.seam or preset(options.preset)
    check_target(out, (face, audio))
    pick_device(options.device)
    source = VideoReader(face) if isinstance(face, str | Path) else face
    speech = load_audio(audio) if isinstance(audio, str | Path) else audio
    if track is None:
        track = track_video(
            source,
            options=options.track,
            smooth=options.smooth,
            device=options.device,
            models=options.models,
            progress=progress,
        )
    mouths = generate_mouths(source, track, speech, generator=options.generator, options=options.generate, progress=progress)
    report = composite_video(
        source,
        track,
        mouths,
        out,
        **vars(seam),
        audio=speech,
        encode=options.encode,
        device=options.device,
        models=options.models,
        progress=progress,
        warn=warn,
    )
    return LipSyncResult(Path(out), report.with_inputs(face=face, audio=audio), track, mouths)
