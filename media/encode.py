"""Write H.264 video with sound. Planes go to the encoder as they are. The file appears only when it is complete."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock, Thread
from types import TracebackType

import av
import numpy as np
import torch
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from ..errors import SeamSyncError, cause_of, shown
from ..files import resolve_link, temporary_beside
from ..progress import Check, no_check
from .audio import Audio
from .encode_audio import AudioTrack
from .encode_options import EncodeSettings
from .frame import PlanarFrame, VideoInfo, pixel_format
from .opening import media_url
from .planes import halve_chroma
from .tags import LEFT

#: File suffix → FFmpeg's name of the container.
CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}


def check_target(path: str | Path, inputs: Iterable[object] = ()) -> Path:
    """Raise unless a video can be written at ``path``, before any work is done. No file is left there.

    Args:
        path: the video to write.
        inputs: what the job reads; those that are paths must not be overwritten.

    Raises:
        SeamSyncError: an unknown suffix, a directory, a missing folder, one that cannot be written to, an input, or a name
            that the system refuses.
    """
    target = Path(path)
    try:
        _check_place(target, inputs)
        real = resolve_link(target)
    except OSError as error:  # a name that is too long, links in a circle
        raise SeamSyncError(f"cannot write {shown(str(target))}: {cause_of(error)}; name another output") from error
    with ExitStack() as files:
        _reserve(real, files)
    return target


class VideoWriter:
    """Encode frames, and the sound in step with them, into one file; a context manager.

    The file is written under a temporary name in the target's folder. When the ``with`` block ends well, it replaces the
    target. On any exception, Ctrl-C included, it is removed and the target stays as it was. That does not wait for a frame that
    another thread is writing: the encoder is closed after it. Sound longer than the frames is cut at their end. Odd sizes that
    4:2:0 or 4:2:2 cannot store are padded by repeating the last column or row.

    Args:
        path: target, ``.mp4``, ``.mov`` or ``.mkv``.
        info: size, rate, colour and planes of the frames to come; its ``frame_count`` is not used.
        audio: sound, its time 0 at the first frame.
        settings: quality.
        metadata: texts for the container, as ComfyUI's ``prompt`` and ``workflow``.
        check: called while the last frames are encoded at the end of the block; the encoder delays dozens of frames.

    Raises:
        SeamSyncError: the target cannot be written (see :func:`check_target`), or the encoder refuses the settings.
    """

    def __init__(
        self,
        path: str | Path,
        info: VideoInfo,
        *,
        audio: Audio | None = None,
        settings: EncodeSettings | None = None,
        metadata: Mapping[str, str] | None = None,
        check: Check = no_check,
    ) -> None:
        self._check = check
        self._target = check_target(path)
        self._info = info
        self._settings = settings or EncodeSettings()
        self._sound = audio
        self._metadata = dict(metadata or {})
        self._chroma = (2, 2) if self._settings.subsample and not self._settings.lossless else info.chroma
        self._count = 0
        self._encoding = Lock()
        self._abandoned = False

    @property
    def notes(self) -> list[str]:
        """Return what a user should know of the file, in sentences."""
        info, notes = self._info, []
        if info.bit_depth > 8:
            notes.append(f"{info.name} is 10 bit, and so is the result (H.264 High 10); some browsers and phones refuse it")
        if info.hdr.dynamic:
            notes.append(f"the {' and '.join(info.hdr.dynamic)} metadata of {info.name} is not carried")
        return notes

    def __enter__(self) -> VideoWriter:
        self._real_target = resolve_link(self._target)
        self._files = ExitStack()
        self._part = _reserve(self._real_target, self._files)
        try:
            with self._errors():
                self._container = self._open()
                self._video = self._add_video()
                self._audio = AudioTrack(self._container, self._sound, self._settings.audio_bitrate) if self._sound else None
        except BaseException:
            self._abandon()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._abandon()
            return
        try:
            with self._errors():
                self._finish()
        except BaseException:
            self._abandon()
            raise

    def write(self, frame: PlanarFrame) -> None:
        """Encode the next frame; it is shown for 1 / fps.

        Args:
            frame: of the size, depth and chroma of the writer's ``info``; it may be changed or reused afterwards.

        Raises:
            SeamSyncError: a frame of another kind, or the disk is full.
        """
        info = self._info
        if _kind(frame) != _kind(info):
            raise SeamSyncError(f"frames to write must be {_kind(info)}, as the clip's info says, got {_kind(frame)}")
        picture = self._fit(frame).frame
        picture.pts, picture.time_base = self._count, 1 / info.fps
        picture.colorspace, picture.color_range = info.color.colorspace, info.color.color_range
        with self._encoding, self._errors():
            if self._abandoned:
                return  # on another thread, which gets it only now
            self._container.mux(self._video.encode(picture))
            self._count += 1
            if self._audio:
                self._audio.write_until(self._count / info.fps)

    def _open(self) -> OutputContainer:
        kind = CONTAINERS[self._target.suffix.lower()]
        # Keys of any name survive in MP4 only with use_metadata_tags; faststart lets a browser play while loading.
        options = {} if kind == "matroska" else {"movflags": "use_metadata_tags+faststart"}
        options["fflags"] = "+bitexact"  # no random identifiers, no dates, no versions
        container = av.open(media_url(self._part), "w", format=kind, options=options)
        container.metadata.update(self._metadata)
        return container

    def _add_video(self) -> VideoStream:
        info = self._info
        options = dict(self._settings.options)
        if info.hdr.x264_params:
            options["x264-params"] += ":" + info.hdr.x264_params
        if self._chroma == (2, 2) and info.color.chroma_location != LEFT:
            options["chroma_sample_location"] = info.color.location_name
        stream = self._container.add_stream("libx264", rate=info.fps, options=options)
        stream.width, stream.height = (-(-n // s) * s for n, s in zip((info.width, info.height), self._chroma, strict=True))
        stream.pix_fmt = pixel_format(self._chroma, info.bit_depth)
        context = stream.codec_context
        context.time_base = 1 / info.fps
        context.sample_aspect_ratio = info.pixel_aspect
        context.colorspace, context.color_range = info.color.colorspace, info.color.color_range
        context.color_primaries, context.color_trc = info.color.primaries, info.color.transfer
        return stream

    def _fit(self, frame: PlanarFrame) -> PlanarFrame:
        """Return the frame in the encoder's format; mostly the frame itself."""
        if frame.chroma == self._chroma and (frame.width, frame.height) == (self._video.width, self._video.height):
            return frame
        fitted = PlanarFrame.blank(self._video.width, self._video.height, self._chroma, frame.bit_depth, frame.color)
        u, v = (self._subsampled(plane) for plane in (frame.u, frame.v))
        for source, target in zip((frame.y, u, v), fitted.planes, strict=True):
            rows, columns = (big - small for big, small in zip(target.shape, source.shape, strict=True))
            target[...] = np.pad(source, ((0, rows), (0, columns)), mode="edge")
        return fitted

    def _subsampled(self, plane: np.ndarray) -> np.ndarray:
        """Return a chroma plane of the clip with as many samples as are written."""
        across, down = (new // old for new, old in zip(self._chroma, self._info.chroma, strict=True))
        if across == down == 1:
            return plane
        stored = torch.from_numpy(np.ascontiguousarray(plane))[None]
        return halve_chroma(stored, self._info.color, (across, down))[0].numpy()

    def _finish(self) -> None:
        if self._count == 0:
            raise SeamSyncError(f"no frame was given to write to {self._target.name}; the clip is empty")
        for packet in self._video.encode_lazy(None):
            self._check()
            self._container.mux(packet)
        if self._audio:
            self._audio.finish()
        self._container.close()
        os.replace(self._part, self._real_target)
        self._files.close()

    def _abandon(self) -> None:
        """Close without finishing, and remove the file: neither delayed frames nor the index are written."""
        try:
            self._part.unlink()  # first, as closing an MP4 would move all of it to put the index before it
        except OSError:  # a system that keeps open files, such as Windows
            self._close_abandoned()
        else:
            if self._encoding.locked():  # by a frame that takes seconds on a busy machine
                Thread(target=self._close_abandoned, name="seamsync-abandoned", daemon=True).start()
            else:
                self._close_abandoned()
        self._files.close()

    def _close_abandoned(self) -> None:
        with self._encoding, suppress(FFmpegError, OSError):
            self._abandoned = True
            container = getattr(self, "_container", None)
            if container is not None:
                container.close()

    @contextmanager
    def _errors(self) -> Generator[None, None, None]:
        try:
            yield
        except (FFmpegError, OSError) as error:
            full = getattr(error, "errno", None) == errno.ENOSPC
            advice = "; make room on that disk or choose another folder" if full else ""
            raise SeamSyncError(f"cannot write {self._target}: {cause_of(error)}{advice}") from error


def _check_place(target: Path, inputs: Iterable[object]) -> None:
    """Raise unless a video may be put at ``target``."""
    for one in inputs:
        if isinstance(one, str | Path) and target.exists() and Path(one).exists() and target.samefile(one):
            raise SeamSyncError(f"{target} is an input of this job and would be overwritten; name another output")
    if target.is_dir():
        raise SeamSyncError(f"{target} is a folder; name a file in it, such as {target / 'out.mp4'}")
    if target.suffix.lower() not in CONTAINERS:
        raise SeamSyncError(f"{target.name} must end in {', '.join(CONTAINERS)}, got {target.suffix or 'no suffix'!r}")
    if target.exists() and not target.is_file():
        raise SeamSyncError(f"{target} is a device or a pipe, where no video can be written; name a file")


def _reserve(target: Path, files: ExitStack) -> Path:
    """Make an empty temporary file beside the target, which ``files`` removes."""
    try:
        return files.enter_context(temporary_beside(target))
    except FileNotFoundError as error:
        raise SeamSyncError(f"there is no folder {target.parent}; create it first, or choose another") from error
    except ValueError as error:
        raise SeamSyncError(f"cannot write {shown(str(target))}: {cause_of(error)}; name another output") from error
    except OSError as error:
        raise SeamSyncError(f"cannot write in {target.parent}: {cause_of(error)}; choose another folder") from error


def _kind(picture: PlanarFrame | VideoInfo) -> str:
    return f"{picture.width}x{picture.height} {pixel_format(picture.chroma, picture.bit_depth)}"
