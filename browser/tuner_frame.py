"""One frame as a browser needs it to compose it itself; see tuning.py."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch

from ..blending.frame_batch import FrameBatch
from ..blending.mask.bounds import cover_lips, stay_on_face
from ..blending.mask.feather import alpha_extent, alpha_from_outline
from ..blending.mask.shapes import WITHIN_FACE, WITHOUT_MOUTH, Outlines, face_frames
from ..blending.match import color
from ..blending.patches import PatchWarp
from ..blending.plan import LIP_COVER, MARGIN, SeamPlan
from ..blending.result import CompositeResult
from ..blending.settings import ColorMatch, MouthMask, SeamSettings
from ..media.frame import PlanarFrame
from ..media.planes import Box, align_box, chroma_box, stored_levels
from ..media.tags import LUMA_WEIGHTS
from ..media.video import VideoInfo
from ..options import setting_of
from ..tracking.align import compose_affine
from ..tracking.landmarks import NOSE, OUTER_LIPS
from .tuner_constants import engine_constants

#: The longest side of the pictures; larger ones are taken down by a whole number.
LONGEST = 640
#: Chroma samples around the largest ROI, whose neighbours a pixel on its border needs.
_AROUND = 2
#: How −1…1 is stored in 8 bits: the value of 0, and the steps to 1.
_ZERO, _UNIT = 128, 127
#: Differences below this are none: of alpha, and of colours.
_SAME_ALPHA, _SAME_COLOUR = 1e-4, 0.002
#: Alpha below this says little about the patch under it; there, what was added to it is taken from around.
_FAINT = 0.02


@dataclass(frozen=True, eq=False)
class TuningFrame:
    """One frame for the browser.

    Attributes:
        index: output frame.
        facts: plain numbers, in pixels of the pictures (frame pixels / ``shrink``, from the pictures' corner on).
        pictures: ``y``, ``u``, ``v`` uint8 or uint16 ``[h,w]``; ``patch`` float32 ``[h,w,3]``; where the engine did more than
            mask and colour, ``change`` uint8 ``[h,w]`` and ``finish`` uint8 ``[h,w,3]``, both around 128.
    """

    index: int
    facts: dict[str, Any]
    pictures: dict[str, np.ndarray]

    def to_bytes(self) -> bytes:
        """The file, little-endian: the header's length, uint32; the header, JSON; the pictures, each at a multiple of 8."""
        table, offset = {}, 0
        for name, picture in self.pictures.items():
            table[name] = {"type": picture.dtype.name, "shape": list(picture.shape), "offset": offset}
            offset += -(-picture.nbytes // 8) * 8
        header = json.dumps({**self.facts, "index": self.index, "pictures": table}).encode()
        header += b" " * (-(len(header) + 4) % 8)
        parts = [np.ascontiguousarray(picture).tobytes() for picture in self.pictures.values()]
        return b"".join([struct.pack("<I", len(header)), header, *(part + b"\0" * (-len(part) % 8) for part in parts)])


def tuning_frame(
    plan: SeamPlan, settings: SeamSettings, info: VideoInfo, free: Outlines, before: PlanarFrame, composed: CompositeResult
) -> TuningFrame:
    """One composited frame for the browser.

    Args:
        plan, settings, info: it was composited with.
        free: its outline before the bounds, of :func:`~..blending.plan.free_outlines`.
        before: the target's frame, untouched.
        composed: that frame alone.
    """
    index, device = int(composed.batch.indices[0]), composed.alpha.device
    outer, shrink, view = _outer_box(plan, settings, info, free, index)
    left, top = composed.boxes[0][:2]
    over = (outer[0] - left, outer[1] - top, outer[2] - left, outer[3] - top)
    patch, _ = PatchWarp(plan.mouths, settings.mask.alignment, device)(composed.batch, [before], over)
    pictures = _planes(before, outer, shrink)
    pictures["patch"] = _reduced(_picture(patch), shrink)
    kept = _kept(plan, settings, composed, patch, outer)
    pictures |= {name: np.rint(_ZERO + _reduced(kept[name], shrink) * _UNIT).astype(np.uint8) for name in kept}
    facts = _numbers(plan, settings, free, composed.batch, outer, shrink)
    red, blue = LUMA_WEIGHTS[info.color.matrix]
    black, luma, centre, chroma = stored_levels(info.color, info.bit_depth)
    facts |= {
        "shrink": shrink,
        "corner": list(outer[:2]),
        "view": [int(side) // shrink for side in view],
        "chroma": list(info.chroma),
        "levels": {"black": black, "luma": luma, "centre": centre, "chroma": chroma, "top": (1 << info.bit_depth) - 1},
        "lumaWeights": [red, blue],
        "signed": {"zero": _ZERO, "unit": _UNIT},
        "engine": engine_constants(),
    }
    return TuningFrame(index, facts, pictures)


def _outer_box(plan: SeamPlan, settings: SeamSettings, info: VideoInfo, free: Outlines, index: int) -> tuple[Box, int, Box]:
    """Around the ROIs that any values of the sliders can have; how many times smaller it is shown; and the part to show."""
    most = {name: setting_of(MouthMask, name).high for name in ("feather", "erosion")}
    mask = replace(settings.mask, feather=most["feather"], erosion=0.0)
    landmarks, generated = _faces(plan, index)
    lips = cover_lips(free, landmarks, generated, 1.2 * most["erosion"] + LIP_COVER)
    widest = free if mask.shape in WITHOUT_MOUTH else lips
    points = np.concatenate([widest.points(face_frames(landmarks)), _region_points(plan, settings.mask, index)], axis=1)[0]
    motion = settings.temporal.motion_widening * plan.motion([index]) if settings.temporal.motion_widening else None
    margin = max(float(alpha_extent(plan.face_width([index]), mask, motion)[0]), 0.0) + MARGIN
    low, high = np.floor(points.min(0) - margin), np.ceil(points.max(0) + margin)
    shown = align_box((int(low[0]), int(low[1]), int(high[0]), int(high[1])), info)
    around = [_AROUND * side for side in info.chroma]
    box = (shown[0] - around[0], shown[1] - around[1], shown[2] + around[0], shown[3] + around[1])
    shrink = -(-max(box[2] - box[0], box[3] - box[1]) // LONGEST)
    x0, y0, x1, y1 = align_box(box, replace(info, chroma=(info.chroma[0] * shrink, info.chroma[1] * shrink)))
    return (x0, y0, x1, y1), shrink, (shown[0] - x0, shown[1] - y0, shown[2] - x0, shown[3] - y0)


def _faces(plan: SeamPlan, index: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Landmarks of the target's and the generated face, ``[1,68,2]`` each."""
    generated = plan.mouths.landmarks
    return plan.landmarks([index]), None if generated is None else generated[[index]]


def _region_points(plan: SeamPlan, mask: MouthMask, index: int) -> np.ndarray:
    """Points besides the outline that every ROI holds, as the plan has it: float64 ``[1,N,2]``."""
    joined = [mask.region_mode] * bool(mask.regions) + [mask.external_mode] * (mask.external is not None)
    parts = [plan.quad([index])] if {"union", "replace"} & set(joined) else []
    if mask.alignment:
        parts.append(plan.landmarks([index])[:, NOSE[2:]].astype(np.float64))
    return np.concatenate(parts, axis=1) if parts else np.empty((1, 0, 2))


def _numbers(
    plan: SeamPlan, settings: SeamSettings, free: Outlines, batch: FrameBatch, outer: Box, shrink: int
) -> dict[str, Any]:
    """The geometry of one frame in pixels of the pictures; lengths of the outline in face widths."""
    index = int(batch.indices[0])
    landmarks, generated = _faces(plan, index)
    to_picture = np.array([[1 / shrink, 0, -outer[0] / shrink], [0, 1 / shrink, -outer[1] / shrink]])
    nothing = replace(free, radii=np.zeros_like(free.radii))
    anything = replace(free, radii=np.full_like(free.radii, 1e6))
    unmoved = replace(settings.mask, scale=1.0, padding=0.0, feather_side="outward")
    lips = [(face[0] + batch.origin[0] - outer[:2]) / shrink for face in batch.faces(OUTER_LIPS)]
    within, covered = settings.mask.shape in WITHIN_FACE, settings.mask.shape not in WITHOUT_MOUTH
    widening, opacity = settings.temporal.motion_widening, plan.mouths.opacity
    weight = float(plan.profile([index])[0]) * (1.0 if opacity is None else float(opacity[index]))
    numbers = {
        "faceWidth": batch.face_width[0] / shrink,
        "toPicture": compose_affine(to_picture, face_frames(landmarks)[0]),
        "centre": free.centre[0],
        "angle": free.angle[0],
        "radii": free.radii[0],
        "faceLimit": stay_on_face(anything, landmarks, None, unmoved, plan.reach[[index]]).radii[0] if within else None,
        "lipRadii": cover_lips(nothing, landmarks, generated).radii[0] if covered else None,
        "lips": lips,
        "narrowed": covered,
        "quad": (batch.quad[0] + batch.origin[0] - outer[:2]) / shrink,
        "regionPoints": (_region_points(plan, settings.mask, index)[0] - outer[:2]) / shrink,
        "motion": widening * plan.motion([index])[0] / shrink if widening else None,
        "weight": weight,
    }
    return {name: _plain(value) for name, value in numbers.items()}


def _plain(value: Any) -> Any:
    """JSON's own types."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return np.asarray(value, np.float64).tolist() if isinstance(value, np.ndarray | np.floating) else value


def _planes(frame: PlanarFrame, box: Box, shrink: int) -> dict[str, np.ndarray]:
    """``y``, ``u`` and ``v`` of a box, averaged down."""
    out = {}
    for which, name in enumerate("yuv"):
        x0, y0, x1, y1 = box if which == 0 else chroma_box(box, frame.chroma)
        plane = frame.planes[which][y0:y1, x0:x1]
        out[name] = plane if shrink == 1 else np.rint(_reduced(plane.astype(np.float32), shrink)).astype(plane.dtype)
    return out


def _picture(image: torch.Tensor) -> np.ndarray:
    """``[1,C,h,w]`` as ``[h,w,C]``."""
    return image[0].permute(1, 2, 0).cpu().numpy()


def _reduced(picture: np.ndarray, shrink: int) -> np.ndarray:
    """Averaged down by a whole number; rows and columns left over are joined with the last."""
    if shrink == 1:
        return picture
    height, width = (-(-side // shrink) for side in picture.shape[:2])
    below, right = height * shrink - picture.shape[0], width * shrink - picture.shape[1]
    whole = cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_REPLICATE)
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)


def _kept(
    plan: SeamPlan, settings: SeamSettings, composed: CompositeResult, patch: torch.Tensor, outer: Box
) -> dict[str, np.ndarray]:
    """What the engine did besides mask and colour, where it did anything, on the outer box, −1…1.

    ``change`` of alpha: below 0 a share taken away, above 0 a share of what was missing to 1. ``finish``: added to the
    colour-matched patch.
    """
    (x0, y0, x1, y1), batch = composed.boxes[0], composed.batch
    inner = np.s_[y0 - outer[1] : y1 - outer[1], x0 - outer[0] : x1 - outer[0]]
    size = (outer[3] - outer[1], outer[2] - outer[0])
    alpha, kept = composed.alpha[0, 0].cpu().numpy(), {}
    plain = _plain_alpha(plan, settings, batch).cpu().numpy()
    if np.abs(alpha - plain).max() > _SAME_ALPHA:
        less, more = alpha / np.maximum(plain, 1e-3) - 1, (alpha - plain) / np.maximum(1 - plain, 1e-3)
        kept["change"] = np.zeros(size, np.float32)
        kept["change"][inner] = np.where(alpha < plain, less, more).clip(-1, 1)
    coloured = _picture(_coloured(patch, composed, settings.color))[inner]
    left = _picture(composed.delta) - alpha[..., None] * (coloured - _picture(composed.target))
    if np.abs(left).max() > _SAME_COLOUR:
        kept["finish"] = np.zeros((*size, 3), np.float32)
        kept["finish"][inner] = _added(left, alpha[..., None], float(batch.face_width[0])).clip(-1, 1)
    return kept


def _plain_alpha(plan: SeamPlan, settings: SeamSettings, batch: FrameBatch) -> torch.Tensor:
    """Alpha of the outline, weakened by profile and opacity as a whole: ``[H,W]``."""
    widening, opacity = settings.temporal.motion_widening, plan.mouths.opacity
    motion = widening * plan.motion(batch.indices) if widening else None
    weight = plan.profile(batch.indices) * (1 if opacity is None else opacity[batch.indices])
    return alpha_from_outline(batch, settings.mask, motion)[0, 0] * float(weight[0])


def _coloured(patch: torch.Tensor, composed: CompositeResult, settings: ColorMatch) -> torch.Tensor:
    """The patch with the gains that were in force."""
    return color.apply(patch, composed.gains, settings)


def _added(left: np.ndarray, alpha: np.ndarray, face_width: float) -> np.ndarray:
    """What, times alpha, gives the difference ``left`` ``[H,W,3]``; where alpha is faint, as much as on average around."""
    sigma = max(0.05 * face_width, 2.0)
    near, far = (cv2.GaussianBlur(part, (0, 0), sigma) for part in (left * alpha, alpha * alpha))
    around = near / np.maximum(far, 1e-4)[..., None]
    sure = alpha**2 / (alpha**2 + _FAINT**2)
    return sure * left / np.maximum(alpha, 1e-3) + (1 - sure) * around
