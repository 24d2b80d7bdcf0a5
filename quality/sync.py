"""How well the lips of a finished clip go with its speech, measured while its frames stream by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from ..errors import SeamSyncError
from ..media.audio import Audio, cut_audio
from ..media.frame import PlanarFrame
from ..models.syncnet.judge import SyncJudge, load_judge
from ..models.syncnet.scores import MAX_OFFSET, score_distances, sync_distances
from ..models.syncnet.windows import FPS, FRAMES, frames_shown
from ..models.weights import ModelFolders
from ..tracking.track import FaceTrack
from .report.report import SeamReport

#: Windows that the network sees at once.
_BATCH = 16


class SyncMeter:
    """LSE-D, LSE-C and offset of a clip, in 250 bytes a frame beside the speech; frames come in order, and may be left out.

    Whatever the clip's rate, the network sees 25 frames a second. Windows that a cut goes through, or in which a frame has
    no face, are not measured. Which network it is decides what the numbers mean, see :data:`..models.syncnet.judge.KINDS`.

    Args:
        judge: the network, with the speech; time 0 is the beginning of the first frame.
        track: smoothed face, an entry a frame of the clip.
    """

    def __init__(self, judge: SyncJudge, track: FaceTrack) -> None:
        self._judge, self._track, self._regions = judge, track, judge.regions(track)
        self._shown = frames_shown(track.fps, len(track))
        self._scene = track.scene[self._shown]
        self._distances = np.full((len(self._shown), 2 * MAX_OFFSET + 1), np.nan)
        self._first, self._run = 0, []  # the crops at hand, in a row, and when the first of them is shown
        self._from, self._speech = 0, None  # the speech embeddings at hand, and the first one's number

    def add(self, index: int, frame: PlanarFrame) -> None:
        """Take in frame ``index`` of the clip."""
        if not self._track.visible[index]:
            return
        first, last = np.searchsorted(self._shown, [index, index + 1]).tolist()
        if first == last:
            return
        crop = self._judge.crop(frame, self._regions[index])
        for time in range(first, last):
            self._append(time, crop)

    def _append(self, time: int, crop: np.ndarray) -> None:
        follows = self._run and time == self._first + len(self._run)
        if not follows or self._scene[time] != self._scene[time - 1]:
            self._measure()
            self._first, self._run = time, []
        self._run.append(crop)
        if len(self._run) == _BATCH + FRAMES - 1:
            self._measure()
            self._first, self._run = self._first + _BATCH, self._run[_BATCH:]

    def _measure(self) -> None:
        """Enter the distances of the windows at hand."""
        if len(self._run) < FRAMES:
            return
        first, count = self._first, len(self._run) - FRAMES + 1
        low = max(first - MAX_OFFSET, 0)
        speech = self._hear(low, first + count + MAX_OFFSET)
        faces = self._judge.embed_faces(np.stack(self._run))
        found = sync_distances(faces, speech, first=first - low, zeros=self._judge.zeros)
        self._distances[first : first + count] = found

    def _hear(self, first: int, last: int) -> np.ndarray:
        """Speech embeddings ``first`` … ``last``, or as far as it goes; those of the batch before are used again."""
        if self._speech is None or first > self._from + len(self._speech):
            self._speech = self._judge.embed_speech(first, last)
        else:
            kept = self._speech[first - self._from :]
            more = self._judge.embed_speech(first + len(kept), last) if first + len(kept) < last else kept[:0]
            self._speech = np.concatenate([kept, more])
        self._from = first
        return self._speech

    def finish(self) -> tuple[dict[str, np.ndarray], dict[str, float | str]]:
        """What was found, after the last frame.

        Returns:
            Columns float64 ``[T]``, ``lse_d`` and ``lse_c`` of the window around each frame, NaN where there is none; and
            the clip's ``lse_d``, ``lse_c``, ``sync_offset`` (frames of 40 ms by which the picture comes late, negative:
            early) and ``sync_network``, the registry's name of the network.
        """
        self._measure()
        self._run = []
        scores = score_distances(self._distances)
        columns = {"lse_d": self._at_frames(scores.distance), "lse_c": self._at_frames(scores.confidence)}
        numbers = {"lse_d": scores.lse_d, "lse_c": scores.lse_c, "sync_offset": scores.offset}
        return columns, {**numbers, "sync_network": self._judge.name}

    def _at_frames(self, values: np.ndarray) -> np.ndarray:
        """Values of windows, at the frames of the clip that their middles show."""
        num, den = 2 * self._track.fps.numerator, FPS.numerator * self._track.fps.denominator
        middle = np.array([(2 * k + 1) * den // num for k in range(len(self._track))], np.int64) - FRAMES // 2
        known = (middle >= 0) & (middle < len(values))
        found = np.full(len(middle), np.nan)
        found[known] = values[middle[known]]
        return found


class SyncWatch:
    """A :class:`SyncMeter` where there is something to measure with; otherwise nothing happens, and nothing is said.

    Args:
        audio: the speech, if any.
        track: smoothed face, an entry a frame of the clip.
        device: where the network works.
        models: a host's folders of models, if any.
        start: second of the speech at the beginning of the first frame, ≥ 0.
    """

    def __init__(
        self,
        audio: Audio | None,
        track: FaceTrack,
        device: torch.device,
        models: ModelFolders | None = None,
        *,
        start: float = 0.0,
    ) -> None:
        self._meter, self._notes = None, ()
        if audio is None or round(start * audio.rate) >= audio.samples.shape[1]:
            return
        try:
            judge = load_judge(cut_audio(audio, start=start), device, models)
            self._meter = None if judge is None else SyncMeter(judge, track)
        except SeamSyncError as error:  # a damaged file must not cost the clip
            self._notes = (f"lip-sync was not measured: {error}",)

    def add(self, index: int, frame: PlanarFrame) -> None:
        """Take in frame ``index`` of the clip; frames come in order."""
        if self._meter is not None:
            self._meter.add(index, frame)

    def add_to_report(self, report: SeamReport) -> SeamReport:
        """The report, a row a frame of the clip, with what :meth:`SyncMeter.finish` gives."""
        columns, numbers = ({}, {}) if self._meter is None else self._meter.finish()
        return replace(
            report,
            columns={**report.columns, **columns},
            summary={**report.summary, **numbers},
            notes=(*report.notes, *self._notes),
        )
