"""Pictures that Pillow reads: colour profiles, orientation, depth, tiles, gain maps, animated WebP, sizes."""

from __future__ import annotations

import io
import zlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from photos import display_p3, jpeg_with_gain_map, tiled_photo
from PIL import Image, ImageCms, features
from seamsync.errors import SeamSyncError
from seamsync.media import stills
from seamsync.media.read_options import ReadOptions
from seamsync.media.video import VideoReader

GREYS = (30, 90, 150, 210)


def picture(width: int = 48, height: int = 32) -> Image.Image:
    """Four quarters of red, green, blue and grey."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = (200, 60, 50)
    pixels[: height // 2, width // 2 :] = (60, 180, 70)
    pixels[height // 2 :, : width // 2] = (50, 60, 190)
    pixels[height // 2 :, width // 2 :] = 128
    return Image.fromarray(pixels)


def saved(image: Image.Image, kind: str, **how: object) -> io.BytesIO:
    """The picture as a file in memory."""
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file


def read(source: Path | io.BytesIO) -> np.ndarray:
    """The picture of a still, which is one frame of 25 a second."""
    reader = VideoReader(source)
    assert (reader.info.frame_count, reader.info.fps, reader.info.variable_rate) == (1, 25, False)
    return next(reader.frames()).rgb()


def error(found: np.ndarray, wanted: Image.Image) -> int:
    """Largest difference away from the edges between the quarters."""
    expected = np.asarray(wanted.convert("RGB"), int)
    assert found.shape == expected.shape
    return max(
        int(np.abs(found[y : y + 8, x : x + 8] - expected[y : y + 8, x : x + 8]).max()) for y in (3, 20) for x in (3, 34)
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_colour_profile(kind: str) -> None:
    """A picture in Display P3 is shown in sRGB."""
    profile = display_p3()
    wide = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    stored = ImageCms.profileToProfile(picture(), ImageCms.createProfile("sRGB"), wide)
    assert stored is not None
    how = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    found = read(saved(stored, kind, icc_profile=profile, **how))
    assert error(found, picture()) <= 5 < error(np.asarray(stored), picture())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_orientation(kind: str) -> None:
    """Exif orientation turns any kind of picture clockwise (6), or mirrors it (2)."""
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow reads no AVIF")
    for orientation, change in ((6, Image.Transpose.ROTATE_270), (2, Image.Transpose.FLIP_LEFT_RIGHT)):
        exif = Image.Exif()
        exif[0x0112] = orientation
        found = read(saved(picture(), kind, exif=exif, quality=100))
        turned = np.asarray(picture().transpose(change), int)
        assert found.shape == turned.shape
        assert np.abs(found[4:12, 4:12] - turned[4:12, 4:12]).max() <= 12


def test_other_modes() -> None:
    """CMYK, 16 bit grey and a palette."""
    assert error(read(saved(picture().convert("CMYK"), "JPEG", quality=100)), picture()) <= 8
    assert error(read(saved(picture().convert("CMYK"), "TIFF")), picture()) <= 3
    grey = Image.fromarray(np.asarray(picture().convert("L")).astype(np.uint16) * 257)
    assert error(read(saved(grey, "PNG")), picture().convert("L")) <= 2
    assert error(read(saved(picture().quantize(16), "PNG")), picture()) <= 3


def test_damaged_profile() -> None:
    """The stored values are shown."""
    assert error(read(saved(picture(), "PNG", icc_profile=b"no profile")), picture()) <= 3


@pytest.mark.parametrize("name", ["photo.jpg", "photo", "photo.mp4", None])
def test_gain_map_is_no_second_picture(tmp_path: Path, name: str | None) -> None:
    """An Ultra HDR photo is one picture, whatever it is called, and in memory."""
    content = jpeg_with_gain_map(picture(96, 64))
    if name is None:
        found = read(io.BytesIO(content))
    else:
        (tmp_path / name).write_bytes(content)
        found = read(tmp_path / name)
    assert found.shape == (64, 96, 3)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_tiles_are_put_together() -> None:
    """The whole photo is read, not its first tile."""
    found = read(io.BytesIO(tiled_photo(GREYS)))
    assert found.shape == (128, 128, 3)
    corners = [found[y, x, 0] for y in (5, -5) for x in (5, -5)]
    assert np.abs(np.array(corners, int) - GREYS).max() <= 6


@pytest.mark.skipif(not features.check("avif"), reason="needs Pillow to make an AVIF")
def test_without_pillows_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """FFmpeg alone reads a photo as a still picture, and refuses tiles instead of showing the first."""
    monkeypatch.setattr(stills, "_FORMATS", ("JPEG", "PNG"))
    assert read(saved(picture(64, 64), "AVIF")).shape == (64, 64, 3)
    with pytest.raises(SeamSyncError, match=r"is a tiled HEIC or AVIF photo.* save it as JPEG"):
        VideoReader(io.BytesIO(tiled_photo(GREYS)))


@pytest.mark.parametrize(("milliseconds", "fps"), [(41, 24), (42, 24), (33, 30), (40, 25), (62, 16), (100, 10)])
def test_animated_webp(milliseconds: int, fps: int) -> None:
    """An animation is a clip; its whole milliseconds stand for a usual rate."""
    pictures = [Image.new("RGB", (32, 32), (20 * k + 20,) * 3) for k in range(6)]
    how = {"save_all": True, "append_images": pictures[1:], "lossless": True}
    reader = VideoReader(saved(pictures[0], "WEBP", duration=milliseconds, **how))
    assert (reader.info.fps, reader.info.frame_count, reader.info.variable_rate) == (fps, 6, False)
    order = np.array([3, 4, 5, 4, 3, 0, 5, 1])
    found = [round(float(frame.rgb().mean())) for frame in reader.frames(order)]
    assert np.abs(np.array(found) - (20 * order + 20)).max() <= 2


@pytest.mark.skipif(not features.check("avif"), reason="needs Pillow to make an AVIF")
def test_animated_avif_is_a_clip() -> None:
    """The single picture that stands for it is not taken."""
    pictures = [Image.new("RGB", (32, 32), (40 * k + 20,) * 3) for k in range(4)]
    reader = VideoReader(saved(pictures[0], "AVIF", save_all=True, append_images=pictures[1:], duration=100))
    assert (reader.info.fps, reader.info.frame_count, reader.warnings) == (10, 4, [])


def test_webp_of_changing_speed() -> None:
    """Each picture is shown as long as it says."""
    pictures = [Image.new("RGB", (32, 32), (40 * k + 20,) * 3) for k in range(4)]
    how = {"save_all": True, "append_images": pictures[1:], "lossless": True}
    reader = VideoReader(saved(pictures[0], "WEBP", duration=[40, 120, 40, 200], **how))
    assert reader.info.duration == Fraction(400, 1000)
    levels = [round((frame.rgb().mean() - 20) / 40) for frame in reader.frames()]
    assert levels == sorted(levels)
    assert [levels.count(k) / reader.info.fps for k in range(4)] == [Fraction(t, 1000) for t in (40, 120, 40, 200)]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "GIF"])
def test_size_is_limited(kind: str) -> None:
    """More pixels than the limit are refused before they are decoded; a higher limit lets them in."""
    file = saved(Image.new("L", (1100, 1000)), kind)
    with pytest.raises(SeamSyncError, match=r"1100x1000 pixels, 1 megapixels; the limit is 1.*--max-megapixels"):
        VideoReader(file, options=ReadOptions(max_megapixels=1))
    assert VideoReader(file, options=ReadOptions(max_megapixels=2)).info.width == 1100


def test_floating_point_tiff_is_refused_in_words() -> None:
    """The message says that the values have no fixed range, not that the file is damaged."""
    file = io.BytesIO()
    Image.fromarray(np.ones((32, 32), np.float32)).save(file, "TIFF")
    with pytest.raises(SeamSyncError, match="floating-point values"):
        VideoReader(file)


def test_bomb() -> None:
    """A small file that claims a huge picture is refused from its header."""
    content = bytearray(saved(Image.new("L", (8, 8)), "PNG").getvalue())
    content[16:24] = (40000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    with pytest.raises(SeamSyncError, match=r"has 1600 megapixels; at most 178 can be read"):
        VideoReader(io.BytesIO(bytes(content)))
