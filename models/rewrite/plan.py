"""What each output frame shows: whose mouth, in what shape, how surely; all of it before a pixel is painted."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from ...arrays import runs, smoothstep
from ...progress import Check, no_check
from ...tracking.align import fit_similarity, similarity_parts
from ..options import GenerateOptions
from ..speech.curves import SpeechCurves
from .appearance import CONTACT
from .lips import MouthAxes, drive, drop_jaw, gap_of, pixel_contours, with_contours
from .mouth_bank import MouthBank, smooth_scenes, smoothing_radius
from .search import Mouths, choose_mouths

#: Seconds in which lips ease closed when speech stops, and open again before it starts.
EASE = 0.12
#: How much speech widens and narrows the mouth, as a share of its width.
_SPREAD, _ROUND = 0.06, 0.12
#: What counts as a just visible difference: opening, width (face widths), yaw (radians), pitch, log light, thumbnail,
#: expression (face widths, root mean square of the points), blur (log energy).
_SCALE = {
    "opening": 0.016, "width": 0.03, "yaw": 0.1, "pitch": 0.05, "light": 0.12, "thumb": 0.05, "expression": 0.01, "blur": 0.3,
}  # fmt: skip
#: Standard deviation in frames by which shapes of another take are smoothed over time, and how far that reaches.
_SPREAD_TIME = 1.0
_RADIUS = smoothing_radius(_SPREAD_TIME)
#: Output frames over which two takes dissolve, on either side of a jump: weight of the other take.
_DISSOLVE = (0.3, 0.1)


@dataclass(frozen=True, eq=False)
class Plan:
    """T output frames: a hundred bytes each. Their shapes, some kilobytes each, are computed for a few at a time.

    Attributes:
        order: int64 ``[T]``, target frame.
        mouth: int64 ``[T]``, source frame whose mouth is shown; equal to ``order`` in warp mode.
        other: int64 ``[T]``, the mouth it dissolves with, and
        mix: float64 ``[T]``, that one's weight 0…1.
        presence: float64 ``[T]``, 0 the original … 1 the generated mouth.
        opening: float64 ``[T]``, driving lip opening in lip_opening() units.
        stretch: float64 ``[T]``, factor of the mouth's width.
        scene: int64 ``[T]``.
        searched: whether mouths come from other frames.
        bank: the clip's mouths.
    """

    order: np.ndarray
    mouth: np.ndarray
    other: np.ndarray
    mix: np.ndarray
    presence: np.ndarray
    opening: np.ndarray
    stretch: np.ndarray
    scene: np.ndarray
    searched: bool
    bank: MouthBank

    def __len__(self) -> int:
        return len(self.order)

    def shapes(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the generated face of frames ``first`` … ``last`` − 1 in pixels of the target's patch.

        Returns:
            landmarks float64 ``[N,68,2]`` and contours float64 ``[N,4,13,2]``.
        """
        begin, end = max(first - _RADIUS, 0), min(last + _RADIUS, len(self))
        arrays = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in ("searched", "bank")}
        around = replace(self, **{name: array[begin:end] for name, array in arrays.items()})
        landmarks, contours = _shapes(around)
        return landmarks[first - begin : last - begin], contours[first - begin : last - begin]


def ease(flags: np.ndarray, fps: float, seconds: float = EASE) -> np.ndarray:
    """0…1 ``[T]``: 1 where ``flags`` hold, with smooth ramps inside each run of them, but none at the clip's ends."""
    ramp = max(1, round(seconds * fps))
    weight = np.zeros(len(flags))
    for first, last in runs(flags):
        at = np.arange(first, last)
        since = at - first + 1 if first > 0 else np.full(len(at), ramp)
        until = last - at if last < len(flags) else np.full(len(at), ramp)
        weight[first:last] = smoothstep(np.clip(np.minimum(since, until) / ramp, 0, 1))
    return weight


def make_plan(
    bank: MouthBank,
    order: np.ndarray,
    speech: SpeechCurves,
    spoken: int,
    options: GenerateOptions,
    fps: float,
    searched: bool,
    check: Check = no_check,
    *,
    shown: np.ndarray | None = None,
) -> Plan:
    """Plan T output frames.

    Args:
        bank: the clip's mouths.
        order: int64 ``[T]``, target frames.
        speech: T frames.
        spoken: output frames that belong to the speech; those after it are the target's own rest.
        options: silence policy and strength.
        fps: frames a second.
        searched: take mouths from other frames.
        check: called for every output frame while mouths are searched.
        shown: int64 ``[P]``, P ≤ T, mouths that the first P frames have shown already; None: none.
    """
    scene = np.cumsum(np.diff(bank.scene[order], prepend=bank.scene[order[:1]]) != 0)
    presence, curve = _presence(speech, spoken, options, fps)
    presence = presence * bank.visible[order]
    span = bank.reach * options.mouth_amplitude * bank.mobility[order]
    opening = bank.closed + span * curve
    shape = curve > 0
    stretch = 1 + bank.mobility[order] * shape * (_SPREAD * speech.width - _ROUND * speech.rounding)
    mouth = _search(bank, order, opening, speech, shown, check) if searched else order
    other, mix = _dissolve(bank, mouth) if searched else (order, np.zeros(len(order)))
    return Plan(order, mouth, other, mix, presence, opening, stretch, scene, searched, bank)


def _shapes(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Return landmarks and contours of all frames of a plan; see :meth:`Plan.shapes`."""
    bank, order, mouth, searched = plan.bank, plan.order, plan.mouth, plan.searched
    base, axes = _base(bank, order, mouth, plan.scene if searched else None)
    base_gap = np.maximum(gap_of(base), 0)
    shown = smooth_scenes(bank.opening[mouth], plan.scene, _SPREAD_TIME) if searched else bank.opening[mouth]
    # Lips that are closed keep the dark line between them; lips that have to close meet.
    line = CONTACT * np.clip(1 - (base_gap - CONTACT) / (3 * CONTACT), 0, 1)
    gap = np.maximum(base_gap + plan.opening - shown - (CONTACT - line), np.minimum(base_gap, line))
    driven = pixel_contours(drive(base, gap, 1 + (plan.stretch - 1) * (0.4 if searched else 1.0)), axes)
    original = pixel_contours(bank.own[order], _pick(bank.axes, order))
    weight = plan.presence[:, None, None, None]
    contours = original + weight * (driven - original)
    change = plan.presence * (plan.opening - bank.opening[order])
    dropped = drop_jaw(bank.landmarks[order], _pick(bank.axes, order), change)
    return with_contours(dropped, contours), contours


def _pick(axes: MouthAxes, frames: np.ndarray) -> MouthAxes:
    return MouthAxes(axes.origin[frames], axes.along[frames], axes.unit[frames])


def _presence(speech: SpeechCurves, spoken: int, options: GenerateOptions, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """How much of the generated mouth shows, and the driving curve 0…1, under the silence policy."""
    quiet = ease(speech.silent, fps)
    presence, curve = np.ones(len(speech)), speech.opening
    if options.silence == "keep":
        presence = 1 - quiet
    elif options.silence == "closed":
        curve = curve * (1 - quiet)
    rest = np.arange(len(speech)) >= spoken
    return presence * (1 - ease(rest, fps)), curve


def _base(bank: MouthBank, order: np.ndarray, mouth: np.ndarray, scene: np.ndarray | None) -> tuple[np.ndarray, MouthAxes]:
    """The mouths to start from, and the axes in the target's patch to put them on; ``scene`` None: each frame's own mouth."""
    if scene is None:
        return bank.own[order], _pick(bank.axes, order)
    still = np.r_[27:36, 36, 39, 42, 45, 1, 15]
    pose = fit_similarity(bank.landmarks[mouth][:, still], bank.landmarks[order][:, still])
    scale, angle = similarity_parts(pose)
    mine, theirs = _pick(bank.axes, mouth), _pick(bank.axes, order)
    origin = (pose[:, :, :2] @ mine.origin[..., None])[..., 0] + pose[:, :, 2]
    turned = np.arctan2(mine.along[:, 1], mine.along[:, 0]) + angle
    # Offsets to the target's own mouth are smoothed, so that a jump between takes does not shift the mouth at once.
    offset = smooth_scenes((origin - theirs.origin) / theirs.unit[:, None], scene, _SPREAD_TIME)
    roll = smooth_scenes(_wrap(turned - np.arctan2(theirs.along[:, 1], theirs.along[:, 0])), scene, _SPREAD_TIME)
    size = smooth_scenes(scale * mine.unit / theirs.unit, scene, _SPREAD_TIME)
    heading = roll + np.arctan2(theirs.along[:, 1], theirs.along[:, 0])
    along = np.stack([np.cos(heading), np.sin(heading)], -1)
    axes = MouthAxes(theirs.origin + offset * theirs.unit[:, None], along, size * theirs.unit)
    return smooth_scenes(bank.own[mouth], scene, _SPREAD_TIME), axes


def _wrap(angle: np.ndarray) -> np.ndarray:
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _search(
    bank: MouthBank, order: np.ndarray, opening: np.ndarray, speech: SpeechCurves, shown: np.ndarray | None, check: Check
) -> np.ndarray:
    """The source frame for each output frame."""
    pose = {"yaw": bank.yaw, "pitch": bank.pitch}
    place = [pose[k] / _SCALE[k] for k in pose] + list(bank.light.T / _SCALE["light"])
    # The opening as the landmarks read it and as the picture shows it: a mouth on which they disagree fits nowhere well.
    spare_gap = gap_of(bank.own) + bank.closed - CONTACT
    points = _SCALE["expression"] * np.sqrt(bank.expression.shape[1] / 2)
    own = [bank.opening / _SCALE["opening"], spare_gap / _SCALE["opening"], bank.width / _SCALE["width"], *place]
    own += [bank.blur[:, 1] / _SCALE["blur"], *(bank.expression.T / points)]
    usual = float(np.median(bank.width[bank.usable]))
    width = usual * (1 + _SPREAD * speech.width - _ROUND * speech.rounding)
    driven = np.stack([opening / _SCALE["opening"], opening / _SCALE["opening"], width / _SCALE["width"]], 1)
    # A mouth as sharp as the face around it, with the expression that the face has at the time.
    face = np.stack([*place, bank.blur[:, 0] / _SCALE["blur"], *(bank.usual.T / points)], 1)
    looks = bank.thumbs / (_SCALE["thumb"] * np.sqrt(bank.thumbs.shape[1]))
    mouths = Mouths(np.stack(own, 1), looks.astype(np.float64), bank.usable)
    return choose_mouths(mouths, _Wanted(driven, face, order), check, own=order, shown=shown)


@dataclass(frozen=True, eq=False)
class _Wanted:
    """Give what frames want of a mouth, a slice of frames at a time: what is driven ``[T,D]``, and the target's ``[S,F]``."""

    driven: np.ndarray
    face: np.ndarray
    order: np.ndarray

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, frames: slice) -> np.ndarray:
        return np.concatenate([self.driven[frames], self.face[self.order[frames]]], axis=1)


def _dissolve(bank: MouthBank, mouth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which take each frame dissolves with, and its weight: around every jump each side shows some of the other."""
    other, mix = mouth.copy(), np.zeros(len(mouth))
    last = len(bank.visible) - 1
    for cut in np.flatnonzero(np.abs(np.diff(mouth)) > 1) + 1:
        for away, weight in enumerate(_DISSOLVE):
            for at, take in ((cut + away, mouth[cut - 1] + 1 + away), (cut - 1 - away, mouth[cut] - 1 - away)):
                take = int(np.clip(take, 0, last))
                if 0 <= at < len(mouth) and weight > mix[at] and bank.usable[take]:
                    other[at], mix[at] = take, weight
    return other, mix
