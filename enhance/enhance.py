"""Sharpen or enlarge generated mouths, in memory that does not grow with the clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from ..errors import SeamSyncError
from ..media.clips import MouthClip, store_patches
from ..models.restoration import Restorer
from ..progress import Progress, no_progress
from .hd import hd_patches
from .options import EnhanceOptions
from .restore import MouthRestorer

#: Most patches that a model restores at once, and most bytes. The other methods are not faster in batches.
_PATCHES, _BYTES = 16, 8 << 20
#: Fields that each method uses.
_USES = {
    "unsharp": ("amount", "radius"),
    "hd": ("scale", "edges", "smoothing", "sharpening", "contrast"),
    "restoration": ("scale", "fidelity", "steadiness"),
}


def enhance_mouths(
    mouths: MouthClip,
    options: EnhanceOptions,
    *,
    restorer: Restorer | None = None,
    progress: Progress = no_progress,
    show: Callable[[np.ndarray], None] | None = None,
) -> MouthClip:
    """Return the same mouths, enhanced, at the same places in the frame.

    Args:
        mouths: of a generator.
        options: method and its strengths.
        restorer: the model, for the method 'restoration'.
        progress: called with the stage 'enhance', in patches.
        show: called before it with the newest enhanced patch, uint8 ``[3,h,w]``.

    Returns:
        Patches uint8 ``[T,3,h·scale,w·scale]`` (scale 1 for 'unsharp'), with ``to_frame`` and ``inset`` to match.

    Raises:
        SeamSyncError: 'restoration' without a model.
    """
    if options.method == "off" or (options.method == "unsharp" and options.amount == 0):
        return mouths
    scale = 1 if options.method == "unsharp" else options.scale
    enhance = _enhancer(mouths, options, restorer)
    height, width = mouths.patches.shape[2:]
    most = min(_PATCHES, max(1, _BYTES // (3 * height * width * scale**2)))
    step = most if options.method == "restoration" else 1

    def _chunks() -> Iterator[np.ndarray]:
        for start in range(0, len(mouths), step):
            stop = min(start + step, len(mouths))
            patches = enhance(start, stop)
            yield patches
            if show is not None:
                show(patches[-1])
            progress("enhance", stop, len(mouths))

    made: dict[str, Any] = {"method": options.method, **{name: getattr(options, name) for name in _USES[options.method]}}
    if restorer is not None and options.method == "restoration":
        made["model"] = restorer.name
    to_frame = mouths.to_frame * np.array([1 / scale, 1 / scale, 1])
    source = {**mouths.source, "enhance": made}
    return replace(mouths, patches=store_patches(_chunks()), to_frame=to_frame, inset=mouths.inset * scale, source=source)


def _enhancer(mouths: MouthClip, options: EnhanceOptions, restorer: Restorer | None) -> Callable[[int, int], np.ndarray]:
    """Return the function that makes patches ``start … stop − 1``, called in order."""
    values = {name: getattr(options, name) for name in _USES[options.method]}
    if options.method == "restoration":
        if restorer is None:
            raise SeamSyncError("the method 'restoration' needs a model, got none; choose a model file, or another method")
        return MouthRestorer(restorer, mouths, **values).patches
    function = hd_patches if options.method == "hd" else sharpen_patches
    return lambda start, stop: function(mouths.patches[start:stop], **values)


def sharpen_patches(patches: np.ndarray, *, amount: float, radius: float) -> np.ndarray:
    """Apply unsharp masking: add what a Gaussian blur removes, times ``amount``.

    Args:
        patches: uint8 ``[T,3,h,w]``.
        amount: ≥ 0; 0 returns the patches as they are.
        radius: standard deviation of the blur, pixels, > 0.

    Returns:
        uint8 ``[T,3,h,w]``, rounded and clipped to 0…255. The border is mirrored, so no line appears there.
    """
    sharp = np.empty_like(patches)
    for index, patch in enumerate(patches):
        picture = np.ascontiguousarray(patch.transpose(1, 2, 0), np.float32)
        blurred = cv2.GaussianBlur(picture, (0, 0), radius, borderType=cv2.BORDER_REFLECT_101)
        sharp[index] = np.clip(np.rint(picture + amount * (picture - blurred)), 0, 255).transpose(2, 0, 1)
    return sharp
