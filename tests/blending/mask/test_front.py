"""Objects in front of the mouth keep their pixels, and clips without them are composited as before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from engine_cases import CPU
from front_clips import COUNT, OVER, PRESENT, clip_of, covered, talking
from seamsync.blending.composite import composite_frames
from seamsync.blending.external import ExternalMask
from seamsync.blending.mask.front import find_occluders
from seamsync.blending.plan import STATUS
from seamsync.blending.result import CompositeResult
from seamsync.blending.settings import MouthMask, SeamBlend, SeamSettings
from seamsync.media.clips import MouthClip
from seamsync.media.sources import ArraySource
from seamsync.preview import preview_composite
from seamsync.quality.metrics.goals import failed
from seamsync.quality.metrics.meter import SeamMeter, summary
from seamsync.quality.recorder import ReportRecorder
from seamsync.tracking.track import FaceTrack


def bright_mouths(source: ArraySource) -> MouthClip:
    """Patches that show all of the frame, without what is in front, much brighter: what is painted over is seen."""
    plain, _ = clip_of(*talking())
    patches = np.stack([np.clip(frame.rgb().astype(int) + 40, 0, 255) for frame in plain.frames()]).astype(np.uint8)
    count = source.info.frame_count
    return MouthClip(
        patches=patches.transpose(0, 3, 1, 2),
        to_frame=np.tile(np.eye(2, 3), (count, 1, 1)),
        active=np.ones(count, bool),
        frames=np.arange(count),
    )


class Seen(ReportRecorder):
    """Makes the report, and keeps what was made."""

    def __init__(self, measure: bool) -> None:
        super().__init__(measure=measure)
        self.made: list[CompositeResult] = []

    def add(self, indices: Sequence[int], composed: CompositeResult) -> None:
        """Measure and keep one batch."""
        super().add(indices, composed)
        self.made.append(composed)


def composite(source: ArraySource, track: FaceTrack, settings: SeamSettings, measure: bool = False) -> tuple[np.ndarray, Seen]:
    """All frames, uint8 ``[T,H,W,3]``, and what was made and reported."""
    mouths, log = bright_mouths(source), Seen(measure)
    frames = composite_frames(source, track, mouths, settings, CPU, recorder=log)
    return np.stack([frame.rgb() for frame in frames]), log


@pytest.mark.parametrize("method", ["multiband", "poisson"])
def test_an_object_keeps_its_pixels(method: str) -> None:
    """A rod before the mouth is as it was, the mouth beside it is new, and the metric says so."""
    source, track, truth = covered("rod")
    settings = SeamSettings(blend=SeamBlend(method=method))
    before = np.stack([frame.rgb() for frame in source.frames()]).astype(int)
    after, log = composite(source, track, settings, measure=True)
    for k in OVER:
        assert np.abs(after[k] - before[k])[truth[k]].max() <= 3
        assert (after[k] != before[k]).any()
    change = log.columns["occluder_change"]
    assert np.nanmax(change) < 1
    assert np.isnan(change[: PRESENT[0] - 1]).all()
    assert any(composed.front is not None for composed in log.made)


def test_what_is_painted_over_fails() -> None:
    """With the cut off, the metric of the same object is far beyond its goal."""
    source, track, _ = covered("rod")
    off = SeamSettings(mask=MouthMask(occlusion="off"))
    painted, cut = (composite(source, track, settings)[1] for settings in (off, SeamSettings()))
    meter, columns = SeamMeter(source.info.fps), []
    for one, two in zip(painted.made, cut.made, strict=False):
        if len(one.batch) == len(two.batch) and one.target.shape == two.target.shape:
            columns.append(
                meter.add(one.batch, one.target, one.target + one.delta, one.alpha, front=two.front)["occluder_change"]
            )
    numbers = summary({"occluder_change": np.concatenate(columns)})
    assert numbers["occluder_change"] > 10
    assert failed(numbers) == ["occluder_change"]


def test_a_mouth_covered_by_more_than_half_keeps_the_original() -> None:
    """A cup over the mouth: these frames come back bit-identical, with the reason as their status."""
    source, track, _ = covered("cup")
    after, report = composite(source, track, SeamSettings())
    status = report.columns["status"]
    assert (status[list(OVER)[1:-1]] == STATUS[5]).all()
    assert (status[: PRESENT[0] - 1] == STATUS[0]).all()
    before = np.stack([frame.rgb() for frame in source.frames()])
    assert np.array_equal(after[status == STATUS[5]], before[status == STATUS[5]])
    notes = report.report(SeamSettings(), bright_mouths(source)).notes
    assert any("mouth covered" in note for note in notes)


def test_without_objects_nothing_changes() -> None:
    """Alpha and picture are those of a run that does not look, to the bit."""
    source, track = clip_of(*talking())
    looked, one = composite(source, track, SeamSettings())
    blind, two = composite(source, track, SeamSettings(mask=MouthMask(occlusion="off")))
    assert np.array_equal(looked, blind)
    assert all(torch.equal(a.alpha, b.alpha) for a, b in zip(one.made, two.made, strict=True))


def test_a_linked_mask_that_cuts_out_takes_its_place() -> None:
    """Other masks do not: they say where the mouth may show."""
    source, track, _ = covered("rod")
    mouths, mask = bright_mouths(source), ExternalMask(np.zeros((1, 132, 170), np.uint8))
    assert find_occluders(source, track, mouths, MouthMask(external=mask, external_mode="minus")) is None
    assert find_occluders(source, track, mouths, MouthMask(occlusion="off")) is None
    assert find_occluders(source, track, mouths, MouthMask(external=mask)) is not None


def test_frames_without_a_mouth_are_not_looked_at() -> None:
    """Nor does a clip without mouths fail."""
    source, track, _ = covered("rod")
    mouths = replace(bright_mouths(source), active=np.zeros(COUNT, bool))
    found = find_occluders(source, track, mouths, MouthMask())
    assert found is not None
    assert found.packed == {}


def test_a_preview_shows_the_same_cut() -> None:
    """The object is as good as free of the new mouth, which is there beside it."""
    source, track, truth = covered("rod")
    _, alphas = preview_composite(source, track, bright_mouths(source), [15])
    assert np.quantile(alphas[0][truth[15]], 0.98) < 0.1
    assert alphas[0].max() == 1
