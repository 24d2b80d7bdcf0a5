"""Implement the pixel operations that all stages use, with two backends chosen by the tensor's device.

On a CPU, OpenCV on single frames is several times faster than torch on batches; on a GPU, torch batches are the only
way. Both give the same picture (tests compare them); what stands above is written once. ``backend="torch"`` forces
the second, for those tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from .euclidean import squared_distance
from .srgb import to_gamma, to_linear


def on_cpu(tensor: torch.Tensor, backend: str | None = None) -> bool:
    """Say whether the OpenCV backend is used for ``tensor``."""
    return tensor.device.type == "cpu" and backend != "torch"


def cache_parts(*images: torch.Tensor) -> Iterator[tuple[torch.Tensor, ...]]:
    """Yield views of batches ``[B,C,H,W]`` of one size to work on in turn: planes on a CPU, whose caches one fits; else all."""
    if not on_cpu(images[0]):
        yield images
        return
    yield from zip(*(image.flatten(0, 1).unbind(0) for image in images), strict=True)


def _each(images: torch.Tensor, function: Callable[[np.ndarray], np.ndarray]) -> torch.Tensor:
    """Run a function of ``[h,w]`` or ``[h,w,C]`` NumPy arrays over a batch ``[B,C,h,w]`` in memory."""
    out = []
    for image in images:
        array = image[0].numpy() if image.shape[0] == 1 else image.permute(1, 2, 0).contiguous().numpy()
        result = torch.from_numpy(function(array))
        out.append(result[None] if result.ndim == 2 else result.permute(2, 0, 1))
    return _planes(out)


def _plane_pairs(images: torch.Tensor, out: torch.Tensor) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield each plane ``[h,w]`` of a batch ``[B,C,h,w]`` with that of its result ``[B,C,H,W]``: one plane fits the caches."""
    if images.shape[:2] == (1, 1):
        yield images.numpy()[0, 0], out.numpy()[0, 0]  # the loops would take as long as a small picture
        return
    for planes, results in zip(images.numpy(), out.numpy(), strict=True):
        yield from zip(planes, results, strict=True)


def _planes(images: list[torch.Tensor]) -> torch.Tensor:
    """Run over pictures ``[C,h,w]`` of ``[B,C,h,w]`` plane by plane: OpenCV's interleaved ones would slow down what follows."""
    return (torch.stack(images) if len(images) > 1 else images[0][None]).contiguous()


def warp(images: torch.Tensor, matrix: torch.Tensor, size: tuple[int, int], *, backend: str | None = None) -> torch.Tensor:
    """Warp by an affine, bilinear, borders replicated, pixel centres at .5.

    Args:
        images: uint8 0…255 or float ``[B,C,h,w]``.
        matrix: float64 ``[B,2,3]`` on the CPU, source pixel → output pixel. Enlarging or reducing by less than 2;
            a stronger reduction is averaged down first, so that it does not alias.
        size: (height, width) of the output.

    Returns:
        float32 ``[B,C,H,W]``, uint8 input scaled to 0…1.
    """
    small = torch.linalg.det(matrix[:, :, :2]).abs().sqrt() < 0.5
    if small.any() and not small.all():  # each by its own scale, so that a batch gives what single frames give
        pairs = zip(images.split(1), matrix.split(1), strict=True)
        return torch.cat([warp(image, one, size, backend=backend) for image, one in pairs])
    if small.all() and min(images.shape[-2:]) > 8:
        half = F.avg_pool2d(images.float(), 2, ceil_mode=False)
        half = half / 255 if images.dtype == torch.uint8 else half
        doubled = matrix.clone()
        doubled[:, :, :2] *= 2
        return warp(half, doubled, size, backend=backend)
    if on_cpu(images, backend):
        return _warp_opencv(images, matrix, size)
    return _warp_torch(images, matrix, size)


def _warp_opencv(images: torch.Tensor, matrix: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    out = []
    for image, affine in zip(images, matrix.numpy(), strict=True):
        shifted = affine.copy()
        shifted[:, 2] += affine[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts pixel centres from 0
        array = image.permute(1, 2, 0).contiguous().numpy()
        if array.dtype == np.uint8:
            array = array.astype(np.float32) * np.float32(1 / 255)
        warped = cv2.warpAffine(array, shifted, size[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        out.append(torch.from_numpy(np.atleast_3d(warped)).permute(2, 0, 1))
    return _planes(out)


def _warp_torch(images: torch.Tensor, matrix: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    source = images.float() / 255 if images.dtype == torch.uint8 else images
    batch, _, height, width = source.shape
    full = torch.eye(3, dtype=torch.float64).repeat(batch, 1, 1)
    full[:, :2] = matrix
    back = torch.linalg.inv(full)[:, :2]  # output pixel → source pixel
    to_unit = torch.diag(torch.tensor([2 / width, 2 / height], dtype=torch.float64))
    from_unit = torch.diag(torch.tensor([size[1] / 2, size[0] / 2], dtype=torch.float64))
    theta = torch.empty_like(back)
    theta[:, :, :2] = to_unit @ back[:, :, :2] @ from_unit
    centre = back[:, :, :2] @ torch.tensor([size[1] / 2, size[0] / 2], dtype=torch.float64) + back[:, :, 2]
    theta[:, :, 2] = centre @ to_unit - 1
    grid = F.affine_grid(theta.to(source), [batch, 1, *size], align_corners=False)
    return F.grid_sample(source, grid, mode="bilinear", padding_mode="border", align_corners=False)


def remap(images: torch.Tensor, positions: torch.Tensor, *, backend: str | None = None) -> torch.Tensor:
    """Sample every output pixel at the position in a map, bilinear, borders replicated, pixel centres at .5.

    Args:
        images: uint8 0…255 or float ``[B,C,h,w]``.
        positions: float32 ``[B,H,W,2]``, x and y in source pixels. Where neighbours lie further apart than 2 source pixels
            the source is averaged down first, so that it does not alias.

    Returns:
        float32 ``[B,C,H,W]``, uint8 input scaled to 0…1.
    """
    step = (positions[:, -1, -1] - positions[:, 0, 0]).abs() / torch.tensor(positions.shape[2:0:-1], device=positions.device)
    if float(step.min()) > 2 and min(images.shape[-2:]) > 8:
        half = F.avg_pool2d(images.float(), 2)
        return remap(half / 255 if images.dtype == torch.uint8 else half, positions / 2, backend=backend)
    if on_cpu(images, backend):
        return _planes([_remap_opencv(image, place) for image, place in zip(images, positions.numpy(), strict=True)])
    source = images.float() / 255 if images.dtype == torch.uint8 else images
    size = torch.tensor([source.shape[-1], source.shape[-2]], device=source.device)
    return F.grid_sample(source, positions * 2 / size - 1, mode="bilinear", padding_mode="border", align_corners=False)


def _remap_opencv(image: torch.Tensor, place: np.ndarray) -> torch.Tensor:
    array = image.permute(1, 2, 0).contiguous().numpy()
    if array.dtype == np.uint8:
        array = array.astype(np.float32) * np.float32(1 / 255)
    x, y = (np.ascontiguousarray(place[..., axis]) - np.float32(0.5) for axis in (0, 1))  # OpenCV counts centres from 0
    out = cv2.remap(array, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return torch.from_numpy(np.atleast_3d(out)).permute(2, 0, 1)


def fill_polygon(points: torch.Tensor, size: tuple[int, int], *, backend: str | None = None) -> torch.Tensor:
    """Fill polygons; a pixel is inside when its centre is.

    Args:
        points: float ``[B,N,2]``, pixels, star-shaped or any simple polygon.
        size: (height, width).

    Returns:
        bool ``[B,1,H,W]``.
    """
    if on_cpu(points, backend):
        return torch.from_numpy(_fill_rows(points.numpy().astype(np.float64), size))[:, None]
    x = torch.arange(size[1], device=points.device, dtype=points.dtype) + 0.5
    y = torch.arange(size[0], device=points.device, dtype=points.dtype) + 0.5
    inside = torch.zeros((len(points), *size), dtype=torch.bool, device=points.device)
    for a, b in zip(points.unbind(1), points.roll(-1, 1).unbind(1), strict=True):
        straddles = (a[:, 1:] > y) != (b[:, 1:] > y)
        slope = (b[:, :1] - a[:, :1]) / torch.where(a[:, 1:] == b[:, 1:], torch.ones_like(a[:, 1:]), b[:, 1:] - a[:, 1:])
        crossing = a[:, :1] + (y - a[:, 1:]) * slope
        inside ^= straddles[:, :, None] & (x < crossing[:, :, None])
    return inside[:, None]


def _fill_rows(polygons: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return bool ``[B,h,w]``, True inside ``[B,N,2]``, by runs of pixels (OpenCV's fill adds half a pixel all round)."""
    height, width = size
    y, step = np.arange(height) + 0.5, np.roll(polygons, -1, 1) - polygons
    above = polygons[..., 1:] > y
    which, edge, row = np.nonzero(above != np.roll(above, -1, 1))
    start, slope = polygons[which, edge], step[which, edge]
    x = start[:, 0] + (y[row] - start[:, 1]) * slope[:, 0] / slope[:, 1]
    line = which * height + row
    order = np.lexsort((x, line))
    place = line[order] * width + np.clip(np.ceil(x[order] - 0.5), 0, width).astype(np.int64)
    out = np.zeros(len(polygons) * height * width, bool)
    for first, last in zip(place[::2].tolist(), place[1::2].tolist(), strict=True):
        out[first:last] = True
    return out.reshape(len(polygons), height, width)


def distance(mask: torch.Tensor, *, backend: str | None = None) -> torch.Tensor:
    """Return the exact Euclidean distance of each True pixel to the nearest False one; 0 where False.

    Args:
        mask: bool ``[B,1,H,W]``.

    Returns:
        float32 ``[B,1,H,W]``, pixels; H + W where there is no False pixel at all.
    """
    if on_cpu(mask, backend):
        return _each(mask.view(torch.uint8), _distance_opencv)
    return squared_distance(mask).sqrt()


def _distance_opencv(mask: np.ndarray) -> np.ndarray:
    """Compute only the box of True pixels and one more on each side: nothing farther out can be nearest."""
    height, width = mask.shape
    x, y, across, down = cv2.boundingRect(mask)
    if across * down == height * width and mask.all():
        return np.full(mask.shape, height + width, np.float32)
    box = np.s_[max(y - 1, 0) : y + down + 1, max(x - 1, 0) : x + across + 1]
    if mask[box].size == mask.size:
        return cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    out = np.zeros(mask.shape, np.float32)
    if across:
        out[box] = cv2.distanceTransform(mask[box], cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return out


def upsample(images: torch.Tensor, factors: tuple[int, int], *, backend: str | None = None) -> torch.Tensor:
    """Enlarge bilinearly by whole factors, borders replicated, pixel centres at .5.

    Args:
        images: float32 ``[B,C,h,w]``.
        factors: of (height, width), ≥ 1.

    Returns:
        float32 ``[B,C,h·factor,w·factor]``.
    """
    if factors == (1, 1):
        return images
    size = (images.shape[-2] * factors[0], images.shape[-1] * factors[1])
    if on_cpu(images, backend):
        out = images.new_empty(*images.shape[:2], *size)
        for plane, large in _plane_pairs(images, out):
            cv2.resize(plane, size[::-1], dst=large, interpolation=cv2.INTER_LINEAR)
        return out
    return F.interpolate(images, size, mode="bilinear", align_corners=False)


def area_mean(images: torch.Tensor, step: int, *, out: torch.Tensor | None = None, backend: str | None = None) -> torch.Tensor:
    """Average squares of ``step`` × ``step`` pixels; rows and columns left over at the end are dropped.

    Args:
        images: float32 ``[B,C,H,W]``.
        step: ≥ 1; 1 returns the input.
        out: memory for the result of a larger step; fresh memory by default.

    Returns:
        float32 ``[B,C,⌊H/step⌋,⌊W/step⌋]``.
    """
    if step == 1:
        return images
    if not on_cpu(images, backend):
        means = F.avg_pool2d(images, step)
        return means if out is None else out.copy_(means)
    height, width = images.shape[-2] // step, images.shape[-1] // step
    out = torch.empty(*images.shape[:2], height, width) if out is None else out
    for plane, small in _plane_pairs(images[..., : height * step, : width * step], out):
        cv2.resize(plane, (width, height), dst=small, interpolation=cv2.INTER_AREA)
    return out


def gaussian_blur(images: torch.Tensor, sigma: float, *, backend: str | None = None) -> torch.Tensor:
    """Blur by a Gaussian, cut at 3 sigma, borders reflected (without repeating the edge pixel).

    Args:
        images: float32 ``[B,C,H,W]``.
        sigma: pixels; 0 returns the input. Limited so that the kernel fits the picture.
    """
    radius = min(int(np.ceil(3 * sigma)), min(images.shape[-2:]) - 1)
    if sigma <= 0 or radius < 1:
        return images
    if on_cpu(images, backend):
        size, out = (2 * radius + 1, 2 * radius + 1), torch.empty_like(images, memory_format=torch.contiguous_format)
        for plane, blurred in _plane_pairs(images, out):
            cv2.GaussianBlur(plane, size, sigma, dst=blurred, borderType=cv2.BORDER_REFLECT_101)
        return out
    place = torch.arange(-radius, radius + 1, device=images.device, dtype=images.dtype)
    kernel = torch.exp(-0.5 * (place / sigma) ** 2)
    kernel = (kernel / kernel.sum()).expand(images.shape[1], 1, 1, -1)
    padded = F.pad(images, (radius, radius, radius, radius), mode="reflect")
    across = F.conv2d(padded, kernel, groups=images.shape[1])
    return F.conv2d(across, kernel.transpose(-1, -2), groups=images.shape[1])


def rgb_to_lab(rgb: torch.Tensor, *, backend: str | None = None) -> torch.Tensor:
    """Convert gamma-coded sRGB 0…1 to CIE L*a*b* (D65, L 0…100), float32 ``[B,3,H,W]`` (IEC 61966-2-1, CIE 15)."""
    rgb = rgb.clamp(0, 1)
    if on_cpu(rgb, backend):
        return _each(rgb, lambda image: cv2.cvtColor(image, cv2.COLOR_RGB2Lab))
    xyz = torch.einsum("ij,bjhw->bihw", RGB_TO_XYZ.to(rgb), to_linear(rgb)) / WHITE.to(rgb)[:, None, None]
    f = torch.where(xyz > 216 / 24389, xyz.clamp(min=1e-9) ** (1 / 3), (24389 / 27 * xyz + 16) / 116)
    x, y, z = f.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)


def lab_to_rgb(lab: torch.Tensor, *, backend: str | None = None) -> torch.Tensor:
    """Invert :func:`rgb_to_lab`, clipped to 0…1."""
    if on_cpu(lab, backend):
        return _each(lab, lambda image: cv2.cvtColor(image, cv2.COLOR_Lab2RGB)).clamp(0, 1)
    y = (lab[:, 0] + 16) / 116
    f = torch.stack([y + lab[:, 1] / 500, y, y - lab[:, 2] / 200], dim=1)
    xyz = torch.where(f > 6 / 29, f**3, (116 * f - 16) * 27 / 24389) * WHITE.to(lab)[:, None, None]
    linear = torch.einsum("ij,bjhw->bihw", torch.linalg.inv(RGB_TO_XYZ.double()).to(lab), xyz).clamp(0, 1)
    return to_gamma(linear)


#: Linear sRGB to CIE XYZ, and the white point D65 (IEC 61966-2-1), as OpenCV rounds them.
RGB_TO_XYZ = torch.tensor(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]], dtype=torch.float32
)
WHITE = torch.tensor([0.950456, 1.0, 1.088754])
