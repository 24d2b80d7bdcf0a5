"""Open files for reading: only as media, only from this machine, and say why it cannot be done."""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import av
import av.logging
from av.container import InputContainer
from av.error import FFmpegError
from av.format import formats_available
from av.stream import Disposition

from ..errors import SeamSyncError, cause_of, shortage, shown
from .read_options import DEFAULT, ReadOptions
from .streams import choose_video, decodable

#: A file, or a seekable binary stream.
MediaSource = str | os.PathLike[str] | BinaryIO

#: Demuxers that read one file and nothing else. Those that open further files or addresses, as playlists do (hls, concat, dash,
#: sdp, imf), render text, or run scripts (tty, lavfi, vapoursynth) are not among them. Names that this FFmpeg lacks do no harm.
_CONTAINERS = """
    3g2 3gp 3gpp aa aac aax ac3 ac4 adx aea aiff amr amrnb amrwb ape apng asf asf_o ast au av1 avi avs2 avs3 caf cavsvideo
    daud dhav dirac dnxhd dsf dss dts dtshd dv eac3 evc film_cpk fits flac flic flv gif gsm gxf h261 h263 h264 hevc
    iamf ico iff ilbc ipu ircam ivf jpegxl_anim kux lc3 live_flv lxf m4a m4v matroska mj2 mjpeg mlp mm mmf mods mov mp3 mp4 mpc
    mpc8 mpeg mpegts mpegvideo mpjpeg mtv mv mvi mxf nistsphere nsv nut nuv obu ogg oma osq pva qcp qoa r3d rm roq rso sbc
    smjpeg smk sol sox swf tak thp truehd tta ty vc1 vivo voc vqf vvc w64 wav webm wsaud wsvqa wtv wv xa xwma yuv4mpegpipe
"""


def _formats() -> str:
    """Return the allowed demuxers: :data:`_CONTAINERS` and single pictures; a drawing (SVG) may refer to other files."""
    pictures = sorted(name for name in formats_available if name.endswith("_pipe") and name != "svg_pipe")
    return ",".join((*_CONTAINERS.split(), "image2", *pictures))


#: Beginnings of texts that name other files.
_LISTS = {
    rb"#EXTM3U": "an HLS playlist",
    rb"ffconcat": "a list of files (ffconcat)",
    rb"v=0\s": "a session description (SDP)",
    rb"(<\?xml.*)?<MPD": "a DASH manifest",
    rb"(<\?xml.*)?<(\w+:)?(CompositionPlaylist|AssetMap)": "an IMF playlist",
}
_DRAWING = rb"(<\?xml.*)?(<!--.*-->\s*|<!DOCTYPE[^>]*>\s*)*<svg"

#: Memory for the pictures that the decoder's threads work on at once; five of 8K.
_THREAD_BYTES = 512 << 20

#: Bytes of a file's beginning that are looked at for messages.
_HEAD = 1024


@dataclass(frozen=True)
class OpenedVideo:
    """Hold an opened file with the video stream chosen of it; a context manager that closes it.

    Attributes:
        container: the file.
        stream: its video stream.
        note: which of several tracks was taken, in words for the user; None where there is one.
    """

    container: InputContainer
    stream: av.VideoStream
    note: str | None

    def close(self) -> None:
        """Close the file."""
        self.container.close()

    def __enter__(self) -> OpenedVideo:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the file."""
        self.close()


def source_name(source: str | Path | io.BytesIO) -> str:
    """Return the name of a source for messages."""
    return "the clip in memory" if isinstance(source, io.BytesIO) else Path(source).name


def media_url(path: str | os.PathLike[str]) -> str:
    """Return the address by which FFmpeg opens a file of any name, ``9:16.mp4`` too."""
    return f"file:{os.path.abspath(path)}"


def open_container(source: MediaSource, max_megapixels: int = DEFAULT.max_megapixels) -> InputContainer:
    """Open media for reading, of the allowed containers. Every file that FFmpeg reads is opened here.

    A name is never taken for an address or a pattern, no other file is opened, and texts in the file may have any encoding.

    Args:
        source: path of a file, or a binary stream at its beginning.
        max_megapixels: FFmpeg decodes no picture of more, also while it looks for what the file holds.

    Raises:
        SeamSyncError: a playlist or another list of files, or a drawing; the message names it.
        FFmpegError, OSError, ValueError: the file cannot be read.
    """
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": _formats(),
        "pattern_type": "none",  # of image2: a name with %d or * is that of one file
        "max_pixels": str(max_megapixels * 10**6),
    }
    address = media_url(source) if isinstance(source, str | os.PathLike) else source
    try:
        return av.open(address, "r", options=options, metadata_errors="replace")
    except (FFmpegError, ValueError) as error:
        _refuse_lists(source, error)
        raise


def open_video(source: str | Path | io.BytesIO, options: ReadOptions = DEFAULT) -> OpenedVideo:
    """Open a file, or bytes in memory, and choose its video stream. Decoding uses all cores.

    Args:
        source: the file, or its bytes.
        options: the video track wanted (:func:`~seamsync.media.streams.choose_video`), and the largest picture.

    Raises:
        SeamSyncError: missing, a directory, empty, truncated, no media, sound only, no such track, an unknown codec, tiles
            instead of a picture, or more pixels than allowed.
    """
    name = source_name(source)
    head = read_head(source)
    try:
        # The bytes are shared, not copied; only the position is this reader's own.
        container = open_container(
            io.BytesIO(source.getvalue()) if isinstance(source, io.BytesIO) else source,
            options.max_megapixels,
        )
    except (FFmpegError, OSError, ValueError) as error:
        lack = shortage(error)
        raise SeamSyncError(f"cannot open {name}: {lack}" if lack else _why_not(name, head)) from error
    try:
        return _chosen(container, name, options)
    except BaseException:
        container.close()
        raise


def _chosen(container: InputContainer, name: str, options: ReadOptions) -> OpenedVideo:
    chosen = choose_video(container, name, options.video_track)
    if chosen is None:
        if any(stream.disposition & Disposition.dependent for stream in container.streams.video):
            raise SeamSyncError(
                f"{name} is a tiled HEIC or AVIF photo, which cannot be put together here: save it as JPEG, or install"
                " pillow-heif (HEIC) or Pillow 11.3 (AVIF)"
            )
        kind = "only sound" if container.streams.audio else "no picture"
        cover = " (and a cover picture)" if container.streams.audio and container.streams.video else ""
        raise SeamSyncError(f"{name} holds {kind}{cover}; choose a video file or a picture")
    stream = container.streams[chosen.stream]
    assert isinstance(stream, av.VideoStream)
    if not decodable(stream):
        codec = unknown_codec(container, stream.index)
        raise SeamSyncError(f"{name} is video of the codec {codec}, which this FFmpeg cannot decode; convert it to H.264")
    _limit(stream, name, options.max_megapixels)
    return OpenedVideo(container, stream, chosen.note)


def _limit(stream: av.VideoStream, name: str, megapixels: int) -> None:
    """Check the size of the pictures, and use as many threads as have their pictures in :data:`_THREAD_BYTES`."""
    context = stream.codec_context
    check_pixels(name, context.width, context.height, megapixels)
    context.options = {**context.options, "max_pixels": str(megapixels * 10**6)}  # where the header lies, or has no size
    context.thread_type = "AUTO"
    picture = 3 * context.width * context.height  # 10 bit 4:2:0
    if picture * (os.cpu_count() or 1) > _THREAD_BYTES:
        context.thread_count = max(1, _THREAD_BYTES // picture)


def check_pixels(name: str, width: int, height: int, limit: int) -> None:
    """Raise a :class:`SeamSyncError` for pictures of more than ``limit`` megapixels."""
    if width * height > limit * 10**6:
        raise SeamSyncError(
            f"{name} has {width}x{height} pixels, {width * height / 1e6:.0f} megapixels; the limit is {limit}:"
            " make it smaller, or raise the limit (--max-megapixels, max_megapixels)"
        )


def unknown_codec(container: InputContainer, stream: int) -> str:
    """Return the four letters or the name of a codec that FFmpeg has no decoder for, from its summary of the file."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        text = container.dumps_format()  # type: ignore[attr-defined]
    finally:
        av.logging.set_level(level)
    found = re.search(rf"Stream #0:{stream}\b.*?: (?:Video|Audio): (\w+)(?: \((.+?) /)?", text)
    name = (found[2] or found[1]) if found else "none"
    return "unknown" if name == "none" else name


def read_head(source: str | Path | io.BytesIO) -> bytes:
    """Return the first bytes of a file.

    Raises:
        SeamSyncError: missing, a directory, empty, or not readable.
    """
    if isinstance(source, io.BytesIO):
        head = bytes(source.getbuffer()[:_HEAD])
    else:
        path = Path(source)
        if os.path.isdir(path):  # False for an impossible name, which the system refuses below
            raise SeamSyncError(f"{path} is a folder; name a video file in it")
        check_regular(path)
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD)
        except FileNotFoundError as error:
            raise SeamSyncError(f"no file at {path}; check the path") from error
        except (OSError, ValueError) as error:  # a ValueError is a NUL in the name
            raise SeamSyncError(f"cannot read {shown(str(path))}: {cause_of(error)}") from error
    if not head:
        raise SeamSyncError(f"{source_name(source)} is empty; copy or download it again")
    return head


def check_regular(path: str | os.PathLike[str]) -> None:
    """Raise a :class:`SeamSyncError` for a pipe or a device: media are read more than once."""
    if os.path.exists(path) and not os.path.isfile(path):  # an impossible name is refused when the file is opened
        raise SeamSyncError(f"{path} is a pipe or a device, which cannot be read twice; save its content as a file")


def _refuse_lists(source: MediaSource, error: Exception) -> None:
    """Raise for a file that names other files; return for anything else."""
    if isinstance(source, str | os.PathLike):
        with Path(source).open("rb") as file:
            head = file.read(_HEAD)
        name = Path(source).name
    else:
        source.seek(0)
        head, name = source.read(_HEAD), "the clip in memory"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, kind in _LISTS.items():
        if re.match(pattern, text, re.DOTALL):
            raise SeamSyncError(f"{name} is {kind}, which leads to other files; choose the video file itself") from error
    if re.match(_DRAWING, text, re.DOTALL):
        raise SeamSyncError(f"{name} is an SVG drawing; save it as PNG") from error


def _why_not(name: str, head: bytes) -> str:
    if head[4:8] in (b"ftyp", b"moov", b"mdat"):
        return f"{name} is truncated: the index (moov) of this MP4 is missing; finish the copy or the recording and try again"
    return f"{name} is not a video or picture that FFmpeg can read; choose another file, or convert it to MP4 first"
