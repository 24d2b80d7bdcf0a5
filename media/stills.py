"""Read still pictures and animated WebP with Pillow: upright, in sRGB, put together where they are stored in tiles."""

from __future__ import annotations

import io
import re
import struct
import warnings
from collections.abc import Generator
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

import av
import numpy as np

from ..errors import SeamSyncError
from .opening import check_pixels, read_head, source_name
from .packet_index import PacketIndex
from .timeline import STANDARD_RATES

if TYPE_CHECKING:
    from PIL.Image import Image

#: What is looked at. GIF and APNG are then left to FFmpeg, which reads them as clips, as is any other kind (EXR, JPEG XL, …).
_FORMATS = ("AVIF", "BMP", "GIF", "HEIF", "JPEG", "MPO", "PNG", "TIFF", "WEBP")

#: ISO 14496-12 brands of pictures (HEIF, AVIF); those of sequences are clips.
_PHOTO_BRANDS = (b"avif", b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2")

#: A photo in PQ or HLG (H.273, transfer 16 or 18): FFmpeg keeps its 10 bit, Pillow does not.
_HDR = re.compile(rb"colrnclx..\0[\x10\x12]", re.DOTALL)

#: Exif's number of the orientation (TIFF 6.0, tag 274), and its values of which PyAV gives the rotation without the mirroring.
_ORIENTATION, _MIRRORED = 274, (2, 4, 5, 7)

#: Bytes in which the properties of a photo lie.
_META = 1 << 16

#: Milliseconds a frame of an animation is shown that declares none, as browsers do.
_UNTIMED = 100


class PictureFile:
    """Read the pictures of one file by their place, as :class:`~seamsync.media.decode.FrameDecoder` does.

    Args:
        image: an opened picture.
        name: of the file, for messages.
        durations: milliseconds of each picture of an animation; empty for a still.

    Attributes:
        index: times of the pictures.
        still: the file holds one picture, which has no time.
    """

    def __init__(self, image: Image, name: str, durations: list[int]) -> None:
        self._image = image
        self._name = name
        self._shown: tuple[int, av.VideoFrame] | None = None
        self._reading = Lock()
        self.still = len(durations) < 2
        self.index = _index(durations or [0], name)

    def picture(self, place: int) -> av.VideoFrame:
        """Return the picture at ``place``, upright, in sRGB, as ``rgb24``. It must not be changed.

        Raises:
            SeamSyncError: it cannot be decoded.
        """
        with self._reading, _pillow_errors(self._name):
            if self._shown is None or self._shown[0] != place:
                if not self.still:
                    self._image.seek(place)
                pixels = np.asarray(_upright_srgb(self._image))
                self._shown = place, av.VideoFrame.from_ndarray(pixels, format="rgb24")
            return self._shown[1]

    def close(self) -> None:
        """Do nothing: the file is closed with this object."""


def is_photo(head: bytes) -> bool:
    """Say whether a file begins as a HEIF or AVIF picture does, which is no clip though FFmpeg reads it as one."""
    return head[4:8] == b"ftyp" and head[8:12] in _PHOTO_BRANDS


def open_pictures(source: str | Path | io.BytesIO, limit: int) -> PictureFile | None:
    """Open a picture that Pillow reads better than FFmpeg.

    A plain JPEG (one picture, sRGB, YCbCr, not mirrored) is left to FFmpeg, which gives the stored planes.

    Args:
        source: the file, or its bytes.
        limit: megapixels that a picture may have; the header is checked before anything is decoded.

    Returns:
        the pictures; None where FFmpeg is to read the file.

    Raises:
        SeamSyncError: no such file, an empty one, or more pixels than the limit.
    """
    name = source_name(source)
    read_head(source)  # says what is wrong with a file that cannot be read at all
    file = io.BytesIO(source.getvalue()) if isinstance(source, io.BytesIO) else Path(source).open("rb")  # noqa: SIM115
    try:
        image = _identify(file, name, limit)
        if image is None or _left_to_ffmpeg(image, file):
            file.close()
            return None
        return PictureFile(image, name, _durations(file) if image.format == "WEBP" else [])
    except BaseException:
        file.close()
        raise


def _identify(file: BinaryIO, name: str, limit: int) -> Image | None:
    """Read the header of a picture; None where it is none, or none that Pillow knows."""
    from PIL import Image

    Image.init()
    with suppress(ImportError):
        from pillow_heif import register_heif_opener  # type: ignore[import-not-found]

        register_heif_opener()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked here
            image = Image.open(file, formats=[one for one in _FORMATS if one in Image.OPEN])
    except Image.DecompressionBombError as error:
        pixels = int(re.findall(r"\d+", str(error))[0])
        raise SeamSyncError(f"{name} has {pixels / 1e6:.0f} megapixels; at most 178 can be read: make it smaller") from error
    except Exception:  # whatever a damaged header makes a plugin raise; FFmpeg has the last word
        return None
    check_pixels(name, image.width, image.height, limit)
    if image.format == "TIFF" and image.mode == "F":  # neither FFmpeg nor Pillow knows what range its values have
        raise SeamSyncError(f"{name} is a TIFF of floating-point values, which have no fixed range: save it with 8 or 16 bits")
    return image


def _left_to_ffmpeg(image: Image, file: BinaryIO) -> bool:
    """Say whether FFmpeg reads a picture as well or better: GIF, APNG, plain JPEG, a photo in PQ or HLG without tiles."""
    if image.format in ("AVIF", "HEIF"):
        head = _from_start(file, _META)
        return getattr(image, "n_frames", 1) > 1 or bool(_HDR.search(head) and b"grid" not in head)
    if image.mode == "F" or image.format == "GIF":
        return True
    if image.format == "JPEG":
        plain = image.mode != "CMYK" and not {"mp", "icc_profile"} & image.info.keys()
        return plain and image.getexif().get(_ORIENTATION, 1) not in _MIRRORED
    return image.format == "PNG" and getattr(image, "is_animated", False)


def _from_start(file: BinaryIO, count: int) -> bytes:
    place = file.tell()
    file.seek(0)
    content = file.read(count)
    file.seek(place)
    return content


def _durations(file: BinaryIO) -> list[int]:
    """Return the milliseconds of each frame of an animated WebP, from the headers of its chunks (RFC 9649, 2.7.1.1)."""
    place, found = file.tell(), []
    file.seek(12)
    while len(head := file.read(8)) == 8:
        kind, size = struct.unpack("<4sI", head)
        content = file.read(min(size, 16))
        if kind == b"ANMF" and len(content) == 16:
            found.append(int.from_bytes(content[12:15], "little"))
        file.seek(size + size % 2 - len(content), io.SEEK_CUR)
    file.seek(place)
    return found


def _index(durations: list[int], name: str) -> PacketIndex:
    """Make the times of pictures from their milliseconds."""
    spans = [span or _UNTIMED for span in durations]
    rate = _meant_rate(spans[0]) if len(set(spans)) == 1 else None
    tick = 1 / rate if rate else Fraction(1, 1000)
    steps = [1] * len(spans) if rate else spans
    return PacketIndex(
        pts=np.array([0, *accumulate(steps)][:-1], np.int64),
        keys=np.zeros(1, np.int64),
        tick=tick,
        tail=steps[-1],
        rates=(rate,) if rate else (),
        counted=False,
        promised=0,
        name=name,
    )


def _meant_rate(milliseconds: int) -> Fraction:
    """Return the frame rate that a frame's whole milliseconds are rounded from: 41 ms are 24 a second, 33 are 30."""
    whole = [rate for rate in STANDARD_RATES if rate.denominator == 1]
    rates = (*whole, *(Fraction(n) for n in range(1, 121)))
    near = (rate for rate in rates if milliseconds in (int(1000 / rate), round(1000 / rate)))
    return next(near, Fraction(1000, milliseconds))


def _upright_srgb(image: Image) -> Image:
    """Return a picture turned as its Exif says, in sRGB, without alpha."""
    from PIL import Image, ImageCms, ImageOps

    profile = image.info.get("icc_profile")
    if image.mode.startswith(("I", "F")):
        image = Image.fromarray((np.asarray(image).clip(0, 65535) / 257).round().astype(np.uint8))
    image = ImageOps.exif_transpose(image)
    if profile:
        with suppress(ImageCms.PyCMSError, OSError):  # a damaged profile: the stored values are shown
            return _to_srgb(image, profile)
    return image.convert("RGB")


def _to_srgb(image: Image, profile: bytes) -> Image:
    from PIL import ImageCms

    own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if image.mode not in ("RGB", "L", "CMYK", "LAB"):
        image = image.convert("RGB")
    changed = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    assert changed is not None
    return changed


@contextmanager
def _pillow_errors(name: str) -> Generator[None, None, None]:
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # Pillow's plugins raise what their parsers raise
        raise SeamSyncError(f"{name} cannot be decoded ({error}); it is damaged or cut off, export it again") from error
