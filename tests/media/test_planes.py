"""Planes and RGB: values worked by hand, exactness where nothing changes, edits that come through."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.errors import SeamSyncError
from seamsync.media.frame import VideoInfo
from seamsync.media.planes import Planes, add_rgb, align_box, chroma_box, halve_chroma, planes_from_rgb, rgb_from_planes
from seamsync.media.tags import LUMA_WEIGHTS, ColorTags

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
CHROMA = [(1, 1), (2, 1), (2, 2)]

#: AVChromaLocation, and in half luma samples where a chroma sample lies across and down: left, centre, top left, top.
SITINGS = [(1, (0, 1)), (2, (1, 1)), (3, (0, 0)), (4, (1, 0))]


def make_tags(matrix: str = "bt709", full: bool = False) -> ColorTags:
    """Tags with a matrix and a range."""
    return ColorTags({"bt601": 6, "bt709": 1, "bt2020": 9}[matrix], 1 + full)


def stored(bits: int, *planes: list | np.ndarray) -> Planes:
    """Integer tensors of planes ``[h,w]``, with a batch axis."""
    kind = np.uint8 if bits == 8 else np.uint16
    y, u, v = (torch.from_numpy(np.asarray(plane).astype(kind))[None] for plane in planes)
    return y, u, v


def random_planes(seed: int, height: int, width: int, chroma: tuple[int, int], bits: int, *, legal: bool = True) -> Planes:
    """Noise in the legal limited range, or over all values."""
    rng = np.random.default_rng(seed)
    low, high = (16 << (bits - 8), 236 << (bits - 8)) if legal else (0, 1 << bits)
    sizes = [(height, width)] + [(-(-height // chroma[1]), -(-width // chroma[0]))] * 2
    return stored(bits, *(rng.integers(low, high, size) for size in sizes))


def slow_rgb(y: float, cb: float, cr: float, matrix: str, full: bool, bits: int) -> list[float]:
    """H.273 equations for one sample, in double precision."""
    red, blue = LUMA_WEIGHTS[matrix]
    if full:
        luma, pb, pr = y / (2**bits - 1), (cb - 2 ** (bits - 1)) / (2**bits - 1), (cr - 2 ** (bits - 1)) / (2**bits - 1)
    else:
        unit = 2 ** (bits - 8)
        luma, pb, pr = (y / unit - 16) / 219, (cb / unit - 128) / 224, (cr / unit - 128) / 224
    r, b = luma + 2 * (1 - red) * pr, luma + 2 * (1 - blue) * pb
    return [r, (luma - red * r - blue * b) / (1 - red - blue), b]


@pytest.mark.parametrize("matrix", sorted(LUMA_WEIGHTS))
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("device", DEVICES)
def test_rgb_equations(matrix: str, full: bool, bits: int, device: str) -> None:
    """Every matrix, range and depth against the equations, sample by sample."""
    y, u, v = (p.to(device) for p in random_planes(3, 4, 5, (1, 1), bits))
    rgb = rgb_from_planes(y, u, v, make_tags(matrix, full), bits).cpu()
    for i in range(4):
        for j in range(5):
            expected = slow_rgb(int(y[0, i, j]), int(u[0, i, j]), int(v[0, i, j]), matrix, full, bits)
            np.testing.assert_allclose(rgb[0, :, i, j].numpy(), expected, atol=2e-6)


def test_rgb_by_hand() -> None:
    """BT.709 limited: white, black, and the 75 % red bar of ITU-R BT.709 colour bars (51, 109, 212)."""
    y, u, v = stored(8, [[235, 16, 51]], [[128, 128, 109]], [[128, 128, 212]])
    rgb = rgb_from_planes(y, u, v, make_tags(), 8)[0, :, 0].T.numpy()
    np.testing.assert_allclose(rgb, [[1, 1, 1], [0, 0, 0], [0.75, 0, 0]], atol=0.004)


@pytest.mark.parametrize("chroma", CHROMA)
@pytest.mark.parametrize("size", [(6, 8), (5, 7), (1, 1), (2, 3)])
@pytest.mark.parametrize(("location", "siting"), SITINGS)
def test_chroma_is_upsampled_by_siting(
    chroma: tuple[int, int], size: tuple[int, int], location: int, siting: tuple[int, int]
) -> None:
    """Against bilinear interpolation at each luma pixel's place on the chroma grid, any size, odd ones too."""
    y, u, v = random_planes(5, *size, chroma, 8)
    rgb = rgb_from_planes(y, u, v, ColorTags(chroma_location=location), 8)[0].double()
    luma = (y[0].double() - 16) / 219
    got_cr = (rgb[0] - luma) / 1.5748
    samples = (v[0].double().numpy() - 128) / 224
    for i in range(size[0]):
        for j in range(size[1]):
            row = (i - siting[1] / 2) / 2 if chroma[1] == 2 else i
            column = (j - siting[0] / 2) / 2 if chroma[0] == 2 else j
            row, column = np.clip(row, 0, samples.shape[0] - 1), np.clip(column, 0, samples.shape[1] - 1)
            r0, c0 = int(row), int(column)
            r1, c1 = min(r0 + 1, samples.shape[0] - 1), min(c0 + 1, samples.shape[1] - 1)
            top = samples[r0, c0] * (1 - column + c0) + samples[r0, c1] * (column - c0)
            bottom = samples[r1, c0] * (1 - column + c0) + samples[r1, c1] * (column - c0)
            assert got_cr[i, j] == pytest.approx(top * (1 - row + r0) + bottom * (row - r0), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    chroma=st.sampled_from(CHROMA),
    bits=st.sampled_from([8, 10]),
    full=st.booleans(),
    matrix=st.sampled_from(sorted(LUMA_WEIGHTS)),
)
def test_no_change_is_bit_identical(
    seed: int, size: tuple[int, int], chroma: tuple[int, int], bits: int, full: bool, matrix: str
) -> None:
    """A zero change inside the support, any change outside it: not a bit differs, illegal values included."""
    planes = random_planes(seed, *size, chroma, bits, legal=False)
    ones = torch.ones(1, 1, *size)
    change = torch.from_numpy(np.random.default_rng(seed).normal(size=(1, 3, *size)).astype(np.float32))
    for delta, support in ((change * 0, ones), (change, ones * 0), (change, ones > 1)):
        for before, after in zip(planes, add_rgb(*planes, delta, support, make_tags(matrix, full), bits), strict=True):
            assert after.dtype == before.dtype
            assert torch.equal(after, before)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**16), size=st.tuples(st.integers(1, 9), st.integers(1, 9)), chroma=st.sampled_from(CHROMA))
def test_only_the_support_changes(seed: int, size: tuple[int, int], chroma: tuple[int, int]) -> None:
    """Luma only where there is support, chroma only where it covers a pixel that has; values stay legal."""
    rng = np.random.default_rng(seed)
    planes = random_planes(seed, *size, chroma, 8)
    delta = torch.from_numpy(rng.normal(0, 1, (1, 3, *size)).astype(np.float32))
    support = torch.from_numpy(rng.random((1, 1, *size)) < 0.3)
    y, u, v = add_rgb(*planes, delta, support, make_tags(), 8)
    assert torch.equal(y[~support[:, 0]], planes[0][~support[:, 0]])
    for i in range(u.shape[1]):
        for j in range(u.shape[2]):
            covered = support[0, 0, i * chroma[1] : (i + 1) * chroma[1], j * chroma[0] : (j + 1) * chroma[0]]
            if not covered.any():
                assert u[0, i, j] == planes[1][0, i, j]
                assert v[0, i, j] == planes[2][0, i, j]
    assert y.min() >= 16
    assert y.max() <= 235
    assert torch.stack((u, v)).min() >= 16
    assert torch.stack((u, v)).max() <= 240


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("bits", [8, 10])
def test_extremes_are_clipped_not_wrapped(full: bool, bits: int) -> None:
    """A change of ten times white stops at the legal ends; a value already past them is not pulled back nor pushed on."""
    top = (1 << bits) - 1
    unit = 1 << (bits - 8)
    low, high = (0, top) if full else (16 * unit, 235 * unit)
    planes = stored(bits, [[100 * unit, 100 * unit, 250 * unit, 5 * unit]], *([[128 * unit] * 4],) * 2)
    up = torch.tensor([10.0, -10.0, 10.0, -10.0]).expand(1, 3, 1, 4)
    y, u, v = add_rgb(*planes, up, torch.ones(1, 1, 1, 4), make_tags(full=full), bits)
    assert y[0, 0].to(torch.int32).tolist() == ([top, 0, top, 0] if full else [high, low, 250 * unit, 5 * unit])
    assert (u.to(torch.int32) == 128 * unit).all()
    assert (v.to(torch.int32) == 128 * unit).all()
    red = torch.tensor([9.0, -9.0, 9.0]).view(1, 3, 1, 1).expand(1, 3, 1, 4)
    chroma = [
        p.to(torch.int32).unique().tolist() for p in add_rgb(*planes, red, torch.ones(1, 1, 1, 4), make_tags(full=full), bits)
    ]
    assert chroma[1] == chroma[2] == [top if full else 240 * unit]


@pytest.mark.parametrize("chroma", CHROMA)
@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("size", [(48, 64), (47, 63)])
@pytest.mark.parametrize("device", DEVICES)
def test_a_patch_comes_through(chroma: tuple[int, int], bits: int, full: bool, size: tuple[int, int], device: str) -> None:
    """Adding (patch − picture) makes the picture the patch, within the rounding of the planes."""
    height, width = size
    color = make_tags(full=full)
    planes = [p.to(device) for p in random_planes(9, height, width, chroma, bits)]
    rows, columns = np.mgrid[:height, :width] / 64
    patch = np.stack([0.5 + 0.3 * np.sin(3 * rows), 0.4 + 0.2 * columns, 0.6 - 0.3 * rows * columns])
    smooth = [p.float().mean().expand_as(p).round().to(torch.float32) for p in planes[1:]]
    planes[1:] = [p.to(planes[0].dtype) for p in smooth]
    wanted = torch.from_numpy(patch.astype(np.float32))[None].to(device)
    delta = wanted - rgb_from_planes(planes[0], planes[1], planes[2], color, bits)
    edited = add_rgb(planes[0], planes[1], planes[2], delta, torch.ones(1, 1, height, width, device=device), color, bits)
    error = (rgb_from_planes(*edited, color, bits) - wanted).cpu() * 255
    luma = 0.2126 * error[:, 0] + 0.7152 * error[:, 1] + 0.0722 * error[:, 2]
    assert luma.abs().max() <= 0.6
    assert error.abs().max() <= 3


def test_constant_color_change_is_exact_at_every_siting() -> None:
    """A constant change of colour is the same number of steps on every chroma sample."""
    for chroma in CHROMA:
        planes = random_planes(2, 7, 9, chroma, 8)
        flat = stored(8, planes[0][0].numpy(), *(np.full(p.shape[1:], 128) for p in planes[1:]))
        delta = torch.tensor([0.1, 0.1, -0.1]).view(1, 3, 1, 1).expand(1, 3, 7, 9)
        _, u, v = add_rgb(*flat, delta, torch.ones(1, 1, 7, 9), make_tags(), 8)
        luma = 0.1 - 0.2 * 0.0722
        assert u.unique().tolist() == [128 + round((-0.1 - luma) / 1.8556 * 224)]
        assert v.unique().tolist() == [128 + round((0.1 - luma) / 1.5748 * 224)]


def test_batches_are_independent() -> None:
    """Each entry of a batch gives what it gives alone."""
    parts = [random_planes(seed, 6, 8, (2, 2), 8) for seed in range(3)]
    batch = [torch.cat(column) for column in zip(*parts, strict=True)]
    rgb = rgb_from_planes(batch[0], batch[1], batch[2], make_tags(), 8)
    delta = rgb.roll(1, 0) - rgb
    together = add_rgb(batch[0], batch[1], batch[2], delta, rgb[:, :1] > 0.3, make_tags(), 8)
    for k, part in enumerate(parts):
        assert torch.equal(rgb[k : k + 1], rgb_from_planes(*part, make_tags(), 8))
        alone = add_rgb(*part, delta[k : k + 1], rgb[k : k + 1, :1] > 0.3, make_tags(), 8)
        assert all(torch.equal(a[k : k + 1], b) for a, b in zip(together, alone, strict=True))


@pytest.mark.parametrize("bits", [8, 10])
def test_planes_from_rgb_and_back(bits: int) -> None:
    """Within half a step of each plane."""
    rgb = torch.from_numpy(np.random.default_rng(0).random((2, 3, 9, 7)).astype(np.float32))
    for matrix in LUMA_WEIGHTS:
        for full in (False, True):
            back = rgb_from_planes(*planes_from_rgb(rgb, make_tags(matrix, full), bits), make_tags(matrix, full), bits)
            assert (back - rgb).abs().max() <= 1.8 / (219 << (bits - 8))


def test_planes_from_rgb_by_hand() -> None:
    """White, black, mid grey and red in BT.709 limited; values outside 0…1 are clipped."""
    rgb = torch.tensor([[[1.0, 1, 1], [0, 0, 0], [2, 2, 2], [-1, -1, -1], [1, 0, 0]]]).permute(0, 2, 1)[:, :, None]
    y, u, v = planes_from_rgb(rgb, make_tags(), 8)
    assert y[0, 0].tolist() == [235, 16, 235, 16, 63]
    assert u[0, 0].tolist() == [128, 128, 128, 128, 102]
    assert v[0, 0].tolist() == [128, 128, 128, 128, 240]


def test_halve_chroma_keeps_constants_and_rounds_up_sizes() -> None:
    """A constant stays; an odd size rounds up."""
    plane = torch.full((1, 5, 7), 77, dtype=torch.uint8)
    assert torch.equal(halve_chroma(plane, ColorTags()), torch.full((1, 3, 4), 77, dtype=torch.uint8))
    assert torch.equal(halve_chroma(plane, ColorTags(), (1, 2)), torch.full((1, 3, 7), 77, dtype=torch.uint8))


@pytest.mark.parametrize(("location", "siting"), SITINGS)
@pytest.mark.parametrize("steps", [(2, 2), (1, 2), (2, 1)])
def test_halve_chroma_averages_around_the_site(location: int, siting: tuple[int, int], steps: tuple[int, int]) -> None:
    """The centre of mass of each average lies where the sample does: a ramp comes through as its value there."""
    rows, columns = np.mgrid[:12, :16]
    ramp = torch.from_numpy((40 + 4 * rows + 8 * columns).astype(np.uint16))[None]
    halved = halve_chroma(ramp, ColorTags(chroma_location=location), steps)[0].numpy().astype(int)
    down, across = (np.arange(n) for n in halved.shape)
    row = 2 * down + siting[1] / 2 if steps[1] == 2 else down
    column = 2 * across + siting[0] / 2 if steps[0] == 2 else across
    expected = 40 + 4 * row[:, None] + 8 * column
    assert np.array_equal(halved[1:-1, 1:-1], expected[1:-1, 1:-1])


@given(
    box=st.tuples(*[st.integers(-20, 120)] * 4),
    size=st.tuples(st.integers(1, 100), st.integers(1, 100)),
    chroma=st.sampled_from(CHROMA),
)
def test_align_box(box: tuple[int, int, int, int], size: tuple[int, int], chroma: tuple[int, int]) -> None:
    """On the grid, inside the frame, and no smaller than the part of the box inside it."""
    info = VideoInfo("clip", *size, fps=25, frame_count=1, chroma=chroma)  # type: ignore[arg-type]
    inside = max(box[0], 0) < min(box[2], size[0]) and max(box[1], 0) < min(box[3], size[1])
    if not inside:
        with pytest.raises(SeamSyncError, match="must overlap the frame"):
            align_box(box, info)
        return
    x0, y0, x1, y1 = align_box(box, info)
    assert 0 <= x0 <= max(box[0], 0) < min(box[2], size[0]) <= x1 <= size[0]
    assert 0 <= y0 <= max(box[1], 0) < min(box[3], size[1]) <= y1 <= size[1]
    assert x0 % chroma[0] == y0 % chroma[1] == 0
    assert x1 % chroma[0] == 0 or x1 == size[0]
    assert y1 % chroma[1] == 0 or y1 == size[1]
    c0, r0, c1, r1 = chroma_box((x0, y0, x1, y1), chroma)
    assert (c1 - c0, r1 - r0) == (-(-(x1 - x0) // chroma[0]), -(-(y1 - y0) // chroma[1]))


def test_sizes_that_do_not_fit() -> None:
    """The message shows the shapes."""
    y, u, v = random_planes(0, 8, 8, (2, 2), 8)
    with pytest.raises(SeamSyncError, match=r"chroma planes must be .* \[1, 8, 8\]"):
        rgb_from_planes(y, u[:, :3], v, make_tags(), 8)
    with pytest.raises(SeamSyncError, match=r"delta must be \[B,3,h,w\] = \[1,3,8,8\]"):
        add_rgb(y, u, v, torch.zeros(1, 3, 4, 8), torch.zeros(1, 1, 8, 8), make_tags(), 8)
    with pytest.raises(SeamSyncError, match=r"support must be \[B,1,h,w\]"):
        add_rgb(y, u, v, torch.zeros(1, 3, 8, 8), torch.zeros(1, 8, 8), make_tags(), 8)
