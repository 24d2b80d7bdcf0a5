"""What the seam's metrics need of a picture: luma and chroma, slopes, dilation, chosen pixels.

As in :mod:`seamsync.blending.pixels.primitives`, OpenCV works on single frames on a CPU and torch on batches
elsewhere; tests compare the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from ...blending.pixels.primitives import area_mean, on_cpu, rgb_to_lab
from ...blending.pixels.srgb import luma

#: Fewer pixels than this say nothing of a mean.
ENOUGH = 24
#: ITU-R BT.709: the distances of blue and red from luma that make Cb and Cr span -0.5…0.5.
_BLUE, _RED = 1.8556, 1.5748


def luma_chroma(rgb: torch.Tensor, *, backend: str | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """BT.709 luma 0…1, and Cb and Cr -0.5…0.5 at half size, as 4:2:0 video stores them.

    Args:
        rgb: float32 ``[B,3,H,W]``, gamma-coded, 0…1.

    Returns:
        Luma ``[B,1,H,W]`` and chroma ``[B,2,⌈H/2⌉,⌈W/2⌉]``, 2×2 pixels averaged (the last row or column repeated where odd).
    """
    small = halved(rgb, backend=backend)
    dim = luma(small)
    return luma(rgb), torch.cat([(small[:, 2:] - dim).div_(_BLUE), (small[:, :1] - dim).div_(_RED)], 1)


def lab(colours: torch.Tensor) -> torch.Tensor:
    """Lab of gamma-coded RGB 0…1, float32 ``[B,3,N]``: exact, where OpenCV's, from a table, is off by up to a few tenths."""
    return rgb_to_lab(colours[:, :, None], backend="torch")[:, :, 0]


def halved(planes: torch.Tensor, *, backend: str | None = None) -> torch.Tensor:
    """Means of 2×2 pixels; float32 ``[B,C,⌈H/2⌉,⌈W/2⌉]`` from ``[B,C,H,W]``, the last row or column repeated where odd."""
    height, width = planes.shape[-2:]
    if height % 2 or width % 2:
        planes = F.pad(planes, (0, width % 2, 0, height % 2), mode="replicate")
    return area_mean(planes, 2, backend=backend)


def sobel(plane: torch.Tensor, *, backend: str | None = None) -> torch.Tensor:
    """3×3 Sobel slopes along x and y, in units a pixel (the kernel's 8 divided out), borders replicated.

    Args:
        plane: float32 ``[B,1,H,W]``.

    Returns:
        float32 ``[B,2,H,W]``.
    """
    if on_cpu(plane, backend):
        out = torch.empty((len(plane), 2, *plane.shape[-2:]))
        for image, slopes in zip(plane[:, 0].numpy(), out.numpy(), strict=True):
            for axis in (0, 1):
                cv2.Sobel(image, cv2.CV_32F, 1 - axis, axis, slopes[axis], scale=0.125, borderType=cv2.BORDER_REPLICATE)
        return out
    across = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]], device=plane.device) / 8
    return F.conv2d(F.pad(plane, (1, 1, 1, 1), mode="replicate"), torch.stack([across, across.T])[:, None])


def laplacian(plane: torch.Tensor, *, backend: str | None = None) -> torch.Tensor:
    """Sum of the four neighbours less four times the pixel, borders replicated: float32 ``[B,1,H,W]`` from the same."""
    if on_cpu(plane, backend):
        images = [cv2.Laplacian(image, cv2.CV_32F, borderType=cv2.BORDER_REPLICATE) for image in plane[:, 0].numpy()]
        return torch.from_numpy(np.stack(images))[:, None]
    kernel = torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]], device=plane.device)
    return F.conv2d(F.pad(plane, (1, 1, 1, 1), mode="replicate"), kernel[None, None])


def norm(vectors: torch.Tensor) -> torch.Tensor:
    """Euclidean length over axis 1, ``[B,N]`` from ``[B,C,N]`` (torch's own norm is ten times as slow along a short axis)."""
    return vectors.square().sum(1).sqrt_()


def squared_sum(plane: torch.Tensor, mask: torch.Tensor, *, backend: str | None = None) -> torch.Tensor:
    """Sum of the squares of a plane ``[B,1,H,W]`` over a mask, bool of the same shape: float32 ``[B]``."""
    if on_cpu(plane, backend):
        planes = zip(plane[:, 0].numpy(), mask[:, 0].numpy().view(np.uint8), strict=True)
        return torch.tensor([cv2.norm(image, cv2.NORM_L2SQR, where) for image, where in planes], dtype=torch.float32)
    return (plane.square() * mask).sum((1, 2, 3))


def dilate(mask: torch.Tensor, radius: np.ndarray, *, backend: str | None = None) -> torch.Tensor:
    """Pixels whose centre lies within ``radius`` of the centre of a True pixel; exact.

    Args:
        mask: bool ``[B,1,H,W]``.
        radius: float ``[B]``, pixels; need not be whole.

    Returns:
        bool ``[B,1,H,W]``.
    """
    if on_cpu(mask, backend):
        out = torch.zeros_like(mask)
        for image, grown, size in zip(mask[:, 0].numpy(), out[:, 0].numpy(), radius.tolist(), strict=True):
            for across, down in _rectangles(size):
                # OpenCV's own border value for a dilation counts as nothing
                part = cv2.dilate(image.view(np.uint8), np.ones((2 * down + 1, 2 * across + 1), np.uint8))
                np.bitwise_or(grown, part.view(bool), out=grown)
        return out
    discs = _discs(radius)
    reach = discs.shape[-1] // 2
    kernel = torch.from_numpy(discs.astype(np.float32))[:, None].to(mask.device)
    found = F.conv2d(mask.float().transpose(0, 1), kernel, padding=reach, groups=len(mask))
    return found.transpose(0, 1) > 0.5


def _rectangles(radius: float) -> list[tuple[int, int]]:
    """Rectangles whose union is the disc of that radius, as whole half widths and heights: quicker to dilate with, in all."""
    widest = {}
    for down in range(int(radius) + 1):
        widest[int(np.sqrt(radius**2 + 1e-9 - down**2))] = down
    return list(widest.items())


def _discs(radius: np.ndarray) -> np.ndarray:
    """Discs of these radii in squares of one odd side, uint8 ``[B,n,n]``."""
    reach = int(np.ceil(radius.max(initial=1.0)))
    place = np.arange(-reach, reach + 1)
    squared = place[:, None] ** 2 + place[None, :] ** 2
    return (squared[None] <= (radius**2 + 1e-9)[:, None, None]).astype(np.uint8)


def sample(picture: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Bilinear values at points, the border replicated.

    Args:
        picture: float32 ``[B,C,H,W]``.
        points: float ``[B,N,2]``, x and y in pixels, (0.5, 0.5) the centre of the first one.

    Returns:
        float32 ``[B,C,N]``.
    """
    return samples([picture], points)[0]


def samples(pictures: Sequence[torch.Tensor], points: torch.Tensor) -> list[torch.Tensor]:
    """:func:`sample` of several pictures of one size at the same points."""
    first = pictures[0]
    size = torch.tensor([first.shape[-1], first.shape[-2]], device=first.device, dtype=points.dtype)
    grid = (points / size * 2 - 1).to(first)[:, None]
    return [F.grid_sample(one, grid, "bilinear", "border", align_corners=False)[:, :, 0] for one in pictures]


@dataclass(frozen=True, eq=False)
class Pixels:
    """Some pixels of every picture of a batch, packed: a tenth of the pixels is a tenth of the work.

    Attributes:
        index: int64 ``[B,N]``, row-major places, ascending, padded with 0; N ≥ 1.
        weight: float32 ``[B,N]``, 1, or 0 where padded.
        size: (height, width) of the pictures.
    """

    index: torch.Tensor
    weight: torch.Tensor
    size: tuple[int, int]

    @classmethod
    def of(cls, mask: torch.Tensor, *, backend: str | None = None) -> Pixels:
        """The pixels where a bool ``[B,1,H,W]`` is True."""
        area, size = mask.shape[-2] * mask.shape[-1], (mask.shape[-2], mask.shape[-1])
        if on_cpu(mask, backend):
            found = [np.flatnonzero(picture) for picture in mask.numpy()]
            room = (len(mask), max(1, *map(len, found)))
            index, weight = np.zeros(room, np.int64), np.zeros(room, np.float32)
            for row, places in enumerate(found):
                index[row, : len(places)], weight[row, : len(places)] = places, 1
            return cls(torch.from_numpy(index), torch.from_numpy(weight), size)
        places = mask.flatten().nonzero()[:, 0]
        row = torch.div(places, area, rounding_mode="floor")
        count = torch.bincount(row, minlength=len(mask))
        column = torch.arange(len(places), device=mask.device) - (count.cumsum(0) - count)[row]
        room = (len(mask), max(1, int(count.max())))
        index, weight = torch.zeros(room, dtype=torch.int64, device=mask.device), torch.zeros(room, device=mask.device)
        index[row, column], weight[row, column] = places - row * area, 1.0
        return cls(index, weight, size)

    def take(self, picture: torch.Tensor) -> torch.Tensor:
        """Their values, ``[B,C,N]`` from ``[B,C,H,W]``."""
        return picture.flatten(2).gather(2, self.index[:, None].expand(-1, picture.shape[1], -1))

    def around(self, values: torch.Tensor, reach: int, *, backend: str | None = None) -> torch.Tensor:
        """Sums of ``[B,C,N]`` over the chosen pixels at most ``reach`` rows and columns away: float32 ``[B,C,N]``."""
        values = values * self.weight[:, None]
        if not on_cpu(values, backend):
            index, side = self.index[:, None].expand(-1, values.shape[1], -1), 2 * reach + 1
            picture = values.new_zeros((*values.shape[:2], self.size[0] * self.size[1])).scatter_add_(2, index, values)
            sums = F.avg_pool2d(picture.unflatten(2, self.size), side, stride=1, padding=reach) * side**2
            return self.take(sums)
        sums = values.clone()
        for row, places in enumerate(self.index.numpy()):
            one, two = _neighbours(places[: int(self.weight[row].sum())], self.size, reach)
            sums[row].index_add_(1, one, values[row][:, two]).index_add_(1, two, values[row][:, one])
        return sums

    def points(self) -> torch.Tensor:
        """Their centres, x and y, float32 ``[B,N,2]``."""
        return torch.stack([self.index % self.size[1], self.index // self.size[1]], -1).float() + 0.5

    def sum(self, values: torch.Tensor) -> torch.Tensor:
        """Sums of ``[B,C,N]`` over the chosen pixels, float32 ``[B,C]``."""
        return (values * self.weight[:, None]).sum(-1)

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """Means of ``[B,C,N]`` over the chosen pixels, float32 ``[B,C]``; NaN where there is none."""
        return self.sum(values) / self.count()[:, None]

    def count(self) -> torch.Tensor:
        """How many there are, float32 ``[B]``."""
        return self.weight.sum(-1)


def _neighbours(places: np.ndarray, size: tuple[int, int], reach: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pairs of pixels at most ``reach`` rows and columns apart, each pair once: int64 ``[P]`` and ``[P]``, numbers of places.

    Args:
        places: row-major, int64 ``[N]``.
        size: (height, width) of the picture.
    """
    stride = size[1] + reach  # the empty columns at the right end one row and begin the next
    after = [dy * stride + dx for dy in range(reach + 1) for dx in range(-reach, reach + 1) if (dy, dx) > (0, 0)]
    number = np.full((size[0] + reach) * stride + reach, -1, np.int32)
    spread = places + places // size[1] * reach
    number[spread] = np.arange(len(places), dtype=np.int32)
    near = number[spread[:, None] + np.array(after)]
    one, which = np.nonzero(near >= 0)
    return torch.from_numpy(one), torch.from_numpy(near[one, which].astype(np.int64))
