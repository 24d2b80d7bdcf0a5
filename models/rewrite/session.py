"""Rewrite at work on one clip: the whole utterance planned at once, or a window of it at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...media.video import FrameSource
from ...progress import Progress, ProgressRepeater
from ...tracking.track import FaceTrack
from ..options import GenerateOptions
from ..session import MouthBatch, Session, Summary
from ..speech.curves import SpeechCurves, speech_curves
from .mouth_bank import MouthBank, read_mouths
from .plan import Plan, make_plan
from .render import render

#: Seconds of the clip that are searched even when the speech is shorter.
_SEARCH_SECONDS = 40
#: Seconds of speech behind a frame that its mouth depends on while streaming: smoothing of the curves, and the easing of lips
#: before speech begins.
LOOK_AHEAD = 0.2
_NO_SPEECH = "no speech was heard in the audio; the mouth does not move"


class RewriteSession(Session):
    """See :class:`~seamsync.models.session.Session`.

    The whole utterance is planned at once when it is known. While streaming, loudness and mouths are planned over the last
    :data:`~seamsync.models.session.HISTORY` seconds and :data:`LOOK_AHEAD`; mouths that were shown stay as they were, so the
    search goes on from them. Speech is measured against the loudest of that window: before the first word, noise counts as
    speech unless it is below :data:`~seamsync.media.audio.SILENCE_FLOOR`.

    Args:
        mode: one of :data:`~.entry.MODES`.
        source: the target clip.
        track: its face.
        options: see :class:`~seamsync.models.base.GenerateOptions`.
        progress: called with the stages ``"read mouths"`` and ``"generate"``.
    """

    def __init__(self, mode: str, source: FrameSource, track: FaceTrack, options: GenerateOptions, progress: Progress) -> None:
        super().__init__(source.info, track, options)
        self._mode, self._source, self._progress = mode, source, ProgressRepeater(progress)
        self._bank: MouthBank | None = None
        self._searched, self._plan, self._speech = False, None, None
        #: The mouths shown in this utterance, one a frame.
        self._shown = np.zeros(0, np.int64)

    _plan: Plan | None
    _speech: SpeechCurves | None

    def clear(self) -> None:
        """See :meth:`~seamsync.models.session.Session.clear`."""
        super().clear()
        self._plan = self._speech = None
        self._shown = np.zeros(0, np.int64)

    def summary(self) -> Summary:
        """See :meth:`~seamsync.models.session.Session.summary`; without curves when the utterance was streamed."""
        names = ("silence", "silence_threshold", "loop", "mouth_amplitude")
        mode = "search" if self._searched else "warp"
        source = {"name": "rewrite", "mode": mode, **{name: getattr(self.options, name) for name in names}}
        if self._plan is None or self._speech is None:
            return Summary(source)
        speech = self._speech
        curves = {"opening": self._plan.opening, "speech": speech.opening, "silent": speech.silent}
        return Summary(source, curves, () if speech.opening.any() else (_NO_SPEECH,))

    def _all_at_once(self) -> Iterator[MouthBatch]:
        order, audio, fps = self.order(), self.audio.since(0), self.info.fps
        if not len(order):
            return
        needed = int(order.max()) + 1
        count = needed if self._mode == "warp" else max(needed, min(self.info.frame_count, round(_SEARCH_SECONDS * fps)))
        if self._bank is None:
            self._progress("read mouths", 0, count)
        threshold = self.options.silence_threshold
        speech = speech_curves(audio, fps, len(order), silence_threshold=threshold, check=self._progress.repeat)
        bank = self._read(count)
        plan = make_plan(bank, order, speech, self.spoken(), self.options, float(fps), self._searched, self._progress.repeat)
        self._plan, self._speech = plan, speech
        yield from self._rendered(bank, plan, self.taken, len(plan), self.origin)

    def _read(self, count: int) -> MouthBank:
        """Return the mouths of at least the clip's first ``count`` frames, and decide whether to search in them."""
        if self._bank is None or len(self._bank) < count:
            self._bank = read_mouths(self._source, self.track, count, self._progress)
            wanted = self._mode == "search" or (self._mode == "auto" and self._bank.talking)
            self._searched = wanted and bool(self._bank.usable.any())
        return self._bank

    def _rendered(self, bank: MouthBank, plan: Plan, first: int, last: int, origin: int) -> Iterator[MouthBatch]:
        """Yield the mouths ``first`` … ``last`` − 1 of a plan that begins at the output frame ``origin``."""
        for patches, face in render(bank, plan, self._progress, first, last):
            at = slice(first, first + len(patches))
            order = plan.order[at]
            landmarks = face / bank.region.scale + bank.region.corner[order][:, None]
            yield MouthBatch(origin + first, patches, order, bank.region.to_frame(order), plan.presence[at] > 0, landmarks)
            first += len(patches)

    def _open(self) -> None:
        self._read(self.info.frame_count)

    def _ready(self) -> int:
        fps = self.info.fps
        return self.audio.frames(fps) - int(np.ceil(LOOK_AHEAD * fps))

    def _next(self, first: int, last: int, ended: bool) -> Iterator[MouthBatch]:
        fps = self.info.fps
        begin, audio = self.history()
        end = max(self.length() if ended else self.audio.frames(fps), last)
        threshold = self.options.silence_threshold
        speech = speech_curves(audio, fps, end - begin, silence_threshold=threshold, check=self._progress.repeat)
        spoken = self.spoken() - begin if ended else end - begin
        order = self.endless_order(begin, end)
        bank, shown = self._read(self.info.frame_count), self._shown[begin:first]
        plan = make_plan(
            bank, order, speech, spoken, self.options, float(fps), self._searched, self._progress.repeat, shown=shown
        )
        self._shown = np.concatenate([self._shown[:first], plan.mouth[first - begin : last - begin]])
        yield from self._rendered(bank, plan, first - begin, last - begin, self.origin + begin)
