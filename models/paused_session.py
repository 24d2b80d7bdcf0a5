"""Base of the sessions of networks that repaint a face from what they hear: pauses in the speech, both ways of working.

A subclass says what the network hears (``H``) and paints the mouths.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import numpy as np

from ..media.frame import VideoInfo
from ..progress import Progress, ProgressRepeater
from ..tracking.track import FaceTrack, scenes_in_order
from .options import GenerateOptions
from .pauses import Pauses, continue_fade, fade_frames, plan_pauses
from .session import MouthBatch, Session, Summary
from .speech.curves import speech_curves

H = TypeVar("H")


class PausedSession(Session, Generic[H]):
    """See :class:`~seamsync.models.session.Session`.

    Pauses are planned over the whole utterance when it is known. While streaming they are planned over the last
    :data:`~seamsync.models.session.HISTORY` seconds: the loud level that silence is measured against is that of the window, and
    a pause is recognised 300 ms after it began.

    Args:
        info: of the target clip.
        track: its face.
        options: see :class:`~seamsync.models.options.GenerateOptions`.
        progress: called with the stage ``"generate"``.
        threshold: amplitude 0…1 under which a frame is silent; None: by the options' threshold in dB.
    """

    def __init__(
        self,
        info: VideoInfo,
        track: FaceTrack,
        options: GenerateOptions,
        progress: Progress,
        threshold: float | None = None,
    ) -> None:
        super().__init__(info, track, options)
        self._progress, self._threshold = ProgressRepeater(progress), threshold
        #: Of the last frame that was streamed.
        self._opacity: float | None = None
        self._reset()

    def _reset(self) -> None:
        self._pauses: Pauses | None = None
        self._generated = self._skipped = 0
        self._visible: np.ndarray = np.zeros(0, bool)

    @abstractmethod
    def _hear_whole(self, begin: int, count: int) -> H:
        """Return what is heard in frames ``begin`` … ``count`` − 1 of the whole utterance, which has ``count`` frames."""

    @abstractmethod
    def _hear_piece(self, first: int, last: int, ended: bool) -> H:
        """Return what is heard in frames ``first`` … ``last`` − 1 while streaming; ``ended``: no speech follows."""

    @abstractmethod
    def _generate(self, first: int, order: np.ndarray, heard: H, pauses: Pauses, total: int) -> Iterator[MouthBatch]:
        """Yield mouths for the target's frames in ``order``.

        Args:
            first: output frame of the first of them.
            order: int64 ``[N]``.
            heard: of N frames.
            pauses: N frames.
            total: number of frames that progress is counted to.
        """

    @abstractmethod
    def _facts(self) -> dict[str, Any]:
        """Return what was run and how, for reports."""

    def _notes(self) -> tuple[str, ...]:
        """Return sentences for the user beside those about silence."""
        return ()

    def clear(self) -> None:
        """See :meth:`~seamsync.models.session.Session.clear`."""
        super().clear()
        self._reset()

    def summary(self) -> Summary:
        """See :meth:`~seamsync.models.session.Session.summary`; without curves when the utterance was streamed."""
        source = self._facts()
        if self._pauses is None:
            return Summary(source, notes=self._notes())
        silent = self._pauses.silent
        speech = speech_curves(self.audio.since(0), self.info.fps, len(silent), check=self._progress.repeat)
        if silent.all():
            notes: tuple[str, ...] = ("no speech was heard in the audio",)
        else:
            kept = int((self._visible & ~(self._pauses.opacity > 0)).sum())
            notes = (f"{kept} of {len(silent)} frames are silent and keep the clip's own mouth",) if kept else ()
        return Summary(source, {"silent": silent, "speech": speech.opening}, (*notes, *self._notes()))

    def _all_at_once(self) -> Iterator[MouthBatch]:
        order = self.order()
        if not len(order):
            return
        begin = self.taken  # mouths before it were made in an earlier run, and are counted
        heard = self._hear_whole(begin, len(order))
        pauses = plan_pauses(self.audio.since(0), self.track, order, self.spoken(), self.options, self._threshold)
        self._pauses, self._visible = pauses, self.track.visible[order]
        self._generated = int((self._visible & (pauses.opacity > 0))[:begin].sum())
        self._skipped = int((pauses.opacity[:begin] == 0).sum())
        left = Pauses(pauses.silent[begin:], pauses.opacity[begin:], pauses.hushed[begin:])
        yield from self._generate(self.origin + begin, order[begin:], heard, left, len(order))

    def _next(self, first: int, last: int, ended: bool) -> Iterator[MouthBatch]:
        order = self.endless_order(first, last)
        heard = self._hear_piece(first, last, ended)
        pauses = self._plan(first, last, ended)
        yield from self._generate(self.origin + first, order, heard, pauses, last)

    def _plan(self, first: int, last: int, ended: bool) -> Pauses:
        """Return the pauses among frames ``first`` … ``last`` − 1, as the last seconds of speech show them."""
        begin, audio = self.history()
        end = max(self.length() if ended else self.audio.frames(self.info.fps), last)
        spoken = self.spoken() - begin if ended else end - begin
        order = self.endless_order(begin, end)
        plan = plan_pauses(audio, self.track, order, spoken, self.options, self._threshold)
        at = slice(first - begin, last - begin)
        order = self.endless_order(max(first - 1, -self.origin), last)
        joined = np.diff(scenes_in_order(self.track.scene, order), prepend=-1)[-len(plan.silent[at]) :] == 0
        opacity = continue_fade(plan.opacity[at], self._opacity, joined, fade_frames(self.info.fps))
        self._opacity = float(opacity[-1])
        return Pauses(plan.silent[at], opacity, plan.hushed[at])
