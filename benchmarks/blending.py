"""Speed of the seam engine: the whole chain and its methods against the usual way of doing each, on the CPU and on a GPU.

S is a face of 300 px, L one of 600 px, in 1080p frames made of the bundled sample. Both sides of a line take the same
pictures, in turn, in one run; times are medians of a frame in milliseconds, on one thread of ours and OpenCV's own of theirs.
Ours begins at the stored planes and ends at stored planes; theirs begins and ends at RGB bytes, so that its conversion is free.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from ..blending.composite import Compositor, batch_size
from ..blending.methods.registry import make_blender
from ..blending.pixels.primitives import distance
from ..blending.presets import PRESETS
from ..blending.result import CompositeResult
from ..blending.settings import ColorMatch, MouthMask, SeamBlend, SeamSettings
from ..quality.metrics.color import skin_delta_e
from ..quality.metrics.face import face_parts
from ..quality.metrics.meter import SeamMeter
from ..quality.metrics.picture import luma_chroma
from ..quality.metrics.ring import seam_ring
from ..quality.metrics.seam import gradient_mismatch, ring_ssim
from ..tensors import one_thread
from . import blending_device, in_turn, row
from . import blending_peers as peers
from .scene import FACES, Scene, make_scene
from .usual_way import FEATHER, LEVELS, Task, alpha_chain, chain

_CPU = torch.device("cpu")
_NOTHING = ColorMatch(method="none", shading=0.0, sharpness=0.0, grain=0.0, detail=0.0)
_MASK = MouthMask(feather=FEATHER, alignment=0.0)
#: Mask, Lab match, multiband: the chain of docs/architecture.md §9.
CHAIN = SeamSettings(
    mask=_MASK, color=replace(_NOTHING, method="mean_and_deviation", space="lab"), blend=SeamBlend(levels=LEVELS)
)
ALPHA = SeamSettings(mask=replace(_MASK, falloff="gaussian"), color=_NOTHING, blend=SeamBlend(method="alpha"))
#: Goals by face: how many times faster.
_GOALS = {
    "chain, full frame": {"S": 30.0, "L": 12.0},
    "chain, ROI": {"S": 2.0, "L": 2.0},
    "alpha": {"S": 10.0, "L": 5.0},
    "multiband, full frame": {"S": 15.0, "L": 7.0},
    "multiband, OpenCV": {"S": 1.0, "L": 1.0},
    "poisson": {"S": 5.0, "L": 4.0},
    "distance": {"S": 1.0, "L": 1.0},
}


def run(media: Path | None, quick: bool) -> list[dict[str, Any]]:
    """Lines for S and L; on a machine with CUDA those of :mod:`.blending_device` too. ``media`` is not used."""
    repeats, rows = 3 if quick else 9, []
    with one_thread():
        for name, width in FACES.items():
            scene = make_scene(width, 6 if quick else 12)
            for lines in (_chain, _presets, _alpha, _multiband, _poisson, _distance):
                rows += lines(name, scene, repeats)
    if torch.cuda.is_available():
        rows += blending_device.run(torch.device("cuda"), quick)
    return rows


def _versus(case: str, face: str, what: str, ours: np.ndarray, theirs: np.ndarray, named: str) -> dict[str, Any]:
    """A line: medians in ms, the ratio's median with its spread, and the goal of ``what``."""
    ratio, goal = theirs / ours, _GOALS[what][face] if what in _GOALS else None
    middle = float(np.median(ratio))
    text, met = ("", None) if goal is None else (f"≥ {goal:g}", middle >= goal)
    spread = f"{case} (±{np.std(ratio) / middle:.0%})"
    return row(spread, 1e3 * np.median(ours), 1e3 * np.median(theirs), f"{named}, ms", middle, text, met)


def _through(
    scene: Scene, settings: SeamSettings, measure: Callable[[CompositeResult], Any] | None = None
) -> Callable[[], None]:
    """All of the scene's frames through the compositor, and through ``measure``."""
    plan, frames = scene.plan(settings), [frame.copy() for frame in scene.stored]
    batch = batch_size(plan, _CPU)
    groups = [list(range(start, min(start + batch, len(frames)))) for start in range(0, len(frames), batch)]

    def _run() -> None:
        engine = Compositor(plan, scene.mouths, settings, scene.info, _CPU)
        for group in groups:
            composed = engine.compose(group, [frames[i] for i in group])
            if measure is not None:
                measure(composed)

    return _run


def _same_numbers(composed: CompositeResult) -> None:
    """What the usual way measures too: slopes and structure in the ring, the colour of the skin."""
    composite = (composed.target + composed.delta).clamp_(0, 1)
    ring, parts = seam_ring(composed.alpha, composed.batch), face_parts(composed.batch, _CPU)
    before, after = luma_chroma(composed.target), luma_chroma(composite)
    gradient_mismatch(before[0], after[0], ring)
    ring_ssim(before, after, ring)
    skin_delta_e(composed.target, composite, composed.alpha, parts)


def _all_numbers(scene: Scene) -> Callable[[CompositeResult], Any]:
    """The whole of the report's metrics."""
    meter = SeamMeter(scene.info.fps)

    def _add(composed: CompositeResult) -> None:
        composite = (composed.target + composed.delta).clamp_(0, 1)
        meter.add(composed.batch, composed.target, composite, composed.alpha)

    return _add


def _tasks(scene: Scene, settings: SeamSettings) -> tuple[list[Task], list[Task]]:
    """The same work for the usual way: on whole frames, and on ours ROIs."""
    plan, whole = scene.plan(settings), []
    for i, frame in enumerate(scene.rgb):
        patch = np.ascontiguousarray(scene.mouths.patches[i].transpose(1, 2, 0))
        lips, width = scene.track.landmarks[i, 48:60], float(scene.track.face_width[i])
        whole.append(Task(frame, patch, scene.mouths.to_frame[i], plan.outline([i])[0], lips, width))
    return whole, [task.cropped(plan.box(i)) for i, task in enumerate(whole)]


def _each(work: Callable[[Any], Any], items: Sequence[Any], few: int) -> Callable[[], None]:
    """Some of the items through a function."""

    def _run() -> None:
        for item in items[:few]:
            work(item)

    return _run


def _chain(face: str, scene: Scene, repeats: int) -> list[dict[str, Any]]:
    whole, cropped = _tasks(scene, CHAIN)
    ours, every, full, roi = in_turn(
        [
            _through(scene, CHAIN, _same_numbers),
            _through(scene, CHAIN, _all_numbers(scene)),
            _each(chain, whole, 1),
            _each(chain, cropped, 4),
        ],
        max(repeats // 2, 2),
    )
    ours, every, roi = ours / len(whole), every / len(whole), roi / min(4, len(cropped))
    return [
        _versus(f"{face} | mask, Lab, multiband, the same metrics", face, "chain, full frame", ours, full, "full frame"),
        _versus(f"{face} | mask, Lab, multiband, the same metrics", face, "chain, ROI", ours, roi, "the same on the ROI"),
        _versus(f"{face} | mask, Lab, multiband, all the report's metrics", face, "", every, roi, "three of them on the ROI"),
    ]


def _presets(face: str, scene: Scene, repeats: int) -> list[dict[str, Any]]:
    """What the presets cost, without the metrics, against ``baseline``: no goal."""
    names = [name for name in PRESETS if name != "baseline"]
    runs = [_through(scene, PRESETS[name]) for name in (*names, "baseline")]
    *times, base = in_turn(runs, max(repeats // 2, 2))
    count = len(scene.stored)
    return [
        _versus(f"{face} | preset {name}", face, "", t / count, base / count, "baseline")
        for name, t in zip(names, times, strict=True)
    ]


def _alpha(face: str, scene: Scene, repeats: int) -> list[dict[str, Any]]:
    whole, _ = _tasks(scene, ALPHA)
    ours, full = in_turn([_through(scene, ALPHA), _each(alpha_chain, whole, 2)], repeats)
    return [_versus(f"{face} | blur and alpha", face, "alpha", ours / len(whole), full / 2, "full frame")]


def _pictures(scene: Scene, settings: SeamSettings) -> list[tuple[Any, ...]]:
    """Target, patch, alpha and batch of every frame, as the blend gets them."""
    plan, kept = scene.plan(settings), []
    engine = Compositor(plan, scene.mouths, settings, scene.info, _CPU)
    inner = engine.blender

    def _keep(target: torch.Tensor, patch: torch.Tensor, alpha: torch.Tensor, batch: Any) -> Any:
        kept.append((target, patch, alpha, batch))
        return inner(target, patch, alpha, batch)

    engine.blender = _keep
    for i, frame in enumerate(scene.stored):
        engine.compose([i], [frame.copy()])
    return kept


def _method(settings: SeamBlend, pictures: list[tuple[Any, ...]]) -> Callable[[], None]:
    """All frames through one blend method, which goes on from run to run as it does from frame to frame of a clip."""
    blender = make_blender(settings)

    def _run() -> None:
        for each in pictures:
            blender(*each)

    return _run


def _bytes(image: torch.Tensor) -> np.ndarray:
    return (image[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()


def _multiband(face: str, scene: Scene, repeats: int) -> list[dict[str, Any]]:
    pictures = _pictures(scene, CHAIN)
    target, patch, alpha, batch = pictures[0]
    below, above = (_bytes(image).astype(np.int16) for image in (target, patch))
    mask = _bytes(alpha)[..., 0]
    x, y = batch.origin[0].astype(int)
    height, width = batch.size
    whole = scene.rgb[0].astype(np.float32) / 255
    over, weight = whole.copy(), np.zeros(whole.shape[:2], np.float32)
    over[y : y + height, x : x + width], weight[y : y + height, x : x + width] = _float(patch), alpha[0, 0].numpy()
    ours, full, blender = in_turn(
        [
            _method(CHAIN.blend, pictures),
            lambda: peers.laplacian_blend(whole, over, weight, LEVELS),
            _each(lambda _: peers.multiband_blender(below, above, mask, LEVELS), range(8), 8),
        ],
        repeats,
    )
    ours = ours / len(pictures)
    return [
        _versus(f"{face} | multiband", face, "multiband, full frame", ours, full, "full frame"),
        _versus(f"{face} | multiband", face, "multiband, OpenCV", ours, blender / 8, "MultiBandBlender, same ROI"),
    ]


def _float(image: torch.Tensor) -> np.ndarray:
    return image[0].permute(1, 2, 0).numpy()


def _poisson(face: str, scene: Scene, repeats: int) -> list[dict[str, Any]]:
    """Successive frames, warm, against a clone of the same mask into the whole frame."""
    pictures, rows = _pictures(scene, CHAIN), []
    jobs = [
        (scene.rgb[i], _bytes(p), (_bytes(a)[..., 0] > 0).astype(np.uint8) * 255, c) for i, (_, p, a, c) in enumerate(pictures)
    ]

    def _clone(job: tuple[Any, ...]) -> None:
        frame, patch, mask, batch = job
        cv2.rectangle(mask, (0, 0), (mask.shape[1] - 1, mask.shape[0] - 1), 0)
        x, y = batch.origin[0].astype(int).tolist()
        peers.seamless_clone(frame, patch, mask, (x, y))

    for domain, gradients in (("mask", "target"), ("mask", "source"), ("ring", "mixed")):
        settings = SeamBlend(method="poisson", domain=domain, gradients=gradients)
        ours, clone = in_turn([_method(settings, pictures), _each(_clone, jobs, 4)], max(repeats // 2, 2))
        case = f"{face} | poisson, {domain}, {gradients}"
        rows.append(_versus(case, face, "poisson", ours / len(pictures), clone / 4, "seamlessClone"))
    return rows


def _distance(face: str, scene: Scene, repeats: int) -> list[dict[str, Any]]:
    mask = _pictures(scene, CHAIN)[0][2] > 0.5
    plain = mask[0, 0].byte().numpy()
    many = range(20)
    ours, theirs = in_turn(
        [_each(lambda _: distance(mask), many, 20), _each(lambda _: peers.precise_distance(plain), many, 20)], repeats
    )
    return [_versus(f"{face} | exact distance", face, "distance", ours / 20, theirs / 20, "cv2.distanceTransform, precise")]
