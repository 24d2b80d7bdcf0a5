"""The seam engine on a GPU: frames a second of the whole chain, and every stage against the bytes it must move.

A batch of 32 ROIs of 512×512 px. A stage's floor is the time in which the device copies as many bytes as the stage reads and
writes once each, at the bandwidth measured in the same run; its share of the floor is what the goal is on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ..blending.frame_batch import FrameBatch
from ..blending.mask.edges import refine_alpha
from ..blending.mask.feather import alpha_from_outline
from ..blending.match import color
from ..blending.match.detail import keep_detail
from ..blending.match.mouth import keep_mouth
from ..blending.match.shading import match_shading
from ..blending.match.texture import TextureMatch
from ..blending.matching import skin_weight
from ..blending.methods.registry import make_blender
from ..blending.pixels.primitives import distance, warp
from ..blending.presets import PRESETS
from ..blending.settings import ColorMatch, MouthMask, SeamBlend
from ..media.planes import add_rgb, rgb_from_planes
from ..media.tags import ColorTags
from ..quality.metrics import meter as metrics
from . import row
from .scene import make_scene

SIDE, BATCH = 512, 32
_PIXELS = BATCH * SIDE * SIDE
_COLOR = ColorMatch(space="lab", shading=0.0, sharpness=0.0, grain=0.0, detail=0.0)


def run(device: torch.device, quick: bool, *, side: int = SIDE, batch: int = BATCH) -> list[dict[str, Any]]:
    """A line a stage and one for the chain, on ``device``."""
    repeats = 3 if quick else 20
    stages, chain = make_stages(device, side, batch)
    floor = _bandwidth(device, side * side * batch)
    rows = []
    for name, (work, moved) in stages.items():
        seconds = _timed(work, device, repeats)
        share = moved / floor / seconds
        rows.append(
            row(f"{device.type} | {name}", 1e3 * seconds, 1e3 * moved / floor, "byte floor, ms", share, "≥ 0.4", share >= 0.4)
        )
    seconds = _timed(chain, device, repeats)
    rate = batch / seconds
    rows.append(row(f"{device.type} | chain, frames/s at {side} px", rate, 1000, "goal", rate / 1000, "≥ 1", rate >= 1000))
    return rows


def make_stages(
    device: torch.device, side: int, batch: int
) -> tuple[dict[str, tuple[Callable[[], Any], float]], Callable[[], Any]]:
    """Every stage with the bytes it reads and writes once, and all of them one after another."""
    pixels = float(batch * side * side)
    planes, patches, to_roi, chunk = _inputs(device, side, batch)
    y, u, v = planes
    tags, mask, blend = ColorTags(), MouthMask(alignment=0.0), make_blender(SeamBlend(levels=4))
    meter = metrics.SeamMeter(make_fps())

    target = rgb_from_planes(y, u, v, tags, 8)
    patch = warp(patches, to_roi, (side, side))
    alpha = alpha_from_outline(chunk, mask, device=device)
    skin = skin_weight(chunk, device)
    gains = color.measure(target, patch, alpha, skin, _COLOR)
    delta = blend(target, patch, alpha, chunk).delta
    rgb, one = 12.0, 4.0  # bytes a pixel of float32
    natural = PRESETS["natural"].color
    texture, edges = TextureMatch(natural, 0.0), MouthMask(edge_aware=0.5)
    poisson, guided = (make_blender(SeamBlend(method=name)) for name in ("poisson", "guided"))
    stages: dict[str, tuple[Callable[[], Any], float]] = {
        "planes to RGB": (lambda: rgb_from_planes(y, u, v, tags, 8), pixels * (1.5 + rgb)),
        "warp": (lambda: warp(patches, to_roi, (side, side)), patches.numel() + pixels * rgb),
        "alpha": (lambda: alpha_from_outline(chunk, mask, device=device), pixels * one),
        "distance transform": (lambda: distance(alpha > 0.5), pixels * (1 + one)),
        "colour, measured": (lambda: color.measure(target, patch, alpha, skin, _COLOR), pixels * (2 * rgb + 2 * one)),
        "colour, applied": (lambda: color.apply(patch, gains, _COLOR), pixels * 2 * rgb),
        "shading": (lambda: match_shading(target, patch, skin, chunk, natural), pixels * (3 * rgb + one)),
        "skin detail": (lambda: keep_detail(target, patch, skin, chunk, 1.0), pixels * (3 * rgb + one)),
        "sharpness, grain": (lambda: texture(target, patch, skin, chunk), pixels * (3 * rgb + one)),
        "mouth kept": (lambda: keep_mouth(target, patch, patch, alpha, gains, chunk, natural), pixels * 2 * rgb),
        "alpha at edges": (lambda: refine_alpha(alpha, target, chunk.face_width, edges), pixels * (rgb + 2 * one)),
        "poisson": (lambda: poisson(target, patch, alpha, chunk), pixels * (3 * rgb + one)),
        "guided": (lambda: guided(target, patch, alpha, chunk), pixels * (3 * rgb + one)),
        "multiband": (lambda: blend(target, patch, alpha, chunk), pixels * (3 * rgb + one)),
        "RGB to planes": (lambda: add_rgb(y, u, v, delta, alpha > 0, tags, 8), pixels * (rgb + one + 3)),
        "metrics": (lambda: meter.add(chunk, target, target + delta, alpha), pixels * (2 * rgb + one)),
    }

    def _chain() -> None:
        rgb_target = rgb_from_planes(y, u, v, tags, 8)
        warped = warp(patches, to_roi, (side, side))
        weight = alpha_from_outline(chunk, mask, device=device)
        found = color.measure(rgb_target, warped, weight, skin_weight(chunk, device), _COLOR)
        matched = color.apply(warped, found, _COLOR)
        change = blend(rgb_target, matched, weight, chunk).delta
        add_rgb(y, u, v, change, weight > 0, tags, 8)
        meter.add(chunk, rgb_target, rgb_target + change, weight)

    return stages, _chain


def make_fps() -> Any:
    """Frames a second of the scene."""
    return make_scene(300, 1).info.fps


def _inputs(device: torch.device, side: int, batch: int) -> tuple[list[torch.Tensor], torch.Tensor, torch.Tensor, FrameBatch]:
    """Frames of the sample with the face filling the ROI, cut out around it, as often as the batch needs."""
    scene = make_scene(0.9 * side, 8)
    settings = replace(PRESETS["natural"], mask=MouthMask(alignment=0.0))
    plan, which = scene.plan(settings), np.arange(batch) % 8
    middle = plan.outline(np.arange(8)).mean(1)
    low = ((middle[which] - side / 2) // 2 * 2).astype(int)
    cut = []
    for plane, shrink in ((0, 1), (1, 2), (2, 2)):
        views = [scene.stored[i].planes[plane][y // shrink : (y + side) // shrink, x // shrink : (x + side) // shrink]
                 for i, (x, y) in zip(which, low, strict=True)]  # fmt: skip
        cut.append(torch.from_numpy(np.stack(views)).to(device))
    origin = low.astype(np.float64)
    chunk = FrameBatch(
        indices=np.arange(batch),
        scene=np.zeros(batch, np.int32),
        fresh=np.arange(batch) == 0,
        origin=origin,
        size=(side, side),
        scale=1.0,
        face_width=plan.face_width(which),
        landmarks=(plan.landmarks(which) - origin[:, None]).astype(np.float32),
        generated=None,
        outline=plan.outline(which) - origin[:, None],
        quad=plan.quad(which) - origin[:, None],
    )
    to_roi = scene.mouths.to_frame[which].copy()
    to_roi[:, :, 2] -= origin
    patches = torch.from_numpy(np.array(scene.mouths.patches[which])).to(device)
    return cut, patches, torch.from_numpy(to_roi), chunk


def _timed(work: Callable[[], Any], device: torch.device, repeats: int) -> float:
    """Median seconds, the device waited for."""
    times = []
    for turn in range(repeats + 2):
        _wait(device)
        start = time.perf_counter()
        work()
        _wait(device)
        if turn >= 2:
            times.append(time.perf_counter() - start)
    return float(np.median(times))


def _bandwidth(device: torch.device, pixels: int) -> float:
    """Bytes a second read and written by a plain copy."""
    source = torch.empty(max(pixels, 1 << 20) * 3, dtype=torch.float32, device=device)
    out = torch.empty_like(source)
    return 2 * source.numel() * 4 / _timed(lambda: out.copy_(source), device, 10)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
