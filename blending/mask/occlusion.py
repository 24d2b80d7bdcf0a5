"""Cut alpha where something is in front of the mouth: hands, microphones, cups and hair keep their own pixels.

The occluder is found by a face parser's classes, by XSeg, or by the pictures' disagreement. The cut is then softened and
smoothed over time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from ...errors import SeamSyncError
from ...media.frame import PlanarFrame
from ...tracking.align import compose_affine, fit_similarity
from ...tracking.landmarks import BROWS, JAW, LIPS
from ..frame_batch import FrameBatch
from ..pixels.primitives import distance, fill_polygon, gaussian_blur, on_cpu, warp
from ..settings import MouthMask
from .disagreement import Evidence, compare
from .feather import smoothstep
from .regions import ParsedFaces, face_crops, frame_to_roi

#: Classes that are in front of the face when they lie inside its contour. Neck is not: a chin that opens moves over it.
OCCLUDERS = ("background", "earring", "cloth", "hat")
#: Score of a certain occluder at a strength of 0.5, and the share of it that its border needs.
_SURE, _OUTSKIRTS = 1.8, 0.55
#: An occluder continues across the lips where the colour is this share of its own away from the skin's, and no more aside.
_ALIKE = 0.5
#: Lips that stand out by less than this share of the patch's, plus 0.3 times the strength, begin to count as hidden.
_HIDDEN = 0.35
#: Soft edge outside an occluder, in face widths, and the weight below which a model's output is ignored.
_SOFT, _FAINT = 0.03, 0.1
#: How far a frame goes towards a larger and towards a smaller cut.
_ATTACK, _RELEASE = 0.7, 0.3
#: Rounds of growth on a GPU: largest path from a seed, in reduced pixels.
_ROUNDS = 128
#: Landmarks from which the face's motion is measured: all but the lips.
_STILL = np.setdiff1d(np.arange(68), LIPS)
#: Gives the cut of a frame, by its place in the batch and the cut of the frame before (or None).
Find = Callable[[int, "torch.Tensor | None"], torch.Tensor]


class Visibility(Protocol):
    """Define what is needed of an occlusion model; :class:`~seamsync.models.faces.xseg.XSeg` is one."""

    size: int

    def visible(self, images: torch.Tensor) -> torch.Tensor:
        """Return the weight of the visible face ``[B,1,size,size]`` for float32 ``[B,3,size,size]`` RGB 0…1."""
        ...


@dataclass(frozen=True, eq=False)
class VisibleFaces:
    """Hold the visible part of B faces, by an occlusion model.

    Attributes:
        weights: float32 ``[B,1,h,w]``, 0…1.
        to_frame: float64 ``[B,2,3]``, model pixel → frame pixel.
    """

    weights: torch.Tensor
    to_frame: np.ndarray


def visible_faces(model: Visibility, frames: Sequence[PlanarFrame], landmarks: np.ndarray) -> VisibleFaces:
    """Return the visible part of the faces in frames.

    Args:
        model: of :func:`~seamsync.models.faces.xseg.load_xseg`.
        frames: B frames, unchanged as yet.
        landmarks: float32 ``[B,68,2]``, frame pixels.
    """
    images, to_frame = face_crops(frames, landmarks, model.size)
    return VisibleFaces(model.visible(images), to_frame)


@dataclass
class OcclusionCut:
    """Cut alpha where something is in front of the mouth; remember the last frame's cut.

    Attributes:
        settings: ``occlusion`` and ``occlusion_strength`` are used.
    """

    settings: MouthMask
    _last: torch.Tensor | None = field(init=False, default=None)
    _points: np.ndarray | None = field(init=False, default=None)

    def visibility(
        self,
        alpha: torch.Tensor,
        target: torch.Tensor,
        patch: torch.Tensor,
        batch: FrameBatch,
        parsed: ParsedFaces | None = None,
        seen: VisibleFaces | None = None,
    ) -> torch.Tensor:
        """Return the weight of the face itself at every pixel; call it once a batch, in order.

        Args:
            alpha: float32 ``[B,1,H,W]``, 0…1.
            target: float32 ``[B,3,H,W]``, gamma-coded RGB.
            patch: the same, before or after the colour match.
            batch: the frames.
            parsed: for the method ``parser``.
            seen: for the method ``xseg``.

        Returns:
            float32 ``[B,1,H,W]``, 1 where nothing is in front.

        Raises:
            SeamSyncError: the method's input is not given.
        """
        if self.settings.occlusion == "off":
            return torch.ones_like(alpha)
        height, width = alpha.shape[-2:]
        if self.settings.occlusion == "disagreement":
            evidence = compare(alpha, target, patch, batch)
            step, find = evidence.step, partial(self._found, evidence)
        else:
            weights = self._modelled(alpha, target, patch, batch, parsed, seen)
            step, find = 1, lambda index, before: weights[index : index + 1]
        size = (-(-height // step), -(-width // step))
        cut = torch.cat([self._steady(find, batch, index, step, size) for index in range(len(batch))])
        return 1 - _enlarge(cut, step, (height, width))

    def _steady(self, find: Find, batch: FrameBatch, index: int, step: int, size: tuple[int, int]) -> torch.Tensor:
        """Return the cut of one frame ``[1,1,h,w]``, continued from the frame before where there is one."""
        points = batch.landmarks[index].astype(np.float64) / step
        before = None
        if not batch.fresh[index] and self._last is not None and self._points is not None:
            moved = fit_similarity(self._points[_STILL], points[_STILL])
            before = warp(self._last, torch.from_numpy(moved)[None], size)
        cut = find(index, before)
        if before is not None:
            cut = torch.lerp(before, cut, torch.where(cut > before, _ATTACK, _RELEASE))
        self._last, self._points = cut, points
        return cut

    def _found(self, evidence: Evidence, index: int, before: torch.Tensor | None) -> torch.Tensor:
        """Return the cut by the evidence of one frame, ``[1,1,h,w]``; all of the mouth where its lips are hidden."""
        one = slice(index, index + 1)
        score, features, lips = evidence.score[one], evidence.features[one], evidence.lips[one]
        sure = _SURE * 4 ** (0.5 - self.settings.occlusion_strength)
        likely = score > _OUTSKIRTS * sure
        seeds = -F.max_pool2d(-(score > sure).float(), 3, 1, 1) > 0  # specks are no occluders
        if before is not None:
            seeds = seeds | (likely & (before > 0.5))
        front = grow(seeds, likely)
        front = grow(front, front | (lips & _alike(features, evidence.skin[one], front)))
        cut = _soften(F.max_pool2d(front.float(), 3, 1, 1), evidence.face_width, 0.5)
        hidden = (_HIDDEN + 0.3 * self.settings.occlusion_strength - evidence.lip_contrast[one]) / 0.2
        return torch.maximum(cut, smoothstep(hidden.clamp(0, 1)))

    def _modelled(
        self,
        alpha: torch.Tensor,
        target: torch.Tensor,
        patch: torch.Tensor,
        batch: FrameBatch,
        parsed: ParsedFaces | None,
        seen: VisibleFaces | None,
    ) -> torch.Tensor:
        """Return the cut by a model, inside the target's face, softened: float32 ``[B,1,H,W]``."""
        to_roi = frame_to_roi(batch)
        if self.settings.occlusion == "parser":
            if parsed is None:
                raise SeamSyncError("the occlusion method 'parser' needs parsed faces, got none")
            front = parsed.weights(OCCLUDERS, to_roi, batch.size).to(alpha.device)
            hair = parsed.weights(["hair"], to_roi, batch.size).to(alpha.device)
            front = front + hair * _differs(compare(alpha, target, patch, batch), batch.size)
        else:
            if seen is None:
                raise SeamSyncError("the occlusion method 'xseg' needs visible faces, got none")
            matrix = torch.from_numpy(compose_affine(to_roi, seen.to_frame))
            front = 1 - warp(seen.weights, matrix, batch.size).to(alpha.device)
        front = front.clamp(0, 1) * _inside(batch, alpha.device)
        return _soften(front, float(batch.face_width[0]), 1 - self.settings.occlusion_strength)


def grow(seeds: torch.Tensor, within: torch.Tensor, *, backend: str | None = None) -> torch.Tensor:
    """Return all of ``within`` that is connected (over edges and corners) to a seed inside it.

    Args:
        seeds: bool ``[B,1,h,w]``.
        within: the same.
        backend: see :mod:`..pixels.primitives`. The torch backend grows a pixel a round, at most :data:`_ROUNDS` pixels;
            else both give the same.

    Returns:
        bool ``[B,1,h,w]``.
    """
    if on_cpu(seeds, backend):
        out = np.zeros(tuple(within.shape), bool)
        for result, start, allowed in zip(out[:, 0], seeds[:, 0].numpy(), within[:, 0].numpy(), strict=True):
            count, label = cv2.connectedComponents(allowed.astype(np.uint8), connectivity=8)
            kept = np.zeros(count, bool)
            kept[label[start & allowed]] = True
            kept[0] = False
            result[...] = kept[label]
        return torch.from_numpy(out)
    grown, allowed = (seeds & within).float(), within.float()
    for _ in range(_ROUNDS):
        grown = torch.minimum(F.max_pool2d(grown, 3, 1, 1), allowed)
    return grown > 0


def _alike(features: torch.Tensor, skin: torch.Tensor, front: torch.Tensor) -> torch.Tensor:
    """Mark pixels of the occluder's colour rather than the skin's: bool ``[1,1,h,w]``; none without an occluder.

    From the skin's colour they lie in the direction of the occluder's middle, at least half as far. Where the occluder is
    narrow its middle is mixed with skin.
    """
    middle = torch.where(front, features, float("nan")).flatten(2).nanmedian(2).values[..., None, None]
    way, own = middle - skin, features - skin
    along = (own * way).sum(1, keepdim=True) / way.square().sum(1, keepdim=True)
    aside = (own - along * way).norm(dim=1, keepdim=True)
    return (along > _ALIKE) & (aside < _ALIKE * along * way.norm(dim=1, keepdim=True))


def _soften(weights: torch.Tensor, face_width: float, enough: float) -> torch.Tensor:
    """Give a cut a soft edge outside, ``[B,1,h,w]``; it is full where the blurred weights exceed ``enough``."""
    blurred = gaussian_blur(weights, 0.5 * _SOFT * face_width)
    return smoothstep(((blurred - _FAINT) / max(enough - _FAINT, _FAINT)).clamp(0, 1))


def _enlarge(values: torch.Tensor, step: int, size: tuple[int, int]) -> torch.Tensor:
    """Enlarge reduced values to the ROI's pixels."""
    if step > 1:
        values = F.interpolate(values, scale_factor=float(step), mode="bilinear", align_corners=False)
    return values[..., : size[0], : size[1]]


def _differs(evidence: Evidence, size: tuple[int, int]) -> torch.Tensor:
    """Return 0 where patch and target agree, as on a beard, and 1 where they do not: float32 ``[B,1,H,W]``."""
    return (2 * _enlarge(evidence.score, evidence.step, size) - 1).clamp(0, 1)


def _inside(batch: FrameBatch, device: torch.device) -> torch.Tensor:
    """The target's own face, soft towards its contour: float32 ``[B,1,H,W]``."""
    points = torch.from_numpy(batch.landmarks[:, np.concatenate([JAW, BROWS[::-1]])]).to(device)
    width = torch.from_numpy(batch.face_width).to(device)[:, None, None, None]
    return (distance(fill_polygon(points, batch.size)) / (_SOFT * width)).clamp(0, 1)
