"""Convert stored YUV planes to RGB in a region of the frame, and add changes to the planes.

Values follow ITU-R BT.601/709/2020. Halved chroma is sited as the tags say. The default of MPEG-2, H.264 and HEVC is left:
co-sited with every even column, and between two rows. JPEG's chroma lies between two columns.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch.nn import functional

from ..errors import SeamSyncError
from ..tensors import check_shape
from .tags import LUMA_WEIGHTS, ColorTags

#: A region in whole pixels: left, top, right, bottom; the last two are the first column and row past it.
Box = tuple[int, int, int, int]

Planes = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class Picture(Protocol):
    """Define what :func:`align_box` needs of a clip (``VideoInfo`` has it)."""

    @property
    def width(self) -> int:
        """Return the number of luma columns."""
        ...

    @property
    def height(self) -> int:
        """Return the number of luma rows."""
        ...

    @property
    def chroma(self) -> tuple[int, int]:
        """Return the luma columns and rows that a chroma sample covers."""
        ...


def align_box(box: Box, info: Picture) -> Box:
    """Return the smallest box around ``box`` whose edges lie on the chroma grid, cut at the frame's border.

    Args:
        box: pixels, may reach outside the frame.
        info: the clip.

    Raises:
        SeamSyncError: nothing of the box lies inside the frame.
    """
    x0, y0, x1, y1 = max(box[0], 0), max(box[1], 0), min(box[2], info.width), min(box[3], info.height)
    if x0 >= x1 or y0 >= y1:
        raise SeamSyncError(
            f"box {box} must overlap the frame of {info.width}x{info.height} pixels; give x0,y0,x1,y1 inside it"
        )
    sx, sy = info.chroma
    return x0 // sx * sx, y0 // sy * sy, min(-(-x1 // sx) * sx, info.width), min(-(-y1 // sy) * sy, info.height)


def chroma_box(box: Box, chroma: tuple[int, int]) -> Box:
    """Return the chroma samples under an aligned box, in samples; an odd right or bottom border rounds up."""
    sx, sy = chroma
    return box[0] // sx, box[1] // sy, -(-box[2] // sx), -(-box[3] // sy)


def rgb_from_planes(y: torch.Tensor, u: torch.Tensor, v: torch.Tensor, color: ColorTags, bit_depth: int) -> torch.Tensor:
    """Convert stored planes to gamma-coded RGB; upsample chroma bilinearly.

    Args:
        y: uint8 or uint16 ``[B,h,w]``.
        u: ``[B,⌈h/sy⌉,⌈w/sx⌉]``, sx and sy 1 or 2.
        v: the same.
        color: matrix and range.
        bit_depth: 8 or 10.

    Returns:
        float32 ``[B,3,h,w]``, black 0 and white 1, not clipped, on the planes' device.

    Raises:
        SeamSyncError: the planes' sizes do not fit each other.
    """
    sx, sy = _subsampling(y, u, v)
    black, luma_scale, centre, chroma_scale = stored_levels(color, bit_depth)
    red, blue = LUMA_WEIGHTS[color.matrix]
    green = 1 - red - blue
    count, height, width = y.shape
    chroma = torch.stack((u, v)).to(torch.float32).sub_(centre).mul_(1 / chroma_scale)
    cb, cr = _upsample(chroma, (sx, sy), color.siting)[..., :height, :width]
    luma = y.to(torch.float32).sub_(black).mul_(1 / luma_scale)
    rgb = luma.new_empty((count, 3, height, width))
    torch.add(luma, cr, alpha=2 * (1 - red), out=rgb[:, 0])
    torch.add(luma, cb, alpha=2 * (1 - blue), out=rgb[:, 2])
    luma.add_(cb, alpha=-2 * (1 - blue) * blue / green)
    torch.add(luma, cr, alpha=-2 * (1 - red) * red / green, out=rgb[:, 1])
    return rgb


def planes_from_rgb(rgb: torch.Tensor, color: ColorTags, bit_depth: int) -> Planes:
    """Convert an RGB picture to planes without chroma subsampling (4:4:4).

    Args:
        rgb: float32 ``[B,3,h,w]``, 0…1 (values outside are clipped).
        color: matrix and range.
        bit_depth: 8 or 10.

    Returns:
        y, u, v: uint8 or uint16 ``[B,h,w]``, rounded to nearest.
    """
    check_shape("rgb", rgb, "B,3,h,w", None, 3, None, None)
    black, _, centre, _ = stored_levels(color, bit_depth)
    luma, cb, cr = _weigh(rgb.clamp(0, 1), color, bit_depth)
    dtype = torch.uint8 if bit_depth == 8 else torch.uint16
    top = (1 << bit_depth) - 1
    y, u, v = (p.add_(zero).round_().clamp_(0, top).to(dtype) for p, zero in ((luma, black), (cb, centre), (cr, centre)))
    return y, u, v


def add_rgb(
    y: torch.Tensor,
    u: torch.Tensor,
    v: torch.Tensor,
    delta: torch.Tensor,
    support: torch.Tensor,
    color: ColorTags,
    bit_depth: int,
) -> Planes:
    """Add a change of RGB to stored planes. Where the change is zero, and outside the support, they stay bit-identical.

    The change is transformed to Y'CbCr, its chroma averaged onto the chroma grid ([1 2 1]/4 around a sample that lies on a luma
    sample, as left-sited ones do across, and [1 1]/2 around one between two, as down: constant chroma comes through exactly),
    then rounded and added. The sum is clipped to the legal range, widened to the stored value where that lies outside already.

    Args:
        y: uint8 or uint16 ``[B,h,w]``.
        u: ``[B,⌈h/sy⌉,⌈w/sx⌉]``.
        v: the same.
        delta: float32 ``[B,3,h,w]``, RGB where 1 is white.
        support: bool or float ``[B,1,h,w]``; nothing changes where it is 0. A chroma sample changes when any of the luma
            pixels it covers has support.
        color: matrix and range.
        bit_depth: 8 or 10.

    Returns:
        New y, u, v of the same shapes and types.

    Raises:
        SeamSyncError: sizes that do not fit.
    """
    sx, sy = _subsampling(y, u, v)
    count, height, width = y.shape
    check_shape("delta", delta, "B,3,h,w", count, 3, height, width)
    check_shape("support", support, "B,1,h,w", count, 1, height, width)
    black, luma_scale, centre, chroma_scale = stored_levels(color, bit_depth)
    inside = support[:, 0] > 0
    luma, cb, cr = _weigh(delta, color, bit_depth)
    chroma = torch.stack((cb, cr)).mul_(inside)
    chroma = _downsample(chroma, (sx, sy), color.siting).mul_(_covered(inside, sx, sy))
    luma.mul_(inside)
    low, high = max(math.floor(centre - chroma_scale / 2), 0), min(centre + chroma_scale / 2, (1 << bit_depth) - 1)
    return (
        _add_clipped(y, luma, black, black + luma_scale),
        _add_clipped(u, chroma[0], low, high),
        _add_clipped(v, chroma[1], low, high),
    )


def halve_chroma(plane: torch.Tensor, color: ColorTags, steps: tuple[int, int] = (2, 2)) -> torch.Tensor:
    """Return a chroma plane with fewer samples, averaged as in :func:`add_rgb`.

    Args:
        plane: uint8 or uint16 ``[B,h,w]``.
        color: where the samples of the result lie.
        steps: how many samples become one, across and down, 1 or 2 each: (2, 2) for 4:4:4 to 4:2:0, (1, 2) for 4:2:2.

    Returns:
        ``[B,⌈h/down⌉,⌈w/across⌉]`` of the same type.
    """
    return _downsample(plane.to(torch.float32), steps, color.siting).round_().to(plane.dtype)


def stored_levels(color: ColorTags, bit_depth: int) -> tuple[float, float, float, float]:
    """Return stored black, luma from black to white, chroma centre, chroma from -0.5 to 0.5."""
    unit = float(1 << (bit_depth - 8))
    if color.full_range:
        top = float((1 << bit_depth) - 1)
        return 0.0, top, 128 * unit, top
    return 16 * unit, 219 * unit, 128 * unit, 224 * unit


def _subsampling(y: torch.Tensor, u: torch.Tensor, v: torch.Tensor) -> tuple[int, int]:
    """Return how many luma columns and rows a chroma sample covers, from the planes' sizes."""
    count, height, width = y.shape
    for sx, sy in ((1, 1), (2, 1), (2, 2), (1, 2)):
        expected = (count, -(-height // sy), -(-width // sx))
        if tuple(u.shape) == expected and tuple(v.shape) == expected:
            return sx, sy
    shapes = " and ".join(str(list(p.shape)) for p in (u, v))
    raise SeamSyncError(f"chroma planes must be whole, half or quarter size of luma {list(y.shape)}, rounded up; got {shapes}")


def _weigh(rgb: torch.Tensor, color: ColorTags, bit_depth: int) -> Planes:
    """Return Y', Cb, Cr in stored steps, without offsets, ``[B,h,w]`` each."""
    red, blue = LUMA_WEIGHTS[color.matrix]
    _, luma_scale, _, chroma_scale = stored_levels(color, bit_depth)
    r, g, b = rgb.unbind(1)
    luma = (r * red).add_(g, alpha=1 - red - blue).add_(b, alpha=blue)
    cb = (b - luma).mul_(chroma_scale / (2 * (1 - blue)))
    cr = (r - luma).mul_(chroma_scale / (2 * (1 - red)))
    return luma.mul_(luma_scale), cb, cr


def _upsample(chroma: torch.Tensor, steps: tuple[int, int], siting: tuple[int, int]) -> torch.Tensor:
    """Upsample bilinearly, ``[…,h,w]`` → ``[…,h·down,w·across]``; ``siting`` as in :class:`ColorTags`."""
    (across, down), (column, row) = steps, siting
    if down == 2:
        chroma = torch.stack(_between(chroma, row, -2), -2).flatten(-3, -2)
    if across == 2:
        chroma = torch.stack(_between(chroma, column, -1), -1).flatten(-2)
    return chroma


def _between(chroma: torch.Tensor, site: int, axis: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return chroma at the first and at the second of the two luma samples that each sample covers along an axis."""
    others = chroma.shape[axis] - 1
    after = torch.cat((chroma.narrow(axis, 1, others), chroma.narrow(axis, others, 1)), axis)
    if site == 0:
        return chroma, torch.lerp(chroma, after, 0.5)
    before = torch.cat((chroma.narrow(axis, 0, 1), chroma.narrow(axis, 0, others)), axis)
    return torch.lerp(chroma, before, 0.25), torch.lerp(chroma, after, 0.25)


def _downsample(chroma: torch.Tensor, steps: tuple[int, int], siting: tuple[int, int]) -> torch.Tensor:
    """Average onto the chroma grid, ``[…,h,w]`` → ``[…,⌈h/down⌉,⌈w/across⌉]``; the border is repeated."""
    (across, down), (column, row) = steps, siting
    if down == 2:
        chroma = _joined(chroma, row, -2)
    if across == 2:
        chroma = _joined(chroma, column, -1)
    return chroma


def _joined(chroma: torch.Tensor, site: int, axis: int) -> torch.Tensor:
    """Average each two samples along an axis onto the site between them."""
    if chroma.shape[axis] % 2:
        chroma = torch.cat((chroma, chroma.narrow(axis, chroma.shape[axis] - 1, 1)), axis)
    first, second = chroma.unflatten(axis, (-1, 2)).unbind(axis)
    if site == 0:
        before = torch.cat((first.narrow(axis, 0, 1), second.narrow(axis, 0, second.shape[axis] - 1)), axis)
        return torch.lerp(first, torch.lerp(before, second, 0.5), 0.5)
    return torch.lerp(first, second, 0.5)


def _covered(inside: torch.Tensor, sx: int, sy: int) -> torch.Tensor:
    """Return 1 for chroma samples of which any covered luma pixel is inside, else 0; float32 ``[B,⌈h/sy⌉,⌈w/sx⌉]``."""
    return functional.max_pool2d(inside.to(torch.float32), (sy, sx), ceil_mode=True)


def _add_clipped(plane: torch.Tensor, change: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """Add a rounded change to a plane. Values that were outside low…high may stay; none moves further out."""
    stored = plane.to(torch.float32)
    total = change.round_().add_(stored)
    total = torch.minimum(torch.maximum(total, stored.clamp(max=low)), stored.clamp(min=high))
    return total.to(plane.dtype)
