"""Our code against the library's: time ratio and largest difference, measured in turn in one run.

Ours stays where it is at least :data:`GOAL` times faster, or where the library's result does not serve, which each
comparison says. Run it with ``seamsync bench libraries``; it needs the extra ``bench``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from ..blending.match.color import _to_space
from ..blending.pixels.guided_filter import guided_filter
from ..blending.pixels.primitives import distance, gaussian_blur, lab_to_rgb, rgb_to_lab
from ..blending.pixels.stencils import downsample2x, upsample2x
from ..enhance import hd
from ..media.audio import Audio, resample
from ..models.device import pick_device
from ..models.speech.mel import mel_spectrogram
from ..tracking.align import dense_map, fit_thin_plate
from . import import_bench, in_turn, row
from .libraries_stills import still_pairs

#: The library's time over ours from which on ours stays.
GOAL = 1.5
#: Side of the pictures, pixels: a face of 1080p video with its surroundings.
SIDE, QUICK_SIDE = 512, 256
_SECONDS, _QUICK_SECONDS = 30, 5


@dataclass(frozen=True)
class Pair:
    """One thing done by our code and by a library.

    Attributes:
        name: of the work.
        ours, library: do the work; what they return can be compared, number by number.
        library_name: the library and its function.
        unit: of the largest difference.
        reason: why ours stays though it is not :data:`GOAL` times faster; empty where only the time decides.
        compare: what to compare of a result, such as its inside.
    """

    name: str
    ours: Callable[[], Any]
    library: Callable[[], Any]
    library_name: str
    unit: str
    reason: str = ""
    compare: Callable[[Any], Any] = lambda value: value

    def decision(self, ratio: float) -> str:
        """Return who does the work, and why."""
        faster = f"{ratio:.1f}× faster" if ratio >= GOAL else ""
        why = "; ".join(part for part in (faster, self.reason) if part)
        return f"ours: {why}" if why else "library"


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Measure every pair; a row each, times in milliseconds, with ``difference``, ``unit`` and ``decision``.

    Raises:
        SeamSyncError: librosa, kornia or Pillow is missing.
    """
    for name in ("kornia", "librosa", "PIL"):
        import_bench(name)
    pairs = [*_sounds(_QUICK_SECONDS if quick else _SECONDS), *_pictures(QUICK_SIDE if quick else SIDE)]
    return [_measured(pair, 3 if quick else 15) for pair in [*pairs, *still_pairs(Pair)]]


def _measured(pair: Pair, repeats: int) -> dict[str, Any]:
    mine, theirs = (np.asarray(pair.compare(work()), np.float64) for work in (pair.ours, pair.library))  # also warms up
    apart = float(np.abs(mine - theirs).max())
    ours, library = (1000 * float(np.median(times)) for times in in_turn([pair.ours, pair.library], repeats))
    ratio = library / ours
    found = row(pair.name, ours, library, pair.library_name, ratio, f"≥ {GOAL}, or a reason", None)
    return found | {"difference": apart, "unit": pair.unit, "decision": pair.decision(ratio)}


def markdown(rows: list[dict[str, Any]]) -> str:
    """Return the rows as the table of docs/libraries.md."""
    lines = ["| work | ours, ms | library, ms | library | ratio | largest difference | decision |"]
    lines.append("|---|---|---|---|---|---|---|")
    for one in rows:
        cells = [one["case"], f"{one['ours']:.3g}", f"{one['baseline']:.3g}", one["baseline_name"], f"{one['ratio']:.2g}"]
        cells += [f"{one['difference']:.2g} {one['unit']}", one["decision"]]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _sounds(seconds: int) -> list[Pair]:
    """Mel spectrogram and resampling of noise that swells and fades like speech."""
    import librosa

    def sound(rate: int) -> np.ndarray:
        wave = np.random.default_rng(0).normal(size=rate * seconds) * np.sin(np.arange(rate * seconds) * 9 / rate)
        return (0.1 * np.convolve(wave, np.hanning(9) / 4, mode="same")).astype(np.float32)

    def library_mel() -> np.ndarray:
        wave = librosa.effects.preemphasis(speech, coef=0.97, zi=np.zeros(1))
        bands = librosa.filters.mel(sr=16000, n_fft=800, n_mels=80, fmin=55, fmax=7600)
        power = bands @ np.abs(librosa.stft(wave, n_fft=800, hop_length=200, pad_mode="reflect"))
        decibel = 20 * np.log10(np.maximum(power, 1e-5)) - 20
        return np.clip(8 * (decibel + 100) / 100 - 4, -4, 4)

    speech, music = sound(16000), sound(48000)
    pieces = "it works in pieces, for streaming, and in constant memory; librosa would add numba and scikit-learn"
    same = "another filter would change the mouths chosen, so the outputs' bytes; librosa would add soxr and numba"
    return [
        Pair("mel spectrogram", lambda: mel_spectrogram(Audio(speech[None], 16000)), library_mel, "librosa", "of −4…4", pieces),
        Pair(
            "resampling 48 → 16 kHz",
            lambda: resample(Audio(music[None], 48000), 16000).samples[0],
            lambda: librosa.resample(music, orig_sr=48000, target_sr=16000),
            "librosa.resample (soxr)",
            "of ±1",
            same,
            lambda wave: wave[500:-500],
        ),
    ]


def _pictures(side: int) -> list[Pair]:
    """Work on one picture on the device that SeamSync would choose; the network's own pictures on the CPU."""
    device = pick_device()
    picture = _picture(side).to(device)
    gray, alpha = picture[:, :1].contiguous(), _disc(side).to(device)
    return [*_colours(picture), *_filters(picture, gray, alpha), *_geometry(picture, alpha), *_mouth_pictures()]


def _picture(side: int) -> torch.Tensor:
    """Soft shapes, one hard edge and some grain: float32 ``[1,3,side,side]``, 0…1."""
    random = np.random.default_rng(1)
    coarse = cv2.resize(random.uniform(0, 1, (8, 8, 3)), (side, side), interpolation=cv2.INTER_CUBIC)
    coarse[:, side // 2 :] *= 0.7
    image = np.clip(coarse + random.normal(0, 0.01, coarse.shape), 0, 1).astype(np.float32)
    return torch.from_numpy(image.transpose(2, 0, 1).copy())[None]


def _disc(side: int) -> torch.Tensor:
    """A soft disc: float32 ``[1,1,side,side]``."""
    y, x = torch.meshgrid(*(torch.arange(side) + 0.5 - side / 2,) * 2, indexing="ij")
    return ((side / 3 - (x**2 + y**2).sqrt()) / 16 + 0.5).clamp(0, 1)[None, None]


def _host(function: Callable[..., torch.Tensor], *inputs: Any, **how: Any) -> Callable[[], np.ndarray]:
    """Call the function and bring the result to the host, which on a GPU waits until the work is done."""
    return lambda: function(*inputs, **how).cpu().numpy()


def _colours(picture: torch.Tensor) -> list[Pair]:
    from kornia import color

    lab = rgb_to_lab(picture, backend="torch")
    change = "the outputs' bytes would change"
    return [
        Pair("RGB → Lab", _host(rgb_to_lab, picture), _host(color.rgb_to_lab, picture), "kornia.color", "of 0…100", change),
        Pair("Lab → RGB", _host(lab_to_rgb, lab), _host(color.lab_to_rgb, lab), "kornia.color", "of 0…1", change),
        Pair(
            "RGB → YCbCr (BT.601)",
            lambda: _to_space(picture, "ycbcr").cpu().numpy() + np.array([0, 0.5, 0.5], np.float32)[None, :, None, None],
            _host(color.rgb_to_ycbcr, picture),
            "kornia.color",
            "of 0…1",
            "the library knows BT.601 only, while video needs BT.709 and BT.2020 in limited range; bytes would change",
        ),
    ]


def _filters(picture: torch.Tensor, gray: torch.Tensor, alpha: torch.Tensor) -> list[Pair]:
    from kornia import filters

    sigma, radius = 6.0, 8
    size = 2 * int(np.ceil(3 * sigma)) + 1
    return [
        Pair(
            "Gaussian blur, σ 6 px",
            _host(gaussian_blur, picture, sigma),
            _host(filters.gaussian_blur2d, picture, (size, size), (sigma, sigma)),
            "kornia.filters",
            "of 0…1",
        ),
        Pair(
            "guided filter, radius 8 px",
            _host(guided_filter, gray, alpha, radius, 1e-3),
            _host(filters.guided_blur, gray, alpha, 2 * radius + 1, 1e-3),
            "kornia.filters.guided_blur",
            "of 0…1",
            "one radius a frame in a batch; the library takes one for all",
        ),
    ]


def _geometry(picture: torch.Tensor, alpha: torch.Tensor) -> list[Pair]:
    from kornia import contrib
    from kornia.geometry import transform

    mask, side = alpha > 0.5, picture.shape[-1]
    outside = (~mask).float()
    source = np.random.default_rng(2).uniform(0.2, 0.8, (68, 2)) * side
    target = source + np.random.default_rng(3).normal(0, 0.01 * side, source.shape)
    x, y = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
    grid = torch.from_numpy(np.stack([x, y], -1).reshape(1, -1, 2) / side)

    def library_map() -> np.ndarray:
        centres = torch.from_numpy(target[None] / side)
        kernel, affine = transform.get_tps_transform(torch.from_numpy(source[None] / side), centres)
        return transform.warp_points_tps(grid, centres, kernel, affine).numpy().reshape(side, side, 2) * side

    pyramids = ("half size", downsample2x, transform.pyrdown), ("double size", upsample2x, transform.pyrup)
    phase = "the library's 5 taps lie around every other pixel: a mirrored picture would not give the mirrored result"
    return [
        Pair(
            "thin-plate spline of 68 points",
            lambda: dense_map(fit_thin_plate(source, target), (0, 0, side, side), step=1),
            library_map,
            "kornia get_tps_transform",
            "px",
            "the least-bent spline, with regularisation; the library has none, and its kernels stand at the target points",
        ),
        Pair(
            "distance transform",
            _host(distance, mask),
            _host(contrib.distance_transform, outside, 3, 0.35),
            "kornia.contrib",
            "px",
            "exact; the library's is approximate",
        ),
        *(
            Pair(f"pyramid, {name}", _host(mine, picture), _host(theirs, picture), "kornia", "of 0…1, inside", phase, _inside)
            for name, mine, theirs in pyramids
        ),
    ]


def _inside(pictures: np.ndarray) -> np.ndarray:
    """Leave out the border, beyond which ours takes 0 where a pyramid is reduced and the library a reflection."""
    return pictures[..., 8:-8, 8:-8]


def _mouth_pictures() -> list[Pair]:
    """The HD chain's steps on a mouth picture of 192 px on the CPU, where the generator's pictures are."""
    from kornia import enhance, filters

    own = np.ascontiguousarray(255 * _picture(192)[0].permute(1, 2, 0).numpy())
    tensor = torch.from_numpy(own).permute(2, 0, 1)[None]
    gray = torch.from_numpy(np.rint(cv2.cvtColor(own, cv2.COLOR_RGB2GRAY)))[None, None] / 255

    def library_bilateral() -> np.ndarray:
        how = {"border_type": "reflect", "color_distance_type": "l1"}
        return filters.bilateral_blur(tensor, 7, hd._COLOR, (hd._SPACE, hd._SPACE), **how)[0].permute(1, 2, 0).numpy()

    def ours_clahe() -> np.ndarray:
        return hd._local_contrast(np.repeat(255 * gray[0, 0].numpy()[..., None], 3, -1), 1.0)[..., 0]

    changed = "the library's rounding would change the bytes of the HD step"
    return [
        Pair("bilateral filter, 7 px", lambda: hd._smooth(own, 1.0), library_bilateral, "kornia.filters", "of 0…255", changed),
        Pair(
            "CLAHE",
            ours_clahe,
            lambda: 255 * enhance.equalize_clahe(gray, hd._CLIP, hd._TILES)[0, 0].numpy(),
            "kornia.enhance",
            "of 0…255",
            changed,
        ),
    ]
